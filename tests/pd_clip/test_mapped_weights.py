"""Pages of a mapped file are given back and read again when they are needed."""

import mmap
import sys
from pathlib import Path

import pytest

from pd_clip.runtimes.mapped_weights import release_pages

SIZE = 32 << 20


def resident_bytes(path: Path) -> int:
    """What of the file this process holds in memory, by /proc/self/smaps."""
    inside, total = False, 0
    for line in Path("/proc/self/smaps").read_text().splitlines():
        if "-" in line.split(" ")[0] and not line.split(" ")[0].endswith(":"):
            inside = line.endswith(str(path))
        elif inside and line.startswith("Rss:"):
            total += int(line.split()[1]) * 1024
    return total


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells what is mapped")
def test_pages_go_and_come_back(tmp_path: Path) -> None:
    path = tmp_path / "weights.bin"
    path.write_bytes(bytes(range(256)) * (SIZE // 256))
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        content = bytes(mapped)
        assert resident_bytes(path) >= SIZE
        release_pages(path)
        assert resident_bytes(path) < SIZE // 8
        assert bytes(mapped) == content


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells what is mapped")
def test_a_mapping_that_was_written_keeps_what_was_written(tmp_path: Path) -> None:
    path = tmp_path / "weights.bin"
    path.write_bytes(bytes(SIZE))
    with path.open("r+b") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY) as mapped:
        mapped[:4] = b"mine"
        release_pages(path)
        assert mapped[:4] == b"mine"


def test_a_file_that_is_not_mapped(tmp_path: Path) -> None:
    release_pages(tmp_path / "absent.bin")

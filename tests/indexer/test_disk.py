"""A disk that runs full: one sentence, nothing lost, and on it goes once there is room."""

import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from indexer.catalogue import Catalogue
from indexer.errors import DiskFull
from indexer.pipeline import IndexOptions, index
from indexer.vectors import VectorIndex
from indexer.verify import verify
from searchapp.error_table import sentence_for
from tests.indexer.conftest import draw, live_count
from tests.indexer.encoder import GridEncoder

PICTURES = 40


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own in memory; skips where this user may not mount one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=600k", "tmpfs", str(folder)],
        capture_output=True, check=False,
    )  # fmt: skip
    if mounted.returncode:
        pytest.skip("this user may not mount a file system")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=False)


def resize(disk: Path, kibibytes: int) -> None:
    command = ["mount", "-o", f"remount,size={kibibytes}k", str(disk)]
    subprocess.run(command, check=True, capture_output=True)


def test_a_full_disk_at_any_size(small_disk: Path, photos: Path) -> None:
    """Grown by 64 KiB whenever it was full: each time a sentence, in between a whole library."""
    for number in range(PICTURES):
        draw(photos / f"{number}.png", number)
    library = small_disk / "library"
    encoder = GridEncoder(dimensions=1024)
    options = IndexOptions((photos,), workers=1, batch_size=4)
    times_full = 0
    for size in range(600, 2664, 64):
        resize(small_disk, size)
        try:
            with Catalogue.open(library / "library.db", create=True) as catalogue:
                index(catalogue, library, options, encoder)
                break
        except DiskFull as error:
            times_full += 1
            said = sentence_for(error) or ""
            assert str(library) in said and "MB more are needed" in said
        with Catalogue.open(library / "library.db", create=True) as catalogue:
            if live_count(catalogue):
                source = catalogue.vector_source(encoder.fingerprint)
                found = VectorIndex.open(library / "vectors", source)
                assert found.count == live_count(catalogue)
    assert times_full > 8
    resize(small_disk, 32_000)
    with Catalogue.open(library / "library.db") as catalogue:
        index(catalogue, library, options, encoder)
    with Catalogue.open(library / "library.db") as catalogue:
        assert live_count(catalogue) == PICTURES
        assert verify(catalogue, library).problems == []
    # What was encoded for a batch that found no room is encoded again, and no more than that.
    assert encoder.encoded <= PICTURES + 4 * times_full


@pytest.mark.skipif(sys.platform == "win32", reason="there is no such limit")
def test_a_limit_on_the_size_of_files_is_an_error_and_no_damage(
    tmp_path: Path, photos: Path
) -> None:
    for number in range(24):
        draw(photos / f"{number}.png", number)
    library = str(tmp_path / "library")
    command = [sys.executable, "-m", "tests.indexer.index_once", library, str(photos)]

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (450_000, 450_000))

    ended = subprocess.run(
        command, capture_output=True, text=True, timeout=100, check=False, preexec_fn=limited,
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip
    assert ended.returncode == 1
    assert ended.stderr.strip().splitlines()[-1].startswith("indexer.errors."), ended.stderr
    ended = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    assert ended.returncode == 0, ended.stderr
    with Catalogue.open(tmp_path / "library" / "library.db") as catalogue:
        assert live_count(catalogue) == 24
        assert verify(catalogue, tmp_path / "library").problems == []

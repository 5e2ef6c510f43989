"""Watching folders: what comes at an awkward moment is read all the same."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from indexer.report import IndexReport
from indexer.watch import WatchTimes, watch

QUICK = WatchTimes(settle=0.1, retry=0.05)
PATIENCE = 30  # seconds
NOTHING = IndexReport(
    indexed=0, unchanged=0, updated=0, moved=0, missing=0, failed=0, skipped=0, seen=0,
    failures=(), seconds=0.0, images_per_second=0.0, model="bundled",
)  # fmt: skip


def test_a_file_that_comes_while_the_first_scan_reads_is_read_after_it(tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    scans: list[tuple[Path, ...]] = []
    end = time.monotonic() + PATIENCE

    def index(folders: tuple[Path, ...]) -> IndexReport:
        scans.append(folders)
        if len(scans) == 1:
            (folder / "late.jpg").write_bytes(b"late")
        return NOTHING

    watch((folder,), index, lambda: len(scans) == 2 or time.monotonic() > end, QUICK)
    assert scans == [(folder,), (folder,)]


def test_more_folders_than_the_system_watches_are_read_now_and_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> Iterator[object]:
        raise OSError("OS file watch limit reached")
        yield

    monkeypatch.setattr("watchfiles.watch", refuse)
    scans: list[tuple[Path, ...]] = []
    said: set[str] = set()
    end = time.monotonic() + PATIENCE
    watch(
        (tmp_path,),
        lambda folders: (scans.append(folders), NOTHING)[1],
        lambda: len(scans) == 3 or time.monotonic() > end,
        WatchTimes(rescan=0.05),
        say=said.add,
    )
    assert len(scans) == 3
    assert [sentence for sentence in said if "watch limit reached" in sentence]


def test_a_folder_that_comes_back_is_scanned_again(tmp_path: Path) -> None:
    folder = tmp_path / "disk"
    scans = []
    end = time.monotonic() + PATIENCE

    def index(folders: tuple[Path, ...]) -> IndexReport:
        scans.append(folder.is_dir())
        folder.mkdir(exist_ok=True)
        return NOTHING

    watch((folder,), index, lambda: len(scans) == 2 or time.monotonic() > end, QUICK)
    assert scans == [False, True]

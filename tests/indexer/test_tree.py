"""Names, links and changes under the scanner's feet."""

import os
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from indexer import pipeline
from indexer.catalogue import Catalogue
from indexer.scan import Scan
from tests.indexer.conftest import Runner, draw, live_count, live_paths, scalar

NFC = unicodedata.normalize("NFC", "Zürich.png")
NFD = unicodedata.normalize("NFD", "Zürich.png")


@pytest.mark.parametrize(
    "name",
    ["line\nbreak.png", "tab\t'\"`$(x);.png", "a" * 251 + ".png", "-rf.png", " .png", "..png",
     "C:\\photos\\a.png", "旅行 🏝.png", "\u202egnp.png"],
)  # fmt: skip
def test_any_name_is_indexed_and_found_again(
    run: Runner, photos: Path, catalogue: Catalogue, name: str
) -> None:
    draw(photos.parent / "a.png", 1).rename(photos / name)
    hidden = name.startswith(".")
    assert run(hidden=hidden).indexed == 1
    assert live_paths(catalogue) == {name}
    assert run(hidden=hidden).unchanged == 1


def test_composed_and_decomposed_names_are_two_files(
    run: Runner, photos: Path, catalogue: Catalogue
) -> None:
    draw(photos / NFC, 1)
    draw(photos / NFD, 2)
    if len(list(photos.iterdir())) == 1:
        pytest.skip("this file system takes both for one name")
    assert (run().indexed, live_paths(catalogue)) == (2, {NFC, NFD})


def test_a_rename_of_letters_case_alone_encodes_nothing(
    run: Runner, photos: Path, catalogue: Catalogue
) -> None:
    draw(photos / "beach.png", 1)
    run()
    (photos / "beach.png").rename(photos / "BEACH.png")
    report = run()
    assert (report.moved + report.unchanged, report.embedded) == (1, 0)
    assert live_paths(catalogue) == {"BEACH.png"}


def test_hard_links_are_one_picture_in_two_places(
    run: Runner, photos: Path, catalogue: Catalogue
) -> None:
    os.link(draw(photos / "a.png", 1), photos / "b.png")
    report = run()
    assert (report.indexed, report.embedded, live_count(catalogue)) == (2, 1, 1)
    (photos / "a.png").unlink()
    run()
    assert (live_paths(catalogue), live_count(catalogue)) == ({"b.png"}, 1)


def test_paths_longer_than_the_system_takes_are_named_and_stop_nothing(tmp_path: Path) -> None:
    root = tmp_path / "deep"
    draw(root / "z.png", 1)
    here = os.open(root, os.O_RDONLY)
    try:
        for _ in range(40):
            os.mkdir("d" * 120, dir_fd=here)
            below = os.open("d" * 120, os.O_RDONLY, dir_fd=here)
            os.close(here)
            here = below
    finally:
        os.close(here)
    scan = Scan(str(root))
    assert [found.path for found in scan.files()] == ["z.png"]
    assert [place.detail for place in scan.unreadable] == ["File name too long"]


def changed_between_scan_and_read(monkeypatch: pytest.MonkeyPatch, change: Any) -> None:
    """Have `change` called after the scan and before any file is read."""
    real = pipeline.requests

    def requests(*arguments: Any) -> Iterator[Any]:
        change()
        yield from real(*arguments)

    monkeypatch.setattr(pipeline, "requests", requests)


def test_a_file_replaced_between_scan_and_read_is_read_again_next_time(
    run: Runner, photos: Path, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw(photos / "a.png", 1)
    with monkeypatch.context() as patch:
        changed_between_scan_and_read(patch, lambda: draw(photos / "a.png", 2, size=(90, 80)))
        assert run().indexed == 1
    # What was read is what is stored; that its stat is another makes the next run look again.
    assert scalar(catalogue, "SELECT width FROM picture WHERE live") == 90
    assert run().embedded == 0
    assert run().unchanged == 1


def test_a_file_that_vanishes_between_scan_and_read_is_left_out(
    run: Runner, photos: Path, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw(photos / "a.png", 1)
    draw(photos / "b.png", 2)
    with monkeypatch.context() as patch:
        changed_between_scan_and_read(patch, (photos / "a.png").unlink)
        report = run()
    assert (report.indexed, report.skipped, report.failed) == (1, 1, 0)


def test_a_disk_that_goes_away_in_the_middle_of_a_scan_takes_nothing_along(
    run: Runner, photos: Path, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(6):
        draw(photos / f"{number}" / "a.png", number)
    run()
    real, calls = os.scandir, 0

    def failing(path: Any) -> Any:
        nonlocal calls
        calls += str(path).startswith(str(photos))
        if calls > 3:
            raise OSError(19, "No such device")
        return real(path)

    with monkeypatch.context() as patch:
        patch.setattr(os, "scandir", failing)
        report = run(prune=True)
    assert (report.missing, report.pruned, live_count(catalogue)) == (0, 0, 6)
    assert any("No such device" in notice for notice in report.notices)
    assert run().unchanged == 6

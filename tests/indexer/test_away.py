"""No picture is forgotten because a disk was away."""

import shutil
from pathlib import Path

import pytest

from indexer.catalogue import Catalogue
from indexer.errors import NotAFolder, RootUnknown
from indexer.roots import move_root
from tests.indexer.conftest import Runner, draw, live_count, live_paths, scalar


@pytest.fixture
def indexed(run: Runner, photos: Path) -> Path:
    for number in range(12):
        draw(photos / f"{number:03}.png", number)
    run()
    return photos


@pytest.mark.parametrize("how", ["gone", "empty"])
def test_a_folder_that_is_away_deletes_nothing_and_comes_back_for_free(
    run: Runner, indexed: Path, catalogue: Catalogue, tmp_path: Path, how: str
) -> None:
    indexed.rename(tmp_path / "elsewhere")
    if how == "empty":
        indexed.mkdir()
    report = run(prune=True)
    assert (report.missing, report.pruned) == (12, 0)
    assert any("nothing was deleted" in notice for notice in report.notices)
    # Nothing more can vanish from it, and yet it is no more there than before.
    again = run(prune=True)
    assert (again.missing, again.pruned, again.notices) == (0, 0, report.notices)
    assert scalar(catalogue, "SELECT state FROM root") == "offline"
    assert scalar(catalogue, "SELECT count(*) FROM embedding") == 12
    shutil.rmtree(indexed, ignore_errors=True)
    (tmp_path / "elsewhere").rename(indexed)
    back = run()
    assert (back.returned, back.embedded, live_count(catalogue)) == (12, 0, 12)
    assert scalar(catalogue, "SELECT state FROM root") == "online"


def test_another_device_with_less_on_it_is_not_the_same_folder(
    run: Runner, indexed: Path, catalogue: Catalogue
) -> None:
    (indexed / "003.png").unlink()
    with catalogue.write() as connection:
        connection.exec_driver_sql("UPDATE root SET device = 1")
    assert "another device" in run(prune=True).notices[0]
    assert scalar(catalogue, "SELECT count(*) FROM picture") == 12


def test_losing_very_many_at_once_is_not_believed(
    run: Runner, photos: Path, catalogue: Catalogue
) -> None:
    for number in range(120):
        draw(photos / f"{number:03}.png", number, size=(8, 8))
    run()
    for number in range(101):
        (photos / f"{number:03}.png").unlink()
    report = run(prune=True)
    assert (report.missing, report.pruned) == (101, 0)
    assert "101 of 120" in report.notices[0]
    assert live_count(catalogue) == 19
    # A nightly `--prune` must not forget them the night after.
    for _ in range(2):
        again = run(prune=True)
        assert (again.pruned, scalar(catalogue, "SELECT count(*) FROM embedding")) == (0, 120)
        assert "misses 101 of 120" in again.notices[0]
    assert (run().notices, run(prune=True).pruned) == ((), 0)
    accepted = run(prune=True, accept_loss=True)
    assert (accepted.pruned, accepted.notices) == (101, ())


def test_a_loss_that_is_accepted_at_once_is_pruned_at_once(run: Runner, photos: Path) -> None:
    for number in range(110):
        draw(photos / f"{number:03}.png", number, size=(8, 8))
    run()
    for number in range(105):
        (photos / f"{number:03}.png").unlink()
    report = run(prune=True, accept_loss=True)
    assert (report.missing, report.pruned, report.notices) == (105, 105, ())


def test_leaving_many_out_by_a_rule_is_no_loss(
    run: Runner, photos: Path, catalogue: Catalogue
) -> None:
    for number in range(110):
        draw(photos / "a" / f"{number:03}.png", number, size=(8, 8))
    draw(photos / "b.png", 500)
    run()
    report = run(excludes=("a/",))
    assert (report.missing, report.notices) == (110, ())
    assert live_count(catalogue) == 1
    assert run(excludes=("a/",), prune=True).pruned == 110


def test_files_of_an_unreadable_folder_stay_as_they_were(
    run: Runner, photos: Path, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    import os

    draw(photos / "a" / "1.png", 1)
    draw(photos / "b" / "2.png", 2)
    run()
    real = os.scandir

    def failing(path: str) -> object:
        if str(path).endswith("/a/"):
            raise OSError(5, "Input/output error")
        return real(path)

    monkeypatch.setattr(os, "scandir", failing)
    report = run(prune=True)
    assert (report.missing, report.pruned, live_count(catalogue)) == (0, 0, 2)
    assert "Input/output error" in report.notices[0]


def test_copies_elsewhere_do_not_take_the_places_of_a_folder_that_is_away(
    run: Runner, indexed: Path, catalogue: Catalogue, tmp_path: Path
) -> None:
    shutil.copytree(indexed, tmp_path / "copy")
    indexed.rename(tmp_path / "unplugged")
    report = run(indexed, tmp_path / "copy")
    assert (report.indexed, report.moved, report.embedded) == (12, 0, 0)
    (tmp_path / "unplugged").rename(indexed)
    assert run(indexed).returned == 12


def test_a_moved_root_is_neither_read_nor_encoded(
    run: Runner, indexed: Path, catalogue: Catalogue, tmp_path: Path
) -> None:
    new = tmp_path / "new place"
    shutil.copytree(indexed, new)
    shutil.rmtree(indexed)
    move_root(catalogue, indexed, new)
    report = run(new)
    assert (report.unchanged, report.embedded, report.missing) == (12, 0, 0)
    assert scalar(catalogue, "SELECT count(*) FROM location WHERE inode = 0") == 0


def test_moving_a_root_that_is_none_is_an_error(
    catalogue: Catalogue, run: Runner, indexed: Path, tmp_path: Path
) -> None:
    with pytest.raises(RootUnknown):
        move_root(catalogue, tmp_path / "never", tmp_path)
    with pytest.raises(NotAFolder):
        move_root(catalogue, indexed, tmp_path / "nowhere")


def test_a_file_inside_a_known_folder_is_no_folder(run: Runner, indexed: Path) -> None:
    with pytest.raises(NotAFolder):
        run(next(path for path in indexed.rglob("*") if path.is_file()))


def test_moves_between_roots_embed_nothing(
    run: Runner, catalogue: Catalogue, tmp_path: Path
) -> None:
    a, b = tmp_path / "a", tmp_path / "b"
    draw(a / "1.png", 1)
    draw(a / "2.png", 2)
    draw(b / "3.png", 3)
    run(a, b)
    (a / "1.png").rename(b / "1.png")
    report = run(a, b)
    assert (report.moved, report.embedded, report.missing) == (1, 0, 0)
    assert live_paths(catalogue) == {"2.png", "3.png", "1.png"}

"""Clocks that are wrong: neither pictures nor snapshots are lost by them."""

import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from indexer.catalogue import Catalogue
from indexer.catalogue.snapshots import KEPT, make_snapshot, restore, snapshot_if_due, snapshots
from indexer.verify import verify
from tests.indexer.conftest import Runner, draw, live_count, scalar

YEAR_2200 = 7_258_118_400


@pytest.mark.parametrize("seconds", [0, 1, YEAR_2200, -86_400])
def test_any_modification_time_is_taken_as_it_is(
    run: Runner, photos: Path, catalogue: Catalogue, seconds: int
) -> None:
    picture = draw(photos / "a.png", 1)
    os.utime(picture, (seconds, seconds))
    assert run().indexed == 1
    assert scalar(catalogue, "SELECT mtime_ns FROM location") == seconds * 10**9
    assert run().unchanged == 1


def test_a_file_that_got_older_is_read_again(run: Runner, photos: Path) -> None:
    picture = draw(photos / "a.png", 1)
    run()
    draw(picture, 2)
    os.utime(picture, (1, 1))
    assert run().updated == 1


def test_other_bytes_under_the_same_size_and_time_are_seen_by_their_inode(
    run: Runner, photos: Path
) -> None:
    picture = draw(photos / "a.bmp", 1)
    times = picture.stat()
    run()
    replacement = draw(photos.parent / "b.bmp", 2)
    os.utime(replacement, ns=(times.st_atime_ns, times.st_mtime_ns))
    os.replace(replacement, picture)
    assert picture.stat().st_size == times.st_size
    assert run().updated == 1


def test_snapshots_dated_in_the_future_stop_no_new_ones(
    run: Runner, photos: Path, catalogue: Catalogue, library: Path
) -> None:
    draw(photos / "a.png", 1)
    run()
    first = make_snapshot(library / "library.db").path
    for number in range(KEPT + 1):
        shutil.copy(
            first,
            first.with_name(
                f"catalogue-2099{number % 12 + 1:02}{number // 12 + 1:02}T000000000000Z.db"
            ),
        )
    first.unlink()
    made = snapshot_if_due(library / "library.db")
    assert made is not None and made.path.exists()
    assert len(snapshots(library)) == KEPT
    catalogue.close()
    assert restore(library, made.path).path == made.path
    assert live_count(catalogue) == 1


@pytest.mark.parametrize("shift", ["-9 years", "+40 years"])
def test_runs_under_another_time_agree(shift: str, tmp_path: Path) -> None:
    """Indexed years away from now, then again now: nothing is encoded twice, nothing is wrong."""
    faketime = shutil.which("faketime")
    if faketime is None:
        pytest.skip("faketime is not installed")
    photos, library = tmp_path / "photos", tmp_path / "library"
    for number in range(5):
        draw(photos / f"{number}.png", number)
    command = [sys.executable, "-m", "tests.indexer.index_once", str(library), str(photos)]
    shifted = subprocess.run(
        [faketime, "-f", shift, *command], capture_output=True, text=True, timeout=100, check=False
    )
    assert (shifted.returncode, shifted.stdout) == (0, "5"), shifted.stderr
    now = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    assert (now.returncode, now.stdout) == (0, "0"), now.stderr
    with Catalogue.open(library / "library.db") as catalogue:
        assert verify(catalogue, library).problems == []
        year = datetime.now(UTC).year + (40 if shift[0] == "+" else -9)
        assert str(scalar(catalogue, "SELECT min(indexed_at) FROM picture"))[:3] == str(year)[:3]

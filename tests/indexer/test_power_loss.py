"""Power is cut after any write: every commit that was told of is there, the next one wholly or
not at all."""

import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from indexer.batch import Batch, ReadFile
from indexer.catalogue import Catalogue
from indexer.catalogue.engine import SqliteDriver
from indexer.models import ensure_model
from indexer.work_list import NEW, WorkItem
from tests.indexer.conftest import check_whole, scalar
from tests.indexer.encoder import GridEncoder

pytest.importorskip("apsw")
from tests.indexer.recording_disk import Change, Driver, Recorder, after_power_cut, lay_out

PER_COMMIT = 3
COMMITS = 20
FACTS = {
    "width": 40, "height": 30, "format": "JPEG", "byte_size": 900, "frames": 1, "taken_at": None,
    "taken_offset_minutes": None, "camera": None, "latitude": None, "longitude": None,
    "colours": None, "perceptual_hash": "0" * 16,
}  # fmt: skip


def write_batch(catalogue: Catalogue, model_id: int, number: int) -> None:
    """A batch as indexing writes it: pictures, places, words, vectors."""
    vectors = np.full((PER_COMMIT, 64), 0.125, dtype=np.float16)
    files = []
    for row in range(PER_COMMIT):
        name = f"{number:03}-{row}.jpg"
        item = WorkItem(NEW, 1, name, 900, number, row + 1)
        files.append(ReadFile(item, name.encode().ljust(32, b"."), FACTS))
    batch = Batch(model_id, set(), files, [], [file.content_hash for file in files], vectors)
    with catalogue.write() as connection:
        batch.write(connection)


def record(folder: Path, journal_mode: str, commits: int) -> list[Change]:
    """The log of a run of commits: where the first began, and each told of when it was done."""
    disk = Recorder(f"recorder-{folder.name}")
    driver: Any = Driver(disk)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "indexer.catalogue.engine.sqlite_driver",
            lambda: SqliteDriver(driver, driver.sqlite_version, journal_mode),
        )
        with Catalogue.open(folder / "library.db", create=True) as catalogue:
            with catalogue.write() as connection:
                connection.exec_driver_sql(
                    "INSERT INTO root (id, path, state) VALUES (1, '/photos', 'online')"
                )
                model_id = ensure_model(connection, GridEncoder())
            disk.log.append(("committed", "", 0, b""))
            for number in range(commits):
                write_batch(catalogue, model_id, number)
                disk.log.append(("committed", "", number + 1, b""))
    return disk.log


def check_cut(before: list[Change], folder: Path, chance: random.Random) -> int:
    """Cut the power after these changes and open what is left; returns the commits in it."""
    told = max(size for what, _, size, _ in before if what == "committed")
    log = [change for change in before if change[0] != "committed"]
    lay_out(after_power_cut(log, chance), folder)
    with Catalogue.open(folder / "library.db") as catalogue:
        check_whole(catalogue)
        pictures = int(scalar(catalogue, "SELECT count(*) FROM picture"))
        assert scalar(catalogue, "SELECT count(*) FROM embedding") == pictures
        assert scalar(catalogue, "SELECT count(*) FROM location") == pictures
        assert pictures in (told * PER_COMMIT, (told + 1) * PER_COMMIT)
        source = catalogue.vector_source(GridEncoder().fingerprint)
        assert sum(len(ids) for ids, _ in source.batches()) == pictures
    return pictures // PER_COMMIT


def cuts(log: list[Change]) -> range:
    """Every place at which power can go once the first commit is told of."""
    return range(log.index(("committed", "", 0, b"")) + 1, len(log) + 1)


@pytest.mark.parametrize("journal_mode", ["WAL", "DELETE"])
def test_every_cut_leaves_whole_commits(journal_mode: str, tmp_path: Path) -> None:
    log = record(tmp_path / journal_mode, journal_mode, COMMITS)
    places = cuts(log)
    assert len(places) > 4 * COMMITS
    chance = random.Random(5)
    # benchmarks/power_loss.py cuts at every place; these are spread evenly over them.
    found = {
        check_cut(log[:place], tmp_path / str(place), chance)
        for place in places[:: max(1, len(places) // 30)]
    }
    assert len(found) > COMMITS // 2

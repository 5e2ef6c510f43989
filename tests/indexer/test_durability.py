"""Locks, snapshots, damage and its repair, a full disk."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import text

from indexer.catalogue import Catalogue
from indexer.catalogue.engine import sqlite_driver
from indexer.catalogue.snapshots import KEPT, make_snapshot, restore, snapshot_if_due, snapshots
from indexer.errors import (
    CatalogueDamaged,
    CatalogueMissing,
    CatalogueTooNew,
    DiskFull,
    LibraryLocked,
    SnapshotMissing,
)
from indexer.lock import library_lock
from indexer.pipeline import IndexOptions, index
from indexer.thumbnails import thumbnail_path
from indexer.vectors import VectorIndex
from indexer.verify import verify
from tests.indexer.conftest import Runner, draw, live_count, scalar
from tests.indexer.encoder import GridEncoder


@pytest.fixture
def indexed(run: Runner, photos: Path) -> Path:
    for number in range(8):
        draw(photos / f"{number}.png", number)
    run()
    return photos


def kinds(catalogue: Catalogue, library: Path, **options: object) -> list[str]:
    return [problem.kind for problem in verify(catalogue, library, **options).problems]  # type: ignore[arg-type]


def test_a_second_indexer_is_told_who_holds_the_library(
    catalogue: Catalogue, library: Path, photos: Path, encoder: GridEncoder
) -> None:
    with library_lock(library), pytest.raises(LibraryLocked) as caught:
        index(catalogue, library, IndexOptions((photos,)), encoder)
    assert (caught.value.pid, caught.value.since is not None) == (os.getpid(), True)


def test_the_lock_of_a_killed_process_is_free(library: Path) -> None:
    script = (
        "import sys, time; from pathlib import Path; from indexer.lock import library_lock\n"
        "with library_lock(Path(sys.argv[1])): print('held', flush=True); time.sleep(60)"
    )
    process = subprocess.Popen([sys.executable, "-c", script, library], stdout=subprocess.PIPE)
    assert process.stdout is not None and process.stdout.readline() == b"held\n"
    with pytest.raises(LibraryLocked) as caught, library_lock(library):
        pass
    assert caught.value.pid == process.pid
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    with library_lock(library):
        pass


def test_searching_goes_on_while_a_writer_holds_the_catalogue(
    catalogue: Catalogue, indexed: Path, encoder: GridEncoder
) -> None:
    with catalogue.write() as connection:
        connection.execute(text("UPDATE picture SET favourite = true"))
        source = catalogue.vector_source(encoder.fingerprint)
        assert sum(len(ids) for ids, _ in source.batches()) == 8


def test_the_journal_is_safe_for_this_sqlite(catalogue: Catalogue) -> None:
    driver = sqlite_driver()
    expected = "wal" if tuple(map(int, driver.version.split("."))) >= (3, 51, 3) else "delete"
    assert scalar(catalogue, "PRAGMA journal_mode") == expected
    assert scalar(catalogue, "PRAGMA synchronous") == 2
    assert scalar(catalogue, "PRAGMA foreign_keys") == 1


def test_the_library_is_for_its_owner_alone(catalogue: Catalogue, library: Path) -> None:
    assert library.stat().st_mode & 0o077 == 0
    assert (library / "library.db").stat().st_mode & 0o077 == 0


def test_opening_says_what_is_wrong(tmp_path: Path) -> None:
    with pytest.raises(CatalogueMissing):
        Catalogue.open(tmp_path / "none.db")
    (tmp_path / "foreign.db").write_bytes(b"not a database, by any means" * 100)
    with pytest.raises(CatalogueDamaged):
        Catalogue.open(tmp_path / "foreign.db")
    Catalogue.open(tmp_path / "newer.db", create=True).close()
    with Catalogue.open(tmp_path / "newer.db") as catalogue, catalogue.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(CatalogueTooNew) as caught:
        Catalogue.open(tmp_path / "newer.db")
    assert caught.value.found == "9999"


def test_the_schema_is_what_the_tables_say(catalogue: Catalogue) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    from indexer.catalogue.tables import Base

    with catalogue.read() as connection:
        context = MigrationContext.configure(connection)
        differences = compare_metadata(context, Base.metadata)
    tables = [
        d for d in differences if not (d[0] == "remove_table" and "picture_text" in d[1].name)
    ]
    assert tables == []


def test_a_snapshot_a_day_and_fourteen_kept(
    catalogue: Catalogue, library: Path, indexed: Path, run: Runner
) -> None:
    run()
    assert len(snapshots(library)) == 1
    assert snapshot_if_due(library / "library.db") is None
    for _ in range(KEPT + 3):
        make_snapshot(library / "library.db")
    assert len(snapshots(library)) == KEPT


def test_restore_brings_the_former_state_and_keeps_the_present_one(
    catalogue: Catalogue, library: Path, indexed: Path, run: Runner, photos: Path
) -> None:
    kept = make_snapshot(library / "library.db")
    draw(photos / "later.png", 99)
    run()
    catalogue.close()
    restore(library, kept.path)
    assert live_count(catalogue) == 8
    catalogue.close()
    restore(library)
    assert live_count(catalogue) == 9


@pytest.mark.parametrize("by_hand", [False, True])
def test_ids_that_an_older_catalogue_gives_again_find_their_new_pictures(
    catalogue: Catalogue, library: Path, run: Runner, photos: Path, encoder: GridEncoder,
    by_hand: bool,
) -> None:  # fmt: skip
    """The vector index saw pictures that the catalogue put in place later does not know of."""
    for number in range(41):
        draw(photos / f"{number}.png", number)
    run()
    kept = make_snapshot(library / "library.db")
    draw(photos / "lost.png", 100)
    run()
    VectorIndex.open(library / "vectors", catalogue.vector_source(encoder.fingerprint)).close()
    catalogue.close()
    if by_hand:
        shutil.copyfile(kept.path, library / "library.db")
    else:
        restore(library, kept.path)
    draw(photos / "lost.png", 200)
    run()
    source = catalogue.vector_source(encoder.fingerprint)
    index = VectorIndex.open(library / "vectors", source)
    for ids, vectors in source.batches():
        np.testing.assert_array_equal(index.vectors(ids), vectors.astype(np.float32))


def test_a_damaged_catalogue_is_said_so_and_restored(
    catalogue: Catalogue, library: Path, indexed: Path
) -> None:
    make_snapshot(library / "library.db")
    catalogue.close()
    with open(library / "library.db", "r+b") as file:
        file.seek(20_000)
        file.write(os.urandom(200_000))
    assert verify(catalogue, library).problems[0].kind == "catalogue"
    catalogue.close()
    restore(library)
    assert live_count(catalogue) == 8 and kinds(catalogue, library) == []
    assert list(library.glob("library.db.damaged-*"))


@pytest.mark.parametrize("value", [None, "", "4\x00"])
def test_a_generation_that_is_none_is_damage(catalogue: Catalogue, value: str | None) -> None:
    with catalogue.write() as connection:
        if value is None:
            connection.exec_driver_sql("DELETE FROM state WHERE key = 'generation'")
        else:
            connection.execute(text("UPDATE state SET value = :value"), {"value": value})
    with pytest.raises(CatalogueDamaged, match="its generation is"):
        catalogue.generation()


def test_there_is_nothing_to_restore(library: Path, catalogue: Catalogue) -> None:
    with pytest.raises(SnapshotMissing):
        restore(library)


def test_verify_finds_and_mends_vectors_thumbnails_and_rows(
    catalogue: Catalogue, library: Path, indexed: Path, run: Runner
) -> None:
    assert kinds(catalogue, library, subset=(1, 1)) == []
    with catalogue.write() as connection:
        connection.execute(text("UPDATE embedding SET checksum = 1 WHERE picture_id = 1"))
        connection.execute(text("UPDATE picture SET live = false WHERE id = 2"))
        connection.execute(text("DELETE FROM picture_text WHERE rowid = 3"))
    hashes = [
        bytes(scalar(catalogue, f"SELECT content_hash FROM picture WHERE id = {n}")) for n in (4, 5)
    ]
    thumbnail_path(library, hashes[0]).unlink()
    whole = thumbnail_path(library, hashes[1])
    whole.write_bytes(whole.read_bytes()[:-20])
    found = ["vector", "live", "text", "thumbnail", "thumbnail"]
    assert kinds(catalogue, library) == found
    report = verify(catalogue, library, repair=True)
    assert (report.repaired, report.reindex) == (5, True)
    assert run().embedded == 1
    assert kinds(catalogue, library) == []


def test_verify_reads_originals_in_parts(
    catalogue: Catalogue, library: Path, indexed: Path
) -> None:
    victim = indexed / "3.png"
    times = victim.stat()
    content = bytearray(victim.read_bytes())
    content[-20] ^= 1
    victim.write_bytes(content)
    os.utime(victim, ns=(times.st_atime_ns, times.st_mtime_ns))
    found = [kinds(catalogue, library, subset=(part, 3)) for part in (1, 2, 3)]
    assert sorted(found) == [[], [], ["original"]]
    with pytest.raises(ValueError):
        verify(catalogue, library, subset=(4, 3))


def test_no_wrong_vector_from_a_damaged_file(
    catalogue: Catalogue, library: Path, indexed: Path, encoder: GridEncoder, tmp_path: Path
) -> None:
    """One bit at 150 places: the same vectors, fewer, or an error; never others."""
    catalogue.close()
    source = catalogue.vector_source(encoder.fingerprint)
    truth = {
        int(i): v.tobytes()
        for ids, vectors in source.batches()
        for i, v in zip(ids, vectors, strict=True)
    }
    catalogue.close()
    original = (library / "library.db").read_bytes()
    random = np.random.default_rng(1)
    wrong = 0
    copy = tmp_path / "copy.db"
    for _ in range(150):
        content = bytearray(original)
        content[int(random.integers(len(content)))] ^= 1 << int(random.integers(8))
        copy.write_bytes(content)
        try:
            with Catalogue.open(copy) as damaged:
                for ids, vectors in damaged.vector_source(encoder.fingerprint).batches():
                    wrong += sum(
                        truth.get(int(i)) != v.tobytes() for i, v in zip(ids, vectors, strict=True)
                    )
        except Exception as error:
            assert not isinstance(error, AssertionError)
    assert wrong == 0


def test_a_full_disk_is_one_error_and_nothing_is_lost(
    catalogue: Catalogue, library: Path, indexed: Path, run: Runner, photos: Path,
    encoder: GridEncoder, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    draw(photos / "more.png", 50)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("indexer.encoding.store_thumbnail", full)
        with pytest.raises(DiskFull):
            run()
    assert live_count(catalogue) == 8
    assert run().indexed == 1


def test_a_library_on_a_small_disk(tmp_path: Path, photos: Path) -> None:
    """The catalogue's own limit stands in for a full disk: pages run out in mid-run."""
    for number in range(40):
        draw(photos / f"{number}.png", number)
    library = tmp_path / "small"
    with Catalogue.open(library / "library.db", create=True) as catalogue:
        from sqlalchemy import event

        room = scalar(catalogue, "PRAGMA page_count") + 2

        @event.listens_for(catalogue.engine, "begin")
        def _small(connection: object) -> None:
            connection.exec_driver_sql(f"PRAGMA max_page_count={room}")  # type: ignore[attr-defined]

        with pytest.raises(DiskFull):
            index(
                catalogue,
                library,
                IndexOptions((photos,), workers=1, batch_size=4),
                GridEncoder(dimensions=1024),
            )
        event.remove(catalogue.engine, "begin", _small)
    with Catalogue.open(library / "library.db") as catalogue:
        index(catalogue, library, IndexOptions((photos,), workers=1), GridEncoder(dimensions=1024))
        assert live_count(catalogue) == 40
        assert verify(catalogue, library).problems == []


def test_a_library_can_be_carried_elsewhere(
    catalogue: Catalogue, library: Path, indexed: Path, tmp_path: Path
) -> None:
    catalogue.close()
    shutil.copytree(library, tmp_path / "carried")
    with Catalogue.open(tmp_path / "carried" / "library.db") as carried:
        assert live_count(carried) == 8


def test_the_holder_file_names_pid_host_and_time(library: Path) -> None:
    with library_lock(library):
        facts = json.loads((library / "index.lock.holder").read_text())
    assert set(facts) == {"pid", "host", "since"}

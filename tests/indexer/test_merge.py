"""Another library taken into this one: nothing encoded, nothing lost, nothing doubled."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import text

from indexer.captions import NewCaption, add_captions
from indexer.catalogue import Catalogue
from indexer.merge import merge
from indexer.pipeline import IndexOptions, index
from indexer.roots import move_root
from indexer.verify import verify
from tests.indexer.conftest import Runner, check_whole, draw, live_count, live_paths, scalar
from tests.indexer.encoder import GridEncoder


@pytest.fixture
def other_folder(tmp_path: Path) -> Path:
    return tmp_path / "other library"


@pytest.fixture
def other(tmp_path: Path, other_folder: Path) -> Iterator[Catalogue]:
    """A library of four pictures; the first is drawn in `photos` too. One has a caption."""
    folder = tmp_path / "attic"
    for number in range(4):
        draw(folder / f"{number}.png", number)
    with Catalogue.open(other_folder / "library.db", create=True) as opened:
        index(opened, other_folder, IndexOptions((folder,), workers=1), GridEncoder())
        add_captions(opened, [NewCaption(2, "a red tower", "en")])
        with opened.write() as connection:
            connection.execute(text("UPDATE picture SET favourite = true WHERE id = 1"))
        yield opened


@pytest.fixture
def mine(run: Runner, photos: Path) -> Path:
    draw(photos / "same.png", 0)
    draw(photos / "own.png", 10)
    run()
    return photos


def vectors_by_hash(catalogue: Catalogue) -> dict[bytes, bytes]:
    with catalogue.read() as connection:
        rows = connection.exec_driver_sql(
            "SELECT p.content_hash, e.vector FROM picture p JOIN embedding e ON e.picture_id = p.id"
        )
        return {bytes(key): bytes(vector) for key, vector in rows}


@pytest.mark.usefixtures("mine")
def test_all_that_the_other_knows_is_here_afterwards(
    catalogue: Catalogue, library: Path, other: Catalogue, other_folder: Path, run: Runner,
    encoder: GridEncoder, tmp_path: Path,
) -> None:  # fmt: skip
    encoder.encoded = 0
    done = merge(catalogue, library, other, other_folder)
    assert (done.pictures, done.known, done.vectors, done.captions) == (3, 1, 3, 1)
    assert (live_count(catalogue), scalar(catalogue, "SELECT count(*) FROM location")) == (5, 6)
    assert vectors_by_hash(other).items() <= vectors_by_hash(catalogue).items()
    assert scalar(catalogue, "SELECT count(*) FROM picture WHERE favourite") == 1
    assert scalar(catalogue, "SELECT count(*) FROM picture_text WHERE captions = 'a red tower'")
    assert verify(catalogue, library).problems == []
    assert run(tmp_path / "attic").unchanged == 4
    assert encoder.encoded == 0


@pytest.mark.usefixtures("mine")
def test_a_second_time_nothing_is_doubled(
    catalogue: Catalogue, library: Path, other: Catalogue, other_folder: Path
) -> None:
    merge(catalogue, library, other, other_folder)
    again = merge(catalogue, library, other, other_folder)
    assert (again.pictures, again.locations, again.vectors, again.captions) == (0, 0, 0, 0)
    assert again.known == 4


def test_pictures_from_another_machine_wait_for_their_folder(
    catalogue: Catalogue, library: Path, other: Catalogue, other_folder: Path, run: Runner,
    tmp_path: Path, encoder: GridEncoder,
) -> None:  # fmt: skip
    (tmp_path / "attic").rename(tmp_path / "cellar")
    done = merge(catalogue, library, other, other_folder)
    assert done.absent == [str(tmp_path / "attic")]
    assert (live_count(catalogue), done.vectors) == (0, 4)
    move_root(catalogue, tmp_path / "attic", tmp_path / "cellar")
    report = run(tmp_path / "cellar")
    assert (report.returned, report.embedded, live_count(catalogue)) == (4, 0, 4)
    assert encoder.encoded == 0


def test_a_folder_of_the_same_name_is_not_taken_for_the_same(
    catalogue: Catalogue, library: Path, other: Catalogue, other_folder: Path, tmp_path: Path
) -> None:
    shutil.rmtree(tmp_path / "attic")
    draw(tmp_path / "attic" / "0.png", 77)
    merge(catalogue, library, other, other_folder)
    assert live_paths(catalogue) == {"0.png"}
    assert scalar(catalogue, "SELECT count(*) FROM location") == 4


def test_a_damaged_vector_is_left_behind(
    catalogue: Catalogue, library: Path, other: Catalogue, other_folder: Path, run: Runner,
    tmp_path: Path,
) -> None:  # fmt: skip
    with other.write() as connection:
        connection.execute(text("UPDATE embedding SET checksum = 1 WHERE picture_id = 3"))
    done = merge(catalogue, library, other, other_folder)
    assert (done.vectors, done.damaged, live_count(catalogue)) == (3, 1, 4)
    # The next run sees that one has no vector, and makes it.
    assert run(tmp_path / "attic").embedded == 1


def test_stopped_between_two_chunks_it_goes_on(
    catalogue: Catalogue, library: Path, other: Catalogue, other_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr("indexer.merge._CHUNK", 2)
    asked = iter([False, True])
    first = merge(catalogue, library, other, other_folder, lambda: next(asked))
    assert (first.interrupted, first.pictures) == (True, 2)
    check_whole(catalogue)
    second = merge(catalogue, library, other, other_folder)
    assert (second.interrupted, second.pictures, second.known) == (False, 2, 2)
    assert vectors_by_hash(catalogue) == vectors_by_hash(other)


def test_vectors_of_another_model_are_kept_beside_and_not_used(
    catalogue: Catalogue, library: Path, other_folder: Path, mine: Path, tmp_path: Path,
    encoder: GridEncoder,
) -> None:  # fmt: skip
    second = GridEncoder(name="second", fingerprint="44" * 16, dimensions=32)
    with Catalogue.open(other_folder / "library.db", create=True) as other:
        index(other, other_folder, IndexOptions((mine,), workers=1), second)
        merge(catalogue, library, other, other_folder)
    with catalogue.read() as connection:
        states = dict(
            connection.exec_driver_sql("SELECT name, state FROM model").tuples().fetchall()
        )
    assert states == {"grid": "active", "second": "kept"}
    ids, _ = catalogue.vector_source(encoder.fingerprint).fetch(np.array([1, 2]))
    assert len(ids) == 2
    assert len(catalogue.vector_source("44" * 16).fetch(np.array([1, 2]))[0]) == 2

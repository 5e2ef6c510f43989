"""Killed at any place, the next run ends with the library an undisturbed run would have made."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from indexer.catalogue import Catalogue
from indexer.failpoints import VARIABLE
from indexer.vectors import VectorIndex
from indexer.verify import verify
from tests.indexer.conftest import check_whole, draw
from tests.indexer.encoder import GridEncoder

PLACES = [
    "encode.before",
    "encode.after",
    "thumbnail.before_rename",
    "thumbnail.after_rename",
    "insert.before",
    "commit.before",
    "commit.after",
    "snapshot.before_rename",
    "snapshot.after_rename",
    "vectors.before_sync",
    "vectors.after_sync",
    "manifest.before_rename",
    "manifest.after_rename",
    "migration.before",
    "migration.before_commit",
]


def run_indexer(library: Path, photos: Path, failpoint: str = "") -> tuple[int, str]:
    """Return code and what it printed: the number of pictures encoded."""
    command = [sys.executable, "-m", "tests.indexer.index_once", str(library), str(photos)]
    done = subprocess.run(
        command, env=os.environ | {VARIABLE: failpoint}, capture_output=True, text=True, timeout=60
    )
    return done.returncode, done.stdout


def content(library: Path) -> list[tuple[object, ...]]:
    """What the library holds and what searches of it find, without ids, times and inodes."""
    with Catalogue.open(library / "library.db") as catalogue, catalogue.read() as connection:
        check_whole(catalogue)
        assert verify(catalogue, library).problems == []
        found = nearest(catalogue, library)
        return found + [
            tuple(row)
            for row in connection.exec_driver_sql(
                "SELECT l.relative_path, hex(p.content_hash), p.width, p.perceptual_hash,"
                " hex(e.vector), p.live, t.names FROM location l JOIN picture p"
                " ON p.id = l.picture_id JOIN embedding e ON e.picture_id = p.id"
                " JOIN picture_text t ON t.rowid = p.id ORDER BY 1"
            )
        ]


def nearest(catalogue: Catalogue, library: Path) -> list[tuple[object, ...]]:
    """The contents nearest to each stored vector, best first, by the index on disk."""
    source = catalogue.vector_source(GridEncoder().fingerprint)
    with catalogue.read() as connection:
        names = dict(
            tuple(row)
            for row in connection.exec_driver_sql("SELECT id, hex(content_hash) FROM picture")
        )
    index = VectorIndex.open(library / "vectors", source)
    ids = np.array(sorted(names))
    best, _ = index.search(index.vectors(ids), 3)
    index.close()
    return sorted(
        (names[int(own)], *(names[int(other)] for other in row))
        for own, row in zip(ids, best, strict=True)
    )


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[tuple[object, ...]]]:
    folder = tmp_path_factory.mktemp("twin")
    photos = folder / "photos"
    for number in range(10):
        draw(photos / f"{number}.png", number)
    code, encoded = run_indexer(folder / "library", photos)
    assert (code, encoded) == (0, "10")
    return photos, content(folder / "library")


@pytest.mark.parametrize("place", PLACES)
def test_killed_at(place: str, twin: tuple[Path, list[tuple[object, ...]]], tmp_path: Path) -> None:
    photos, expected = twin
    library = tmp_path / "library"
    code, _ = run_indexer(library, photos, f"{place}:1")
    assert code == -9
    code, encoded = run_indexer(library, photos)
    assert code == 0 and int(encoded) <= 10
    assert content(library) == expected


def test_at_most_one_batch_is_encoded_again(
    twin: tuple[Path, list[tuple[object, ...]]], tmp_path: Path
) -> None:
    photos, expected = twin
    library = tmp_path / "library"
    assert run_indexer(library, photos, "commit.before:2")[0] == -9
    _, encoded = run_indexer(library, photos)
    # The first batch of 4 was committed; the second was encoded, killed, and is done again.
    assert int(encoded) == 6
    assert content(library) == expected

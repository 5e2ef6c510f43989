"""Folders that nobody may write, really so: bind mounts, since root passes over permission bits."""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from indexer.catalogue import Catalogue
from indexer.pipeline import IndexOptions, index
from indexer.thumbnail_repair import mend_thumbnail
from indexer.thumbnails import thumbnail_path
from indexer.vectors import VectorIndex
from indexer.verify import verify
from tests.indexer.conftest import Runner, draw
from tests.indexer.encoder import GridEncoder

Mount = Callable[..., None]


@pytest.fixture
def mount() -> Iterator[Mount]:
    """Mounts for one test; skips where this user may not mount anything."""
    places: list[Path] = []

    def mounted(*arguments: str, at: Path) -> None:
        command = ["mount", *arguments, str(at)]
        try:
            done = subprocess.run(command, capture_output=True, check=False)
        except FileNotFoundError:
            pytest.skip("there is no `mount`")
        if done.returncode:
            pytest.skip("this user may not mount a file system")
        places.append(at)

    yield mounted
    for place in reversed(places):
        subprocess.run(["umount", "-l", str(place)], check=False)


def read_only(mount: Mount, folder: Path) -> None:
    mount("--bind", str(folder), at=folder)
    mount("-o", "remount,bind,ro", at=folder)
    with pytest.raises(OSError):
        (folder / "proof").touch()


def pictures(folder: Path, count: int = 6) -> None:
    for number in range(count):
        draw(folder / f"{number}.png", number)


def test_pictures_that_cannot_be_written_are_indexed(
    run: Runner, photos: Path, library: Path, catalogue: Catalogue, mount: Mount
) -> None:
    pictures(photos)
    read_only(mount, photos)
    assert run().indexed == 6
    assert run().unchanged == 6
    assert verify(catalogue, library, subset=(1, 1)).problems == []


def test_a_library_that_cannot_be_written_is_searched(
    tmp_path: Path, photos: Path, mount: Mount, encoder: GridEncoder
) -> None:
    pictures(photos)
    library = tmp_path / "library"
    with Catalogue.open(library / "library.db", create=True) as catalogue:
        index(catalogue, library, IndexOptions((photos,), workers=1), encoder)
        digest = bytes(_first_hash(catalogue))
    thumbnail_path(library, digest).unlink()
    read_only(mount, library)
    with Catalogue.open(library / "library.db") as catalogue:
        source = catalogue.vector_source(encoder.fingerprint)
        ids, vectors = next(source.batches())
        found = VectorIndex.open(library / "vectors", source)
        best, _ = found.search(vectors.astype(np.float32), 1)
        assert best[:, 0].tolist() == ids.tolist()
        assert "memory only" in (found.stats().note or "")
        found.close()
        assert not mend_thumbnail(catalogue, library, 1, digest)
        with pytest.raises(OSError, match="Read-only"):
            index(catalogue, library, IndexOptions((photos,), workers=1), encoder)


def test_another_device_in_the_place_of_a_folder_loses_nothing(
    run: Runner, photos: Path, mount: Mount
) -> None:
    pictures(photos)
    run()
    mount("-t", "tmpfs", "tmpfs", at=photos)
    assert "is empty" in run(prune=True).notices[0]
    draw(photos / "new.png", 99)
    report = run(prune=True)
    assert "another device" in report.notices[0]
    assert (report.pruned, report.embedded) == (0, 1)
    subprocess.run(["umount", str(photos)], check=True)
    back = run()
    assert (back.returned, back.embedded, back.pruned) == (6, 0, 0)


def _first_hash(catalogue: Catalogue) -> bytes:
    with catalogue.read() as connection:
        statement = "SELECT content_hash FROM picture WHERE id = 1"
        return bytes(connection.exec_driver_sql(statement).scalar_one())

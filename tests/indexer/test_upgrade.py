"""Libraries of every schema there ever was, and upgrades that do not come to their end."""

import gzip
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import Connection, text

from indexer.catalogue import Catalogue, schema
from indexer.catalogue.snapshots import snapshots
from indexer.roots import move_root
from indexer.verify import verify
from tests.indexer.conftest import Runner, check_whole, draw, live_count
from tests.indexer.encoder import GridEncoder

# Each holds the pictures 0 to 2 of `draw`, indexed with GridEncoder from the folder /photos.
LIBRARIES = sorted((Path(__file__).parent / "data").glob("library-*.db.gz"))


@pytest.fixture(params=LIBRARIES, ids=lambda path: path.name)
def old_library(request: pytest.FixtureRequest, library: Path) -> Path:
    library.mkdir()
    place = library / "library.db"
    place.write_bytes(gzip.decompress(request.param.read_bytes()))
    return place


def test_there_is_a_library_of_every_schema() -> None:
    versions = Path(schema.__file__).parent / "migrations" / "versions"
    known = {path.name[1:5] for path in versions.glob("v[0-9]*.py")}
    assert {path.name[8:12] for path in LIBRARIES} == known


def test_a_library_of_an_earlier_program_is_used_as_it_is(
    old_library: Path, library: Path, photos: Path, encoder: GridEncoder
) -> None:
    for number in range(3):
        draw(photos / f"{number}.png", number)
    with Catalogue.open(old_library) as catalogue:
        check_whole(catalogue)
        assert live_count(catalogue) == 3
        ids, vectors = catalogue.vector_source(encoder.fingerprint).fetch(np.array([1, 2, 3]))
        assert len(ids) == 3 and np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=0.01)
        # Its thumbnails lie elsewhere; nothing else is amiss.
        assert {problem.kind for problem in verify(catalogue, library).problems} == {"thumbnail"}
        move_root(catalogue, Path("/photos"), photos)


def test_an_upgrade_that_fails_leaves_the_library_as_it_was(
    old_library: Path, library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def upgrade(connection: Connection) -> None:
        connection.execute(text("CREATE TABLE half (id INTEGER)"))
        connection.execute(text("DELETE FROM embedding"))
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(schema, "HEAD", "9998")
        patch.setattr(schema, "upgrade", upgrade)
        with pytest.raises(KeyboardInterrupt):
            Catalogue.open(old_library)
    assert len(snapshots(library)) == 1
    with Catalogue.open(old_library) as catalogue:
        check_whole(catalogue)
        assert len(catalogue.vector_source(GridEncoder().fingerprint).fetch([1, 2, 3])[0]) == 3


def test_moved_in_it_goes_on_without_encoding(
    old_library: Path, library: Path, photos: Path, encoder: GridEncoder, run: Runner
) -> None:
    for number in range(3):
        draw(photos / f"{number}.png", number)
    with Catalogue.open(old_library) as catalogue:
        move_root(catalogue, Path("/photos"), photos)
    report = run()
    # Their times are others than in the stored library, their contents are not.
    assert (report.unchanged, report.embedded, encoder.encoded) == (3, 0, 0)

"""The catalogue in PostgreSQL instead of SQLite; skips where no PostgreSQL server is installed.

A server of its own is started in a temporary folder, reached through a socket in it. Or name a
database that may be emptied in SEARCHAPP_TEST_POSTGRESQL.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from indexer.captions import NewCaption, add_captions
from indexer.catalogue import Catalogue
from indexer.errors import CatalogueUnavailable
from indexer.exchange import export
from indexer.merge import merge
from indexer.models import discard_kept, switch_to
from indexer.pipeline import IndexOptions, index
from indexer.roots import move_root
from indexer.vectors import VectorIndex
from indexer.verify import verify
from searchapp.error_table import sentence_for
from tests.indexer.conftest import draw
from tests.indexer.encoder import GridEncoder

pytest.importorskip("psycopg")


def server_binaries() -> Path | None:
    """The folder of `initdb` and `postgres`; Debian keeps it out of PATH."""
    found = shutil.which("initdb")
    if found:
        return Path(found).parent
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return versions[-1].parent if versions else None


def as_server(*command: str) -> None:
    """Run a command of the server, which refuses to be root."""
    prefix = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
    # No pipes: the server would inherit and keep them open.
    quiet = subprocess.DEVNULL
    subprocess.run([*prefix, *command], check=True, stdout=quiet, stderr=quiet, cwd="/", timeout=60)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """A database URL without a database name."""
    named = os.environ.get("SEARCHAPP_TEST_POSTGRESQL")
    if named:
        yield named
        return
    binaries = server_binaries()
    if binaries is None or (os.getuid() == 0 and shutil.which("runuser") is None):
        pytest.skip("no PostgreSQL server is installed")
    folder = Path(tempfile.mkdtemp(prefix="postgresql-"))
    if os.getuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
    data = str(folder / "data")
    try:
        as_server(
            str(binaries / "initdb"), "-D", data, "-A", "trust", "-U", "ada", "-E", "UTF8", "-N"
        )
        options = f"-k {folder} -c listen_addresses='' -c fsync=off"
        as_server(str(binaries / "pg_ctl"), "-D", data, "-w", "-o", options, "start")
    except subprocess.CalledProcessError as error:
        shutil.rmtree(folder, ignore_errors=True)
        pytest.skip(f"PostgreSQL does not start here: {error}")
    try:
        yield f"postgresql+psycopg://ada@/postgres?host={folder}"
    finally:
        as_server(str(binaries / "pg_ctl"), "-D", data, "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def url(server: str) -> Iterator[str]:
    """The database, emptied."""
    from sqlalchemy import create_engine

    engine = create_engine(server)
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    engine.dispose()
    yield server


@pytest.fixture
def catalogue(url: str) -> Iterator[Catalogue]:
    with Catalogue.open(url, create=True) as opened:
        yield opened


@pytest.fixture
def pictures(photos: Path) -> Path:
    for number in range(6):
        draw(photos / f"{number}.png", number)
    draw(photos / "Zürich" / "a'b \N{SNOWMAN}.png", 6)
    (photos / os.fsdecode(b"odd\xff.png")).write_bytes((photos / "0.png").read_bytes() + b"\0")
    (photos / "bad.jpg").write_text("text")
    return photos


def test_a_library_in_postgresql_from_first_run_to_search(
    catalogue: Catalogue, library: Path, pictures: Path, encoder: GridEncoder, tmp_path: Path
) -> None:
    options = IndexOptions((pictures,), workers=1)
    first = index(catalogue, library, options, encoder)
    assert (first.indexed, first.failed) == (8, 1)
    second = index(catalogue, library, options, encoder)
    assert (second.unchanged, second.embedded, second.failed) == (8, 0, 1)
    (pictures / "0.png").rename(pictures / "Zürich" / "moved.png")
    (pictures / "1.png").unlink()
    third = index(catalogue, library, options, encoder)
    assert (third.moved, third.missing, third.embedded) == (1, 1, 0)
    pruned = index(catalogue, library, IndexOptions((pictures,), workers=1, prune=True), encoder)
    assert pruned.pruned == 1
    add_captions(catalogue, [NewCaption(3, "a lighthouse", "en")])
    report = verify(catalogue, library, repair=True, subset=(1, 1))
    assert report.problems == []
    vectors = VectorIndex.open(library / "vectors", catalogue.vector_source(encoder.fingerprint))
    assert vectors.count == 7
    ids, scores = vectors.search(vectors.vectors(vectors.search(vectors.sample(1), 1)[0][0]), 1)
    assert ids[0, 0] > 0 and scores[0, 0] == pytest.approx(1.0, abs=1e-3)
    vectors.close()
    assert export(catalogue, encoder.fingerprint, tmp_path / "out").vectors == 7


def test_models_and_roots_change_in_postgresql(
    catalogue: Catalogue, library: Path, pictures: Path, encoder: GridEncoder, tmp_path: Path
) -> None:
    index(catalogue, library, IndexOptions((pictures,), workers=1), encoder)
    second = GridEncoder(name="second", fingerprint="44" * 16)
    assert index(catalogue, library, IndexOptions((pictures,), workers=1), second).active
    switch_to(catalogue, encoder.fingerprint)
    assert discard_kept(catalogue) == 8
    pictures.rename(tmp_path / "elsewhere")
    move_root(catalogue, pictures, tmp_path / "elsewhere")
    again = index(catalogue, library, IndexOptions((tmp_path / "elsewhere",), workers=1), encoder)
    assert (again.unchanged, again.embedded) == (8, 0)


def test_damage_is_found_and_mended_in_postgresql(
    catalogue: Catalogue, library: Path, pictures: Path, encoder: GridEncoder
) -> None:
    index(catalogue, library, IndexOptions((pictures,), workers=1), encoder)
    with catalogue.write() as connection:
        connection.execute(text("UPDATE embedding SET checksum = 1 WHERE picture_id = 1"))
        connection.execute(text("UPDATE picture SET live = false WHERE id = 2"))
        connection.execute(text("DELETE FROM picture_text WHERE picture_id = 3"))
    for thumbnail in (library / "thumbnails").rglob("*.webp"):
        thumbnail.unlink()
        break
    report = verify(catalogue, library, repair=True)
    assert sorted(problem.kind for problem in report.problems) == [
        "live", "text", "thumbnail", "vector",
    ]  # fmt: skip
    assert report.repaired == 4
    assert index(catalogue, library, IndexOptions((pictures,), workers=1), encoder).embedded == 1


def test_a_sqlite_library_moves_into_postgresql(
    catalogue: Catalogue, library: Path, pictures: Path, encoder: GridEncoder, tmp_path: Path
) -> None:
    with Catalogue.open(tmp_path / "old" / "library.db", create=True) as old:
        index(old, tmp_path / "old", IndexOptions((pictures,), workers=1), encoder)
        done = merge(catalogue, library, old, tmp_path / "old")
    assert (done.pictures, done.vectors) == (8, 8)
    report = index(catalogue, library, IndexOptions((pictures,), workers=1), encoder)
    assert (report.unchanged, report.embedded) == (8, 0)


def test_the_service_answers_from_postgresql(url: str, tmp_path: Path) -> None:
    from searchapp.requests import IndexRequest, SearchRequest
    from searchapp.service import SearchService
    from searchapp.settings import Settings

    samples = Path(__file__).parents[2] / "sample_images" / "food"
    service = SearchService(Settings(library=tmp_path / "library", database=url))
    try:
        outcome = service.index(IndexRequest((samples,)), lambda _: None, lambda: False)
        assert outcome.failed == 0 and outcome.indexed > 5
        name = sorted(samples.iterdir())[0].stem.replace("-", " ").replace("_", " ")
        for words in (name, "food", f"{name} type:jpeg"):
            found = service.search(SearchRequest(text=words, min_relevance=0.0))
            assert found.hits
        assert service.status().pictures == outcome.indexed
        assert service.picture(found.hits[0].id).id == found.hits[0].id
    finally:
        service.close()


def test_a_server_that_is_away_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(CatalogueUnavailable) as caught:
        Catalogue.open(f"postgresql+psycopg://ada:secret@/x?host={tmp_path}")
    said = sentence_for(caught.value) or ""
    assert "searchapp status" in said and "secret" not in said

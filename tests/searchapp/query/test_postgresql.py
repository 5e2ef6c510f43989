"""The same words find the same pictures on PostgreSQL, by its own full-text search."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from indexer.catalogue import Catalogue
from indexer.catalogue.tables import PictureText, Root
from searchapp.query.filters import Filters
from searchapp.query.syntax import parse
from searchapp.query.textual import postgresql_words
from tests.searchapp.conftest import Put
from tests.searchapp.postgresql import running
from tests.searchapp.query.test_textual import CASES, found, library

__all__ = ["library"]  # the fixture of the pictures, filled into the catalogue below


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with running() as url:
        yield url


@pytest.fixture
def catalogue(server: str) -> Iterator[Catalogue]:
    with Catalogue.open(server, create=True) as opened:
        with opened.write() as connection:
            names = sa.inspect(connection).get_table_names()
            kept = {"alembic_version", "state"}
            listed = ", ".join(name for name in names if name not in kept)
            connection.execute(sa.text(f"TRUNCATE {listed} RESTART IDENTITY CASCADE"))
            connection.execute(sa.insert(Root).values(id=1, path="/home/ada/Photos"))
        yield opened


@pytest.mark.usefixtures("library")
def test_every_word_must_be_there(catalogue: Catalogue) -> None:
    # Words inside of others are SQLite's alone: PostgreSQL finds words by their beginnings.
    expected = {**dict(CASES), "thedral": []}
    assert {text: sorted(found(catalogue, text)) for text, _ in CASES} == expected


def test_the_index_serves_the_search(catalogue: Catalogue, put: Put) -> None:
    put("a.jpg", {"en": "A brown dog"})
    wanted = postgresql_words().op("@@")(sa.literal_column("to_tsquery('simple', 'dog')"))
    query = sa.select(sa.column("picture_id")).select_from(sa.table(PictureText.TABLE))
    with catalogue.read() as connection:
        connection.execute(sa.text("SET enable_seqscan = off"))
        statement = query.where(wanted).compile(dialect=connection.dialect)
        plan = "\n".join(connection.scalars(sa.text(f"EXPLAIN {statement}")))
    assert "ix_picture_text_words" in plan


def test_filters_and_phrases_hold(catalogue: Catalogue, put: Put) -> None:
    dog = put("holiday/dog.jpg", {"en": "A dog on the beach"}, camera="Pixel 8", favourite=True)
    put("home/cat.jpg", {"en": "A cat"}, latitude=48.85, longitude=2.35)
    filters = Filters(catalogue)

    def ids(query: str) -> list[int]:
        parsed = parse(query)
        allowed = filters.allowed(parsed.conditions, parsed.phrases)
        assert allowed is not None
        return allowed.tolist()

    for query in (
        "folder:holiday",
        'camera:"pixel 8"',
        "is:favourite",
        '"on the beach"',
        "-name:cat",
    ):
        assert ids(query) == [dog], query
    assert ids("near:48.85,2.35,1km") == [dog + 1]

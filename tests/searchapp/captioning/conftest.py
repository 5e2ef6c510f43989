"""Real picture files, catalogued as the indexer would."""

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa
from PIL import Image

from indexer.catalogue import Catalogue
from indexer.catalogue.tables import Caption, Location, Picture, Root
from indexer.catalogue.text_rows import refresh_text

AddPicture = Callable[..., int]


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    return folder


@pytest.fixture
def catalogue(tmp_path: Path, photos: Path) -> Iterator[Catalogue]:
    with Catalogue.open(tmp_path / "library.db", create=True) as opened:
        with opened.write() as connection:
            connection.execute(sa.insert(Root).values(id=1, path=str(photos)))
        yield opened


@pytest.fixture
def add(catalogue: Catalogue, photos: Path) -> AddPicture:
    """add(relative path, taken year, **saving options) -> id of the new picture."""
    numbers = iter(range(1, 100))

    def make(path: str, year: int = 2020, **saving: object) -> int:
        number = next(numbers)
        file = photos / path
        file.parent.mkdir(parents=True, exist_ok=True)
        noise = np.random.default_rng(number).integers(0, 256, (40, 60, 3), np.uint8)
        Image.fromarray(noise).save(file, **saving)  # type: ignore[arg-type]
        with catalogue.write() as connection:
            connection.execute(
                sa.insert(Picture).values(
                    id=number,
                    content_hash=number.to_bytes(32, "big"),
                    width=60,
                    height=40,
                    format="JPEG",
                    byte_size=1,
                    change=number,
                    taken_at=datetime(year, 1, 1),
                    indexed_at=datetime(2026, 1, 1),
                )
            )
            connection.execute(
                sa.insert(Location).values(
                    picture_id=number, root_id=1, relative_path=path, size=1, mtime_ns=1, inode=1
                )
            )
            refresh_text(connection, [number])
        return number

    return make


def captions_in(catalogue: Catalogue) -> set[tuple[int, str | None, str, str]]:
    """(picture, language, text, source) of every caption."""
    query = sa.select(Caption.picture_id, Caption.language, Caption.text, Caption.source)
    with catalogue.read() as connection:
        return {tuple(row) for row in connection.execute(query)}


def found_by_text(catalogue: Catalogue, word: str) -> list[int]:
    """Pictures whose full-text row holds a word."""
    query = sa.text("SELECT picture_id FROM picture_text WHERE captions LIKE :like")
    with catalogue.read() as connection:
        return list(connection.scalars(query, {"like": f"%{word}%"}))

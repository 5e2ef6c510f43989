"""A small catalogue with known pictures, written as the indexer would."""

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from indexer.catalogue import Catalogue
from indexer.catalogue.tables import Caption, Location, Picture, Root
from indexer.catalogue.text_rows import refresh_text

Put = Callable[..., int]


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    with Catalogue.open(tmp_path / "library.db", create=True) as opened:
        with opened.write() as connection:
            connection.execute(sa.insert(Root).values(id=1, path="/home/ada/Photos"))
        yield opened


@pytest.fixture
def put(catalogue: Catalogue) -> Put:
    """put(relative path, captions={language: text}, **columns) -> id of the new picture."""
    numbers = iter(range(1, 10_000))

    def add(path: str, captions: dict[str, str] | None = None, **columns: Any) -> int:
        number = next(numbers)
        row = {
            "id": number,
            "content_hash": number.to_bytes(32, "big"),
            "width": 400,
            "height": 300,
            "format": "JPEG",
            "byte_size": 1000 * number,
            "change": number,
            "indexed_at": datetime(2026, 1, 1),
            **columns,
        }
        with catalogue.write() as connection:
            connection.execute(sa.insert(Picture).values(**row))
            connection.execute(
                sa.insert(Location).values(
                    picture_id=number, root_id=1, relative_path=path, size=1, mtime_ns=1, inode=1
                )
            )
            for language, text in (captions or {}).items():
                connection.execute(
                    sa.insert(Caption).values(
                        picture_id=number,
                        language=language,
                        text=text,
                        source="person",
                        created_at=datetime(2026, 1, 1),
                    )
                )
            refresh_text(connection, [number])
        return number

    return add

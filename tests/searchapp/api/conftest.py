"""A server over a small library with real files, whose vectors are known by hand."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from fastapi.testclient import TestClient
from PIL import Image

from indexer.catalogue import Catalogue
from indexer.catalogue.tables import Caption, Location, Picture, Root
from indexer.catalogue.text_rows import refresh_text
from indexer.thumbnails import encode_thumbnail, store_thumbnail
from searchapp.api.app import create_app
from searchapp.models import Models
from searchapp.service import SearchService
from searchapp.settings import Settings
from tests.searchapp.words import WordEncoder, add_model, background, unit

ADDRESS = "http://127.0.0.1:7860"
MakeClient = Callable[..., TestClient]


@dataclass(frozen=True)
class Made:
    """A library on disk: its folder, and the folder of its pictures."""

    folder: Path
    photos: Path
    names: tuple[str, ...] = field(default=("dog.jpg", "beach/dog on the beach.jpg", "snow.png"))


def make_library(place: Path) -> Made:
    """Three pictures that show something (ids 1 to 3) and nine that do not (4 to 12)."""
    made = Made(place / "library", place / "photos")
    made.folder.mkdir()
    names = (*made.names, *(f"other {number}.jpg" for number in range(9)))
    with Catalogue.open(made.folder / "library.db", create=True) as catalogue:
        with catalogue.write() as connection:
            connection.execute(sa.insert(Root).values(id=1, path=str(made.photos)))
        for number, name in enumerate(names, 1):
            _put(catalogue, made, number, name)
        vectors = [unit("dog"), unit("dog", "beach"), unit("snow"), *background(3, 9)]
        add_model(catalogue, dict(enumerate(vectors, 1)))
    return made


def _put(catalogue: Catalogue, made: Made, number: int, name: str) -> None:
    path = made.photos / name
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.new("RGB", (40, 30), (20 * number, 90, 30))
    image.save(path)
    digest = number.to_bytes(32, "big")
    store_thumbnail(made.folder, digest, encode_thumbnail(image))
    status = path.stat()
    with catalogue.write() as connection:
        connection.execute(
            sa.insert(Picture).values(
                id=number,
                content_hash=digest,
                width=40,
                height=30,
                format="PNG" if name.endswith("png") else "JPEG",
                byte_size=status.st_size,
                taken_at=datetime(2020, number, 1),
                change=number,
                indexed_at=datetime(2026, 1, 1),
            )
        )
        connection.execute(
            sa.insert(Location).values(
                picture_id=number,
                root_id=1,
                relative_path=name,
                size=status.st_size,
                mtime_ns=status.st_mtime_ns,
                inode=status.st_ino,
            )
        )
        connection.execute(
            sa.insert(Caption).values(
                picture_id=number,
                language="en",
                text=f"Picture number {number}",
                source="person",
                created_at=datetime(2026, 1, 1),
            )
        )
        refresh_text(connection, [number])


@pytest.fixture
def made(tmp_path: Path) -> Made:
    return make_library(tmp_path)


@pytest.fixture
def service(made: Made, monkeypatch: pytest.MonkeyPatch) -> Iterator[SearchService]:
    encoder = WordEncoder(made.folder)
    monkeypatch.setattr(Models, "load", lambda *_: encoder)
    opened = SearchService(Settings(library=made.folder))
    yield opened
    opened.close()


@pytest.fixture
def make_app(service: SearchService) -> Callable[..., FastAPI]:
    """make_app(**settings) -> the application over the library."""

    def make(**settings: object) -> FastAPI:
        return create_app(service, Settings(library=service.library.folder, **settings))

    return make


@pytest.fixture
def make_client(make_app: Callable[..., FastAPI]) -> MakeClient:
    """make_client(address=..., client=(host, port), **settings) -> a client of a new server."""

    def make(
        address: str = ADDRESS,
        client: tuple[str, int] = ("testclient", 50_000),
        **settings: object,
    ) -> TestClient:
        return TestClient(
            make_app(**settings),
            base_url=address,
            client=client,
            follow_redirects=False,
            raise_server_exceptions=False,
        )

    return make


@pytest.fixture
def client(make_client: MakeClient) -> TestClient:
    return make_client()


def touch_later(path: Path) -> None:
    """Give a file another time of change."""
    os.utime(path, ns=(10**18, 10**18))

"""A library in a temporary folder, pictures drawn on the spot, and a quick real encoder."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from indexer.catalogue import Catalogue
from indexer.pipeline import IndexOptions, IndexReport, index
from tests.indexer.encoder import GridEncoder

Runner = Callable[..., IndexReport]


def draw(path: Path, seed: int, size: tuple[int, int] = (48, 40), **save: Any) -> Path:
    """A picture of coloured blocks that no other seed gives."""
    path.parent.mkdir(parents=True, exist_ok=True)
    blocks = np.random.default_rng(seed).integers(0, 256, (4, 5, 3), dtype=np.uint8)
    Image.fromarray(blocks).resize(size, Image.Resampling.NEAREST).save(path, **save)
    return path


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    return folder


@pytest.fixture
def library(tmp_path: Path) -> Path:
    return tmp_path / "library"


@pytest.fixture
def catalogue(library: Path) -> Iterator[Catalogue]:
    with Catalogue.open(library / "library.db", create=True) as opened:
        yield opened
        check_whole(opened)


@pytest.fixture
def encoder() -> GridEncoder:
    return GridEncoder()


@pytest.fixture
def run(catalogue: Catalogue, library: Path, photos: Path, encoder: GridEncoder) -> Runner:
    """Index `photos` (or `paths`), checking that every file is accounted for."""

    def indexed(*paths: Path, model: GridEncoder = encoder, **options: Any) -> IndexReport:
        settings = IndexOptions(paths=paths or (photos,), **{"workers": 1, **options})
        report = index(catalogue, library, settings, model)
        counted = report.indexed + report.unchanged + report.updated + report.moved
        assert counted + report.failed + report.skipped == report.seen
        return report

    return indexed


def live_paths(catalogue: Catalogue) -> set[str]:
    """Relative paths of present locations."""
    with catalogue.read() as connection:
        rows = connection.exec_driver_sql(
            "SELECT relative_path FROM location WHERE missing_since IS NULL"
        )
        return set(rows.scalars())


def live_count(catalogue: Catalogue) -> int:
    return scalar(catalogue, "SELECT count(*) FROM picture WHERE live")


def scalar(catalogue: Catalogue, statement: str) -> Any:
    with catalogue.read() as connection:
        return connection.exec_driver_sql(statement).scalar_one()


def check_whole(catalogue: Catalogue) -> None:
    """What must hold after every test, whatever happened in it."""
    assert scalar(catalogue, "PRAGMA integrity_check") == "ok"
    with catalogue.read() as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall() == []
    present = (
        "EXISTS (SELECT 1 FROM location l WHERE l.picture_id = p.id AND l.missing_since IS NULL)"
    )
    assert scalar(catalogue, f"SELECT count(*) FROM picture p WHERE live <> {present}") == 0
    pictures = scalar(catalogue, "SELECT count(*) FROM picture")
    assert scalar(catalogue, "SELECT count(*) FROM picture_text") == pictures

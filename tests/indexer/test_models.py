"""Another model is embedded beside the old one, which stays in use until the new is complete."""

from pathlib import Path

import pytest

from indexer.catalogue import Catalogue
from indexer.errors import ModelIncomplete, ModelUnknown
from indexer.models import discard_kept, switch_to
from indexer.pipeline import IndexOptions, index
from tests.indexer.conftest import Runner, draw, scalar
from tests.indexer.encoder import GridEncoder

OLD, NEW = "00" * 16, "11" * 16


@pytest.fixture
def newer() -> GridEncoder:
    return GridEncoder(name="newer", fingerprint=NEW, dimensions=32)


@pytest.fixture
def indexed(run: Runner, photos: Path) -> None:
    for number in range(10):
        draw(photos / f"{number}.png", number)
    run()


def active(catalogue: Catalogue) -> str:
    return str(scalar(catalogue, "SELECT fingerprint FROM model WHERE state = 'active'"))


def test_a_new_model_takes_over_when_complete(
    run: Runner, indexed: None, catalogue: Catalogue, newer: GridEncoder
) -> None:
    report = run(model=newer)
    assert (report.unchanged, report.embedded, report.active) == (10, 10, True)
    assert active(catalogue) == NEW
    assert catalogue.vector_counts() == {OLD: 10, NEW: 10}


def test_interrupted_halfway_the_old_stays_and_the_next_run_resumes(
    catalogue: Catalogue, library: Path, photos: Path, indexed: None, newer: GridEncoder
) -> None:
    options = IndexOptions((photos,), workers=1, batch_size=2)
    report = index(catalogue, library, options, newer, stop=lambda: newer.encoded >= 4)
    assert report.interrupted and not report.active and active(catalogue) == OLD
    assert any("former model" in notice for notice in report.notices)
    before = newer.encoded
    assert index(catalogue, library, options, newer).active
    assert (active(catalogue), newer.encoded, before < 10) == (NEW, 10, True)


def test_back_to_the_old_model_costs_nothing(
    run: Runner, indexed: None, catalogue: Catalogue, newer: GridEncoder, encoder: GridEncoder
) -> None:
    run(model=newer)
    report = run()
    assert (report.embedded, active(catalogue)) == (0, OLD)
    switch_to(catalogue, NEW)
    assert active(catalogue) == NEW


def on_disk(library: Path) -> int:
    """Bytes of the catalogue and of its log."""
    return sum(path.stat().st_size for path in library.glob("library.db*"))


def test_an_incomplete_model_cannot_be_switched_to(
    run: Runner, indexed: None, catalogue: Catalogue, newer: GridEncoder, photos: Path
) -> None:
    run(model=newer)
    draw(photos / "later.png", 77)
    run(model=newer)
    with pytest.raises(ModelIncomplete) as caught:
        switch_to(catalogue, OLD)
    assert caught.value.lacking == 1
    with pytest.raises(ModelUnknown):
        switch_to(catalogue, "ff")
    assert active(catalogue) == NEW


def test_discarding_frees_the_old_vectors_and_their_room_on_the_disk(
    run: Runner, photos: Path, catalogue: Catalogue, library: Path
) -> None:
    for number in range(10):
        draw(photos / f"{number}.png", number)
    wide = 16_384
    run(model=GridEncoder(dimensions=wide))
    newer = GridEncoder(fingerprint=NEW, dimensions=wide)
    run(model=newer)
    before = on_disk(library)
    run(model=newer, discard_old=True)
    assert before - on_disk(library) > 0.9 * 10 * 2 * wide
    assert catalogue.vector_counts() == {NEW: 10}
    assert discard_kept(catalogue) == 0


def test_a_picture_that_returns_is_embedded_with_the_model_in_use(
    run: Runner, indexed: None, catalogue: Catalogue, newer: GridEncoder, photos: Path,
    tmp_path: Path,
) -> None:  # fmt: skip
    (photos / "3.png").rename(tmp_path / "away.png")
    run(model=newer)
    (tmp_path / "away.png").rename(photos / "3.png")
    assert run(model=newer).embedded == 1
    assert catalogue.vector_source(NEW).count() == 10

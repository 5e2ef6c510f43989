"""Captions found by meaning: what is encoded, when, and what a search makes of it."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa

from indexer.caption_vectors import fingerprint_of_captions
from indexer.captions import NewCaption, add_captions, edit_caption, remove_caption
from indexer.catalogue import Catalogue
from indexer.catalogue.tables import Caption, Embedding, Model
from indexer.report import Progress
from indexer.vectors import VectorIndex
from searchapp.captioning import CaptionVectorsOutcome, refresh_caption_vectors
from searchapp.captioning.vectors import mean_of_captions
from searchapp.requests import SearchRequest
from searchapp.searching import Searcher
from tests.searchapp.conftest import Put
from tests.searchapp.words import WordEncoder, add_model, background, unit

# The encoder hears "dog" in it; the full-text search finds it in no caption.
QUERY = "doghouses"


class Library:
    """Two dogs, and a picture that looks like nothing known but is said to be a dog."""

    def __init__(self, catalogue: Catalogue, put: Put, folder: Path) -> None:
        self.catalogue, self.folder = catalogue, folder
        self.dogs = [put("1.jpg"), put("2.jpg")]
        self.told = put("3.jpg", {"de": "Ein dog im Schnee"})
        self.others = [put(f"other {number}.jpg") for number in range(20)]
        vectors = dict(zip([self.told, *self.others], background(1, 21), strict=True))
        vectors |= {number: unit("dog", tilt=number) for number in self.dogs}
        vectors[self.told] = -unit("dog")
        self.model = add_model(catalogue, vectors)
        self.encoder = WordEncoder(folder)
        self.encoded: list[str] = []
        self.stop_after: int | None = None

    def refresh(self) -> CaptionVectorsOutcome:
        def encode(texts: Sequence[str]) -> np.ndarray:
            self.encoded += texts
            return self.encoder.encode_texts(texts)

        def show(_: Progress) -> None:
            """Shows nothing."""

        def stop() -> bool:
            return self.stop_after is not None and len(self.encoded) >= self.stop_after

        return refresh_caption_vectors(
            self.catalogue, self.model, encode, self.folder / "known.npy", (show, stop)
        )

    def search(self, request: SearchRequest, *, captions: bool) -> list[int]:
        source = self.catalogue.vector_source(self.model.fingerprint)
        index = VectorIndex.open(self.folder / "pictures", source)
        told = None
        if captions:
            fingerprint = fingerprint_of_captions(self.model.fingerprint)
            told_source = self.catalogue.vector_source(fingerprint)
            told = VectorIndex.open(self.folder / "captions", told_source)
        searcher = Searcher(self.catalogue, index, lambda: self.encoder, self.model, 0.0, told)
        try:
            return [hit.id for hit in searcher.search(request).hits]
        finally:
            searcher.close()

    def vectors(self) -> int:
        fingerprint = fingerprint_of_captions(self.model.fingerprint)
        return self.catalogue.vector_counts()[fingerprint]


@pytest.fixture
def library(catalogue: Catalogue, put: Put, tmp_path: Path) -> Iterator[Library]:
    yield Library(catalogue, put, tmp_path)


def test_a_picture_is_found_by_what_is_said_of_it(library: Library) -> None:
    assert library.told not in library.search(SearchRequest(QUERY), captions=False)
    assert library.refresh().encoded == 1
    assert library.search(SearchRequest(QUERY), captions=True)[0] == library.told


def test_without_hybrid_only_pictures_count(library: Library) -> None:
    library.refresh()
    request = SearchRequest(QUERY, hybrid=False)
    assert library.search(request, captions=True) == library.search(request, captions=False)


def test_filters_hold_for_captions_too(library: Library) -> None:
    library.refresh()
    found = library.search(SearchRequest(f"{QUERY} name:other"), captions=True)
    assert set(found) == set(library.others)


def test_only_new_and_changed_captions_are_encoded(library: Library) -> None:
    library.refresh()
    assert library.encoded == ["Ein dog im Schnee"]
    assert library.refresh().unchanged == 1
    (new,) = add_captions(library.catalogue, [NewCaption(library.others[0], "A beach")])
    assert library.refresh().encoded == 1
    assert library.encoded[1:] == ["A beach"]
    edit_caption(library.catalogue, new, "A unicorn")
    outcome = library.refresh()
    assert (outcome.encoded, outcome.unchanged) == (1, 1)
    places = [
        library.search(SearchRequest("unicorns"), captions=captions).index(library.others[0])
        for captions in (False, True)
    ]
    assert places[1] < places[0]
    remove_caption(library.catalogue, new)
    assert library.refresh().removed == 1
    assert library.vectors() == 1


def test_stopping_loses_nothing(library: Library) -> None:
    captions = [NewCaption(number, f"A beach {number}") for number in range(4, 24)]
    add_captions(library.catalogue, captions)
    many = [NewCaption(number, f"More {n}") for number in range(4, 24) for n in range(10)]
    add_captions(library.catalogue, many)
    library.stop_after = 1
    first = library.refresh()
    library.stop_after = None
    rest = library.refresh()
    assert first.encoded + first.skipped == 21
    assert rest.encoded == first.skipped
    assert library.vectors() == 21


def test_what_was_known_may_be_lost_or_wrong(library: Library) -> None:
    """Without the file, or with one of another state of the catalogue, captions are encoded."""
    library.refresh()
    known = library.folder / "known.npy"
    known.write_bytes(b"damaged")
    assert library.refresh().encoded == 1
    with library.catalogue.write() as connection:
        fingerprint = fingerprint_of_captions(library.model.fingerprint)
        model_id = connection.scalar(sa.select(Model.id).where(Model.fingerprint == fingerprint))
        connection.execute(sa.delete(Embedding).where(Embedding.model_id == model_id))
    assert library.refresh().encoded == 1
    assert library.vectors() == 1


def test_several_captions_of_a_picture_speak_together(library: Library) -> None:
    add_captions(library.catalogue, [NewCaption(library.told, "A dog on a beach")])
    library.refresh()
    with library.catalogue.read() as connection:
        texts = connection.scalars(sa.select(Caption.text)).all()
    expected = library.encoder.encode_texts(list(texts)).sum(axis=0)
    fingerprint = fingerprint_of_captions(library.model.fingerprint)
    _, stored = library.catalogue.vector_source(fingerprint).fetch([library.told])
    np.testing.assert_allclose(
        stored[0].astype(np.float32), expected / np.linalg.norm(expected), atol=1e-3
    )
    assert not mean_of_captions(np.zeros((1, 4), np.float32)).any()


def test_models_of_pictures_do_not_mind(library: Library) -> None:
    library.refresh()
    with library.catalogue.read() as connection:
        states = connection.scalars(sa.select(Model.state).order_by(Model.id)).all()
    assert states == ["active", "captions"]

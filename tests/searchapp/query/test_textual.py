"""Text search over captions, names and folders, in several scripts."""

import numpy as np
import pytest

from indexer.catalogue import Catalogue
from searchapp.query.fusion import TEXT_RELEVANCE, fuse
from searchapp.query.textual import TextHit, search_text
from tests.searchapp.conftest import Put

CASES = [
    ("dog on the beach", [1, 3]),
    ("dog", [1, 2, 3]),
    ("DOGS", [2]),
    ("brown lawn", []),
    ("海滩", [4]),
    ("日落", [4]),
    ("美丽的日落", [4]),
    ("海滩上美丽的夕阳", [4]),
    ("夕日", [4]),
    ("ชายหาด", [5]),
    ("일몰", [5]),
    ("straße", [6]),
    ("СОБАКА", [6]),
    ("hund läuft", [6]),
    ("the of a", []),
    ("", []),
    ('dog" OR "lawn', [2]),
    ("dog*", [1, 2, 3]),
    ("बिल्ली", [7]),
    ("قطة", [7]),
    ("kats", []),
    ("cat", [9]),
    ("chat", [9]),
    ("anne", [9]),
    ("กินข้าว", [9]),
    ("eight", [8]),
    ("0001", [9]),
    ("IMG_0001", [9]),
    ("kater", []),
    ("hauskater", [8]),
    ("cathedral", [8]),
    ("thedral", [8]),
    ("NOT lawn", []),
]


def found(catalogue: Catalogue, text: str) -> list[int]:
    with catalogue.read() as connection:
        return [hit.id for hit in search_text(connection, text, 100)]


@pytest.fixture
def library(put: Put) -> None:
    put("a/one.jpg", {"en": "A brown dog on the beach"})
    put("dogs/two.jpg", {"en": "A lawn"})
    put("c/brown_dog_beach.jpg")
    put("d/four.jpg", {"zh": "海滩上美丽的日落", "ja": "浜辺の夕日"})
    put("e/five.jpg", {"th": "พระอาทิตย์ตกที่ชายหาด", "ko": "해변의 일몰"})
    put("f/six.jpg", {"de": "Ein Hund läuft über die Straße", "ru": "Собака бежит"})
    put("g/seven.jpg", {"hi": "एक बिल्ली सो रही है", "ar": "القطة نائمة", "en": "Three meerkats"})
    put("h/eight-of-nine.jpg", {"en": "A cathedral, a categorical sea", "de": "Ein Hauskater"})
    put("i/IMG_0001.jpg", {"fr": "Les chats d'Anne", "th": "แมวกินข้าว", "en": "Two cats"})


@pytest.mark.parametrize(("text", "ids"), CASES)
@pytest.mark.usefixtures("library")
def test_every_word_must_be_there(catalogue: Catalogue, text: str, ids: list[int]) -> None:
    assert sorted(found(catalogue, text)) == ids


@pytest.mark.usefixtures("library")
def test_a_hit_says_where_the_words_stand(catalogue: Catalogue) -> None:
    with catalogue.read() as connection:
        hits = {hit.id: hit.fields for hit in search_text(connection, "dog", 10)}
        assert hits == {1: ("caption",), 2: ("folder",), 3: ("name",)}


def test_fusion_is_reciprocal_rank_fusion_weighted_by_belief() -> None:
    ids = np.array([10, 20, 30])
    scores = np.array([0.5, 0.4, 0.3], dtype=np.float32)
    relevances = np.array([0.8, 0.2, 0.95], dtype=np.float32)
    fused = fuse(ids, scores, relevances, [TextHit(30, ("caption",)), TextHit(40, ("name",))])
    word = TEXT_RELEVANCE
    expected = {10: 1 / 60, 20: 1 / 61, 30: 0.95 / 62 + word / 60, 40: word / 61}
    assert fused.ids.tolist() == sorted(expected, key=lambda i: -expected[i])
    at = {picture_id: place for place, picture_id in enumerate(fused.ids.tolist())}
    assert fused.matched_by[at[30]] == ("vector", "caption")
    assert fused.matched_by[at[40]] == ("name",)
    assert fused.matched_by[at[10]] == ("vector",)
    assert np.isnan(fused.scores[at[40]])
    assert fused.relevances[at[40]] == np.float32(TEXT_RELEVANCE)
    assert fused.relevances[at[30]] == np.float32(0.95)


def test_a_word_hit_whose_vector_speaks_against_it_is_not_first() -> None:
    # "ein Hund" finds a flying fox by its Danish caption, "flyvende hund".
    ids = np.arange(100, 200)
    scores = np.linspace(0.6, 0.0, 100, dtype=np.float32)
    relevances = np.linspace(0.95, 0.0, 100, dtype=np.float32)
    against, beside = TextHit(190, ("caption",)), TextHit(103, ("caption",))
    assert fuse(ids, scores, relevances, [against]).ids[0] == 100
    assert fuse(ids, scores, relevances, [against, beside]).ids[0] == 103
    unknown = np.full(100, np.nan, np.float32)
    assert fuse(ids, scores, unknown, [against]).ids[0] == 190  # nothing speaks against it

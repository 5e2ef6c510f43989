"""A search from request to page, over a catalogue whose vectors are known by hand."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from threading import Event, Semaphore

import numpy as np
import pytest

from indexer.catalogue import Catalogue
from indexer.vectors import VectorIndex
from pd_clip.calibration import Calibration, Distribution, write_calibration
from searchapp.errors import CursorInvalid, QueryInvalid, WidthNotAllowed
from searchapp.query.fusion import TEXT_RELEVANCE
from searchapp.ranking import Ranker, Ranking
from searchapp.requests import SearchRequest
from searchapp.results import SearchResult
from searchapp.searching import Searcher
from tests.searchapp.conftest import Put
from tests.searchapp.words import WordEncoder, add_model, background, unit


@pytest.fixture
def searcher(catalogue: Catalogue, put: Put, tmp_path: Path) -> Iterator[Searcher]:
    put("a/dog.jpg", taken_at=datetime(2020, 1, 1), perceptual_hash="00ff00ff00ff00ff")
    put("a/dog again.jpg", taken_at=datetime(2021, 1, 1), perceptual_hash="00ff00ff00ff00fe")
    put("b/IMG_1.jpg", {"en": "A dog on the beach"}, taken_at=datetime(2022, 7, 1))
    put("b/IMG_2.jpg", {"de": "Schnee"}, taken_at=datetime(2023, 7, 1))
    put("c/unicorn.jpg")
    vectors = {1: unit("dog"), 2: unit("dog", tilt=1), 3: unit("dog", "beach"), 4: unit("snow")}
    numbers = [5, *(put(f"z/other {i}.jpg") for i in range(40))]
    vectors |= dict(zip(numbers, background(4, len(numbers)), strict=True))
    model = add_model(catalogue, vectors)
    source = catalogue.vector_source(WordEncoder.fingerprint)
    index = VectorIndex.open(tmp_path / "vectors", source)
    encoder = WordEncoder(tmp_path)
    made = Searcher(catalogue, index, lambda: encoder, model, 0.5)
    yield made
    made.close()


@pytest.fixture
def calibrated(tmp_path: Path) -> None:
    good = Distribution(
        tuple(np.linspace(0.5, 0.9, 101).tolist()), tuple(np.linspace(-0.2, 0.2, 101).tolist())
    )
    write_calibration(tmp_path, Calibration(WordEncoder.fingerprint, good, good, {"zh": good}))


def ids(result: SearchResult) -> list[int]:
    return [hit.id for hit in result.hits]


def test_a_text_finds_by_vector_and_by_words(searcher: Searcher) -> None:
    result = searcher.search(SearchRequest("dog beach", collapse_duplicates=False))
    assert ids(result)[0] == 3
    assert result.hits[0].matched_by == ("vector", "caption")
    assert set(ids(result)[:3]) == {1, 2, 3}
    assert result.total == 45


def test_without_hybrid_only_vectors_count(searcher: Searcher) -> None:
    result = searcher.search(SearchRequest("unicorn", hybrid=False))
    assert all(hit.matched_by == ("vector",) for hit in result.hits)
    hybrid = searcher.search(SearchRequest("unicorn"))
    assert "name" in next(hit for hit in hybrid.hits if hit.id == 5).matched_by


def test_filters_hold_and_are_named(searcher: Searcher) -> None:
    result = searcher.search(
        SearchRequest("dog after:2021", filters=("folder:b",), collapse_duplicates=False)
    )
    assert ids(result) == [3, 4]
    assert result.filters == ("after:2021", "folder:b")
    assert "filter" in result.hits[0].matched_by


def test_date_words_are_a_filter_that_is_shown(searcher: Searcher) -> None:
    result = searcher.search(SearchRequest("dog summer 2022"))
    assert ids(result) == [3]
    assert result.filters == ("date:2022-06..2022-08",)
    assert "date" in result.hits[0].matched_by


def test_a_phrase_must_be_written_somewhere(searcher: Searcher) -> None:
    assert ids(searcher.search(SearchRequest('"dog on the beach"'))) == [3]
    assert ids(searcher.search(SearchRequest('"no such thing"'))) == []


def test_blank_queries_list_by_date(searcher: Searcher) -> None:
    dated = ids(searcher.search(SearchRequest("  has:date")))
    assert dated == [4, 3, 2]  # 1 is collapsed into 2
    assert searcher.search(SearchRequest(None, count=5)).total == 44


def test_duplicates_collapse_and_are_counted(searcher: Searcher) -> None:
    result = searcher.search(SearchRequest("dog", hybrid=False))
    assert (1 in ids(result)) != (2 in ids(result))
    assert next(hit for hit in result.hits if hit.id in (1, 2)).duplicates == 1


def test_negatives_push_away(searcher: Searcher) -> None:
    result = searcher.search(SearchRequest("dog -beach", hybrid=False, collapse_duplicates=False))
    assert set(ids(result)[:2]) == {1, 2}


@pytest.mark.usefixtures("calibrated")
def test_what_is_not_likely_is_left_out(searcher: Searcher) -> None:
    result = searcher.search(SearchRequest("dog", hybrid=False, collapse_duplicates=False))
    assert {1, 2} <= set(ids(result)) <= {1, 2, 3}
    assert all(0.5 <= hit.relevance <= 1 for hit in result.hits)  # type: ignore[operator]
    everything = searcher.search(SearchRequest("dog", min_relevance=0, count=100))
    assert everything.total == 44


@pytest.mark.usefixtures("calibrated")
def test_something_absent_finds_nothing_and_says_so(searcher: Searcher) -> None:
    result = searcher.search(SearchRequest("unicorn", hybrid=False))
    assert ids(result) == []
    assert "--min-relevance 0" in result.notices[0]


@pytest.mark.usefixtures("calibrated")
def test_words_vouch_for_a_picture_that_the_model_does_not_see(searcher: Searcher) -> None:
    result = searcher.search(SearchRequest("unicorn"))
    assert ids(result) == [5]
    assert result.hits[0].relevance == pytest.approx(TEXT_RELEVANCE)
    assert "name" in result.hits[0].matched_by


def test_sorting_by_date_comes_after_the_cut_off(searcher: Searcher) -> None:
    request = SearchRequest("dog has:date", sort="date", collapse_duplicates=False)
    assert ids(searcher.search(request)) == [4, 3, 2, 1]


def test_pages_neither_repeat_nor_skip(searcher: Searcher, put: Put) -> None:
    whole = ids(searcher.search(SearchRequest("dog", count=100)))
    seen, cursor = [], None
    while True:
        page = searcher.search(SearchRequest("dog", count=7, cursor=cursor))
        seen += ids(page)
        cursor = page.next_cursor
        if cursor is None:
            break
        put(f"late {len(seen)}.jpg")
    assert seen == whole


def test_like_leaves_the_picture_itself_out(searcher: Searcher) -> None:
    result = searcher.search(SearchRequest(like=(1,), collapse_duplicates=False))
    assert ids(result)[0] in (2, 3)
    assert 1 not in ids(result)


def test_a_long_text_is_cut_with_a_notice(searcher: Searcher) -> None:
    result = searcher.search(SearchRequest("a dog that runs very far away indeed"))
    assert any("longer than the model reads" in notice for notice in result.notices)


def test_mistakes_are_refused(searcher: Searcher) -> None:
    with pytest.raises(QueryInvalid):
        searcher.search(SearchRequest("dog colour:mauve"))
    with pytest.raises(QueryInvalid):
        searcher.search(SearchRequest("dog", filters=("sunset",)))
    with pytest.raises(WidthNotAllowed):
        searcher.search(SearchRequest("dog", dim=17))
    with pytest.raises(CursorInvalid):
        searcher.search(SearchRequest("dog", cursor="../x"))


def test_the_same_query_of_many_at_once_is_ranked_once(
    searcher: Searcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    began = Semaphore(0)
    rank = Ranker.rank

    def counted(ranker: Ranker, request: SearchRequest, depth: int) -> Ranking:
        began.release()
        # Long enough for the others to come in, were they let.
        others.wait(0.2)
        return rank(ranker, request, depth)

    others = Event()
    monkeypatch.setattr(Ranker, "rank", counted)
    with ThreadPoolExecutor(4) as threads:
        pages = list(threads.map(searcher.search, [SearchRequest("dog")] * 4))
    assert len({tuple(ids(page)) for page in pages}) == 1
    assert began.acquire(blocking=False) and not began.acquire(blocking=False)

"""A run that a person stops, as the service sees it."""

from pathlib import Path

from searchapp.requests import IndexRequest, SearchRequest
from searchapp.service import SearchService
from searchapp.settings import Settings

SAMPLES = Path(__file__).parents[2] / "sample_images" / "food"


def test_a_stopped_run_waits_for_no_index_and_the_next_goes_on(tmp_path: Path) -> None:
    service = SearchService(Settings(library=tmp_path / "library"))
    try:
        request = IndexRequest((SAMPLES,))
        stopped = service.index(request, lambda _: None, lambda: True)
        assert stopped.interrupted and stopped.indexed == 0
        assert list((tmp_path / "library").glob("vectors/*/*")) == []
        whole = service.index(request, lambda _: None, lambda: False)
        assert not whole.interrupted and whole.indexed > 5
        assert service.search(SearchRequest(text="food", min_relevance=0.0)).hits
    finally:
        service.close()

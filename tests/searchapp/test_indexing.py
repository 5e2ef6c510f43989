"""Indexing as the service sees it: runs that a person stops, folders that are away."""

import shutil
from contextlib import closing
from pathlib import Path

from indexer.catalogue.snapshots import make_snapshot
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


def test_a_folder_that_is_away_is_said_to_be_away_every_time(tmp_path: Path) -> None:
    pictures = tmp_path / "pictures"
    shutil.copytree(SAMPLES, pictures)
    service = SearchService(Settings(library=tmp_path / "library"))
    try:
        service.index(IndexRequest((pictures,)), lambda _: None, lambda: False)
        pictures.rename(tmp_path / "unplugged")
        for _ in range(2):
            outcome = service.index(IndexRequest(()), lambda _: None, lambda: False)
            assert "is not there: nothing was deleted" in outcome.notices[0]
    finally:
        service.close()


def test_a_catalogue_restored_by_another_program_is_seen_at_the_next_search(
    tmp_path: Path,
) -> None:
    first, second = sorted(SAMPLES.glob("*.jpg"))[:2]
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    settings = Settings(library=tmp_path / "library")
    with closing(SearchService(settings)) as service, closing(SearchService(settings)) as other:
        shutil.copy(first, pictures)
        service.index(IndexRequest((pictures,)), lambda _: None, lambda: False)
        kept = make_snapshot(service.library.folder / "library.db")
        shutil.copy(second, pictures)
        service.index(IndexRequest((pictures,)), lambda _: None, lambda: False)
        everything = SearchRequest(text="food", min_relevance=0.0)
        assert service.search(everything).total == 2
        other.restore(kept.path)
        assert service.search(everything).total == 1
        assert service.status().pictures == 1


def test_what_is_kept_after_another_program_restored_is_not_lost(tmp_path: Path) -> None:
    settings = Settings(library=tmp_path / "library")
    with closing(SearchService(settings)) as service, closing(SearchService(settings)) as other:
        service.keep_exclusions(["*.gif"])
        other.restore(make_snapshot(service.library.folder / "library.db").path)
        service.keep_exclusions(["*.bmp"])
        assert other.exclusions() == ("*.bmp",)

"""Indexing over HTTP with the bundled model: forecast, a run, watching, stopping."""

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from queue import Queue

import pytest
from fastapi.testclient import TestClient

from searchapp.api.app import create_app
from searchapp.jobs import IndexJob
from searchapp.results import IndexOutcome
from searchapp.service import SearchService
from searchapp.settings import Settings

SAMPLES = Path(__file__).parents[3] / "sample_images" / "food"
INDEX = "/api/v1/index"
PATIENCE = 60  # seconds


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    for number, file in enumerate(sorted(SAMPLES.glob("*.jpg"))[:3]):
        shutil.copy(file, folder / f"{number}.jpg")
    return folder


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    settings = Settings(library=tmp_path / "library", model="bundled")
    service = SearchService(settings)
    yield TestClient(create_app(service, settings), base_url="http://127.0.0.1:7860")
    service.close()


@pytest.fixture
def rests(monkeypatch: pytest.MonkeyPatch) -> Queue[IndexOutcome]:
    """What each pass of a watch ended with, once the job knows it."""
    told: Queue[IndexOutcome] = Queue()
    rest = IndexJob.rest

    def tell(job: IndexJob, outcome: IndexOutcome) -> None:
        rest(job, outcome)
        told.put(outcome)

    monkeypatch.setattr(IndexJob, "rest", tell)
    return told


def test_a_forecast_counts_and_times_and_writes_nothing(
    client: TestClient, photos: Path, tmp_path: Path
) -> None:
    answer = client.post(f"{INDEX}/forecast", json={"paths": [str(photos)]})
    assert answer.status_code == 200, answer.text
    forecast = answer.json()
    assert forecast["files"] == forecast["sampled"] == 3
    assert forecast["seconds"] > 0
    assert forecast["disk_bytes"] > 0
    assert not (tmp_path / "library").exists()


def test_a_forecast_of_no_folder_is_refused(client: TestClient) -> None:
    answer = client.post(f"{INDEX}/forecast", json={"paths": ["/nowhere"]})
    assert answer.status_code == 404
    assert answer.json()["type"] == "FolderMissing"


def test_a_watch_reads_what_comes_makes_way_and_stops(
    client: TestClient, rests: Queue[IndexOutcome], photos: Path, tmp_path: Path
) -> None:
    client.post(INDEX, json={"paths": [str(photos)], "watch": True})
    assert rests.get(timeout=PATIENCE).seen == 3
    state = client.get(INDEX).json()
    assert state["watching"] and state["resting"]
    assert state["outcome"]["seen"] == 3

    shutil.copy(photos / "0.jpg", photos / "copy.jpg")
    assert rests.get(timeout=PATIENCE).seen == 4

    other = tmp_path / "other"
    other.mkdir()
    shutil.copy(sorted(SAMPLES.glob("*.jpg"))[4], other)
    assert client.post(INDEX, json={"paths": [str(other)]}).status_code == 202
    # Both folders are watched from then on.
    assert rests.get(timeout=PATIENCE).seen == 5

    (thread,) = (thread for thread in threading.enumerate() if thread.name == "index")
    client.delete(INDEX)
    thread.join(PATIENCE)
    state = client.get(INDEX).json()
    assert not state["running"]
    assert not state["watching"]
    assert not state["resting"]


def test_what_is_left_out_is_kept(client: TestClient, photos: Path) -> None:
    assert client.get(f"{INDEX}/exclusions").json() == {"patterns": []}
    kept = {"patterns": ["0.jpg"]}
    assert client.put(f"{INDEX}/exclusions", json=kept).json() == kept
    assert client.get(f"{INDEX}/exclusions").json() == kept
    assert client.post(f"{INDEX}/forecast", json={"paths": [str(photos)]}).json()["files"] == 2
    refused = client.put(f"{INDEX}/exclusions", json={"patterns": ["!"]})
    assert refused.status_code == 422
    assert refused.json()["type"] == "PatternInvalid"
    assert client.get(f"{INDEX}/exclusions").json() == kept

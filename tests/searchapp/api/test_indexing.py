"""Indexing over HTTP with the bundled model: forecast, a run, watching, stopping."""

import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from searchapp.api.app import create_app
from searchapp.service import SearchService
from searchapp.settings import Settings

SAMPLES = Path(__file__).parents[3] / "sample_images" / "food"
INDEX = "/api/v1/index"
PATIENCE = 60


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


def wait_for(client: TestClient, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The state of indexing once it is as wanted."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        state: dict[str, Any] = client.get(INDEX).json()
        if holds(state):
            return state
        time.sleep(0.05)  # indexing has a thread of its own and nobody to wait for
    raise AssertionError(state)


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
    client: TestClient, photos: Path, tmp_path: Path
) -> None:
    client.post(INDEX, json={"paths": [str(photos)], "watch": True})
    state = wait_for(client, lambda state: state["resting"])
    assert state["watching"]
    assert state["outcome"]["seen"] == 3

    shutil.copy(photos / "0.jpg", photos / "copy.jpg")
    wait_for(client, lambda state: state["resting"] and state["outcome"]["seen"] == 4)

    other = tmp_path / "other"
    other.mkdir()
    shutil.copy(sorted(SAMPLES.glob("*.jpg"))[4], other)
    assert client.post(INDEX, json={"paths": [str(other)]}).status_code == 202
    # Both folders are watched from then on.
    wait_for(client, lambda state: state["resting"] and state["outcome"]["seen"] == 5)

    client.delete(INDEX)
    state = wait_for(client, lambda state: not state["running"])
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

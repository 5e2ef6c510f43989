"""Measuring from a browser: start, watch, stop, and the report that stays with the library."""

import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from searchapp.api.app import create_app
from searchapp.models import Models
from searchapp.service import SearchService
from searchapp.settings import Settings
from tests.searchapp.api.conftest import ADDRESS, Made, MakeClient
from tests.searchapp.evaluation.conftest import make_set
from tests.searchapp.evaluation.tiny_encoder import TinyEncoder

EVALUATION = "/api/v1/evaluation"


@pytest.fixture
def encoder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> TinyEncoder:
    """Evaluations use an encoder that tells colours; vectors are kept in a folder of the test."""
    monkeypatch.setattr(
        "searchapp.evaluation.with_library.cache_folder", lambda settings: tmp_path / "kept"
    )
    encoder = TinyEncoder()
    encoder.fingerprint = "ef" * 16
    return encoder


@pytest.fixture
def client(
    service: SearchService,
    encoder: TinyEncoder,
    monkeypatch: pytest.MonkeyPatch,
    make_client: MakeClient,
) -> TestClient:
    monkeypatch.setattr(Models, "load", lambda *_: encoder)
    return make_client()


def when_ended(client: TestClient) -> dict[str, Any]:
    """Wait for the thread of the measurement, then ask how it stands."""
    for thread in threading.enumerate():
        if thread.name == "measure":
            thread.join(timeout=120)
    state: dict[str, Any] = client.get(EVALUATION).json()
    return state


def test_a_run_leaves_a_report_that_the_page_and_the_next_start_show(
    client: TestClient, tmp_path: Path, made: Made
) -> None:
    captions = make_set(tmp_path / "set", 14)
    assert client.get(EVALUATION).json()["result"] is None
    missing = client.get(f"{EVALUATION}/report")
    assert missing.status_code == 404
    assert "searchapp eval" in missing.json()["detail"]
    started = client.post(EVALUATION, json={"captions": str(captions), "dims": [8]})
    assert started.status_code == 202, started.text
    state = when_ended(client)
    assert (state["running"], state["error"]) == (False, None)
    result = state["result"]
    assert result["widths"] == [8, 24]
    assert {row["metric"] for row in result["rows"]} == {"hit@5"}
    assert result["advice"]["full_dim"] == 24

    page = client.get(f"{EVALUATION}/report")
    assert page.headers["content-type"].startswith("text/html")
    assert "What does every width cost?" in page.text
    assert "data:image/webp" in page.text or not result["losses"]
    whole = client.get(f"{EVALUATION}/results").json()
    assert {row["metric"] for row in whole["rows"]} > {"hit@5", "mrr"}
    light = client.get(f"{EVALUATION}/plots/recall_by_width")
    dark = client.get(f"{EVALUATION}/plots/recall_by_width", params={"theme": "dark"})
    assert light.headers["content-type"].startswith("image/svg+xml")
    assert light.text.startswith("<?xml") and "<script" not in light.text
    assert light.text != dark.text
    assert client.get(f"{EVALUATION}/plots/..%2Fresults.json").status_code in (404, 422)

    with closing(SearchService(Settings(library=made.folder))) as service:
        restarted = TestClient(create_app(service, service.settings), base_url=ADDRESS)
        assert restarted.get(EVALUATION).json()["result"] == result


def test_a_wrong_file_is_said_and_loses_nothing(client: TestClient, tmp_path: Path) -> None:
    captions = make_set(tmp_path / "set", 5)
    client.post(EVALUATION, json={"captions": str(captions)})
    before = when_ended(client)["result"]
    assert before["pictures"] == 5
    client.post(EVALUATION, json={"captions": str(tmp_path / "nothing.jsonl")})
    state = when_ended(client)
    assert "nothing.jsonl" in state["error"]
    assert state["result"] == before


def test_a_run_can_be_stopped(
    client: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    captions = make_set(tmp_path / "set", 14)
    reached, go_on = threading.Event(), threading.Event()
    original = TinyEncoder.encode_texts

    def held(self: TinyEncoder, texts: list[str]) -> Any:
        reached.set()
        assert go_on.wait(60)
        return original(self, texts)

    monkeypatch.setattr(TinyEncoder, "encode_texts", held)
    client.post(EVALUATION, json={"captions": str(captions)})
    assert reached.wait(60)
    running = client.get(EVALUATION).json()
    assert running["running"] and running["progress"]["stage"] == "encoding captions"
    client.delete(EVALUATION)
    go_on.set()
    state = when_ended(client)
    assert (state["running"], state["result"], state["error"]) == (False, None, None)

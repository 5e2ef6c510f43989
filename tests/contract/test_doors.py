"""The three doors give the same answer to the same question."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from searchapp.api.app import create_app
from searchapp.requests import SearchRequest
from searchapp.results import as_document
from searchapp.service import SearchService
from searchapp.settings import Settings
from tests.e2e.conftest import run_searchapp

Ask = Callable[[str, int], dict[str, Any]]

QUERIES = ("a cat", "ein Schloss", "山", "boats at dusk -cat", "type:png")


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("doors") / "library"
    ended = run_searchapp("demo", "--no-ui", library=folder, XDG_DATA_HOME=str(folder.parent))
    assert ended.code == 0, ended.stderr
    return folder.parent / "searchapp" / "demo-library"


@pytest.fixture(scope="module")
def service(library: Path) -> Iterator[SearchService]:
    service = SearchService(Settings(library=library))
    yield service
    service.close()


@pytest.fixture(params=["command line", "api", "browser page"])
def door(request: pytest.FixtureRequest, library: Path, service: SearchService) -> Ask:
    """A function that asks through one door and returns the document of the answer."""
    if request.param == "command line":
        return lambda text, count: ask_command(library, text, count)
    application = create_app(service, service.settings)
    if request.param == "browser page":
        from ui.app import mount

        application = mount(application, service, service.settings)
    client = TestClient(application, base_url="http://127.0.0.1:7860")
    return lambda text, count: ask_http(client, text, count)


def ask_command(library: Path, text: str, count: int) -> dict[str, Any]:
    ended = run_searchapp("search", text, "-k", str(count), "--json", library=library)
    assert ended.code == 0, ended.stderr
    document: dict[str, Any] = ended.document
    return document


def ask_http(client: TestClient, text: str, count: int) -> dict[str, Any]:
    answer = client.get("/api/v1/search", params={"q": text, "k": count})
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    return document


@pytest.mark.parametrize("query", QUERIES)
def test_every_door_gives_the_service_s_answer(
    door: Ask, service: SearchService, query: str
) -> None:
    expected = as_document(service.search(SearchRequest(text=query, count=7)))
    answer = door(query, 7)
    assert [hit["id"] for hit in answer["hits"]] == [hit["id"] for hit in expected["hits"]]
    for mine, theirs in zip(answer["hits"], expected["hits"], strict=True):
        assert mine == {**theirs, "score": pytest.approx(theirs["score"], abs=1e-3)} or (
            mine["score"] is theirs["score"] is None
        )
    assert answer["total"] == expected["total"]


def test_every_door_says_when_a_language_measured_weak_here(
    door: Ask, service: SearchService, library: Path
) -> None:
    query = "paka mweupe kwenye theluji"
    assert not [notice for notice in door(query, 1)["notices"] if "on your pictures" in notice]
    known = {
        "fingerprint": service.active_model().fingerprint,
        "measured": ["de", "en", "sw"],
        "weak": ["sw"],
    }
    kept = library / "evaluation.json"
    kept.write_text(json.dumps(known), encoding="utf-8")
    try:
        assert (
            "This model understands Swahili less well than other languages (on your pictures)."
            in door(query, 1)["notices"]
        )
        assert not [n for n in door("a white cat in the snow", 1)["notices"] if "less well" in n]
    finally:
        kept.unlink()

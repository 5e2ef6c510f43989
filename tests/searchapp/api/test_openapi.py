"""The OpenAPI document, and requests made from it: whatever comes, nothing breaks (no 500)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, Phase, given, seed, settings

from searchapp.api.app import create_app
from searchapp.api.kept_password import KeptPassword
from searchapp.api.sessions import Door
from searchapp.models import Models
from searchapp.service import SearchService
from searchapp.settings import Settings
from tests.searchapp.api.conftest import make_library
from tests.searchapp.words import WordEncoder

DOCUMENT = "/api/v1/openapi.json"
# They start work in the background or open a window; their refusals are tested elsewhere.
QUIET = ("start_indexing", "estimate", "agreement", "evaluate")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    made = make_library(tmp_path_factory.mktemp("openapi"))
    encoder = WordEncoder(made.folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Models, "load", lambda *_: encoder)
        for name in QUIET:
            patch.setattr(SearchService, name, lambda *_, **__: {})
        patch.setattr("searchapp.api.desk._opener", lambda _: None)
        service = SearchService(Settings(library=made.folder))
        app = create_app(service, Settings(library=made.folder, host_names=("testserver",)))
        # A password that is made up here would shut out all requests after it.
        patch.setattr(Door, "change", lambda *_: None)
        patch.setattr(KeptPassword, "write", lambda *_: "")
        yield app
        service.close()


@pytest.fixture(scope="module")
def schema(server: FastAPI) -> Any:
    return schemathesis.openapi.from_asgi(DOCUMENT, server)


def operations() -> list[tuple[str, str]]:
    """Method and path of everything that the document describes; opens no library."""
    settings = Settings(library=Path("nowhere"))
    paths = create_app(SearchService(settings), settings).openapi()["paths"]
    return [(method, path) for path, described in paths.items() for method in described]


@pytest.mark.parametrize(("method", "path"), operations(), ids=lambda part: part)
def test_no_request_breaks_the_server(schema: Any, method: str, path: str) -> None:
    @seed(1)
    @settings(
        max_examples=25,
        deadline=None,
        database=None,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )
    @given(case=schema[path][method].as_strategy())
    def answers(case: Any) -> None:
        answer = case.call()
        assert answer.status_code < 500 or answer.status_code == 501, answer.text
        if answer.status_code >= 400:
            kind = answer.headers["content-type"]
            assert "application/problem+json" in kind, answer.text

    answers()


def test_every_route_is_described(server: FastAPI) -> None:
    client = TestClient(server)
    document = client.get(DOCUMENT).json()
    assert len(document["paths"]) > 15
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            assert operation.get("description"), f"{method} {path}"
            for parameter in operation.get("parameters", ()):
                assert parameter["schema"], f"{method} {path}"
    search = document["paths"]["/api/v1/search"]["get"]
    assert search["responses"]["200"]["content"]["application/json"]["example"]["hits"]
    assert "application/problem+json" in search["responses"]["422"]["content"]


def test_the_example_of_the_document_is_what_a_search_answers(server: FastAPI) -> None:
    client = TestClient(server)
    document = client.get(DOCUMENT).json()
    example = document["paths"]["/api/v1/search"]["get"]["responses"]["200"]["content"][
        "application/json"
    ]["example"]
    answer = client.get("/api/v1/search", params={"q": "dog", "min_relevance": 0}).json()
    assert set(answer) == set(example)
    assert set(answer["hits"][0]) == set(example["hits"][0])


def test_no_page_of_another_party_is_part_of_it(server: FastAPI) -> None:
    client = TestClient(server)
    assert client.get("/docs").status_code == client.get("/redoc").status_code == 404


def test_nothing_is_written_beside_the_library(server: FastAPI, tmp_path: Path) -> None:
    """An uploaded picture leaves no file behind."""
    client = TestClient(server)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", str(tmp_path))
        patch.setattr("tempfile.tempdir", str(tmp_path))
        client.post("/api/v1/search", files={"picture": ("../../x.jpg", b" " * 2_000_000)})
    assert list(tmp_path.rglob("*")) == []

"""What Gradio brings along besides its page stays closed: uploads, files, functions, records."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from searchapp.api.app import create_app
from searchapp.api.limits import GRADIO, GRADIO_OPEN
from searchapp.service import SearchService
from searchapp.settings import Settings
from tests.searchapp.api.conftest import ADDRESS


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    from ui.app import mount

    settings = Settings(library=tmp_path_factory.mktemp("gradio"))
    service = SearchService(settings)
    yield mount(create_app(service, settings), service, settings)
    service.close()


@pytest.fixture
def client(page: FastAPI) -> TestClient:
    return TestClient(page, base_url=ADDRESS, raise_server_exceptions=False)


def gradio_routes(routes: Any) -> Iterator[tuple[str, str]]:
    """Method and path of every route, those of included routers too."""
    for route in routes:
        inner = getattr(route, "original_router", None) or getattr(route, "app", None)
        if hasattr(inner, "routes"):
            yield from gradio_routes(inner.routes)
        for method in getattr(route, "methods", None) or ():
            yield method, route.path


def test_everything_of_gradio_but_its_page_is_closed(page: FastAPI, client: TestClient) -> None:
    closed = [
        (method, re.sub(r"\{[^}]*\}", "1", path))
        for method, path in gradio_routes(page.router.routes)
        if path.startswith(GRADIO) and not path.removeprefix(GRADIO).startswith(GRADIO_OPEN)
    ]
    assert len(closed) > 30
    assert ("POST", "/gradio_api/upload") in closed
    for method, path in closed:
        assert client.request(method, path).status_code == 404, f"{method} {path}"


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/upload",
        "/gradio_api/upload?upload_id=1",
        "/gradio_api//upload",
        "/gradio_api/%75pload",
        "/gradio_api/info/../upload",
        "/upload",
        "//gradio_api/upload",
    ],
)
def test_nothing_can_be_uploaded(
    client: TestClient, path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    answer = client.post(path, files={"files": ("x.html", b"<script>alert(1)</script>")})
    assert answer.status_code in (404, 405)
    assert list(tmp_path.rglob("*")) == []


@pytest.mark.parametrize("file", ["/etc/passwd", "library.db", "http://127.0.0.1:1/x"])
def test_no_file_is_given_out(client: TestClient, file: str) -> None:
    for path in ("/gradio_api/file=", "/gradio_api/file/", "/file=", "/static/", "/assets/"):
        assert client.get(path + file).status_code >= 400


def test_the_page_is_there_with_its_headers(client: TestClient) -> None:
    answer = client.get("/")
    assert answer.status_code == 200
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    assert client.get("/config").status_code == 200


def test_the_page_is_not_for_other_sites(client: TestClient) -> None:
    for path in ("/", "/config", "/gradio_api/info"):
        assert client.get(path, headers={"Host": "evil.example"}).status_code == 400
        assert client.get(path, headers={"Origin": "http://evil.example"}).status_code == 403


def test_nothing_looks_for_work_while_nobody_asks(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Gradio's queue would: a thousand times a second, five per cent of a core."""
    from gradio.queueing import Queue

    begun: list[Queue] = []
    monkeypatch.setattr(Queue, "start", begun.append)
    assert client.get(f"{GRADIO}startup-events").status_code == 200
    assert begun == []

"""What the server hands out besides the API."""

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from tests.ui.stand_in import World, application


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with TestClient(application(World())) as ready:
        yield ready


def test_modules_are_served_as_modules(client: TestClient) -> None:
    answer = client.get("/ui/static/app.js")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    "path", ["..", "../app.py", "%2e%2e%2fapp.py", "..%5capp.py", "nothing.js", "%2fetc%2fpasswd"]
)
def test_nothing_else_is_served(client: TestClient, path: str) -> None:
    answer = client.get(f"/ui/static/{path}")
    assert answer.status_code == 404 or "import" not in answer.text[:200]


def test_languages_are_listed_in_their_own_words(client: TestClient) -> None:
    listed = {item["code"]: item["name"] for item in client.get("/ui/locale/index.json").json()}
    assert listed["ja"] == "日本語"
    assert listed["uk"] == "Українська"


def test_an_unknown_language_is_english(client: TestClient) -> None:
    assert client.get("/ui/locale/tlh.json").json()["language"] == "en"


def test_arabic_runs_from_right_to_left(client: TestClient) -> None:
    assert client.get("/ui/locale/ar.json").json()["direction"] == "rtl"


def test_the_page_names_no_other_server(client: TestClient) -> None:
    page, theme = client.get("/").text, client.get("/theme.css").text
    for text in (page, theme):
        assert "fonts.googleapis.com" not in text
        assert "fonts.gstatic.com" not in text


def test_no_file_passes_through_gradio(client: TestClient) -> None:
    config = client.get("/config").json()
    assert [part["type"] for part in config["components"]] == ["html"]
    assert config["dependencies"] == []


def test_gradio_calls_nobody() -> None:
    check = "import ui.app, os; print(os.environ['GRADIO_ANALYTICS_ENABLED'])"
    environment = {**os.environ, "GRADIO_ANALYTICS_ENABLED": "True"}
    shown = subprocess.run(
        [sys.executable, "-c", check], env=environment, capture_output=True, text=True, check=True
    )
    assert shown.stdout.strip() == "False"


def test_importing_the_room_loads_no_gradio() -> None:
    check = "import sys, ui, ui.catalogues; print('gradio' in sys.modules)"
    shown = subprocess.run(
        [sys.executable, "-c", check], capture_output=True, text=True, check=True
    )
    assert shown.stdout.strip() == "False"

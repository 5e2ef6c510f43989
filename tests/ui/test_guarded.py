"""The page behind the real server's guards: its policy and closed routes cost the page nothing."""

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import expect

from searchapp.api.app import create_app
from searchapp.models import Models
from searchapp.service import SearchService
from searchapp.settings import Settings
from tests.searchapp.api.conftest import make_library
from tests.searchapp.words import WordEncoder
from tests.ui.conftest import Open
from ui.app import mount

PASSWORD = "correct horse"


@pytest.fixture(params=[None, PASSWORD], ids=["open", "with a password"])
def real_server(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[str, str | None]]:
    """(address, password) of a server over twelve pictures."""
    made = make_library(tmp_path)
    monkeypatch.setattr(Models, "load", lambda *_: WordEncoder(made.folder))
    settings = Settings(library=made.folder, auth=request.param)
    service = SearchService(settings)
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(
        uvicorn.Config(mount(create_app(service, settings), service, settings), log_level="error")
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}/", request.param
    server.should_exit = True
    thread.join(20)
    service.close()


def test_searching_through_the_page(real_server: tuple[str, str | None], open_page: Open) -> None:
    address, password = real_server
    page = open_page(address=address, wait="#password" if password else ".tile img.ready")
    if password:
        page.fill("#password", password)
        page.keyboard.press("Enter")
        page.wait_for_selector(".tile img.ready")
    expect(page.locator(".tile")).to_have_count(12)

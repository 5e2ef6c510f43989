"""A browser, a server with drawn pictures, and a page that fails the test when it complains."""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.ui.stand_in import Server, World, serving

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
RESULTS = ".tile img.ready"

PATIENCE = 15_000  # milliseconds; a machine that does other things too is slow, not wrong
expect.set_options(timeout=PATIENCE)

Open = Callable[..., Page]


def chromium() -> str | None:
    """The browser of this machine, or the one named by SEARCHAPP_CHROMIUM."""
    named = os.environ.get("SEARCHAPP_CHROMIUM")
    return named or next((found for name in PROGRAMS if (found := shutil.which(name))), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    program = chromium()
    if program is None:
        pytest.skip("no Chromium here: install the package `chromium`, or set SEARCHAPP_CHROMIUM")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=list(ARGUMENTS))
        yield started
        started.close()


@pytest.fixture(scope="session")
def stand_in() -> Iterator[tuple[World, Server]]:
    world = World()
    with serving(world) as running:
        yield world, running


@pytest.fixture
def world(stand_in: tuple[World, Server]) -> World:
    """What the server pretends, as it was at first."""
    world, _ = stand_in
    vars(world).update(vars(World()))
    return world


@pytest.fixture
def server(stand_in: tuple[World, Server], world: World) -> Server:
    return stand_in[1]


@pytest.fixture
def open_page(browser: Browser, server: Server) -> Iterator[Open]:
    """Opens a page; at the end fails on errors in its console and on requests to elsewhere."""
    complaints: list[str] = []
    contexts = []

    def opened(
        query: str = "",
        *,
        wait: str | None = RESULTS,
        preferences: dict[str, Any] | None = None,
        address: str | None = None,
        allow: str = "\0",
        **context_options: Any,
    ) -> Page:
        base = address or server.address
        context = browser.new_context(**{"locale": "en-GB", **context_options})
        contexts.append(context)
        if preferences:
            stored = json.dumps(json.dumps(preferences))
            context.add_init_script(f"localStorage.setItem('searchapp', {stored})")
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: complaints.append(str(error)))

        def listen(message: Any) -> None:
            if message.type == "error" and allow not in message.text:
                complaints.append(message.text)

        def watch(sent: Any) -> None:
            if not sent.url.startswith((base, "data:", "blob:")):
                complaints.append(f"a request left for {sent.url}")

        page.on("console", listen)
        page.on("request", watch)
        page.goto(base + query)
        if wait:
            page.wait_for_selector(wait)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []

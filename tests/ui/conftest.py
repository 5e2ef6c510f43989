"""A browser, a server with drawn pictures, and a page that fails the test when it complains."""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

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

# Runs before the page's own code. A tab has a session storage of its own, so that only its first
# page begins with what is given, and a page that is loaded again keeps what it has stored.
BEGIN = """if (!sessionStorage.begun) {
  sessionStorage.begun = "yes";
  localStorage.clear();
  if (%(stored)s) localStorage.setItem("searchapp", %(stored)s);
}"""

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


@pytest.fixture(scope="session")
def context_of(browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """The context with these options, always the same one, so that its cache has the program's
    files and thumbnails; `fresh`: one with nothing in its cache."""
    made: dict[str, BrowserContext] = {}

    def context_of(fresh: bool, **options: Any) -> BrowserContext:
        key = json.dumps([options, len(made) if fresh else None], sort_keys=True)
        if key not in made:
            made[key] = browser.new_context(**options)
            made[key].set_default_timeout(PATIENCE)
        return made[key]

    yield context_of
    for context in made.values():
        context.close()


@pytest.fixture
def open_page(context_of: Callable[..., BrowserContext], server: Server) -> Iterator[Open]:
    """Opens a page as a first visit; at the end fails on errors in its console and on requests
    to elsewhere."""
    complaints: list[str] = []
    pages: list[Page] = []

    def opened(
        query: str = "",
        *,
        wait: str | None = RESULTS,
        preferences: dict[str, Any] | None = None,
        address: str | None = None,
        allow: str = "\0",
        fresh: bool = False,
        **context_options: Any,
    ) -> Page:
        base = address or server.address
        page = context_of(fresh, **{"locale": "en-GB", **context_options}).new_page()
        stored = json.dumps(json.dumps(preferences) if preferences else None)
        page.add_init_script(BEGIN % {"stored": stored})
        pages.append(page)
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
    for page in pages:
        page.context.clear_cookies()
        page.close()
    assert complaints == []

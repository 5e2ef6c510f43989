"""Pictures of the interface for README.md and docs/, taken from the real program.

`make screenshots` runs it: a library of its own over sample_images (nothing else is ever shown),
the bundled model, headless Chromium. Writes docs/*.jpg anew.
"""

import json
import shutil
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

import uvicorn
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from searchapp.api.app import create_app
from searchapp.captioning import import_captions
from searchapp.requests import IndexRequest
from searchapp.samples import CAPTIONS
from searchapp.service import SearchService
from searchapp.settings import Settings
from ui.app import mount

DOCS = Path(__file__).parent
SAMPLES = DOCS.parent / "sample_images"
DESK = {"viewport": {"width": 1280, "height": 800}}
PHONE = {
    "viewport": {"width": 390, "height": 780},
    "device_scale_factor": 1.25,
    "is_mobile": True,
    "has_touch": True,
}
QUALITY = 76
RENAME = """([from, to]) => {
  for (const path of document.querySelectorAll('.path'))
    path.textContent = path.textContent.replace(from, to);
}"""


@dataclass(frozen=True)
class Shot:
    """A picture: its file, the address, what to wait for, what this browser prefers."""

    name: str
    query: str
    wait: str
    preferences: dict[str, str] = field(default_factory=dict)
    screen: dict[str, Any] = field(default_factory=lambda: DESK)


SHOTS = (
    Shot("search", "?q=boats+at+dusk", ".search-page:not(.plain) .tile img.ready"),
    Shot("search-dark", "?q=castle", ".tile img.ready", {"theme": "dark"}),
    Shot("search-zh", "?q=海滩上美丽的日落", ".tile img.ready", {"language": "zh"}, PHONE),
    Shot("search-ar", "?q=قطة", ".tile img.ready", {"language": "ar", "theme": "dark"}, PHONE),
    Shot("library", "?view=library", ".failure-group"),
    Shot("dimensions", "?view=dimensions", ".chart .dot"),
)


@contextmanager
def program() -> Iterator[str]:
    """The program with the sample pictures in a library of its own; yields its address."""
    folder = Path(tempfile.mkdtemp(prefix="searchapp-screenshots-"))
    settings = Settings(library=folder, model="bundled")
    service = SearchService(settings)
    service.index(IndexRequest(paths=(SAMPLES,)), lambda _: None, lambda: False)
    import_captions(service.catalogue(), SAMPLES / CAPTIONS)
    service.prepare()
    application = mount(create_app(service, settings), service, settings)
    server = uvicorn.Server(uvicorn.Config(application, port=0, log_level="critical"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.05)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/"
    finally:
        server.should_exit = server.force_exit = True
        thread.join(10)
        service.close()
        shutil.rmtree(folder)


def opened(browser: Browser, address: str, shot: Shot) -> Page:
    """The page as the shot wants it, with all pictures in the window drawn."""
    page = browser.new_context(locale="en-GB", reduced_motion="reduce", **shot.screen).new_page()
    preferences = json.dumps(json.dumps({"language": "en", "theme": "light"} | shot.preferences))
    page.add_init_script(f"localStorage.setItem('searchapp', {preferences})")
    page.goto(address + shot.query)
    page.wait_for_selector(shot.wait, timeout=60_000)
    page.wait_for_function(
        "() => [...document.querySelectorAll('.tile img, .strip img')]"
        ".every(image => image.complete)"
    )
    page.evaluate("() => document.activeElement.blur()")
    return page


def keep(page: Page, name: str) -> Path:
    """The page as a JPEG file; it names this machine's folders as if they were a reader's."""
    page.evaluate(RENAME, [str(SAMPLES), "/home/ada/Pictures"])
    drawn = Image.open(BytesIO(page.screenshot())).convert("RGB")
    page.context.close()
    path = DOCS / f"{name}.jpg"
    drawn.save(path, quality=QUALITY, optimize=True, progressive=True)
    return path


def take(browser: Browser, address: str, shot: Shot) -> Path:
    """Draw a shot and keep it as a JPEG file."""
    return keep(opened(browser, address, shot), shot.name)


def take_detail(browser: Browser, address: str) -> Path:
    """The first result of a search, opened."""
    shot = Shot("detail", "?q=boats+at+dusk", ".search-page:not(.plain) .tile img.ready")
    page = opened(browser, address, shot)
    page.locator('.tile[data-index="0"]').click()
    page.wait_for_selector(".strip button")
    page.wait_for_selector(".stage:not(.coming)")
    return keep(page, shot.name)


def main() -> int:
    """Take all pictures; 1 when there is no browser."""
    from tests.ui.conftest import ARGUMENTS, chromium

    executable = chromium()
    if executable is None:
        print("No Chromium here: make browser says what to install.", file=sys.stderr)
        return 1
    with program() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=list(ARGUMENTS))
        for path in [
            *(take(browser, address, shot) for shot in SHOTS),
            take_detail(browser, address),
        ]:
            print(f"{path.relative_to(DOCS.parent)}  {path.stat().st_size // 1000} kB")
        browser.close()
    return 0


if __name__ == "__main__":
    sys.path.insert(0, str(DOCS.parent))
    sys.exit(main())

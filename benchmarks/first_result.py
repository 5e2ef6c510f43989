"""How long until the first result is on the screen, and until the page is painted at all?

python -m benchmarks.first_result [--pictures 10000] [--repeats 20] [--json FILE]

Measured in headless Chromium against `searchapp ui` in a process of its own: the bundled model
reads the queries; the pictures are drawn noise and their vectors random (a search does not care),
so that the library is made in a minute or two.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from benchmarks.indexing_stand_ins import FixedCostEncoder, SmallPreprocessing, small_jpegs
from indexer.catalogue import Catalogue
from indexer.pipeline import IndexOptions, index
from pd_clip import load_encoder
from tests.ui.conftest import ARGUMENTS, chromium

QUERIES = (
    "a cat on a sofa", "ein Hund am Strand", "海滩上美丽的日落", "une tasse de café",
    "montañas con nieve", "桜の木", "قطة نائمة", "цветы на столе", "barco no rio", "a red apple",
)  # fmt: skip
# Sends the query as Enter does and waits for the frame in which a thumbnail of its answer shows.
FIRST_RESULT = """async query => {
  const frame = () => new Promise(requestAnimationFrame);
  const first = () => document.querySelector('.tile[data-index="0"]');
  const before = first(), box = document.querySelector('#query');
  box.value = query;
  const started = performance.now();
  box.form.requestSubmit();
  while (first() === before || !document.querySelector('.tile img.ready')) await frame();
  await frame();
  return performance.now() - started;
}"""
PAINTS = """() => {
  const entry = performance.getEntriesByName('first-contentful-paint')[0];
  return entry ? entry.startTime : null;
}"""


@dataclass(frozen=True)
class Times:
    """Milliseconds of each repeat."""

    first_paint: list[float]
    first_picture: list[float]
    first_result: list[float]


def main(argv: list[str] | None = None) -> dict[str, object]:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", type=int, default=10_000)
    parser.add_argument("--repeats", type=int, default=20)
    parser.add_argument("--port", type=int, default=7990)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args(argv)
    executable = chromium()
    if executable is None:
        raise SystemExit("No Chromium here: make browser says what to install.")
    with tempfile.TemporaryDirectory(prefix="first-result-") as folder:
        library = make_library(Path(folder), options.pictures)
        with served(library, options.port) as address, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=executable, args=list(ARGUMENTS))
            times = measure(browser, address, options.repeats)
            browser.close()
    print(f"{options.pictures} pictures, {options.repeats} repeats, milliseconds")
    print(f"{'':<32} {'median':>8} {'p95':>8} {'best':>8}")
    for name, values in vars(times).items():
        ordered = sorted(values)
        print(
            f"{name.replace('_', ' '):<32} {statistics.median(values):8.0f}"
            f" {ordered[int(0.95 * (len(ordered) - 1))]:8.0f} {ordered[0]:8.0f}"
        )
    result = {
        **vars(times), "pictures": options.pictures, "machine": platform.platform(),
        "cores": os.cpu_count(), "load": os.getloadavg(), "python": sys.version,
    }  # fmt: skip
    if options.json:
        options.json.write_text(json.dumps(result, indent=1))
    return result


def make_library(folder: Path, pictures: int) -> Path:
    """A library whose vectors are taken for those of the bundled model."""
    photos, library = folder / "photos", folder / "library"
    small_jpegs(photos, pictures, shape=(480, 320))
    bundled = load_encoder("bundled")
    stand_in = FixedCostEncoder(
        name=bundled.name,
        fingerprint=bundled.fingerprint,
        dimensions=bundled.dimensions,
        matryoshka=bundled.matryoshka,
        image_size=bundled.image_size,
        preprocessing=SmallPreprocessing(bundled.image_size),
    )
    with Catalogue.open(library / "library.db", create=True) as catalogue:
        index(catalogue, library, IndexOptions((photos,)), stand_in, lambda _: None, lambda: False)
    return library


@contextmanager
def served(library: Path, port: int) -> Iterator[str]:
    """`searchapp ui` over the library, ready and with its model loaded; yields its address."""
    command = Path(sys.executable).parent / "searchapp"
    process = subprocess.Popen(
        [command, "ui", "--port", str(port), "--library", library],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}/"
    try:
        wait_for(address + "healthz")
        urllib.request.urlopen(address + "api/v1/search?q=warm&min_relevance=0").read()
        yield address
    finally:
        process.terminate()
        process.wait(30)


def wait_for(address: str, patience: float = 120) -> None:
    end = time.monotonic() + patience
    while True:
        try:
            urllib.request.urlopen(address).read()
        except urllib.error.URLError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)
        else:
            return


def measure(browser: Browser, address: str, repeats: int) -> Times:
    """Each repeat is a browser without a cache, then one query in it."""
    paints, pictures, results = [], [], []
    for repeat in range(repeats):
        context = browser.new_context(viewport={"width": 1280, "height": 800})
        page = context.new_page()
        page.goto(address + "?min=0")
        page.wait_for_selector(".tile img.ready", timeout=60_000)
        pictures.append(page.evaluate("performance.now()"))
        paints.append(page.evaluate(PAINTS))
        page.wait_for_load_state("networkidle")
        results.append(page.evaluate(FIRST_RESULT, QUERIES[repeat % len(QUERIES)]))
        context.close()
    return Times(paints, pictures, results)


if __name__ == "__main__":
    main()

"""The real program on a port of its own: the API, the page, the bundled model, a library."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from searchapp.api.app import create_app
from searchapp.requests import IndexRequest
from searchapp.service import SearchService
from searchapp.settings import Settings
from tests.ui.stand_in import Server, drawn
from ui.app import mount

PROJECT = Path(__file__).parents[2]
SAMPLES = PROJECT / "sample_images"
SHOWN = (
    "animals/chelsea-the-cat.jpg",
    "animals/dog.jpg",
    "animals/giraffe.jpg",
    "food/pizza.jpg",
    "food/red-apple.jpg",
    "food/coffee.jpg",
)
GENERATED = 12


def make_photos(folder: Path) -> Path:
    """Six sample pictures, twelve drawn landscapes and a file that is no picture."""
    folder.mkdir()
    for name in SHOWN:
        shutil.copy(SAMPLES / name, folder)
    for seed in range(GENERATED):
        (folder / f"landscape {seed}.jpg").write_bytes(drawn(seed, 400, 260))
    (folder / "letter.jpg").write_text("Dear Ada,")
    return folder


@contextmanager
def running(library: Path, *photos: Path, **settings: object) -> Iterator[Server]:
    """The program over a library, with these folders read already."""
    chosen = Settings(library=library, **{"model": "bundled", **settings})  # type: ignore[arg-type]
    service = SearchService(chosen)
    if photos:
        service.index(IndexRequest(paths=photos), lambda _: None, lambda: False)
        service.prepare()
    server = Server(mount(create_app(service, chosen), service, chosen))
    try:
        yield server
    finally:
        server.stop()
        service.close()

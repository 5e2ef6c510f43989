"""Ctrl-C while indexing, as a terminal sends it: to every process of the command at once."""

import os
import shutil
import signal
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.e2e.conftest import COMMAND, PROJECT, SAMPLES, run_searchapp

PICTURES = 80


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Many different pictures: bytes behind the end of a JPEG make another file of it."""
    folder = tmp_path / "photos"
    folder.mkdir()
    samples = sorted((SAMPLES / "animals").glob("*.jpg"))
    for number in range(PICTURES):
        copy = shutil.copy(samples[number % len(samples)], folder / f"{number:03}.jpg")
        with open(copy, "ab") as file:
            file.write(number.to_bytes(8, "big"))
    return folder


def rows(library: Path, table: str) -> int:
    if not (library / "library.db").exists():
        return 0
    with closing(sqlite3.connect(library / "library.db")) as database:
        try:
            return int(database.execute(f"SELECT count(*) FROM {table}").fetchone()[0])
        except sqlite3.OperationalError:  # not made yet
            return 0


@contextmanager
def indexing(photos: Path, library: Path) -> Iterator[subprocess.Popen[str]]:
    """The command at work, with its first batch stored and most of them not."""
    started = subprocess.Popen(
        [str(COMMAND), "index", str(photos), "--model", "bundled"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=PROJECT,
        env={**os.environ, "SEARCHAPP_LIBRARY": str(library)},
        start_new_session=True,
    )
    try:
        while not rows(library, "embedding"):
            try:
                started.wait(0.02)
            except subprocess.TimeoutExpired:
                continue
            raise AssertionError(started.communicate())
        yield started
    finally:
        started.kill()
        started.wait()


@pytest.mark.parametrize(
    ("ending", "times"),
    [(signal.SIGINT, 1), (signal.SIGTERM, 2)],
    ids=["Ctrl-C", "SIGTERM twice"],
)
def test_it_says_how_to_go_on_and_goes_on(
    photos: Path, tmp_path: Path, ending: signal.Signals, times: int
) -> None:
    library = tmp_path / "library"
    with indexing(photos, library) as started:
        before = rows(library, "embedding")
        for _ in range(times):
            os.killpg(started.pid, ending)
        printed, said = started.communicate(timeout=100)
    assert started.returncode == 1
    assert "Traceback" not in said
    if times == 1:
        assert "The same command goes on where it stopped" in said
        # Either it stopped by itself and gave its figures, or it says what was cut off.
        assert f"{rows(library, 'location')} seen" in printed or "does that batch again" in said
    stored = rows(library, "embedding")
    assert before <= stored < PICTURES
    # A decoder that was taken along by the signal would count as a picture that cannot be read.
    assert rows(library, "failure") == 0
    again = run_searchapp("index", str(photos), "--model", "bundled", "--json", library=library)
    assert again.code == 0, again.stderr
    assert (again.document["unchanged"], again.document["indexed"]) == (stored, PICTURES - stored)
    assert run_searchapp("verify", library=library).code == 0

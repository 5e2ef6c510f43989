"""The installed command, run as a person runs it, over a library made once for all tests here."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

PROJECT = Path(__file__).parents[2]
SAMPLES = PROJECT / "sample_images"
COMMAND = Path(sys.executable).parent / "searchapp"


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    stdout: str
    stderr: str

    @property
    def document(self) -> Any:
        return json.loads(self.stdout)


def run_searchapp(*arguments: str, library: Path, **environment: str) -> Ended:
    """Run the installed command on a library and wait for its end."""
    ended = subprocess.run(
        [str(COMMAND), *arguments],
        capture_output=True,
        text=True,
        timeout=280,
        cwd=PROJECT,
        env={**os.environ, "SEARCHAPP_LIBRARY": str(library), **environment},
        check=False,
    )
    return Ended(ended.returncode, ended.stdout, ended.stderr)


@pytest.fixture
def searchapp(tmp_path: Path) -> Callable[..., Ended]:
    """The command over a library that does not exist yet."""

    def run(*arguments: str, **environment: str) -> Ended:
        return run_searchapp(*arguments, library=tmp_path / "library", **environment)

    return run


@pytest.fixture(scope="session")
def sample_library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library with the sample pictures, made by the installed command."""
    library = tmp_path_factory.mktemp("samples") / "library"
    ended = run_searchapp("demo", "--no-ui", "--library", str(library), library=library)
    assert ended.code == 0, ended.stderr
    return library


@pytest.fixture
def in_samples(sample_library: Path) -> Callable[..., Ended]:
    """The command over the library with the samples."""

    def run(*arguments: str, **environment: str) -> Ended:
        return run_searchapp(*arguments, library=sample_library, **environment)

    return run

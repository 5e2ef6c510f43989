"""The sample pictures as a visitor finds them: files, captions, table of sources."""

import json
import re
import sys
from pathlib import Path
from typing import Any

import pillow_heif
import pytest

SAMPLES = Path(__file__).parents[2] / "sample_images"
NOT_PICTURES = {".md", ".jsonl", ".py"}

sys.path.insert(0, str(SAMPLES))  # draw.py is a script beside its package, as a visitor runs it
pillow_heif.register_heif_opener()


@pytest.fixture(scope="session")
def samples() -> Path:
    return SAMPLES


@pytest.fixture(scope="session")
def pictures() -> dict[str, Path]:
    """Every picture file, the broken ones too, by its path below sample_images."""
    return {
        path.relative_to(SAMPLES).as_posix(): path
        for path in sorted(SAMPLES.rglob("*"))
        if path.is_file() and path.suffix not in NOT_PICTURES and "__pycache__" not in path.parts
    }


@pytest.fixture(scope="session")
def sound(pictures: dict[str, Path]) -> dict[str, Path]:
    """The pictures that open."""
    return {name: path for name, path in pictures.items() if not name.startswith("broken/")}


@pytest.fixture(scope="session")
def rows() -> list[dict[str, Any]]:
    """The lines of captions.jsonl."""
    lines = (SAMPLES / "captions.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


@pytest.fixture(scope="session")
def sources() -> dict[str, list[str]]:
    """The rows of SOURCES.md: path of the picture -> its other cells."""
    table = {}
    for line in (SAMPLES / "SOURCES.md").read_text(encoding="utf-8").splitlines():
        if match := re.fullmatch(r"\| `([^`]+)` \|(.*)\|", line):
            table[match[1]] = [cell.strip() for cell in match[2].split(" |")]
    return table

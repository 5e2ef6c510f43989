"""Every error that a room can raise on purpose has a sentence, an exit code and a status."""

import importlib
import pkgutil
import string
from collections.abc import Iterator

import pytest

from searchapp.error_table import ERROR_TABLE, ROOM_BASES, row_for, sentence_for
from searchapp.errors import PictureUnknown

ROOMS = ("searchapp", "indexer", "pd_clip", "captioner", "ui")


def all_subclasses(base: type[Exception]) -> Iterator[type[Exception]]:
    for kind in base.__subclasses__():
        yield kind
        yield from all_subclasses(kind)


def room_errors() -> list[type[Exception]]:
    """All concrete error classes, found by importing every module that is called errors."""
    for room in ROOMS:
        package = importlib.import_module(room)
        for module in pkgutil.walk_packages(package.__path__, f"{room}."):
            if module.name.split(".")[-1] == "errors":
                importlib.import_module(module.name)
    found = {kind for base in ROOM_BASES for kind in all_subclasses(base)}
    return sorted(
        (kind for kind in found if kind.__module__.split(".")[0] in ROOMS),
        key=lambda kind: (kind.__module__, kind.__name__),
    )


def test_the_rooms_raise_errors_of_their_own() -> None:
    assert len(room_errors()) > 20


@pytest.mark.parametrize("kind", room_errors(), ids=lambda kind: kind.__name__)
def test_every_error_has_a_row(kind: type[Exception]) -> None:
    assert any(parent in ERROR_TABLE for parent in kind.__mro__), (
        f"{kind.__module__}.{kind.__name__} has no row in searchapp/error_table.py"
    )


@pytest.mark.parametrize("kind", list(ERROR_TABLE), ids=lambda kind: kind.__name__)
def test_a_row_is_a_sentence_with_a_code(kind: type[Exception]) -> None:
    row = ERROR_TABLE[kind]
    assert row.sentence[0].isupper() or row.sentence[0] == "{"
    assert row.exit_code in (1, 2)
    assert 400 <= row.status < 600
    for _, field, _, _ in string.Formatter().parse(row.sentence):
        assert field != "", "facts are named, not numbered"


def test_a_sentence_is_filled_with_the_facts_of_the_error() -> None:
    assert "id 17" in (sentence_for(PictureUnknown(17)) or "")


def test_errors_that_are_not_ours_have_no_row() -> None:
    assert row_for(ValueError("a defect")) is None
    assert sentence_for(KeyError("a defect")) is None

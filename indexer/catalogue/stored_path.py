"""Paths as text that every database can hold, and back without loss.

A file name on Linux is bytes, not text. Python shows bytes that are not UTF-8 as lone
surrogates, which neither SQLite nor PostgreSQL stores. Such a path is written as two slashes
and its bytes percent-encoded; no normal path starts with two slashes, so nothing is ambiguous.
"""

import os
from typing import Any
from urllib.parse import quote_from_bytes, unquote_to_bytes

from sqlalchemy import Dialect, Text
from sqlalchemy.types import TypeDecorator, TypeEngine

_ESCAPED = "//"


def to_stored(path: str) -> str:
    """The text that stands for `path` in the catalogue; the path itself where it is UTF-8."""
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        return _ESCAPED + quote_from_bytes(os.fsencode(path), safe="/")
    return path


def from_stored(text: str) -> str:
    """The path that `to_stored` was given."""
    if text.startswith(_ESCAPED):
        return os.fsdecode(unquote_to_bytes(text[len(_ESCAPED) :]))
    return text


def displayable(path: str) -> str:
    """The path with bytes that are not UTF-8 shown as replacement characters."""
    return path.encode("utf-8", "replace").decode("utf-8")


class StoredPath(TypeDecorator[str]):
    """Column type that applies `to_stored` and `from_stored`."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Compared byte by byte everywhere; PostgreSQL would go by the rules of a language."""
        collation = "C" if dialect.name == "postgresql" else None
        return dialect.type_descriptor(Text(collation=collation))

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else to_stored(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else from_stored(value)

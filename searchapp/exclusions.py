"""Patterns of files that a library leaves out, kept for every run, whichever door begins it."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

import sqlalchemy as sa

from searchapp.errors import PatternInvalid

if TYPE_CHECKING:
    from indexer.catalogue import Catalogue

_KEY = "excludes"


def kept_exclusions(catalogue: "Catalogue") -> tuple[str, ...]:
    """The patterns of a library, in gitignore syntax, relative to each of its folders."""
    from indexer.catalogue.tables import State

    with catalogue.read() as connection:
        found = connection.scalar(sa.select(State.value).where(State.key == _KEY))
    return () if found is None else tuple(json.loads(found))


def check_patterns(patterns: Sequence[str]) -> None:
    """Raises PatternInvalid for the first that gitignore syntax does not have."""
    from indexer.exclusions import IgnoreRules

    for pattern in patterns:
        try:
            IgnoreRules.from_patterns([pattern])
        except ValueError as error:
            raise PatternInvalid(pattern) from error


def keep_exclusions(catalogue: "Catalogue", patterns: Sequence[str]) -> None:
    """Keep these patterns in place of those before; the next run heeds them.

    Raises PatternInvalid, and then keeps none of them.
    """
    from indexer.catalogue.tables import State

    check_patterns(patterns)
    with catalogue.write() as connection:
        connection.execute(sa.delete(State).where(State.key == _KEY))
        if patterns:
            value = json.dumps(list(patterns), ensure_ascii=False)
            connection.execute(sa.insert(State).values(key=_KEY, value=value))

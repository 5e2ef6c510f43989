"""Text search over captions, file names and folders.

On SQLite the full-text table is FTS5 with the trigram tokenizer, which finds any three letters
or more in any script; shorter pieces (two Chinese letters are a word) are looked for by LIKE. On
other databases LIKE does it all.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.sql.expression import column, table

from indexer.catalogue.tables import PictureText

FIELDS = {"captions": "caption", "names": "name", "folders": "folder"}
_TABLE = table(PictureText.TABLE, *(column(name) for name in ("picture_id", *PictureText.COLUMNS)))
_TRIGRAM = 3
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+"
)
_LONG_RUN = 4
_LEAST_SHARE = 0.5
_CANDIDATES = 2000
# Words that stand in nearly every caption; a hit on them says nothing.
_FILLER = frozenset(
    {"a", "an", "the", "of", "in", "on", "at", "to", "and", "or", "with", "for", "is", "are",
     "der", "die", "das", "ein", "eine", "und", "mit", "im", "am", "auf", "von", "le", "la", "les",
     "un", "une", "des", "du", "de", "et", "avec", "sur", "dans", "el", "los", "las", "una", "y",
     "con", "en", "il", "lo", "gli", "i", "di", "e", "su", "o", "os", "as", "um", "uma", "com",
     "het", "een", "van", "met", "op", "w", "na", "z", "и", "в", "на", "с"}
)  # fmt: skip


@dataclass(frozen=True)
class TextHit:
    """A picture whose text has the words; `fields` out of `caption`, `name`, `folder`."""

    id: int
    fields: tuple[str, ...]


def containing(fields: Sequence[str], phrase: str, dialect: str) -> sa.Select[tuple[int]]:
    """Ids of the pictures whose `fields` (columns of the text table) contain a phrase."""
    found = sa.select(_TABLE.c.picture_id)
    if dialect == "sqlite" and len(phrase) >= _TRIGRAM:
        return found.where(_match(f"{{{' '.join(fields)}}} : {_quoted(phrase)}"))
    return found.where(
        sa.or_(*(_TABLE.c[name].icontains(phrase, autoescape=True) for name in fields))
    )


def search_text(connection: sa.Connection, text: str, limit: int) -> list[TextHit]:
    """Pictures whose captions, names and folders together have every word of the text.

    Of a long run of letters without spaces (Chinese, Japanese, Thai) half the trigrams are
    enough, since what is a word is not known. Best first: bm25 on SQLite.
    """
    terms = _terms(text)
    if not terms:
        return []
    query = sa.select(_TABLE)
    order: list[sa.ColumnElement[object]] = []
    if connection.dialect.name == "sqlite":
        expression = " AND ".join(
            f"({' OR '.join(_quoted(piece) for piece in pieces)})"
            for pieces in terms
            if len(pieces[0]) >= _TRIGRAM
        )
        if expression:
            query = query.where(_match(expression))
            order = [sa.literal_column(f"bm25({PictureText.TABLE})")]
        like = [pieces[0] for pieces in terms if len(pieces[0]) < _TRIGRAM]
    else:
        like = [pieces[0] for pieces in terms if len(pieces) == 1]
    for word in like:
        query = query.where(
            sa.or_(
                *(_TABLE.c[name].icontains(word, autoescape=True) for name in PictureText.COLUMNS)
            )
        )
    rows = connection.execute(query.order_by(*order, _TABLE.c.picture_id).limit(_CANDIDATES))
    hits = (_hit(row, terms) for row in rows)
    return [hit for hit in hits if hit is not None][:limit]


def fields_with(
    connection: sa.Connection, ids: Sequence[int], phrase: str
) -> dict[int, tuple[str, ...]]:
    """In which of `caption`, `name`, `folder` of each of these pictures a phrase stands."""
    rows = connection.execute(sa.select(_TABLE).where(_TABLE.c.picture_id.in_(list(ids))))
    found = {row.picture_id: _fields(row, [phrase.lower()]) for row in rows}
    return {picture_id: fields for picture_id, fields in found.items() if fields}


def _hit(row: sa.Row[tuple[object, ...]], terms: list[list[str]]) -> TextHit | None:
    everything = "\n".join(str(row._mapping[name]) for name in FIELDS).lower()
    for pieces in terms:
        share = sum(piece in everything for piece in pieces) / len(pieces)
        if share < _LEAST_SHARE:
            return None
    return TextHit(row._mapping["picture_id"], _fields(row, [p for group in terms for p in group]))


def _fields(row: sa.Row[tuple[object, ...]], pieces: list[str]) -> tuple[str, ...]:
    return tuple(
        reason
        for name, reason in FIELDS.items()
        if any(piece in str(row._mapping[name]).lower() for piece in pieces)
    )


def _terms(text: str) -> list[list[str]]:
    """Groups of pieces, in lower case: of each group half the pieces must occur."""
    terms: list[list[str]] = []
    for word in re.findall(r"[\w'’-]+", text.lower()):
        runs = _UNSPACED.findall(word)
        if runs:
            terms.extend(_grams(run) for run in runs)
        elif word not in _FILLER and word.strip("'’-_"):
            terms.append([word.strip("'’-_")])
    return terms


def _grams(run: str) -> list[str]:
    if len(run) <= _LONG_RUN:
        return [run]
    return [run[i : i + _TRIGRAM] for i in range(len(run) - _TRIGRAM + 1)]


def _match(expression: str) -> sa.ColumnElement[bool]:
    return sa.literal_column(PictureText.TABLE).bool_op("MATCH")(expression)


def _quoted(phrase: str) -> str:
    """A string of FTS5's own syntax; nothing inside the quotes is an operator."""
    escaped = phrase.replace('"', '""')
    return f'"{escaped}"'

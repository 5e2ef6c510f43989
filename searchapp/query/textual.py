"""Text search over captions, file names and folders.

On SQLite the full-text table is FTS5 with the trigram tokenizer, which finds any three letters
or more in any script; shorter pieces (two Chinese letters are a word) are looked for by LIKE.
PostgreSQL's own full-text search finds words and their beginnings; what is written without spaces
is looked for by LIKE there. Either only proposes: whether a word is the one that was asked for is
decided here, alike for both, so that "cat" finds "cats" and neither "cathedral" nor "meerkats".
"""

import re
import unicodedata
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
# Written with what English says by small words of its own, before the word or after it.
_PREFIXING = re.compile("[\u0590-\u06ff]")
_LONG_RUN = 4
# A word this long is found within others too: German and Finnish put words together.
_LONG_WORD = 6
_PREFIXES = 3
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
        inside = [_UNSPACED.match(p[0]) or _PREFIXING.search(p[0]) for p in terms]
        like = [p[0] for p, within in zip(terms, inside, strict=True) if within and len(p) == 1]
        words = [p[0] for p, within in zip(terms, inside, strict=True) if not within]
        if words:
            asked = sa.func.to_tsquery("simple", _prefixes_of(words))
            query = query.where(postgresql_words().op("@@")(asked))
            order = [sa.func.ts_rank(postgresql_words(), asked).desc()]
    for word in like:
        query = query.where(
            sa.or_(
                *(_TABLE.c[name].icontains(word, autoescape=True) for name in PictureText.COLUMNS)
            )
        )
    rows = connection.execute(query.order_by(*order, _TABLE.c.picture_id).limit(_CANDIDATES))
    hits = (_hit(row, terms) for row in rows)
    return [hit for hit in hits if hit is not None][:limit]


def postgresql_words() -> sa.ColumnElement[object]:
    """The words of a row as PostgreSQL's own `tsvector`; exactly what its index holds."""
    joined = " || ' ' || ".join(PictureText.COLUMNS)
    return sa.literal_column(f"to_tsvector('simple', translate({joined}, '_-./', '    '))")


def _prefixes_of(words: Sequence[str]) -> str:
    # Marks of PostgreSQL's query language cannot be in words: they are letters, marks and digits.
    pieces = [piece for word in words for piece in re.split("['’-]", word) if piece]
    return " & ".join(f"{piece}:*" for piece in pieces)


def _hit(row: sa.Row[tuple[object, ...]], terms: list[list[str]]) -> TextHit | None:
    texts = {name: str(row._mapping[name]).lower() for name in FIELDS}
    words = {name: frozenset(words_of(text)) for name, text in texts.items()}
    fields: set[str] = set()
    for pieces in terms:
        if _UNSPACED.match(pieces[0]):
            there = {name: {p for p in pieces if p in text} for name, text in texts.items()}
            share = len(set().union(*there.values())) / len(pieces)
        else:
            there = {
                name: {p for p in pieces if any(is_form_of(word, p) for word in words[name])}
                for name in texts
            }
            share = float(any(there.values()))
        if share < _LEAST_SHARE:
            return None
        fields.update(name for name, found in there.items() if found)
    reasons = tuple(reason for name, reason in FIELDS.items() if name in fields)
    return TextHit(row._mapping["picture_id"], reasons)


def is_form_of(word: str, term: str) -> bool:
    """Whether a word of a text is the word asked for, or a form of it.

    A longer word may carry a longer ending; a long one may stand inside a compound.
    """
    if term not in word:
        return False
    more = len(word) - len(term)
    if word.startswith(term):
        return more <= max(1, len(term) - 2) or len(term) >= _LONG_WORD
    if _PREFIXING.search(term):
        return len(term) >= _TRIGRAM - 1 and more <= _PREFIXES
    return len(term) >= _LONG_WORD


def words_of(text: str) -> list[str]:
    """The words of a text, and the parts of those with a hyphen or an apostrophe inside.

    Python's own \\w leaves out the vowel signs of Hindi or Thai, which are marks.
    """
    spaced = "".join(character if _is_of_word(character) else " " for character in text)
    words = [word.strip("'’-") for word in spaced.split()]
    return [
        word
        for whole in words
        for word in dict.fromkeys([whole, *re.split("['’-]", whole)])
        if word
    ]


def _is_of_word(character: str) -> bool:
    return (
        character.isalnum()
        or character in "'’-\u200c\u200d"
        or unicodedata.category(character).startswith("M")
    )


def _terms(text: str) -> list[list[str]]:
    """Groups of pieces, in lower case: of each group half the pieces must occur."""
    terms: list[list[str]] = []
    for whole in text.lower().split():
        runs = _UNSPACED.findall(whole)
        if runs:
            terms.extend(_grams(run) for run in runs)
        else:
            words = [word for word in words_of(whole) if not re.search("['’-]", word)]
            terms.extend([word] for word in words if word not in _FILLER)
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

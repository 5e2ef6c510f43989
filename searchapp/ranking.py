"""From a request to the ranking of its hits: filters, vectors, text, relevance, duplicates."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import compress
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from indexer.catalogue import Catalogue
from searchapp.pictures import MOST_VALUES, Pictures
from searchapp.query.appearances import Appearances
from searchapp.query.bursts import Moments, bursts
from searchapp.query.conditions import Condition
from searchapp.query.duplicates import Hashes, collapse
from searchapp.query.filters import Filters
from searchapp.query.fusion import fuse
from searchapp.query.language import language_of
from searchapp.query.relevance import BACKGROUND, deviations_of, fit_curve
from searchapp.query.syntax import ParsedQuery, parse, parse_filters
from searchapp.query.textual import TextHit, search_text
from searchapp.query_vector import Floats, QueryParts, open_query_picture, query_vector
from searchapp.requests import SearchRequest

if TYPE_CHECKING:
    from indexer.vectors import VectorIndex
    from pd_clip.calibration import Calibration, Distribution
    from pd_clip.encoder import Encoder

Ids = npt.NDArray[np.int64]
EncodeTexts = Callable[[Sequence[str]], Floats]


@dataclass(frozen=True)
class Ranking:
    """All hits of a query that passed the cut-off, best first; pages are slices of it.

    scores and relevances are NaN where there is none. duplicates: how many more pictures each
    hit stands for.
    """

    ids: Ids
    scores: Floats
    relevances: Floats
    matched_by: tuple[tuple[str, ...], ...]
    encode_seconds: float
    search_seconds: float
    filters: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    duplicates: tuple[int, ...] = ()


@dataclass(frozen=True)
class Question:
    """A request taken apart.

    conditions: filters of the text and those beside it. allowed: ids that meet them; None for all.
    """

    parsed: ParsedQuery
    conditions: tuple[Condition, ...]
    parts: QueryParts
    allowed: Ids | None

    @property
    def filters(self) -> tuple[str, ...]:
        """The filters in force, in the query syntax."""
        return tuple(dict.fromkeys(condition.token for condition in self.conditions))

    @property
    def reasons(self) -> tuple[str, ...]:
        """What every hit matches besides its vector and its words."""
        typed = len(self.conditions) - len(self.parsed.date_words)
        return (("date",) if self.parsed.date_words else ()) + (("filter",) if typed > 0 else ())


class Ranker:
    """Ranks the pictures of one library with one model. Safe to use from several threads."""

    def __init__(
        self,
        catalogue: Catalogue,
        index: "VectorIndex",
        encoder: Callable[[], "Encoder"],
        encode_texts: EncodeTexts,
        min_relevance: float,
        captions: "VectorIndex | None" = None,
    ) -> None:
        self._catalogue = catalogue
        self._pictures = Pictures(catalogue)
        self._filters = Filters(catalogue)
        self._appearances = Appearances(catalogue)
        self._index = index
        self._captions = captions
        self._encoder = encoder
        self._encode_texts = encode_texts
        self._min_relevance = min_relevance
        self._background: tuple[int, Floats] | None = None
        self._calibration: tuple[Calibration | None] | None = None

    def rank(self, request: SearchRequest, depth: int) -> Ranking:
        """Up to `depth` hits. Raises QueryInvalid, QueryPictureUnreadable."""
        started = time.perf_counter()
        question = self._question(request)
        if question.parts.is_empty:
            ranking = self._by_date(question, depth, started)
        else:
            ranking = self._by_meaning(question, request, depth, started)
        if request.sort == "date" and not question.parts.is_empty:
            ranking = self._dated(ranking)
        return self._collapsed(ranking) if request.collapse_duplicates else ranking

    def _question(self, request: SearchRequest) -> Question:
        parsed = parse(request.text or "")
        conditions = parsed.conditions + parse_filters(request.filters)
        texts = (parsed.text, *request.more_texts)
        like = np.asarray(request.like, np.int64)
        parts = QueryParts(
            texts=tuple(text for text in texts if text.strip()),
            negatives=parsed.negatives + request.negatives,
            image=None if request.image is None else open_query_picture(request.image),
            like_vectors=self._index.vectors(like) if request.like else None,
            text_weight=request.text_weight,
        )
        allowed = self._filters.allowed(conditions, parsed.phrases)
        return Question(parsed, conditions, parts, allowed)

    def _by_date(self, question: Question, depth: int, started: float) -> Ranking:
        allowed = question.allowed
        if allowed is None or len(allowed) <= MOST_VALUES:
            chosen = None if allowed is None else allowed.tolist()
            ids = np.asarray(self._pictures.newest(chosen, 0, depth), np.int64)
        else:
            every = np.asarray(self._pictures.newest(None, 0, self._index.count), np.int64)
            ids = every[np.isin(every, allowed)][:depth]
        nothing = np.full(len(ids), np.nan, np.float32)
        notices: tuple[str, ...] = ()
        if question.parts.negatives:
            notices = ("Words to keep away from need something to look for beside them.",)
        return Ranking(
            ids=ids,
            scores=nothing,
            relevances=nothing,
            matched_by=(question.reasons,) * len(ids),
            encode_seconds=0.0,
            search_seconds=time.perf_counter() - started,
            filters=question.filters,
            notices=notices,
        )

    def _by_meaning(
        self, question: Question, request: SearchRequest, depth: int, started: float
    ) -> Ranking:
        query = query_vector(question.parts, self._encoder(), self._encode_texts)
        encoded = time.perf_counter()
        found = self._index.find(
            query[None], depth, allowed=question.allowed, exact=request.exact, dim=request.dim
        )
        kept = (found.ids[0] >= 0) & ~np.isin(found.ids[0], request.like)
        ids, scores = found.ids[0][kept], found.scores[0][kept]
        hits = self._text_hits(question, depth) if request.hybrid else []
        told = self._told(question, request, query, depth)
        by_words = np.array([hit.id for hit in hits], np.int64)
        late = np.setdiff1d(np.concatenate([by_words, told]), ids)
        if len(late):
            ids = np.concatenate([ids, late])
            scores = np.concatenate([scores, self._index.vectors(late) @ query])
        relevances = self._relevances(question, query, scores, request.dim)
        fused = fuse(ids, scores, relevances, hits, told)
        least = self._min_relevance if request.min_relevance is None else request.min_relevance
        passed = np.isnan(fused.relevances) | (fused.relevances >= least)
        besides = question.reasons
        return Ranking(
            ids=fused.ids[passed],
            scores=fused.scores[passed],
            relevances=fused.relevances[passed],
            matched_by=tuple(
                reasons + besides for reasons in compress(fused.matched_by, passed.tolist())
            ),
            encode_seconds=encoded - started,
            search_seconds=time.perf_counter() - encoded,
            filters=question.filters,
            notices=self._notices(question, found.route, bool(len(ids)) and not passed.any()),
        )

    def _told(self, question: Question, request: SearchRequest, query: Floats, depth: int) -> Ids:
        """Pictures whose captions are nearest in meaning to the words asked for, best first."""
        if self._captions is None or not (request.hybrid and question.parsed.text):
            return np.empty(0, np.int64)
        found = self._captions.find(
            query[None], depth, allowed=question.allowed, exact=request.exact, dim=request.dim
        )
        ids = found.ids[0][found.ids[0] >= 0]
        there: Ids = ids[self._index.present(ids) & ~np.isin(ids, request.like)]
        return there

    def _text_hits(self, question: Question, depth: int) -> list[TextHit]:
        if not question.parsed.text:
            return []
        with self._catalogue.read() as connection:
            hits = search_text(connection, question.parsed.text, depth)
        present = self._index.present(np.array([hit.id for hit in hits], np.int64))
        if question.allowed is not None:
            present &= np.isin([hit.id for hit in hits], question.allowed)
        return [hit for hit, stays in zip(hits, present, strict=True) if stays]

    def _relevances(
        self, question: Question, query: Floats, scores: Floats, dim: int | None
    ) -> Floats:
        """Probabilities [N]; NaN for a model without calibration."""
        distribution = self._distribution(question.parts)
        if distribution is None or dim is not None:
            return np.full(len(scores), np.nan, np.float32)
        # Row by row: a matrix product wakes every core, which other searches are using.
        background = np.vecdot(self._library_at_large(), query)
        curve = fit_curve(distribution, self._index.count)
        return curve(deviations_of(scores, background, distribution))

    def _distribution(self, parts: QueryParts) -> "Distribution | None":
        from pd_clip.calibration import load_calibration

        if self._calibration is None:
            encoder = self._encoder()
            folder = getattr(encoder, "folder", None)
            found = load_calibration(Path(folder), encoder.fingerprint) if folder else None
            self._calibration = (found,)
        calibration = self._calibration[0]
        if calibration is None:
            return None
        if not parts.has_text:
            return calibration.image_image
        return calibration.of(language_of(" ".join(parts.texts)))

    def _library_at_large(self) -> Floats:
        generation = self._index.generation
        kept = self._background
        if kept is None or kept[0] != generation:
            kept = self._background = (generation, self._index.sample(BACKGROUND))
        return kept[1]

    def _notices(self, question: Question, route: str, all_cut: bool) -> tuple[str, ...]:
        encoder = self._encoder()
        notices = []
        if question.parts.texts:
            longest = max(encoder.token_counts(question.parts.texts))
            if longest > encoder.max_text_tokens:
                notices.append(
                    f"The text is longer than the model reads ({longest} of at most "
                    f"{encoder.max_text_tokens} tokens); its end was left out."
                )
        if route == "scan":
            notices.append("This search read all vectors instead of the index.")
        if all_cut:
            notices.append(
                "Nothing here is likely to match. The nearest pictures: --min-relevance 0"
            )
        return tuple(notices)

    def _dated(self, ranking: Ranking) -> Ranking:
        dates = self._pictures.dates(ranking.ids.tolist())
        order = sorted(
            (place for place, number in enumerate(ranking.ids.tolist()) if number in dates),
            key=lambda place: (dates[int(ranking.ids[place])], int(ranking.ids[place])),
            reverse=True,
        )
        return _chosen(ranking, order)

    def _collapsed(self, ranking: Ranking) -> Ranking:
        ids = ranking.ids
        seen = self._appearances.of(ids, self._index.generation)
        runs = bursts(Moments(ids, seen["camera"], seen["taken"]), self._index.vectors)
        kept = collapse(ids, Hashes(seen["hash"], seen["hashed"]), runs)
        if len(kept.places) < len(ids):
            ranking = _chosen(ranking, kept.places.tolist())
        return replace(ranking, duplicates=tuple(kept.stands_for.tolist()))


def _chosen(ranking: Ranking, order: Sequence[int]) -> Ranking:
    places = np.asarray(order, dtype=np.int64)
    return replace(
        ranking,
        ids=ranking.ids[places],
        scores=ranking.scores[places],
        relevances=ranking.relevances[places],
        matched_by=tuple(ranking.matched_by[place] for place in order),
    )

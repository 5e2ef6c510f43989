"""One search from request to page: parse, encode, rank, cut off, fetch the rows of the page."""

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from cachetools import LRUCache

from searchapp.errors import CursorInvalid, WidthNotAllowed
from searchapp.pictures import Pictures
from searchapp.query_vector import Floats, QueryParts, open_query_picture, query_vector
from searchapp.requests import SearchRequest
from searchapp.results import Hit, SearchResult, Seconds

if TYPE_CHECKING:
    from indexer.catalogue.tables import Model
    from indexer.vectors import IndexStats, VectorIndex
    from pd_clip.encoder import Encoder

Ids = npt.NDArray[np.int64]

# Deep enough for a person who scrolls; the exact scan of a small library is not slower for it.
LEAST_DEPTH = 1000
RANKINGS_KEPT = 64
TEXT_VECTORS_KEPT = 512


@dataclass(frozen=True)
class Ranking:
    """All hits of a query that passed the cut-off, best first; pages are slices of it.

    scores and relevances are NaN where there is none.
    """

    ids: Ids
    scores: Floats
    relevances: Floats
    matched_by: tuple[tuple[str, ...], ...]
    encode_seconds: float
    search_seconds: float
    filters: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()


class Searcher:
    """Searches one library with one model. Safe to use from several threads."""

    def __init__(
        self,
        pictures: Pictures,
        index: "VectorIndex",
        encoder: Callable[[], "Encoder"],
        model: "Model",
    ) -> None:
        self._pictures = pictures
        self._index = index
        self._encoder = encoder
        self._model = model
        self._rankings: LRUCache[tuple[SearchRequest, int], Ranking] = LRUCache(RANKINGS_KEPT)
        self._text_vectors: LRUCache[str, Floats] = LRUCache(TEXT_VECTORS_KEPT)
        self._lock = Lock()

    @property
    def fingerprint(self) -> str:
        """Of the model whose vectors are searched."""
        return self._model.fingerprint

    def index_stats(self) -> "IndexStats":
        """The vector index in use."""
        self._index.refresh()
        return self._index.stats()

    def close(self) -> None:
        """Write what the index has pending."""
        self._index.close()

    def search(self, request: SearchRequest) -> SearchResult:
        """The page of hits that `request` asks for.

        Raises WidthNotAllowed, QueryPictureUnreadable, CursorInvalid.
        """
        started = time.perf_counter()
        generation, offset = self._position(request.cursor)
        ranking = self._ranking(request, generation, offset + request.count)
        page = slice(offset, offset + request.count)
        hits = self._hits(ranking, page)
        more = offset + request.count < len(ranking.ids)
        return SearchResult(
            query=request.text or "",
            hits=hits,
            seconds=Seconds(
                ranking.encode_seconds, ranking.search_seconds, time.perf_counter() - started
            ),
            model=self._model.name,
            dim=request.dim or self._index.stats().coarse_dimensions,
            total=len(ranking.ids),
            next_cursor=f"{generation}-{offset + request.count}" if more else None,
            filters=ranking.filters,
            notices=ranking.notices,
        )

    def _position(self, cursor: str | None) -> tuple[int, int]:
        """Generation and offset of a page; the present generation and 0 without a cursor."""
        if cursor is None:
            self._index.refresh()
            return self._index.stats().generation, 0
        parts = re.fullmatch(r"(\d{1,18})-(\d{1,9})", cursor)
        if parts is None:
            raise CursorInvalid(cursor)
        return int(parts[1]), int(parts[2])

    def _ranking(self, request: SearchRequest, generation: int, depth: int) -> Ranking:
        # Pages of one query share a ranking, so that a page never repeats or skips a hit even
        # when the library grows meanwhile.
        depth = LEAST_DEPTH * -(-depth // LEAST_DEPTH)
        key = (replace(request, cursor=None, count=depth), generation)
        with self._lock:
            kept = self._rankings.get(key)
        if kept is not None:
            return kept
        ranking = self._rank(request, depth)
        with self._lock:
            self._rankings[key] = ranking
        return ranking

    def _rank(self, request: SearchRequest, depth: int) -> Ranking:
        started = time.perf_counter()
        parts = self._parts(request)
        if parts.is_empty:
            ids = np.asarray(self._pictures.newest(None, 0, depth), np.int64)
            nothing = np.full(len(ids), np.nan, np.float32)
            return Ranking(
                ids, nothing, nothing, ((),) * len(ids), 0.0, time.perf_counter() - started
            )
        encoder = self._encoder()
        self._check_width(request.dim, encoder)
        query = query_vector(parts, encoder, self._encode_texts)
        encoded = time.perf_counter()
        ids, scores = self._index.search(query[None], depth, exact=request.exact, dim=request.dim)
        kept = (ids[0] >= 0) & ~np.isin(ids[0], request.like)
        found, similarity = ids[0][kept], scores[0][kept]
        return Ranking(
            found,
            similarity,
            np.full(len(found), np.nan, np.float32),
            (("vector",),) * len(found),
            encoded - started,
            time.perf_counter() - encoded,
        )

    def _parts(self, request: SearchRequest) -> QueryParts:
        texts = tuple(text for text in (request.text, *request.more_texts) if text and text.strip())
        like = self._index.vectors(np.asarray(request.like, np.int64)) if request.like else None
        return QueryParts(
            texts=texts,
            negatives=request.negatives,
            image=None if request.image is None else open_query_picture(request.image),
            like_vectors=like,
            text_weight=request.text_weight,
        )

    def _encode_texts(self, texts: Sequence[str]) -> Floats:
        """float32 [N, D]; texts met before are not encoded again."""
        with self._lock:
            missing = [text for text in dict.fromkeys(texts) if text not in self._text_vectors]
        if missing:
            encoded = self._encoder().encode_texts(missing)
            with self._lock:
                self._text_vectors.update(zip(missing, encoded, strict=True))
                return np.stack([self._text_vectors[text] for text in texts])
        with self._lock:
            return np.stack([self._text_vectors[text] for text in texts])

    def _check_width(self, dim: int | None, encoder: "Encoder") -> None:
        if dim is not None and not 1 <= dim <= encoder.dimensions:
            raise WidthNotAllowed(dim, encoder.matryoshka, encoder.dimensions)

    def _hits(self, ranking: Ranking, page: slice) -> tuple[Hit, ...]:
        ids = ranking.ids[page]
        rows = self._pictures.rows(ids.tolist())
        hits = []
        for place, picture_id in enumerate(ids.tolist(), start=page.start):
            row = rows.get(picture_id)
            if row is None:  # gone since the ranking was made
                continue
            hits.append(
                Hit(
                    rank=place + 1,
                    score=_number(ranking.scores[place]),
                    relevance=_number(ranking.relevances[place]),
                    path=row.path,
                    id=row.id,
                    width=row.width,
                    height=row.height,
                    taken_at=row.taken_at,
                    caption=row.caption,
                    matched_by=ranking.matched_by[place],
                    colour=row.colour,
                )
            )
        return tuple(hits)


def _number(value: np.float32) -> float | None:
    return None if np.isnan(value) else float(value)

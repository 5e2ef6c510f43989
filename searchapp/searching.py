"""One search from request to page: parse, encode, rank, cut off, fetch the rows of the page."""

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
from cachetools import LRUCache

from indexer.catalogue import Catalogue
from searchapp.errors import CursorInvalid, WidthNotAllowed
from searchapp.pictures import Pictures
from searchapp.query_vector import Floats
from searchapp.ranking import Ranker, Ranking
from searchapp.requests import SearchRequest
from searchapp.results import Hit, SearchResult, Seconds
from searchapp.text_batches import TextBatches

if TYPE_CHECKING:
    from indexer.catalogue.tables import Model
    from indexer.vectors import IndexStats, VectorIndex
    from pd_clip.encoder import Encoder

# Deep enough for a person who scrolls; the exact scan of a small library is not slower for it.
LEAST_DEPTH = 1000
RANKINGS_KEPT = 64
TEXT_VECTORS_KEPT = 512
_RankingKey = tuple[SearchRequest, int, date]


class Searcher:
    """Searches one library with one model. Safe to use from several threads."""

    def __init__(
        self,
        catalogue: Catalogue,
        index: "VectorIndex",
        encoder: Callable[[], "Encoder"],
        model: "Model",
        min_relevance: float,
        captions: "VectorIndex | None" = None,
    ) -> None:
        self._pictures = Pictures(catalogue)
        self._captions = captions
        self._ranker = Ranker(
            catalogue, index, encoder, self._encode_texts, min_relevance, captions
        )
        self.index = index
        self._model = model
        self._rankings: LRUCache[_RankingKey, Ranking] = LRUCache(RANKINGS_KEPT)
        self._turns: dict[_RankingKey, Lock] = {}
        self._text_vectors: LRUCache[str, Floats] = LRUCache(TEXT_VECTORS_KEPT)
        self._batches = TextBatches(lambda texts: encoder().encode_texts(texts))
        self._lock = Lock()

    @property
    def fingerprint(self) -> str:
        """Of the model whose vectors are searched."""
        return self._model.fingerprint

    @property
    def searches_captions(self) -> bool:
        """Whether vectors of captions are searched beside those of pictures."""
        return self._captions is not None

    @property
    def index_count(self) -> int:
        """Pictures in the vector index."""
        return self.index.count

    @property
    def index_generation(self) -> int:
        """The catalogue's generation that the vector index answers for."""
        return self.index.generation

    @property
    def waiting(self) -> int:
        """Searches whose texts wait for the model."""
        return self._batches.waiting

    def index_stats(self) -> "IndexStats":
        """The vector index in use."""
        self.index.refresh()
        return self.index.stats()

    def close(self) -> None:
        """Write what the index has pending."""
        self.index.close()
        if self._captions is not None:
            self._captions.close()

    def search(self, request: SearchRequest) -> SearchResult:
        """The page of hits that `request` asks for.

        Raises QueryInvalid, WidthNotAllowed, QueryPictureUnreadable, CursorInvalid.
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
            dim=request.dim or self.index.coarse_dimensions,
            total=len(ranking.ids),
            next_cursor=f"{generation}-{offset + request.count}" if more else None,
            filters=ranking.filters,
            notices=ranking.notices,
        )

    def _position(self, cursor: str | None) -> tuple[int, int]:
        """Generation and offset of a page; the present generation and 0 without a cursor."""
        if cursor is None:
            self.index.refresh()
            if self._captions is not None:
                self._captions.refresh()
            return self.index.generation, 0
        parts = re.fullmatch(r"(\d{1,18})-(\d{1,9})", cursor)
        if parts is None:
            raise CursorInvalid(cursor)
        return int(parts[1]), int(parts[2])

    def _ranking(self, request: SearchRequest, generation: int, depth: int) -> Ranking:
        # Pages of one query share a ranking, so that a page never repeats or skips a hit even
        # when the library grows meanwhile.
        depth = LEAST_DEPTH * -(-min(depth, max(self.index.count, 1)) // LEAST_DEPTH)
        # "last week" is another week tomorrow.
        key = (replace(request, cursor=None, count=depth), generation, date.today())
        with self._lock:
            kept = self._rankings.get(key)
            if kept is not None:
                return kept
            turn = self._turns.setdefault(key, Lock())
        with turn:  # Whoever asks the same meanwhile waits for this answer.
            with self._lock:
                kept = self._rankings.get(key)
            try:
                ranking = self._rank(request, depth) if kept is None else kept
                with self._lock:
                    self._rankings[key] = ranking
            finally:
                with self._lock:
                    self._turns.pop(key, None)
        return ranking

    def _rank(self, request: SearchRequest, depth: int) -> Ranking:
        self._check_width(request.dim)
        return self._ranker.rank(request, depth)

    def _encode_texts(self, texts: Sequence[str]) -> Floats:
        """float32 [N, D]; texts met before are not encoded again."""
        wanted = dict.fromkeys(texts)
        with self._lock:
            kept = self._text_vectors
            known = {text: kept[text] for text in wanted if text in kept}
        missing = [text for text in wanted if text not in known]
        if missing:
            fresh = dict(zip(missing, self._batches.encode(missing), strict=True))
            known |= fresh
            with self._lock:
                self._text_vectors.update(fresh)
        return np.stack([known[text] for text in texts])

    def _check_width(self, dim: int | None) -> None:
        if dim is not None and not 1 <= dim <= self._model.dimensions:
            raise WidthNotAllowed(dim, tuple(self._model.matryoshka), self._model.dimensions)

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
                    duplicates=ranking.duplicates[place] if ranking.duplicates else 0,
                )
            )
        return tuple(hits)


def _number(value: np.float32) -> float | None:
    return None if np.isnan(value) else float(value)

"""The index a service searches: derived from its source, kept fresh, rebuilt when in doubt."""

import logging
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Literal, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt
from filelock import FileLock, Timeout

from indexer.vectors import files
from indexer.vectors.build import Progress, Snapshot, build, read, write
from indexer.vectors.errors import NoRoomForVectors, RowsDamaged, VectorsDamaged, WidthMismatch
from indexer.vectors.exact import cut
from indexer.vectors.families import Family, choose
from indexer.vectors.full_width import checksums_of
from indexer.vectors.gpu import MOST_ROWS, Gpu, GpuStore, find_gpu
from indexer.vectors.lock import SharedLock
from indexer.vectors.manifest import MANIFEST
from indexer.vectors.recall import coarse_then_exact, exact_search, rerank
from indexer.vectors.source import Floats, Halves, Ids, VectorSource
from indexer.vectors.stats import IndexStats

log = logging.getLogger(__name__)
Answer = TypeVar("Answer")

# Filters that leave no more than this are answered exactly, without the coarse index.
FEW = 4_000
_LOCK_SECONDS = 10
_PERSIST_AFTER = 256
_SAMPLE = 16
_NEWEST = 256
_BATCH = 4096


class Found(NamedTuple):
    """ids [Q, k], -1 where there are fewer; scores [Q, k], cosines, best first; route taken.

    route: `index`, `few` (exact over the few that were allowed), `exact` (asked for), or `scan`
    (every vector was read because the index could not serve).
    """

    ids: Ids
    scores: Floats
    route: str


class VectorIndex:
    """Two stages over one model's vectors; made by `open`. Safe to use from several threads."""

    def __init__(
        self, folder: Path, source: VectorSource, dim: int | None, gpu: Gpu | None = None
    ) -> None:
        self._folder = folder
        self._source = source
        self._dim = dim
        self._gpu = gpu
        self._lock = SharedLock()
        self._refreshing = threading.Lock()
        self._routes: Counter[str] = Counter()
        self._note: str | None = None
        self._pending = 0
        self._stamp: tuple[int, int] | None = None
        self._snapshot: Snapshot

    @classmethod
    def open(
        cls,
        folder: Path,
        source: VectorSource,
        *,
        dim: int | None = None,
        progress: Progress | None = None,
        gpu: Gpu | Literal["auto"] | None = "auto",
    ) -> "VectorIndex":
        """Open the index of `source` under `folder`, building it where it is missing or wrong.

        dim: width of the coarse search; None leaves what is there, or the best for the count.
        A folder that cannot be written gives an index in memory, and `stats().note` says so.
        gpu: `auto` takes the machine's own if there is one and FAISS can use it.
        """
        index = cls(folder, source, dim, find_gpu() if gpu == "auto" else gpu)
        try:
            index._adopt(read(folder, source, dim, index._gpu))
        except FileNotFoundError:
            index._rebuild(progress)
        except VectorsDamaged as error:
            log.warning("vector index rebuilt: %s", error)
            index._rebuild(progress)
        index.refresh()
        if not index._agrees():
            log.warning("vector index rebuilt: it does not hold what the catalogue holds")
            index._rebuild(progress)
        return index

    @property
    def generation(self) -> int:
        """The generation of the source that this index answers for."""
        return self._snapshot.generation

    @property
    def count(self) -> int:
        """Pictures that can be found."""
        full = self._snapshot.full
        return len(full) - full.gone

    @property
    def coarse_dimensions(self) -> int:
        """Width of the coarse search."""
        return self._snapshot.family.coarse_dimensions

    def search(
        self,
        queries: Floats,
        k: int,
        *,
        allowed: Ids | None = None,
        exact: bool = False,
        dim: int | None = None,
    ) -> tuple[Ids, Floats]:
        """As `find`, without the route."""
        found = self.find(queries, k, allowed=allowed, exact=exact, dim=dim)
        return found.ids, found.scores

    def find(
        self,
        queries: Floats,
        k: int,
        *,
        allowed: Ids | None = None,
        exact: bool = False,
        dim: int | None = None,
    ) -> Found:
        """The k nearest of each of queries [Q, D], full width, rows of length 1.

        allowed: ids to choose from. exact: read every vector instead of the index. dim: score at
        this width instead of the full one. Raises WidthMismatch.
        """
        queries = np.ascontiguousarray(np.atleast_2d(queries), dtype=np.float32)
        if queries.shape[1] != self._source.dimensions:
            raise WidthMismatch(self._source.dimensions, int(queries.shape[1]))
        found = self._healing(lambda: self._find(queries, k, allowed, exact, dim))
        self._routes[found.route] += 1
        return found

    def vectors(self, ids: Ids) -> Floats:
        """Stored vectors [N, D] of these ids; a row of zeros for an id that is not present."""
        wanted = np.asarray(ids, dtype=np.int64)

        def look_up() -> Floats:
            with self._lock.reading():
                full = self._snapshot.full
                rows = full.rows_of(wanted)
                vectors = np.zeros((len(wanted), full.dimensions), dtype=np.float32)
                vectors[rows >= 0] = full.take(rows[rows >= 0])
                return vectors

        return self._healing(look_up)

    def present(self, ids: Ids) -> npt.NDArray[np.bool_]:
        """Which of these ids the index holds, [N]."""
        with self._lock.reading():
            return self._snapshot.full.rows_of(np.asarray(ids, dtype=np.int64)) >= 0

    def sample(self, count: int) -> Floats:
        """Up to `count` stored vectors [N, D], evenly spread over the library."""

        def take() -> Floats:
            with self._lock.reading():
                full = self._snapshot.full
                live = full.live_rows()
                rows = live[np.linspace(0, len(live) - 1, min(count, len(live)), dtype=np.int64)]
                return full.take(rows).astype(np.float32)

        return self._healing(take)

    def refresh(self) -> bool:
        """Take over what changed in the source; True when anything did.

        Pictures are added and removed in place; only a large change builds anew.
        """
        with self._refreshing:
            if self._source.generation() == self._snapshot.generation:
                return False
            self._reload_if_replaced()
            generation = self._source.generation()
            if generation == self._snapshot.generation:
                return True
            if generation < self._snapshot.generation:
                # The catalogue is older than the index: it was restored from a snapshot.
                self._rebuild()
                return True
            self._apply(generation)
            if self._outgrown():
                self._rebuild()
            elif self._pending >= max(_PERSIST_AFTER, len(self._snapshot.full) // 100):
                self._persist()
            return True

    def stats(self) -> IndexStats:
        """The index in use, its size and its measured recall."""
        with self._lock.reading():
            snapshot = self._snapshot
            store = snapshot.store.stats()
            count = len(snapshot.full) - snapshot.full.gone
            return IndexStats(
                family=store.family,
                parameters=store.parameters,
                count=count,
                dimensions=snapshot.full.dimensions,
                coarse_dimensions=store.dimensions,
                bytes_in_memory=store.bytes_in_memory,
                bytes_per_vector=store.bytes_in_memory / max(count, 1),
                bytes_on_disk=files.size_on_disk(self._folder),
                recall_at_10=snapshot.recall.at_10,
                recall_samples=snapshot.recall.samples,
                exact=snapshot.family.exact
                and snapshot.family.coarse_dimensions == snapshot.full.dimensions,
                generation=snapshot.generation,
                built_at=snapshot.built_at,
                build_seconds=snapshot.build_seconds,
                pending=self._pending,
                device=store.device,
                searches=dict(self._routes),
                note=self._note,
            )

    def close(self) -> None:
        """Write what is pending; the index must not be used afterwards."""
        with self._refreshing:
            if self._pending:
                self._persist()

    def _find(
        self, queries: Floats, k: int, allowed: Ids | None, exact: bool, dim: int | None
    ) -> Found:
        with self._lock.reading():
            snapshot = self._snapshot
            full, family = snapshot.full, snapshot.family
            if allowed is not None:
                allowed = _ascending(np.asarray(allowed, dtype=np.int64))
                share = len(allowed) / max(len(full), 1)
                if exact or family.exact or len(allowed) <= FEW:
                    rows = full.rows_of(allowed)
                    rows = rows[rows >= 0]
                    if exact or len(rows) <= FEW or dim is not None:
                        route = "exact" if exact else "few"
                        return Found(*rerank(full, rows, queries, k, dim), route)
                family = _thorough(family, share)
            elif exact:
                return Found(*exact_search(full, queries, k, dim), "exact")
            narrow = dim is not None and dim < family.coarse_dimensions
            if family.exact and narrow:
                return Found(*exact_search(full, queries, k, dim), "index")
            if family.exact and family.coarse_dimensions == full.dimensions and dim is None:
                if isinstance(snapshot.store, GpuStore) and not snapshot.store.can_search(
                    k, allowed
                ):
                    chosen = None if allowed is None else full.rows_of(allowed)
                    among = None if chosen is None else chosen[chosen >= 0]
                    return Found(*exact_search(full, queries, k, dim, among), "scan")
                return Found(*snapshot.store.search(queries, k, allowed), "index")
            if 4 * k > len(full):
                # Most of the library is asked for: lists and candidates would only lose some.
                rows = full.live_rows() if allowed is None else full.rows_of(allowed)
                rows = rows[rows >= 0]
                return Found(*rerank(full, rows, queries, k, dim), "scan")
            answer = coarse_then_exact(full, snapshot.store, family, queries, k, allowed, dim)
            return Found(*answer, "index")

    def _healing(self, read_vectors: Callable[[], Answer]) -> Answer:
        damaged = self._snapshot
        try:
            return read_vectors()
        except RowsDamaged as error:
            with self._refreshing:
                if self._snapshot is damaged:  # Otherwise another thread has mended it.
                    log.warning("vector index rebuilt: %d damaged vectors", len(error.ids))
                    self._rebuild()
            return read_vectors()

    def _adopt(self, snapshot: Snapshot) -> None:
        with self._lock.writing():
            self._snapshot = snapshot
            self._pending = 0
            self._stamp = self._manifest_stamp()

    def _rebuild(self, progress: Progress | None = None) -> None:
        """Build from the source, on disk where that is possible, otherwise in memory."""
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with FileLock(self._folder / ".lock", timeout=_LOCK_SECONDS):
                snapshot = build(self._source, self._folder, self._dim, progress, self._gpu)
            self._note = None
        except (OSError, Timeout, NoRoomForVectors) as error:
            self._note = f"the vector index is in memory only ({error})"
            snapshot = build(self._source, None, self._dim, progress, self._gpu)
        self._adopt(snapshot)

    def _apply(self, generation: int) -> None:
        added, removed = self._source.changes_since(self._snapshot.generation)
        snapshot = self._snapshot
        fresh_ids = [np.empty(0, dtype=np.int64)]
        fresh = [np.empty((0, snapshot.full.dimensions), dtype=np.float16)]
        for start in range(0, len(added), _BATCH):
            ids, vectors = self._source.fetch(added[start : start + _BATCH])
            fresh_ids.append(ids)
            fresh.append(vectors)
        ids, vectors = np.concatenate(fresh_ids), np.concatenate(fresh)
        with self._lock.writing():
            # A change that left the vector alone (a caption, a star) costs nothing here.
            new = _differs(snapshot, ids, vectors)
            leaving = np.concatenate([removed, ids[new]]).astype(np.int64)
            snapshot.store.remove(leaving)
            self._pending += snapshot.full.remove(leaving) + int(new.sum())
            if new.any():
                snapshot.full.append(ids[new], vectors[new])
                width = snapshot.family.coarse_dimensions
                snapshot.store.add(ids[new], cut(vectors[new], width))
            self._snapshot = replace(snapshot, generation=generation)

    def _outgrown(self) -> bool:
        snapshot = self._snapshot
        count = len(snapshot.full) - snapshot.full.gone
        best = choose(count, snapshot.full.dimensions, self._dim, MOST_ROWS if self._gpu else 0)
        if best.exact != snapshot.family.exact and count > 1.2 * snapshot.built_count:
            return True
        much_waste = snapshot.full.gone > max(_PERSIST_AFTER, count // 4)
        return much_waste or (not best.exact and count > 2 * snapshot.built_count)

    def _persist(self) -> None:
        manifest = self._snapshot.manifest
        if manifest is None:
            return
        try:
            with FileLock(self._folder / ".lock", timeout=0):
                if self._manifest_stamp() != self._stamp:
                    return  # Another process wrote a newer one; `refresh` takes that over.
                snapshot = self._snapshot
                files.append_vectors(
                    self._folder / manifest.vectors, manifest.rows, snapshot.full.tail
                )
                write(snapshot, self._folder, manifest.vectors, self._source.fingerprint)
            self._adopt(read(self._folder, self._source, self._dim, self._gpu))
        except (OSError, Timeout, VectorsDamaged) as error:
            log.info("vector index not written now: %s", error)

    def _reload_if_replaced(self) -> None:
        if self._manifest_stamp() in (None, self._stamp):
            return
        try:
            self._adopt(read(self._folder, self._source, self._dim, self._gpu))
        except (VectorsDamaged, FileNotFoundError) as error:
            log.warning("vector index on disk not taken over: %s", error)

    def _manifest_stamp(self) -> tuple[int, int] | None:
        try:
            status = (self._folder / MANIFEST).stat()
        except OSError:
            return None
        return status.st_mtime_ns, status.st_ino

    def _agrees(self) -> bool:
        """Whether count and a sample of vectors are those of the source.

        Files of another library of the same model pass every hash; this is what catches them,
        and a catalogue that lost its last commits and gave their ids to other pictures.
        """
        full = self._snapshot.full
        live = full.live_rows()
        newest = live[np.argsort(full.ids[live])[-_NEWEST:]]
        rows = np.union1d(live[:: max(1, len(live) // _SAMPLE)], newest)
        ids, vectors = self._source.fetch(full.ids[rows])
        count = self._source.count()
        if self._source.generation() != self._snapshot.generation:
            return True  # It changed under our eyes; the next refresh looks again.
        if count != len(live) or len(ids) != len(rows):
            return False
        return not _differs(self._snapshot, ids, vectors).any()


def _differs(snapshot: Snapshot, ids: Ids, vectors: Halves) -> npt.NDArray[np.bool_]:
    """Which of vectors [N, D] the snapshot does not hold under their ids."""
    rows = snapshot.full.rows_of(ids)
    new = np.ones(len(ids), dtype=bool)
    known = rows >= 0
    new[known] = snapshot.full.checksums[rows[known]] != checksums_of(vectors[known])
    return new


def _ascending(ids: Ids) -> Ids:
    """Ids in order, each once; filters hand them over so already."""
    return ids if (np.diff(ids) > 0).all() else np.unique(ids)


def _thorough(family: Family, share: float) -> Family:
    """Settings for a search among a share of the vectors, whose neighbours lie further apart."""
    factor = min(8.0, (1 / max(share, 1e-6)) ** 0.5)
    return replace(family, nprobe=int(family.nprobe * factor))

"""Building an index from its source, and reading one back from disk."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from indexer.vectors import files
from indexer.vectors import manifest as manifests
from indexer.vectors.errors import RowsDamaged, VectorsDamaged
from indexer.vectors.exact import cut, spans
from indexer.vectors.faiss_store import FaissStore
from indexer.vectors.families import FLAT, FLAT_UP_TO, Family, choose
from indexer.vectors.full_width import FullWidthVectors, checksums_of
from indexer.vectors.gpu import MOST_ROWS, Gpu, GpuStore
from indexer.vectors.manifest import MANIFEST, Manifest
from indexer.vectors.recall import Recall, tune
from indexer.vectors.source import Floats, VectorSource

Progress = Callable[[int, int], None]
_SPAN = 16_384
_SEED = 7
_POINTS_PER_LIST = 64
_COARSE_BYTES = 80
# Without a GPU an exact index grows a fifth beyond where it was chosen, never this many times.
_MOST_GROWTH = 2


@dataclass(frozen=True)
class Snapshot:
    """One consistent index: full-width rows, the store over them, and how it came about.

    manifest: what is on disk; None for an index that lives in memory only.
    """

    full: FullWidthVectors
    store: FaissStore
    family: Family
    generation: int
    recall: Recall
    built_at: datetime
    build_seconds: float
    built_count: int
    manifest: Manifest | None = None


def build(
    source: VectorSource,
    folder: Path | None,
    dim: int | None = None,
    progress: Progress | None = None,
    gpu: Gpu | None = None,
) -> Snapshot:
    """Read every vector of the source and make an index of it; `folder` None: in memory.

    progress: called with (vectors done, vectors in all). Raises NoRoomForVectors.
    """
    began = time.monotonic()
    # Asked first: what changes while the vectors are read is caught up with afterwards.
    generation = source.generation()
    full, name = _gather(source, folder)
    family = choose(len(full), source.dimensions, dim, MOST_ROWS if gpu else 0)
    store = fill(full, family, progress, gpu)
    family, recall = tune(full, store)
    store.family = family
    snapshot = Snapshot(
        full=full,
        store=store,
        family=family,
        generation=generation,
        recall=recall,
        built_at=datetime.now(UTC),
        build_seconds=time.monotonic() - began,
        built_count=len(full),
    )
    if folder is None or name is None:
        return snapshot
    return write(snapshot, folder, name, source.fingerprint)


def fill(
    full: FullWidthVectors,
    family: Family,
    progress: Progress | None = None,
    gpu: Gpu | None = None,
) -> FaissStore:
    """A store of `family` that holds every present row; an exact one on the GPU if there is one."""
    live = full.live_rows()
    if gpu is not None and family.exact:
        store: FaissStore = GpuStore(gpu, family)
    else:
        store = FaissStore.train(family, _sample(full, family))
    for start, stop in spans(len(live), _SPAN):
        rows = live[start:stop]
        store.add(full.ids[rows], cut(full.take(rows), family.coarse_dimensions))
        if progress is not None:
            progress(stop, len(live))
    return store


def write(snapshot: Snapshot, folder: Path, vectors_name: str, fingerprint: str) -> Snapshot:
    """Put a snapshot whose full-width file is written into force. Only under the lock."""
    full, family, store = snapshot.full, snapshot.family, snapshot.store
    stamp = files.stamp()
    rows_entry = files.write_rows(folder / f"rows-{stamp}", full.ids, full.checksums)
    coarse_entry = None
    if not family.exact:
        store.path = folder / f"coarse-{stamp}.faiss"
        store.persist()
        coarse_entry = manifests.entry_of(store.path)
    manifest = Manifest(
        fingerprint=fingerprint,
        dimensions=full.dimensions,
        coarse_dimensions=family.coarse_dimensions,
        generation=snapshot.generation,
        rows=len(full),
        count=len(full) - full.gone,
        family=family.spec,
        nprobe=family.nprobe,
        candidates=family.candidates,
        recall_at_10=snapshot.recall.at_10,
        recall_samples=snapshot.recall.samples,
        built_at=snapshot.built_at.isoformat(),
        build_seconds=snapshot.build_seconds,
        built_count=snapshot.built_count,
        vectors=vectors_name,
        rows_file=rows_entry,
        coarse=coarse_entry,
    )
    files.write_manifest(folder, manifest)
    files.sweep(folder, manifest.names())
    return replace(snapshot, manifest=manifest)


def read(
    folder: Path, source: VectorSource, dim: int | None = None, gpu: Gpu | None = None
) -> Snapshot:
    """What the manifest has in force.

    Raises VectorsDamaged when a file is not as promised, belongs to another model or width or
    was made for a machine with a GPU; FileNotFoundError when nothing was ever built.
    """
    manifest = manifests.decode(folder / MANIFEST)
    if (manifest.fingerprint, manifest.dimensions) != (source.fingerprint, source.dimensions):
        raise VectorsDamaged(folder, "made for another model")
    if dim is not None and dim != manifest.coarse_dimensions:
        raise VectorsDamaged(folder, "made for another width")
    full = files.read_rows(folder, manifest)
    family = Family(
        manifest.family, manifest.coarse_dimensions, manifest.nprobe, manifest.candidates
    )
    if family.spec == FLAT:
        if gpu is None and len(full) > _MOST_GROWTH * FLAT_UP_TO:
            raise VectorsDamaged(folder, "made for a machine with a GPU")
        try:
            store = fill(full, family, gpu=gpu)
        except RowsDamaged as error:
            raise VectorsDamaged(folder / manifest.vectors, str(error)) from error
    elif gpu is not None and len(full) <= MOST_ROWS:
        raise VectorsDamaged(folder, "made for a machine without a GPU")
    elif manifest.coarse is None:
        raise VectorsDamaged(folder, "no coarse index")
    else:
        store = FaissStore.load(manifests.check(folder, manifest.coarse), family)
    return Snapshot(
        full=full,
        store=store,
        family=family,
        generation=manifest.generation,
        recall=Recall(
            # Manifests of exact indexes once said 1.0 over no samples.
            manifest.recall_at_10 if manifest.recall_samples else None,
            manifest.recall_samples,
        ),
        built_at=datetime.fromisoformat(manifest.built_at),
        build_seconds=manifest.build_seconds,
        built_count=manifest.built_count,
        manifest=manifest,
    )


def _gather(source: VectorSource, folder: Path | None) -> tuple[FullWidthVectors, str | None]:
    if folder is None:
        pieces = [np.empty((0, source.dimensions), dtype=np.float16)]
        id_pieces = [np.empty(0, dtype=np.int64)]
        for ids, vectors in source.batches():
            id_pieces.append(ids)
            pieces.append(vectors)
        stored = np.concatenate(pieces)
        return FullWidthVectors(stored, np.concatenate(id_pieces), checksums_of(stored)), None
    needed = source.count() * (2 * source.dimensions + _COARSE_BYTES)
    files.need_room(folder, needed)
    name = f"vectors-{files.stamp()}.f16"
    ids, checksums = files.write_vectors(folder / name, source.batches())
    mapped = files.map_vectors(folder / name, len(ids), source.dimensions)
    return FullWidthVectors(mapped, ids, checksums), name


def _sample(full: FullWidthVectors, family: Family) -> Floats:
    live = full.live_rows()
    wanted = 0 if family.exact else family.lists * _POINTS_PER_LIST
    chosen = np.random.default_rng(_SEED).choice(live, min(wanted, len(live)), replace=False)
    return cut(full.take(np.sort(chosen)), family.coarse_dimensions)

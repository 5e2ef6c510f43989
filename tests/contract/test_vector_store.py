"""One suite for every VectorStore."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from indexer.vectors import VectorStore, WidthMismatch
from indexer.vectors.faiss_store import FaissStore
from indexer.vectors.families import FLAT, Family
from indexer.vectors.gpu import GpuStore
from tests.indexer.vectors.gpu_stand_in import ProcessorGpu
from tests.indexer.vectors.memory_source import clustered

DIMENSIONS = 32
VECTORS = clustered(400, DIMENSIONS, seed=3)
IDS = np.arange(400, dtype=np.int64) * 5 + 2


def flat(_: Path) -> VectorStore:
    return FaissStore.train(Family(FLAT, DIMENSIONS), VECTORS[:0])


def inverted(spec: str) -> Callable[[Path], VectorStore]:
    def make(_: Path) -> VectorStore:
        return FaissStore.train(Family(spec, DIMENSIONS, nprobe=8, candidates=100), VECTORS)

    return make


def on_gpu(_: Path) -> VectorStore:
    return GpuStore(ProcessorGpu(), Family(FLAT, DIMENSIONS))


STORES = {
    "gpu": on_gpu,
    "flat": flat,
    "rabitq": inverted("IVF8,RaBitQfs"),
    "sq8": inverted("IVF8,SQ8"),
    "pq": inverted("IVF8,PQ16x4fs"),
}


@pytest.fixture(params=STORES, ids=list(STORES))
def store(request: pytest.FixtureRequest, tmp_path: Path) -> VectorStore:
    made: VectorStore = STORES[request.param](tmp_path)
    return made


def test_a_stored_vector_is_among_its_own_best(store: VectorStore) -> None:
    store.add(IDS, VECTORS)
    ids, scores = store.search(VECTORS[:20], 10)
    assert ids.shape == scores.shape == (20, 10)
    assert all(IDS[i] in ids[i] for i in range(20))
    assert (np.diff(scores, axis=1) <= 1e-6).all()


def test_an_empty_store_finds_nothing(store: VectorStore) -> None:
    ids, scores = store.search(VECTORS[:2], 3)
    assert (ids == -1).all()
    assert np.isneginf(scores).all()


def test_fewer_vectors_than_asked_for_leave_minus_one(store: VectorStore) -> None:
    store.add(IDS[:4], VECTORS[:4])
    ids, scores = store.search(VECTORS[:1], 10)
    assert set(ids[0]) == {*IDS[:4], -1}
    assert np.isneginf(scores[0, 4:]).all()


def test_removed_ids_are_found_no_more(store: VectorStore) -> None:
    store.add(IDS, VECTORS)
    assert store.remove(np.array([IDS[0], IDS[7], 999_999])) == 2
    ids, _ = store.search(VECTORS[[0, 7]], 400)
    assert not {IDS[0], IDS[7]} & set(ids.ravel())
    assert store.stats().count == 398


def test_adding_an_id_again_replaces_it(store: VectorStore) -> None:
    store.add(IDS, VECTORS)
    store.add(IDS[:1], VECTORS[200:201])
    assert store.stats().count == 400
    ids, _ = store.search(VECTORS[200:201], 20)
    assert IDS[0] in ids[0]


@pytest.mark.parametrize("kept", [np.array([12, 47, 1002]), np.arange(2, 1500, 10)])
def test_only_allowed_ids_are_found(store: VectorStore, kept: np.ndarray) -> None:
    store.add(IDS, VECTORS)
    ids, _ = store.search(VECTORS[:10], 5, allowed=kept.astype(np.int64))
    assert set(ids.ravel()) - {-1} <= set(kept.tolist())
    assert (ids[:, 0] >= 0).all()


def test_no_id_allowed_finds_nothing(store: VectorStore) -> None:
    store.add(IDS, VECTORS)
    ids, _ = store.search(VECTORS[:1], 5, allowed=np.empty(0, dtype=np.int64))
    assert (ids == -1).all()


def test_very_large_ids_are_kept_and_filtered(store: VectorStore) -> None:
    large = IDS + 2**40
    store.add(large, VECTORS)
    ids, _ = store.search(VECTORS[:3], 10, allowed=large[:50])
    assert set(ids.ravel()) <= set(large[:50].tolist()) | {-1}
    assert large[0] in ids[0]


def test_the_wrong_width_is_refused(store: VectorStore) -> None:
    with pytest.raises(WidthMismatch) as caught:
        store.add(IDS, VECTORS[:, :16])
    assert (caught.value.expected, caught.value.found) == (DIMENSIONS, 16)
    with pytest.raises(WidthMismatch):
        store.search(VECTORS[:1, :16], 1)


@pytest.mark.parametrize("name", [name for name in STORES if name != "gpu"])
def test_a_persisted_store_answers_alike(name: str, tmp_path: Path) -> None:
    store = STORES[name](tmp_path)
    assert isinstance(store, FaissStore)
    store.path = tmp_path / "store.faiss"
    store.add(IDS, VECTORS)
    path = store.persist()
    assert path is not None
    again = FaissStore.load(path, store.family)
    ids, scores = store.search(VECTORS[:10], 10)
    ids_again, scores_again = again.search(VECTORS[:10], 10)
    np.testing.assert_array_equal(ids, ids_again)
    np.testing.assert_allclose(scores, scores_again)
    again.remove(IDS[:1])
    assert again.stats().count == 399


def test_stats_say_what_it_costs(store: VectorStore) -> None:
    store.add(IDS, VECTORS)
    stats = store.stats()
    assert stats.dimensions == DIMENSIONS
    assert stats.device == ("gpu" if isinstance(store, GpuStore) else "cpu")
    assert 400 * 8 < stats.bytes_in_memory < 400 * 100

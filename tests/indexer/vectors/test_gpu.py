"""An index on a GPU, by way of a stand-in on the processor: the same answers as without one.

FAISS on a real GPU was not at hand where these were written; what they prove is everything around
the four calls that a GPU index is asked for.
"""

from pathlib import Path

import numpy as np
import pytest

from indexer.vectors import VectorIndex, families
from indexer.vectors import build as building
from indexer.vectors.gpu import find_gpu
from tests.indexer.vectors.gpu_stand_in import ProcessorGpu
from tests.indexer.vectors.memory_source import clustered, filled


@pytest.fixture
def small_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Choose inverted lists early, so that few vectors show the choice."""
    monkeypatch.setattr(families, "FLAT_UP_TO", 300)
    monkeypatch.setattr(building, "FLAT_UP_TO", 300)


def queries() -> np.ndarray:
    return clustered(6, 32, seed=9)


def test_there_is_none_on_a_machine_without(monkeypatch: pytest.MonkeyPatch) -> None:
    import faiss

    monkeypatch.delattr(faiss, "StandardGpuResources", raising=False)
    assert find_gpu() is None


@pytest.mark.usefixtures("small_limit")
@pytest.mark.parametrize("allowed", [None, np.arange(1, 2000, 2)], ids=["all", "half"])
@pytest.mark.parametrize("k", [10, 2500])
def test_it_answers_as_exact_search_does(
    tmp_path: Path, allowed: np.ndarray | None, k: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("indexer.vectors.index.FEW", 10)
    source = filled(3000)
    index = VectorIndex.open(tmp_path / "v", source, gpu=ProcessorGpu())
    stats = index.stats()
    assert (stats.family, stats.device, stats.exact) == (families.FLAT, "gpu", True)
    ids, scores = index.search(queries(), k, allowed=allowed)
    right, right_scores = index.search(queries(), k, allowed=allowed, exact=True)
    np.testing.assert_allclose(scores, right_scores, atol=2e-3)
    assert np.mean(ids == right) > 0.98  # ties of float16 may change places


@pytest.mark.usefixtures("small_limit")
def test_changes_are_taken_over(tmp_path: Path) -> None:
    source = filled(1000)
    index = VectorIndex.open(tmp_path / "v", source, gpu=ProcessorGpu())
    source.put(np.array([90_000]), queries()[:1])
    gone = np.array(sorted(source.vectors)[:254])  # over a quarter: the waste is cleared away
    source.drop(gone)
    assert index.refresh()
    ids, _ = index.search(queries()[:1], 700)
    assert ids[0, 0] == 90_000
    assert not set(gone.tolist()) & set(ids[0].tolist())


@pytest.mark.usefixtures("small_limit")
def test_a_library_moves_between_machines(tmp_path: Path) -> None:
    source = filled(3000)
    with_gpu = VectorIndex.open(tmp_path / "v", source, gpu=ProcessorGpu())
    expected, _ = with_gpu.search(queries(), 10)
    with_gpu.close()
    without = VectorIndex.open(tmp_path / "v", source, gpu=None)
    assert without.stats().family.startswith("IVF")
    assert np.mean(without.search(queries(), 10)[0] == expected) > 0.9
    without.close()
    again = VectorIndex.open(tmp_path / "v", source, gpu=ProcessorGpu())
    assert again.stats().device == "gpu"

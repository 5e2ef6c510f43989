"""What a person could notice of the index: right answers, kept right, after anything."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from indexer.vectors import VectorIndex, WidthMismatch, families
from tests.indexer.vectors.memory_source import MemorySource, clustered, filled, slow_search


@pytest.fixture
def inverted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Choose inverted lists for small libraries too."""
    monkeypatch.setattr(families, "FLAT_UP_TO", 100)


def queries(count: int = 8, dimensions: int = 32) -> np.ndarray:
    return clustered(count, dimensions, seed=9)


def assert_right(index: VectorIndex, source: MemorySource, least: float = 1.0) -> None:
    asked = queries(dimensions=source.dimensions)
    found, scores = index.search(asked, 10)
    shares = []
    for query, ids, row_scores in zip(asked, found, scores, strict=True):
        shares.append(len(set(ids) & set(slow_search(source, query, 10))) / 10)
        for picture_id, score in zip(ids, row_scores, strict=True):
            assert score == pytest.approx(float(source.vectors[picture_id] @ query), abs=2e-3)
    assert np.mean(shares) >= least


def test_importing_loads_no_faiss() -> None:
    code = "import sys, indexer.vectors; assert 'faiss' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_exact_answers_for_a_small_library(tmp_path: Path) -> None:
    source = filled()
    index = VectorIndex.open(tmp_path / "v", source)
    assert_right(index, source)
    assert index.find(queries(), 5).route == "index"
    for stats in (index.stats(), VectorIndex.open(tmp_path / "v", source).stats()):
        assert (stats.exact, stats.recall_at_10, stats.recall_samples) == (True, None, 0)


@pytest.mark.usefixtures("inverted")
def test_inverted_lists_reach_the_recall_that_they_state(tmp_path: Path) -> None:
    source = filled(3000)
    index = VectorIndex.open(tmp_path / "v", source)
    stats = index.stats()
    assert stats.family.startswith("IVF") and not stats.exact
    assert stats.recall_at_10 is not None and stats.recall_at_10 >= 0.99
    assert stats.recall_samples == 200
    assert_right(index, source, least=0.97)


@pytest.mark.usefixtures("inverted")
def test_a_query_that_lies_apart_as_texts_do_finds_its_neighbours_too(tmp_path: Path) -> None:
    source = filled(8000, dimensions=384)
    index = VectorIndex.open(tmp_path / "v", source)
    ids = np.array(sorted(source.vectors))
    rows = np.stack([source.vectors[i] for i in ids]).astype(np.float32)
    random = np.random.default_rng(3)
    # Every number is one that pictures have there, but no picture has them all.
    asked = np.stack([column[random.integers(len(rows), size=100)] for column in rows.T], axis=1)
    asked /= np.linalg.norm(asked, axis=1, keepdims=True)
    right = ids[np.argsort(-(asked @ rows.T), axis=1)[:, :10]]
    found, _ = index.search(asked, 10)
    shares = [len(set(a) & set(b)) / 10 for a, b in zip(found, right, strict=True)]
    assert np.mean(shares) >= 0.99


def test_an_empty_library_finds_nothing_and_may_grow(tmp_path: Path) -> None:
    source = MemorySource()
    index = VectorIndex.open(tmp_path / "v", source)
    ids, _ = index.search(queries(1), 5)
    assert (ids == -1).all()
    source.put(np.array([5]), queries(1))
    assert index.refresh()
    assert index.search(queries(1), 5)[0][0, 0] == 5


@pytest.mark.parametrize("count", [300, 3000])
@pytest.mark.usefixtures("inverted")
def test_changes_are_taken_over_without_a_rebuild(tmp_path: Path, count: int) -> None:
    source = filled(count)
    index = VectorIndex.open(tmp_path / "v", source)
    source.put(np.array([100_000, 100_001]), queries(2))
    source.drop(np.array([1, 4, 7]))
    source.put(np.array([10]), queries(3)[2:])
    assert index.refresh()
    assert not index.refresh()
    assert source.reads == 1
    ids, _ = index.search(queries(3), 3)
    assert ids[:, 0].tolist() == [100_000, 100_001, 10]
    every, _ = index.search(queries(1), count + 10)
    assert not {1, 4, 7} & set(every[0].tolist())
    assert index.stats().count == source.count()


def test_what_changed_besides_the_vector_costs_nothing(tmp_path: Path) -> None:
    source = filled()
    index = VectorIndex.open(tmp_path / "v", source)
    source.touch(np.array([1, 4]))
    assert index.refresh()
    assert index.stats().pending == 0
    assert index.generation == source.now


@pytest.mark.parametrize("count", [300, 3000])
@pytest.mark.usefixtures("inverted")
def test_reopening_reads_files_not_the_source(tmp_path: Path, count: int) -> None:
    source = filled(count)
    VectorIndex.open(tmp_path / "v", source).close()
    again = VectorIndex.open(tmp_path / "v", source)
    assert source.reads == 1
    assert_right(again, source, least=0.97)


@pytest.mark.usefixtures("inverted")
def test_changes_survive_closing(tmp_path: Path) -> None:
    source = filled(3000)
    index = VectorIndex.open(tmp_path / "v", source)
    source.put(np.array([100_000]), queries(1))
    source.drop(np.array([1]))
    index.refresh()
    index.close()
    again = VectorIndex.open(tmp_path / "v", source)
    assert source.reads == 1
    assert again.search(queries(1), 1)[0][0, 0] == 100_000
    assert again.stats().pending == 0
    assert again.stats().count == source.count()


def test_much_growth_builds_anew_with_another_family(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = filled(300)
    index = VectorIndex.open(tmp_path / "v", source)
    assert index.stats().family == families.FLAT
    monkeypatch.setattr(families, "FLAT_UP_TO", 400)
    source.put(np.arange(10_000, 11_000), clustered(1000, 32, seed=5))
    index.refresh()
    assert index.stats().family.startswith("IVF")
    assert_right(index, source, least=0.97)


def flip(path: Path, at: float) -> None:
    content = bytearray(path.read_bytes())
    content[int(at * (len(content) - 1))] ^= 0x10
    path.write_bytes(bytes(content))


@pytest.mark.parametrize("at", [0.0, 0.3, 0.77, 1.0])
@pytest.mark.parametrize("kind", ["vectors-", "rows-", "coarse-", "manifest.json"])
@pytest.mark.usefixtures("inverted")
def test_a_flipped_bit_never_gives_a_wrong_answer(tmp_path: Path, kind: str, at: float) -> None:
    source = filled(600)
    folder = tmp_path / "v"
    VectorIndex.open(folder, source).close()
    (damaged,) = (path for path in folder.iterdir() if path.name.startswith(kind))
    flip(damaged, at)
    index = VectorIndex.open(folder, source)
    ids, _ = index.search(queries(), 600, exact=True)
    for query, row in zip(queries(), ids, strict=True):
        assert set(row) == set(source.vectors)
        assert row[0] == slow_search(source, query, 1)[0]
    assert source.reads == 2


@pytest.mark.parametrize("at", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("kind", ["vectors-", "rows-", "manifest.json"])
def test_a_flipped_bit_of_a_small_library_is_built_again(
    tmp_path: Path, kind: str, at: float
) -> None:
    source = filled(300)
    VectorIndex.open(tmp_path / "v", source).close()
    (damaged,) = (path for path in (tmp_path / "v").iterdir() if path.name.startswith(kind))
    flip(damaged, at)
    assert_right(VectorIndex.open(tmp_path / "v", source), source)
    assert source.reads == 2


@pytest.mark.parametrize("kind", ["vectors-", "rows-", "coarse-", "manifest.json"])
@pytest.mark.parametrize("length", [0, 17])
@pytest.mark.usefixtures("inverted")
def test_a_truncated_file_is_built_again(tmp_path: Path, kind: str, length: int) -> None:
    source = filled(600)
    folder = tmp_path / "v"
    VectorIndex.open(folder, source).close()
    (damaged,) = (path for path in folder.iterdir() if path.name.startswith(kind))
    os.truncate(damaged, length)
    assert_right(VectorIndex.open(folder, source), source, least=0.97)
    assert source.reads == 2


@pytest.mark.parametrize("kind", ["vectors-", "rows-", "coarse-", "manifest.json"])
@pytest.mark.usefixtures("inverted")
def test_a_missing_file_is_built_again(tmp_path: Path, kind: str) -> None:
    source = filled(600)
    folder = tmp_path / "v"
    VectorIndex.open(folder, source).close()
    next(path for path in folder.iterdir() if path.name.startswith(kind)).unlink()
    assert_right(VectorIndex.open(folder, source), source, least=0.97)


def test_files_of_another_library_are_not_believed(tmp_path: Path) -> None:
    mine, other = filled(300, seed=1), filled(300, seed=2)
    VectorIndex.open(tmp_path / "mine", mine).close()
    VectorIndex.open(tmp_path / "other", other).close()
    (tmp_path / "other").rename(tmp_path / "swap")
    (tmp_path / "mine").rename(tmp_path / "other")
    (tmp_path / "swap").rename(tmp_path / "mine")
    assert_right(VectorIndex.open(tmp_path / "mine", mine), mine)
    assert_right(VectorIndex.open(tmp_path / "other", other), other)


def test_another_model_is_never_mixed_in(tmp_path: Path) -> None:
    first = filled(300)
    VectorIndex.open(tmp_path / "v", first).close()
    second = filled(300, seed=4)
    second.fingerprint = "beef"
    assert_right(VectorIndex.open(tmp_path / "v", second), second)


def test_an_older_catalogue_is_followed(tmp_path: Path) -> None:
    source = filled(300)
    older = filled(200)
    source.touch(np.array([1]))
    VectorIndex.open(tmp_path / "v", source).close()
    assert_right(VectorIndex.open(tmp_path / "v", older), older)


def test_a_half_written_append_is_overwritten(tmp_path: Path) -> None:
    source = filled(300)
    folder = tmp_path / "v"
    VectorIndex.open(folder, source).close()
    (vectors,) = folder.glob("vectors-*")
    with vectors.open("ab") as file:
        file.write(b"torn")
    source.put(np.arange(5000, 5300), clustered(300, 32, seed=6))
    index = VectorIndex.open(folder, source)
    index.close()
    assert_right(VectorIndex.open(folder, source), source)
    assert source.reads == 1


def test_old_files_are_swept_away(tmp_path: Path) -> None:
    source = filled(300)
    folder = tmp_path / "v"
    index = VectorIndex.open(folder, source)
    for start in range(3):
        first = 5000 + 1000 * start
        source.put(np.arange(first, first + 300), clustered(300, 32, seed=start))
        index.refresh()
    index.close()
    manifest = json.loads((folder / "manifest.json").read_text())["manifest"]
    names = {path.name for path in folder.iterdir()} - {".lock"}
    assert names == {"manifest.json", manifest["vectors"], manifest["rows_file"]["name"]}


def test_without_room_search_still_works_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 1000})())
    source = filled(300)
    index = VectorIndex.open(tmp_path / "v", source)
    assert_right(index, source)
    assert "memory only" in (index.stats().note or "")
    source.drop(np.array([1]))
    index.refresh()
    index.close()
    assert list((tmp_path / "v").glob("vectors-*")) == []


def test_two_processes_keep_one_index(tmp_path: Path) -> None:
    source = filled(300)
    mine = VectorIndex.open(tmp_path / "v", source)
    yours = VectorIndex.open(tmp_path / "v", source)
    source.put(np.arange(5000, 5300), clustered(300, 32, seed=6))
    mine.refresh()
    yours.refresh()
    source.drop(np.array([1, 5000]))
    yours.refresh()
    mine.refresh()
    yours.close()
    mine.close()
    assert_right(mine, source)
    assert_right(yours, source)
    assert_right(VectorIndex.open(tmp_path / "v", source), source)
    assert source.reads == 1


@pytest.mark.parametrize("count", [300, 3000])
@pytest.mark.usefixtures("inverted")
@pytest.mark.parametrize("few", [4_000, 50])
def test_filters_choose_exactly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: int, few: int
) -> None:
    monkeypatch.setattr("indexer.vectors.index.FEW", few)
    source = filled(count)
    index = VectorIndex.open(tmp_path / "v", source)
    allowed = np.array(sorted(source.vectors))[::3]
    kept = MemorySource()
    kept.vectors = {i: source.vectors[i] for i in allowed.tolist()}
    found = index.find(queries(), 10, allowed=np.append(allowed, [-5, 10**9]))
    shares = [
        len(set(ids) & set(slow_search(kept, query, 10))) / 10
        for query, ids in zip(queries(), found.ids, strict=True)
    ]
    assert set(found.ids.ravel()) <= set(allowed)
    assert np.mean(shares) >= 0.97
    assert found.route == ("few" if len(allowed) <= few else "index")


@pytest.mark.usefixtures("inverted")
def test_routes_are_counted_and_a_scan_is_owned_up_to(tmp_path: Path) -> None:
    source = filled(600)
    index = VectorIndex.open(tmp_path / "v", source)
    assert index.find(queries(), 10).route == "index"
    assert index.find(queries(), 10, exact=True).route == "exact"
    assert index.find(queries(), 500).route == "scan"
    assert index.stats().searches == {"index": 1, "exact": 1, "scan": 1}


@pytest.mark.parametrize("dim", [8, 16])
@pytest.mark.parametrize("count", [300, 3000])
@pytest.mark.usefixtures("inverted")
def test_a_narrower_search_scores_truncated_vectors(tmp_path: Path, dim: int, count: int) -> None:
    source = filled(count)
    index = VectorIndex.open(tmp_path / "v", source)
    ids, scores = index.search(queries(), 5, dim=dim)
    for query, row, row_scores in zip(queries(), ids, scores, strict=True):
        prefix = query[:dim] / np.linalg.norm(query[:dim])
        for picture_id, score in zip(row, row_scores, strict=True):
            vector = source.vectors[picture_id][:dim].astype(np.float32)
            assert score == pytest.approx(float(vector @ prefix / np.linalg.norm(vector)), abs=2e-3)


@pytest.mark.usefixtures("inverted")
def test_the_coarse_width_can_be_chosen(tmp_path: Path) -> None:
    source = filled(3000)
    index = VectorIndex.open(tmp_path / "v", source, dim=16)
    assert index.stats().coarse_dimensions == 16
    assert_right(index, source, least=0.8)
    assert VectorIndex.open(tmp_path / "v", source).stats().coarse_dimensions == 16
    assert VectorIndex.open(tmp_path / "v", source, dim=32).stats().coarse_dimensions == 32


def test_vectors_come_back_in_the_order_asked_for(tmp_path: Path) -> None:
    source = filled(30)
    index = VectorIndex.open(tmp_path / "v", source)
    vectors = index.vectors(np.array([7, 1, 999]))
    np.testing.assert_array_equal(vectors[0], source.vectors[7].astype(np.float32))
    np.testing.assert_array_equal(vectors[1], source.vectors[1].astype(np.float32))
    assert not vectors[2].any()


def test_a_query_of_the_wrong_width_is_refused(tmp_path: Path) -> None:
    index = VectorIndex.open(tmp_path / "v", filled(30))
    with pytest.raises(WidthMismatch):
        index.search(queries(1, 16), 3)

"""Kept vectors are believed only when they are whole and of this model and data set."""

import numpy as np
import pytest

from searchapp.evaluation.cache import Batch, VectorCache

BATCH = Batch("texts", 3, 4, "hash of the texts")


@pytest.fixture
def cache(tmp_path):
    return VectorCache(tmp_path, "f" * 32, "d" * 64)


@pytest.fixture
def tensors():
    return {"vectors": np.arange(32, dtype=np.float32).reshape(4, 8)}


def test_what_was_written_comes_back(cache, tensors):
    assert cache.read(BATCH) is None
    cache.write(BATCH, tensors)
    assert (cache.read(BATCH)["vectors"] == tensors["vectors"]).all()
    assert [path.name for path in cache.path(BATCH).parent.iterdir()] == [cache.path(BATCH).name]


def test_every_flipped_byte_is_noticed(cache, tensors):
    cache.write(BATCH, tensors)
    path = cache.path(BATCH)
    whole = path.read_bytes()
    for at in range(0, len(whole), 7):
        damaged = bytearray(whole)
        damaged[at] ^= 0x10
        path.write_bytes(damaged)
        kept = cache.read(BATCH)
        assert kept is None or (kept["vectors"] == tensors["vectors"]).all(), at


def test_a_cut_file_is_not_believed(cache, tensors):
    cache.write(BATCH, tensors)
    path = cache.path(BATCH)
    path.write_bytes(path.read_bytes()[:-5])
    assert cache.read(BATCH) is None


@pytest.mark.parametrize(
    "other",
    [
        VectorCache(None, "e" * 32, "d" * 64),
        VectorCache(None, "f" * 32, "c" * 64),
        VectorCache(None, "f" * 16 + "0" * 16, "d" * 64),
    ],
    ids=["model", "data set", "model with the same beginning"],
)
def test_a_file_of_another_model_or_data_set_is_not_believed(cache, tensors, other):
    cache.write(BATCH, tensors)
    other.root = cache.root
    other.path(BATCH).parent.mkdir(parents=True, exist_ok=True)
    if other.path(BATCH) != cache.path(BATCH):
        cache.path(BATCH).rename(other.path(BATCH))
    assert other.read(BATCH) is None


def test_other_texts_or_another_count_are_not_believed(cache, tensors):
    cache.write(BATCH, tensors)
    assert cache.read(Batch("texts", 3, 4, "other texts")) is None
    assert cache.read(Batch("texts", 3, 5, "hash of the texts")) is None


def test_a_folder_that_cannot_be_written_is_noted_once(tmp_path, tensors):
    (tmp_path / "file").write_text("no folder")
    cache = VectorCache(tmp_path / "file", "f" * 32, "d" * 64)
    cache.write(BATCH, tensors)
    assert "could not be kept" in cache.note
    assert cache.read(BATCH) is None


def test_without_a_folder_nothing_is_kept(tensors):
    cache = VectorCache(None, "f" * 32, "d" * 64)
    cache.write(BATCH, tensors)
    assert cache.read(BATCH) is None
    assert cache.note is None

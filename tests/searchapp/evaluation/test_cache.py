"""Kept vectors are believed only when they are whole and of this model and data set."""

import numpy as np
import pytest

from searchapp.evaluation.cache import Batch, VectorCache

BATCH = Batch.of("texts", ["a", "b", "c", "d"])


@pytest.fixture
def cache(tmp_path):
    return VectorCache(tmp_path, "f" * 32)


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


@pytest.mark.parametrize("fingerprint", ["e" * 32, "f" * 32 + "0" * 8])
def test_a_file_of_another_model_is_not_believed(cache, tensors, fingerprint):
    cache.write(BATCH, tensors)
    other = VectorCache(cache.root, fingerprint)
    other.path(BATCH).parent.mkdir(exist_ok=True)
    cache.path(BATCH).rename(other.path(BATCH))
    assert other.read(BATCH) is None


@pytest.mark.parametrize(
    "other",
    [
        Batch.of("texts", ["a", "b", "c", "e"]), Batch.of("texts", ["a", "b", "c"]),
        Batch.of("texts", ["d", "c", "b", "a"]), Batch.of("pictures", ["a", "b", "c", "d"]),
    ],
)  # fmt: skip
def test_other_content_is_not_believed(cache, tensors, other):
    cache.write(BATCH, tensors)
    assert other.digest != BATCH.digest
    assert cache.read(other) is None
    cache.path(BATCH).rename(cache.path(other))
    assert cache.read(other) is None


def test_a_folder_that_cannot_be_written_is_noted_once(tmp_path, tensors):
    (tmp_path / "file").write_text("no folder")
    cache = VectorCache(tmp_path / "file", "f" * 32)
    cache.write(BATCH, tensors)
    assert "could not be kept" in cache.note
    assert cache.read(BATCH) is None


def test_without_a_folder_nothing_is_kept(tensors):
    cache = VectorCache(None, "f" * 32)
    cache.write(BATCH, tensors)
    assert cache.read(BATCH) is None
    assert cache.note is None

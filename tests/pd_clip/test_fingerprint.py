"""A fingerprint follows the bytes of the weights, also where only the disk changed them."""

import os
from pathlib import Path

import pytest

from pd_clip import fingerprint
from pd_clip.fingerprint import REMEMBERED_SECONDS, weights_digest


def rot(weights: Path) -> None:
    """Another byte under the same size and time of change."""
    before = weights.stat()
    content = bytearray(weights.read_bytes())
    content[len(content) // 2] ^= 1
    weights.write_bytes(content)
    os.utime(weights, ns=(before.st_atime_ns, before.st_mtime_ns))


def test_small_weights_are_hashed_every_time(tmp_path: Path) -> None:
    weights = tmp_path / "model.safetensors"
    weights.write_bytes(bytes(1000))
    before = weights_digest([weights], tmp_path / "cache")
    assert weights_digest([weights], tmp_path / "cache") == before
    rot(weights)
    assert weights_digest([weights], tmp_path / "cache") != before


def test_the_hash_of_large_weights_is_remembered_for_some_days(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fingerprint, "QUICKLY_HASHED", 0)
    weights, cache = tmp_path / "model.safetensors", tmp_path / "cache"
    weights.write_bytes(bytes(1000))
    before = weights_digest([weights], cache)
    rot(weights)
    assert weights_digest([weights], cache) == before
    (remembered,) = (cache / "hashes").iterdir()
    long_ago = remembered.stat().st_mtime - REMEMBERED_SECONDS - 1
    os.utime(remembered, (long_ago, long_ago))
    assert weights_digest([weights], cache) != before


def test_a_cache_that_cannot_be_written_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    weights, file = tmp_path / "model.safetensors", tmp_path / "file"
    weights.write_bytes(bytes(1000))
    file.touch()
    expected = weights_digest([weights], tmp_path / "cache")
    monkeypatch.setattr(fingerprint, "QUICKLY_HASHED", 0)
    assert weights_digest([weights], file) == expected

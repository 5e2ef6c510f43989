"""Vectors of captions: what is said of a picture, searched by meaning beside the picture itself."""

import hashlib
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from indexer.caption_vectors import CaptionedPicture
    from indexer.catalogue import Catalogue
    from indexer.catalogue.tables import Model
    from indexer.report import Progress

Floats = npt.NDArray[np.float32]
EncodeTexts = Callable[[Sequence[str]], Floats]

_BATCH = 64
# One row per vector that is up to date: of which words it was made, and which vector it is.
_KNOWN = np.dtype([("picture", "<i8"), ("words", "<u8"), ("checksum", "<i8")])


@dataclass(frozen=True)
class CaptionVectorsOutcome:
    """What was brought up to date.

    encoded: pictures whose captions are new or changed. unchanged: the others. removed: pictures
    that have no caption any more. skipped: left because the run was stopped.
    """

    encoded: int
    unchanged: int
    removed: int
    skipped: int
    seconds: float


def mean_of_captions(vectors: Floats) -> Floats:
    """The unit vector [D] that stands for the captions [N, D] of one picture."""
    mean = vectors.mean(axis=0, dtype=np.float64)
    length = float(np.linalg.norm(mean))
    return np.asarray(mean / length if length > 0 else mean, np.float32)


def refresh_caption_vectors(
    catalogue: "Catalogue",
    model: "Model",
    encode_texts: EncodeTexts,
    known: Path,
    progress: tuple[Callable[["Progress"], None], Callable[[], bool]],
) -> CaptionVectorsOutcome:
    """Encode the captions that are new or changed since the last run, batch by batch.

    known: file that remembers of which words each vector was made; without it, or for rows that
    do not fit the catalogue, captions are encoded again.
    progress: how to show it, and whether to stop.
    """
    from indexer.caption_vectors import (
        captioned_pictures,
        drop_caption_vectors,
        ensure_captions_model,
        store_caption_vectors,
        stored_checksums,
    )

    show, stop = progress
    started = time.monotonic()
    with catalogue.write() as connection:
        model_id = ensure_captions_model(connection, model)
    stored = stored_checksums(catalogue, model_id)
    fresh = {row[0]: row for row in _read(known) if stored.get(row[0]) == row[2]}
    pictures = {each.picture_id: each for each in captioned_pictures(catalogue)}
    stale = [
        each
        for each in pictures.values()
        if each.picture_id not in fresh or fresh[each.picture_id][1] != _digest(each)
    ]
    encoded = 0
    try:
        for batch in _batches(stale):
            if stop():
                break
            _report(show, encoded, len(stale), started)
            vectors = _vectors_of(batch, encode_texts).astype(np.float16)
            ids = [each.picture_id for each in batch]
            checksums = store_caption_vectors(catalogue, model_id, ids, vectors)
            for each, checksum in zip(batch, checksums, strict=True):
                fresh[each.picture_id] = (each.picture_id, _digest(each), checksum)
            encoded += len(batch)
    finally:
        _write(known, [row for row in fresh.values() if row[0] in pictures])
    gone = [picture_id for picture_id in stored if picture_id not in pictures]
    drop_caption_vectors(catalogue, model_id, gone)
    return CaptionVectorsOutcome(
        encoded,
        len(pictures) - len(stale),
        len(gone),
        len(stale) - encoded,
        round(time.monotonic() - started, 3),
    )


def _vectors_of(batch: "Sequence[CaptionedPicture]", encode_texts: EncodeTexts) -> Floats:
    """Vectors [N, D] of the captions of each picture; the batch is encoded at once."""
    encoded = encode_texts([text for each in batch for text in each.texts])
    ends = np.cumsum([len(each.texts) for each in batch])
    return np.stack([mean_of_captions(part) for part in np.split(encoded, ends[:-1])])


def _digest(picture: "CaptionedPicture") -> int:
    content = "\0".join(picture.texts).encode()
    return int.from_bytes(hashlib.blake2b(content, digest_size=8).digest(), "little")


def _read(known: Path) -> list[tuple[int, int, int]]:
    try:
        rows = np.load(known, allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return []
    return rows.tolist() if rows.dtype == _KNOWN else []


def _write(known: Path, rows: Sequence[tuple[int, int, int]]) -> None:
    known.parent.mkdir(parents=True, exist_ok=True)
    writing = known.with_name(f".{known.name}.writing")
    with writing.open("wb") as handle:
        np.save(handle, np.array(list(rows), _KNOWN))
    os.replace(writing, known)


def _batches(pictures: "Sequence[CaptionedPicture]") -> "Iterator[list[CaptionedPicture]]":
    pending = iter(pictures)
    while batch := list(islice(pending, _BATCH)):
        yield batch


def _report(show: Callable[["Progress"], None], done: int, total: int, started: float) -> None:
    from indexer.report import Progress

    rate = done / max(time.monotonic() - started, 1e-6)
    remaining = (total - done) / rate if rate else None
    show(Progress("Encoding captions", total, done, total, 0, rate, remaining, ""))

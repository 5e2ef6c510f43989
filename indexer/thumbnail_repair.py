"""Makes thumbnails again from the originals, without the model."""

import queue
import threading
from pathlib import Path

import numpy as np
from PIL import Image

from indexer.batch import with_ids
from indexer.catalogue.store import Catalogue
from indexer.catalogue.stored_path import from_stored
from indexer.decode import DecodePool, Request
from indexer.decode_worker import DecodeSettings
from indexer.errors import DecoderUnavailable
from indexer.thumbnails import store_thumbnail, thumbnail_fault, thumbnail_path

_SIDE = 1
_mending = threading.Lock()


def no_pixels(image: Image.Image) -> np.ndarray:
    """Stands where a model's preprocessing would: nothing here looks at the pixels."""
    return np.zeros((_SIDE, _SIDE, 3), dtype=np.uint8)


def remake_thumbnails(catalogue: Catalogue, library_folder: Path, picture_ids: list[int]) -> int:
    """Thumbnails made of those pictures whose file still holds what was indexed."""
    with catalogue.read() as connection:
        rows = connection.execute(
            with_ids(
                "SELECT p.content_hash, r.path, l.relative_path FROM picture p"
                " JOIN location l ON l.picture_id = p.id JOIN root r ON r.id = l.root_id"
                " WHERE p.id IN ({ids}) AND l.id = (SELECT min(o.id) FROM location o"
                " WHERE o.picture_id = p.id AND o.missing_since IS NULL)",
                picture_ids,
            )
        ).fetchall()
    if not rows:
        return 0
    requests = (
        Request(bytes(content_hash), str(Path(from_stored(root), from_stored(path))))
        for content_hash, root, path in rows
    )
    pool = DecodePool(DecodeSettings(image_size=_SIDE), no_pixels, requests, workers=1, slots=8)
    made = 0
    try:
        while True:
            try:
                result = pool.next_result(timeout=1.0)
            except queue.Empty:
                continue
            if result is None:
                return made
            if result.slot is not None:
                pool.release([result.slot])
                if result.facts["hash"] == result.tag.hex():
                    store_thumbnail(library_folder, result.tag, result.thumbnail)
                    made += 1
    finally:
        pool.close()


def mend_thumbnail(
    catalogue: Catalogue, library_folder: Path, picture_id: int, content_hash: bytes
) -> bool:
    """Whether the thumbnail of a picture is whole, made again from its file if it was not.

    One is mended at a time; a page that asks for many gets the others when it asks again.
    """
    if thumbnail_fault(thumbnail_path(library_folder, content_hash)) is None:
        return True
    if not _mending.acquire(blocking=False):
        return False
    try:
        return remake_thumbnails(catalogue, library_folder, [picture_id]) == 1
    except (OSError, DecoderUnavailable):  # a library that cannot be written
        return False
    finally:
        _mending.release()

"""Pictures of a data set decoded in confined processes, exactly and in no particular order."""

import base64
import io
import tempfile
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from searchapp.evaluation.captions import PictureFile

if TYPE_CHECKING:
    from indexer.decode import Request
    from pd_clip.encoder import Encoder

DECODERS = 2
SLOTS = 64
THUMBNAIL_SIDE = 176
_WAIT_SECONDS = 300.0


@dataclass(frozen=True)
class DecodedPicture:
    """pixels: uint8 [S, S, 3], or None when the file cannot be decoded; thumbnail: WebP bytes."""

    position: int
    pixels: np.ndarray | None
    thumbnail: bytes


def decoded_pictures(
    files: tuple[PictureFile, ...], wanted: Iterable[int], encoder: "Encoder"
) -> Generator[DecodedPicture, None, None]:
    """The pictures at positions `wanted` of `files`, as they come."""
    positions = list(wanted)
    if not positions:
        return
    from indexer.decode import DecodePool, Request
    from indexer.decode_worker import DecodeSettings

    with tempfile.TemporaryDirectory(prefix="searchapp-eval-") as folder:

        def requests() -> Iterator["Request[int]"]:
            for position in positions:
                yield Request(position, str(_on_disk(files[position], Path(folder), position)))

        pool: DecodePool[int] = DecodePool(
            DecodeSettings(encoder.image_size, exact=True),
            encoder.preprocessing,
            requests(),
            min(DECODERS, len(positions)),
            SLOTS,
        )
        try:
            while (result := pool.next_result(_WAIT_SECONDS)) is not None:
                pixels = None if result.slot is None else pool.pixels[result.slot].copy()
                pool.release([] if result.slot is None else [result.slot])
                yield DecodedPicture(result.tag, pixels, result.thumbnail)
        finally:
            pool.close()


def thumbnails(files: tuple[PictureFile, ...], encoder: "Encoder") -> dict[str, str]:
    """Small WebP pictures as data addresses, by the pictures' names."""
    from PIL import Image

    found = {}
    for picture in decoded_pictures(files, range(len(files)), encoder):
        if not picture.thumbnail:
            continue
        with Image.open(io.BytesIO(picture.thumbnail), formats=("WEBP",)) as image:
            image.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
            small = io.BytesIO()
            image.save(small, "WEBP", quality=70)
        text = base64.b64encode(small.getvalue()).decode("ascii")
        found[files[picture.position].name] = f"data:image/webp;base64,{text}"
    return found


def _on_disk(file: PictureFile, folder: Path, position: int) -> Path:
    """A path with the picture's bytes; a member of a tar file is copied out for the decoder."""
    if file.offset is None:
        return file.path.absolute()
    path = folder / f"{position}"
    path.write_bytes(file.read())
    return path

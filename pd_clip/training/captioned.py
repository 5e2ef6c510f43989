"""Captioned pictures as an encoder sees them."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pd_clip.calibration import another_view
from pd_clip.encoder import Encoder


@dataclass(frozen=True)
class Captioned:
    """Unit rows of pictures [N, D], of a second view of each [N, D], and of their captions.

    captions: for each language vectors [M, D] and the number of each caption's picture [M].
    """

    images: NDArray[np.float32]
    views: NDArray[np.float32]
    captions: dict[str, tuple[NDArray[np.float32], NDArray[np.int64]]]


def read_captioned(folder: Path, encoder: Encoder) -> Captioned:
    """Encodes the pictures and captions of `folder/captions.jsonl`."""
    from pillow_heif import register_heif_opener

    register_heif_opener()
    lines = (folder / "captions.jsonl").read_text(encoding="utf-8").splitlines()
    entries = [json.loads(line) for line in lines if line.strip()]
    images, views = [], []
    for entry in entries:
        with Image.open(folder / entry["image"]) as image:
            images.append(encoder.preprocess(image))
            views.append(encoder.preprocess(another_view(images[-1])))
    texts: dict[str, list[tuple[str, int]]] = {}
    for number, entry in enumerate(entries):
        for language, captions in entry["captions"].items():
            texts.setdefault(language, []).extend((caption, number) for caption in captions)
    captions = {
        language: (
            encoder.encode_texts([text for text, _ in pairs]),
            np.array([number for _, number in pairs]),
        )
        for language, pairs in sorted(texts.items())
    }
    return Captioned(
        encoder.encode_images(np.stack(images)), encoder.encode_images(np.stack(views)), captions
    )

"""From the parts of a request (texts, a picture, pictures of the library) to one query vector."""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from PIL import Image, UnidentifiedImageError

from searchapp.errors import QueryPictureUnreadable

if TYPE_CHECKING:
    from pd_clip.encoder import Encoder

Floats = npt.NDArray[np.float32]

# How much of a negative text's direction is taken out: all of it leaves pictures that merely lack
# the thing indistinguishable from random ones, none of it leaves them first.
NEGATIVE_WEIGHT = 0.5
QUERY_PIXEL_LIMIT = 100_000_000


@dataclass(frozen=True)
class QueryParts:
    """What the query vector is made of.

    texts: averaged. image: a picture, or None. like_vectors [N, D]: of pictures of the library.
    negatives: texts to keep away from. text_weight: share of the text beside pictures, 0 to 1.
    """

    texts: tuple[str, ...]
    negatives: tuple[str, ...]
    image: Image.Image | None
    like_vectors: Floats | None
    text_weight: float

    @property
    def is_empty(self) -> bool:
        """True when nothing asks for a vector."""
        return not self.texts and self.image is None and self.like_vectors is None

    @property
    def has_text(self) -> bool:
        return bool(self.texts)


def open_query_picture(source: bytes | Path, pixel_limit: int = QUERY_PIXEL_LIMIT) -> Image.Image:
    """The picture given as a query, decoded. Raises QueryPictureUnreadable."""
    name = str(source) if isinstance(source, Path) else "that was sent"
    try:
        stream = source.open("rb") if isinstance(source, Path) else io.BytesIO(source)
        with stream, Image.open(stream) as image:
            if image.width * image.height > pixel_limit:
                raise QueryPictureUnreadable(name, f"more than {pixel_limit} pixels")
            image.load()
            return image.copy()
    except QueryPictureUnreadable:
        raise
    except UnidentifiedImageError as error:
        raise QueryPictureUnreadable(name, "not a picture") from error
    except OSError as error:
        raise QueryPictureUnreadable(name, error.strerror or str(error)) from error
    except (ValueError, SyntaxError, EOFError, RuntimeError, Image.DecompressionBombError) as error:
        raise QueryPictureUnreadable(name, str(error)) from error


def query_vector(
    parts: QueryParts, encoder: "Encoder", encode_texts: Callable[[Sequence[str]], Floats]
) -> Floats:
    """The unit vector [D] of a query that is not empty."""
    visual = []
    if parts.image is not None:
        visual.append(encoder.encode_images(encoder.preprocess(parts.image)[None])[0])
    if parts.like_vectors is not None:
        visual.append(_unit(parts.like_vectors.mean(axis=0)))
    text = _unit(encode_texts(parts.texts).mean(axis=0)) if parts.texts else None
    if text is None:
        query = _unit(np.mean(visual, axis=0))
    elif not visual:
        query = text
    else:
        picture = _unit(np.mean(visual, axis=0))
        query = parts.text_weight * text + (1 - parts.text_weight) * picture
    for negative in encode_texts(parts.negatives) if parts.negatives else ():
        query = query - NEGATIVE_WEIGHT * negative
    return _unit(query)


def _unit(vector: Floats) -> Floats:
    return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-12), np.float32)

"""The encoder: what the rest of the program needs of a model."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pd_clip.config import read_json
from pd_clip.errors import ModelNotFound, UnknownModelType
from pd_clip.registry import KNOWN_MODELS, find_model


class Encoder(Protocol):
    """A dual encoder. Opening one reads no weights; they are read by the first `encode_*`.

    name: for messages; fingerprint: hex over everything that changes a vector;
    dimensions: full width; matryoshka: widths the model was trained to be cut to;
    image_size: pixels per side; max_text_tokens: where a text is cut;
    preprocessing: what `preprocess` does, picklable, for decode workers.
    """

    @property
    def name(self) -> str: ...
    @property
    def fingerprint(self) -> str: ...
    @property
    def dimensions(self) -> int: ...
    @property
    def matryoshka(self) -> tuple[int, ...]: ...
    @property
    def image_size(self) -> int: ...
    @property
    def max_text_tokens(self) -> int: ...
    @property
    def preprocessing(self) -> Callable[[Image.Image], NDArray[np.uint8]]: ...

    def token_counts(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text before it is cut."""
        ...

    def preprocess(self, image: Image.Image) -> NDArray[np.uint8]:
        """uint8 [S, S, 3]; needs neither weights nor Paddle."""
        ...

    def encode_images(self, batch: NDArray[np.uint8]) -> NDArray[np.float32]:
        """uint8 [N, S, S, 3] -> float32 [N, D], rows of length 1."""
        ...

    def encode_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """-> float32 [N, D], rows of length 1."""
        ...


def load_encoder(
    name_or_folder: str | Path,
    *,
    runtime: str = "auto",
    image_size: int | None = None,
    precision: str = "auto",
    task: str | None = None,
    notice: Callable[[str], None] | None = None,
) -> Encoder:
    """The encoder of a model on this machine, given by name or folder.

    runtime: "auto", "openvino", "inference" or "dynamic"; image_size: 224, 336 or 512 for
    jina-clip; precision: "auto", "float32" or "bfloat16"; task: "retrieval.query" puts the
    model's instruction before every text; notice: called with one sentence whenever something
    slow begins or an engine had to be replaced.
    Raises ModelNotFound, UnknownModelType, ConfigInvalid, ImageSizeInvalid, RuntimeUnavailable
    and the CheckpointInvalid family.
    """
    folder = find_model(name_or_folder)
    if folder is None:
        raise ModelNotFound(str(name_or_folder), [model.name for model in KNOWN_MODELS])
    name = Path(name_or_folder).name or str(name_or_folder)
    model_type = str(read_json(folder / "config.json").get("model_type"))
    if model_type == "jina_clip":
        from pd_clip.jina_encoder import JinaEncoder, JinaOptions

        options = JinaOptions(runtime, precision, image_size, task, notice or silent)
        return JinaEncoder(name, folder, options)
    if model_type == "searchapp_compact":
        from pd_clip.compact.encoder import load

        compact: Encoder = load(folder, runtime, notice or silent)
        return compact
    raise UnknownModelType(folder / "config.json", model_type, ("jina_clip", "searchapp_compact"))


def truncate(vectors: NDArray[np.floating[Any]], dim: int) -> NDArray[np.float32]:
    """Cut [..., D] to [..., dim] and bring each row back to length 1.

    Raises ValueError for a width the vectors do not have.
    """
    if not 1 <= dim <= vectors.shape[-1]:
        raise ValueError(f"cannot cut {vectors.shape[-1]} dimensions to {dim}")
    return normalise(vectors[..., :dim])


def normalise(vectors: NDArray[np.floating[Any]]) -> NDArray[np.float32]:
    """Rows of length 1; a row of zeros stays zeros."""
    rows = np.asarray(vectors, np.float32)
    lengths = np.linalg.norm(rows, axis=-1, keepdims=True)
    unit: NDArray[np.float32] = rows / np.maximum(lengths, np.float32(1e-12))
    return unit


def silent(sentence: str) -> None:
    """The notice of a caller that gave none."""

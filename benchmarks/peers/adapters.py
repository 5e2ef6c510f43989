"""Models of open_clip and sentence-transformers behind `pd_clip.encoder.Encoder`.

Both need the extra `peers`, which brings torch; the program itself never imports it.
"""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from benchmarks.peers.squares import Square
from pd_clip.encoder import Encoder, load_encoder, normalise

OPEN_CLIP = "open_clip:"
SENTENCE_TRANSFORMERS = "sentence-transformers:"
BATCH = 32
PILLOW_FILTERS = {0: "nearest", 1: "lanczos", 2: "bilinear", 3: "bicubic"}


def load_peer(spec: str, matryoshka: Sequence[int] = ()) -> Encoder:
    """The encoder that `spec` names; `matryoshka` are widths that the model may be cut to.

    open_clip:NAME,PRETRAINED       open_clip:local-dir:FOLDER
    sentence-transformers:MODEL     sentence-transformers:IMAGE_MODEL,TEXT_MODEL
    anything else is a model of this program, by name or folder.
    """
    if spec.startswith(OPEN_CLIP):
        return OpenClipEncoder(spec.removeprefix(OPEN_CLIP), matryoshka)
    if spec.startswith(SENTENCE_TRANSFORMERS):
        return SentenceEncoder(spec.removeprefix(SENTENCE_TRANSFORMERS), matryoshka)
    return load_encoder(spec)


class _TorchEncoder:
    """What both adapters have in common; the subclasses make vectors."""

    name: str
    dimensions: int
    preprocessing: Square
    max_text_tokens: int

    def __init__(self, matryoshka: Sequence[int]) -> None:
        self._widths = tuple(matryoshka)
        self._fingerprint: str | None = None

    @property
    def fingerprint(self) -> str:
        """Hex over the weights and how pictures are made ready."""
        if self._fingerprint is None:
            content = hashlib.sha256(repr((type(self).__name__, self.preprocessing)).encode())
            for name, tensor in self._tensors():
                content.update(f"{name} {tuple(tensor.shape)}".encode())
                content.update(tensor.detach().float().contiguous().numpy().tobytes())
            self._fingerprint = content.hexdigest()[:32]
        return self._fingerprint

    @property
    def matryoshka(self) -> tuple[int, ...]:
        return tuple(sorted({*(w for w in self._widths if w < self.dimensions), self.dimensions}))

    @property
    def image_size(self) -> int:
        return self.preprocessing.size

    def token_counts(self, texts: Sequence[str]) -> list[int]:
        """Not known of a peer: none is reported as cut."""
        return [0] * len(texts)

    def preprocess(self, image: Image.Image) -> NDArray[np.uint8]:
        """uint8 [S, S, 3]."""
        return self.preprocessing(image)

    def encode_images(self, batch: NDArray[np.uint8]) -> NDArray[np.float32]:
        """uint8 [N, S, S, 3] -> float32 [N, D], rows of length 1."""
        parts = [self._images(batch[at : at + BATCH]) for at in range(0, len(batch), BATCH)]
        return normalise(np.concatenate(parts).astype(np.float32))

    def encode_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """-> float32 [N, D], rows of length 1."""
        parts = [self._texts(list(texts[at : at + BATCH])) for at in range(0, len(texts), BATCH)]
        return normalise(np.concatenate(parts).astype(np.float32))

    def _tensors(self) -> Iterable[tuple[str, Any]]:
        raise NotImplementedError

    def _images(self, batch: NDArray[np.uint8]) -> NDArray[np.float32]:
        raise NotImplementedError

    def _texts(self, texts: list[str]) -> NDArray[np.float32]:
        raise NotImplementedError


class OpenClipEncoder(_TorchEncoder):
    """A model of open_clip by `NAME,PRETRAINED`, a hub name, or `local-dir:FOLDER`."""

    def __init__(self, spec: str, matryoshka: Sequence[int] = ()) -> None:
        import open_clip

        super().__init__(matryoshka)
        name, _, pretrained = spec.partition(",")
        self._model, _, _ = open_clip.create_model_and_transforms(name, pretrained or None)
        self._model.eval()
        self._tokenizer = open_clip.get_tokenizer(name)
        wanted = self._model.visual.preprocess_cfg
        size = wanted["size"]
        self.name = spec.rpartition("/")[2] or spec
        self.preprocessing = Square(
            size if isinstance(size, int) else size[0],
            wanted["resize_mode"],
            wanted["interpolation"],
        )
        self._mean, self._deviation = wanted["mean"], wanted["std"]
        self.max_text_tokens = int(getattr(self._tokenizer, "context_length", None) or 77)
        self.dimensions = self._texts(["a picture"]).shape[1]

    def _tensors(self) -> Iterable[tuple[str, Any]]:
        return self._model.state_dict().items()

    def _images(self, batch: NDArray[np.uint8]) -> NDArray[np.float32]:
        import torch

        pixels = torch.from_numpy(batch.copy()).permute(0, 3, 1, 2).float() / 255
        mean = torch.tensor(self._mean)[:, None, None]
        deviation = torch.tensor(self._deviation)[:, None, None]
        with torch.inference_mode():
            return np.asarray(self._model.encode_image((pixels - mean) / deviation).float())

    def _texts(self, texts: list[str]) -> NDArray[np.float32]:
        import torch

        with torch.inference_mode():
            return np.asarray(self._model.encode_text(self._tokenizer(texts)).float())


class SentenceEncoder(_TorchEncoder):
    """A CLIP model of sentence-transformers, with another model for texts where one is named."""

    def __init__(self, spec: str, matryoshka: Sequence[int] = ()) -> None:
        from sentence_transformers import SentenceTransformer

        super().__init__(matryoshka)
        image_model, _, text_model = spec.partition(",")
        self._image_model = SentenceTransformer(image_model, device="cpu")
        self._text_model = self._image_model
        if text_model:
            self._text_model = SentenceTransformer(text_model, device="cpu")
        self.name = ",".join(part.rpartition("/")[2] or part for part in spec.split(","))
        self.preprocessing = _square_of(self._image_model[0].processor)
        self.max_text_tokens = int(self._text_model.max_seq_length or 77)
        self.dimensions = self._texts(["a picture"]).shape[1]

    def _tensors(self) -> Iterable[tuple[str, Any]]:
        yield from self._image_model.state_dict().items()
        if self._text_model is not self._image_model:
            yield from self._text_model.state_dict().items()

    def _images(self, batch: NDArray[np.uint8]) -> NDArray[np.float32]:
        # Of the model's own size already, so that its processor only has to scale the values.
        pictures = [Image.fromarray(picture) for picture in batch]
        return np.asarray(self._image_model.encode(pictures, show_progress_bar=False))

    def _texts(self, texts: list[str]) -> NDArray[np.float32]:
        return np.asarray(self._text_model.encode(texts, show_progress_bar=False))


def _square_of(processor: Any) -> Square:
    """What a transformers image processor does before it scales the values."""
    wanted = getattr(processor, "image_processor", processor)
    cropped = bool(getattr(wanted, "do_center_crop", False))
    sides = dict(wanted.crop_size if cropped else wanted.size)
    size = sides.get("height") or sides["shortest_edge"]
    interpolation = PILLOW_FILTERS[int(wanted.resample)]
    return Square(int(size), "shortest" if cropped else "squash", interpolation)

"""LoRA of jina-clip-v2's text tower (Hu et al. 2021, arXiv 2106.09685), trained in Paddle.

The checkpoint brings its adapters along: each adapted weight is `original + scale * A B` at one
task. The tower runs with merged weights; their gradients are carried on to A and B, so the tower
needs no second form. The image tower, the originals and the word embeddings stay as they are.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import paddle
from numpy.typing import NDArray
from paddle import Tensor
from paddle.nn import functional

from pd_clip.checkpoint import TEXT_PREFIX, Checkpoint, Kind, lora_keys
from pd_clip.config import JinaClipConfig
from pd_clip.model import load_text_tower
from pd_clip.safetensors_file import to_bfloat16_bits


@dataclass(frozen=True)
class Adapter:
    """One adapted weight of the tower and the factors that learn: A [rank, in], B [out, rank]."""

    name: str
    weight: Tensor
    original: Tensor
    a: Tensor
    b: Tensor
    scale: float

    def change(self) -> Tensor:
        """What the adapter adds, [in, out]."""
        return self.scale * paddle.matmul(self.a, self.b, transpose_x=True, transpose_y=True)

    def merge(self) -> None:
        """Writes `original + change` into the tower."""
        with paddle.no_grad():
            self.weight.set_value(self.original + self.change())

    def pull(self) -> Tensor:
        """A scalar whose gradient in A and B is that of the loss, by the chain rule."""
        return (self.change() * self.weight.grad.detach()).sum()


class AdaptedTower:
    """The text tower with its adapters ready to learn."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        self.checkpoint = checkpoint
        self.tower = load_text_tower(checkpoint)
        for parameter in self.tower.parameters():
            parameter.stop_gradient = True
        parameters = dict(self.tower.named_parameters())
        self.adapters = [
            self._adapter(name, parameters[name.removeprefix(TEXT_PREFIX)])
            for name, spec in checkpoint.specs.items()
            if spec.adapted and spec.kind is Kind.LINEAR and name.startswith(TEXT_PREFIX)
        ]

    def _adapter(self, name: str, weight: Tensor) -> Adapter:
        checkpoint = self.checkpoint
        _, key_a, key_b = lora_keys(name)
        row, scale = checkpoint.task_index, checkpoint.config.text.lora_scale
        a, b = (paddle.to_tensor(checkpoint.stored[key].read()[row]) for key in (key_a, key_b))
        weight.stop_gradient = False
        a.stop_gradient = b.stop_gradient = False
        # Kept apart from the published original, so that it has its orientation and precision.
        original = weight.detach().clone()
        adapter = Adapter(name, weight, original, a, b, scale)
        with paddle.no_grad():
            original.set_value(original - adapter.change())
        return adapter

    def factors(self) -> list[Tensor]:
        """What an optimiser is given."""
        return [factor for adapter in self.adapters for factor in (adapter.a, adapter.b)]

    def backward(self, loss: Tensor) -> None:
        """Gradients of `loss` in every A and B."""
        loss.backward()
        for adapter in self.adapters:
            adapter.pull().backward()
            adapter.weight.clear_gradient()

    def merge(self) -> None:
        """After a step of the optimiser."""
        for adapter in self.adapters:
            adapter.merge()


def caption_loss(
    texts: Tensor,
    images: Tensor,
    pictures: NDArray[np.int64],
    scale: float,
    widths: tuple[int, ...],
) -> Tensor:
    """Contrast between captions [N, D] and the pictures [M, D] of the batch, over prefixes.

    pictures [N] is each caption's picture; both directions, so that several captions of one
    picture are all right for it (Radford et al. 2021, arXiv 2103.00020; prefixes as in Kusupati
    et al. 2022, arXiv 2205.13147).
    """
    right = np.zeros((len(pictures), images.shape[0]), np.float32)
    right[np.arange(len(pictures)), pictures] = 1
    to_picture = paddle.to_tensor(right)
    to_caption = paddle.to_tensor(right.T / np.maximum(right.T.sum(axis=1, keepdims=True), 1))
    losses = []
    for width in widths:
        left = functional.normalize(texts[:, :width], axis=1)
        logits = scale * paddle.matmul(
            left, functional.normalize(images[:, :width], axis=1), transpose_y=True
        )
        for scores, wanted in ((logits, to_picture), (logits.T, to_caption)):
            losses.append(-(wanted * functional.log_softmax(scores, axis=1)).sum(axis=1).mean())
    return paddle.stack(losses).mean()


def write_adapted(source: Path, target: Path, adapted: AdaptedTower) -> None:
    """A copy of the folder `source` in which the task's adapters are the learnt ones.

    Raises FileExistsError when `target` is there already.
    """
    if target.exists():
        raise FileExistsError(target)
    partial = target.with_name(target.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    shutil.copytree(source, partial, ignore=shutil.ignore_patterns("exported", "calibration.json"))
    copy = Checkpoint(partial, JinaClipConfig.from_folder(partial))
    for adapter in adapted.adapters:
        _, key_a, key_b = lora_keys(adapter.name)
        for key, factor in ((key_a, adapter.a), (key_b, adapter.b)):
            _overwrite(copy, key, factor.numpy())
    partial.replace(target)


def _overwrite(checkpoint: Checkpoint, key: str, values: NDArray[np.float32]) -> None:
    """Puts one task's row of a stored tensor in place, in the precision it is stored in."""
    stored = checkpoint.stored[key]
    if stored.dtype == "BF16":
        raw = to_bfloat16_bits(np.ascontiguousarray(values)).tobytes()
    else:
        raw = values.astype(np.float16 if stored.dtype == "F16" else np.float32).tobytes()
    with stored.path.open("r+b") as file:
        file.seek(stored.start + checkpoint.task_index * len(raw))
        file.write(raw)

"""The published jina-clip checkpoint: which tensors it must hold, and how they become ours.

`expected_tensors` derives every key, shape and kind from the config; nothing is guessed from
parts of names. A checkpoint is compared with it before a single tensor is read.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from pd_clip.config import JinaClipConfig, TextConfig, read_json
from pd_clip.errors import (
    CheckpointInvalid,
    CheckpointMismatch,
    CheckpointMissing,
    CheckpointUnsafe,
)
from pd_clip.safetensors_file import StoredTensor, read_header

TEXT_PREFIX: Final = "text_model.transformer.roberta."
VISION_PREFIX: Final = "vision_model."
WORD_EMBEDDINGS: Final = TEXT_PREFIX + "embeddings.word_embeddings"
TYPE_EMBEDDINGS: Final = TEXT_PREFIX + "embeddings.token_type_embeddings"


class Kind(StrEnum):
    """What a tensor belongs to; only linear weights change their orientation."""

    LINEAR = "linear"
    EMBEDDING = "embedding"
    PLAIN = "plain"


@dataclass(frozen=True)
class TensorSpec:
    """One weight of the model: its kind, shape in torch orientation, and whether LoRA adapts it."""

    kind: Kind
    shape: tuple[int, ...]
    adapted: bool = False


def model_tensors(config: JinaClipConfig) -> dict[str, TensorSpec]:
    """Every weight of the merged model by published name, LoRA folded in (`….weight`)."""
    return {
        "logit_scale": TensorSpec(Kind.PLAIN, ()),
        **{TEXT_PREFIX + name: spec for name, spec in _text_tensors(config).items()},
        **{VISION_PREFIX + name: spec for name, spec in _vision_tensors(config).items()},
    }


def expected_tensors(config: JinaClipConfig) -> dict[str, tuple[int, ...]]:
    """Every key the file must hold, with its shape, in the layout config.json declares."""
    expected: dict[str, tuple[int, ...]] = {}
    for name, spec in model_tensors(config).items():
        turned = config.layout == "paddle" and spec.kind is Kind.LINEAR
        shape = spec.shape[::-1] if turned else spec.shape
        if spec.adapted and config.text.lora_tasks:
            original, lora_a, lora_b = lora_keys(name)
            shape_a, shape_b = _lora_shapes(spec, config.text)
            expected |= {original: shape, lora_a: shape_a, lora_b: shape_b}
        else:
            expected[name] = shape
    return expected


def _lora_shapes(spec: TensorSpec, text: TextConfig) -> tuple[tuple[int, ...], tuple[int, ...]]:
    tasks, rank = len(text.lora_tasks), text.lora_rank
    rows, columns = spec.shape
    if spec.kind is Kind.EMBEDDING:
        return (tasks, rows, rank), (tasks, rank, columns)
    return (tasks, rank, columns), (tasks, rows, rank)


def lora_keys(name: str) -> tuple[str, str, str]:
    """Names of original, lora_A and lora_B for the adapted weight `name` (ends in `.weight`)."""
    stem = name.removesuffix(".weight") + ".parametrizations.weight"
    return f"{stem}.original", f"{stem}.0.lora_A", f"{stem}.0.lora_B"


def _text_tensors(config: JinaClipConfig) -> dict[str, TensorSpec]:
    text = config.text
    width, inner = text.hidden_size, text.intermediate_size
    tensors = {
        "embeddings.word_embeddings.weight": TensorSpec(
            Kind.EMBEDDING, (text.vocab_size, width), adapted=True
        ),
        "embeddings.token_type_embeddings.weight": TensorSpec(
            Kind.EMBEDDING, (text.type_vocab_size, width), adapted=True
        ),
        **_norm("emb_ln", width),
    }
    for index in range(text.num_hidden_layers):
        layer = f"encoder.layers.{index}."
        tensors |= _linear(layer + "mixer.Wqkv", 3 * width, width, adapted=True)
        tensors |= _linear(layer + "mixer.out_proj", width, width, adapted=True)
        tensors |= _linear(layer + "mlp.fc1", inner, width, adapted=True)
        tensors |= _linear(layer + "mlp.fc2", width, inner, adapted=True)
        tensors |= _norm(layer + "norm1", width) | _norm(layer + "norm2", width)
    return tensors


def _vision_tensors(config: JinaClipConfig) -> dict[str, TensorSpec]:
    vision = config.vision
    width, inner = vision.hidden_size, vision.intermediate_size
    tensors = {
        "cls_token": TensorSpec(Kind.PLAIN, (1, 1, width)),
        "pos_embed": TensorSpec(Kind.PLAIN, (1, vision.num_positions, width)),
        "patch_embed.proj.weight": TensorSpec(
            Kind.PLAIN, (width, 3, vision.patch_size, vision.patch_size)
        ),
        "patch_embed.proj.bias": TensorSpec(Kind.PLAIN, (width,)),
        **_norm("norm", width),
    }
    for index in range(vision.num_hidden_layers):
        block = f"blocks.{index}."
        for name in ("q_proj", "k_proj", "v_proj"):
            tensors[f"{block}attn.{name}.weight"] = TensorSpec(Kind.LINEAR, (width, width))
        tensors[block + "attn.q_bias"] = TensorSpec(Kind.PLAIN, (width,))
        tensors[block + "attn.v_bias"] = TensorSpec(Kind.PLAIN, (width,))
        tensors |= _linear(block + "attn.proj", width, width)
        tensors |= _linear(block + "mlp.w1", inner, width) | _linear(block + "mlp.w2", inner, width)
        tensors |= _linear(block + "mlp.w3", width, inner)
        tensors |= _norm(block + "attn.inner_attn_ln", width) | _norm(block + "mlp.ffn_ln", inner)
        tensors |= _norm(block + "norm1", width) | _norm(block + "norm2", width)
    return tensors


def _norm(name: str, width: int) -> dict[str, TensorSpec]:
    plain = TensorSpec(Kind.PLAIN, (width,))
    return {f"{name}.weight": plain, f"{name}.bias": plain}


def _linear(name: str, rows: int, columns: int, adapted: bool = False) -> dict[str, TensorSpec]:
    return {
        f"{name}.weight": TensorSpec(Kind.LINEAR, (rows, columns), adapted),
        f"{name}.bias": TensorSpec(Kind.PLAIN, (rows,)),
    }


class Checkpoint:
    """A folder's tensors, checked against the config on opening; nothing is read until asked.

    Raises CheckpointUnsafe for pickled weights, CheckpointMissing, CheckpointInvalid for a
    damaged file and CheckpointMismatch for keys that do not fit.
    """

    def __init__(self, folder: Path, config: JinaClipConfig) -> None:
        self.folder = folder
        self.config = config
        self.specs = model_tensors(config)
        self.files = weight_files(folder)
        self.stored = stored_tensors(self.files)
        _compare(folder, self.stored, expected_tensors(config))

    @property
    def sixteen_bit(self) -> bool:
        """True when the weights were published in 16 bits."""
        dtypes = [tensor.dtype for tensor in self.stored.values() if len(tensor.shape) >= 2]
        return bool(dtypes) and all(dtype in ("BF16", "F16") for dtype in dtypes)

    def weights(self, prefix: str) -> Iterator[tuple[str, NDArray[np.float32]]]:
        """(name without prefix, float32 array in Paddle orientation, LoRA merged), one at a time.

        The word embeddings are left out: see `pd_clip.word_table`.
        """
        for name, spec in self.specs.items():
            if name.startswith(prefix) and not name.startswith(WORD_EMBEDDINGS):
                yield name.removeprefix(prefix), self.merged(name, spec)

    def merged(self, name: str, spec: TensorSpec) -> NDArray[np.float32]:
        """One weight with its adapter added in float32, in Paddle orientation."""
        adapted = spec.adapted and bool(self.config.text.lora_tasks)
        weight = self.stored[lora_keys(name)[0] if adapted else name].read()
        if spec.kind is Kind.LINEAR and self.config.layout == "torch":
            # Paddle's Linear keeps [in, out], torch's [out, in].
            weight = np.ascontiguousarray(weight.T)
        if adapted:
            weight += self._change(name, spec)
        return weight

    def _change(self, name: str, spec: TensorSpec) -> NDArray[np.float32]:
        """What LoRA (https://arxiv.org/abs/2106.09685) adds, in Paddle orientation."""
        _, key_a, key_b = lora_keys(name)
        lora_a = self.stored[key_a].read()[self.task_index]
        lora_b = self.stored[key_b].read()[self.task_index]
        change: NDArray[np.float32] = (
            lora_a @ lora_b if spec.kind is Kind.EMBEDDING else lora_a.T @ lora_b.T
        )
        change *= np.float32(self.config.text.lora_scale)
        return change

    @property
    def task_index(self) -> int:
        """Row of the adapter that is always on."""
        tasks = self.config.text.lora_tasks
        task = self.config.text.default_task
        return tasks.index(task) if task in tasks else 0


def weight_files(folder: Path) -> list[Path]:
    """The safetensors files of a model folder: one file, or the shards its index names."""
    single, index = folder / "model.safetensors", folder / "model.safetensors.index.json"
    if single.is_file():
        return [single]
    if index.is_file():
        return _shards(folder, index)
    pickled = sorted([*folder.glob("*.bin"), *folder.glob("*.pt"), *folder.glob("*.pdparams")])
    if pickled:
        raise CheckpointUnsafe(pickled[0], "pickled weights are not read, only safetensors")
    raise CheckpointMissing(single, "no such file")


def _shards(folder: Path, index: Path) -> list[Path]:
    weight_map = read_json(index).get("weight_map")
    if not isinstance(weight_map, dict) or not weight_map:
        raise CheckpointInvalid(index, "it has no weight_map")
    files = []
    for name in sorted({str(value) for value in weight_map.values()}):
        if Path(name).name != name or not name.endswith(".safetensors"):
            raise CheckpointInvalid(index, f"it names {name!r}, which is no shard beside it")
        files.append(folder / name)
    return files


def stored_tensors(files: list[Path]) -> dict[str, StoredTensor]:
    """All tensors of all files by name; a name stored twice is an error."""
    stored: dict[str, StoredTensor] = {}
    for path in files:
        for name, tensor in read_header(path).items():
            if name in stored:
                raise CheckpointInvalid(path, f"{name} is stored twice")
            stored[name] = tensor
    return stored


def _compare(folder: Path, stored: Mapping[str, StoredTensor], expected: Mapping[str, Any]) -> None:
    problems = [f"{name} is missing" for name in expected if name not in stored]
    problems += [f"{name} is not part of the model" for name in stored if name not in expected]
    problems += [
        f"{name} is {list(stored[name].shape)}, expected {list(shape)}"
        for name, shape in expected.items()
        if name in stored and stored[name].shape != tuple(shape)
    ]
    problems += [
        f"{name} is stored as {stored[name].dtype}"
        for name in expected
        if name in stored and stored[name].dtype not in ("F32", "F16", "BF16")
    ]
    if problems:
        raise CheckpointMismatch(folder, problems)

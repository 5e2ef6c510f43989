"""Checkpoint folders as PaddlePaddle tensors, whichever way round they were saved."""

from pathlib import Path
from typing import Literal

import numpy as np
import paddle
from paddle import Tensor

from captioner.layers import LayerNorm, Linear, RMSNorm
from captioner.narrow import Bfloat16Linear, EmbeddingTable, Int4Linear, Int8Linear
from pd_clip.conversion.errors import WrongLayout
from pd_clip.conversion.folder import CheckpointFolder
from pd_clip.conversion.layers import ConversionMap

Dtype = Literal["float32", "bfloat16", "float16"]
Precision = Literal["full", "int8", "int4"]
AnyLinear = Linear | Bfloat16Linear | Int8Linear | Int4Linear


class Weights:
    """Hands out the tensors of a folder by their published keys, one at a time.

    Opening compares every key and shape with the declared layers, so a tensor that is missing,
    unused or misshapen is an error before anything is computed.

    Args:
        folder: as published (PyTorch's layout) or as converted.
        declared: the model's map.
        dtype: what the tensors are cast to.
        precision: "int8" and "int4" keep the matrices of linear layers as such integers.

    Where activations are float32 on the CPU, published bfloat16 matrices stay what they are.

    Raises:
        ConversionError: the folder is not a sound checkpoint of this model.
    """

    def __init__(
        self,
        folder: Path,
        declared: ConversionMap,
        *,
        dtype: Dtype = "float32",
        precision: Precision = "full",
    ) -> None:
        self._folder = CheckpointFolder.open(folder)
        self._declared = declared
        self._table = self._folder.layer_table(declared)
        self.layout = self._folder.layout(declared, self._table)
        if self.layout == "mixed":
            raise WrongLayout(folder, "paddle", "mixed")
        self._folder.compare(declared, self._table, self.layout)
        self._shards = {
            key: shard for shard in self._folder.shards.values() for key in shard.tensors
        }
        self.dtype = dtype
        self._precision = precision

    @property
    def keys(self) -> list[str]:
        """Every published key."""
        return list(self._table)

    def array(self, key: str) -> np.ndarray:
        """One tensor in PaddlePaddle's layout; bfloat16 comes as float32."""
        stored = self._declared.paddle_key(key) if self.layout == "paddle" else key
        array = self._shards[stored].load(stored)
        if self.layout == "torch" and self._table[key].kind.transposed:
            array = np.ascontiguousarray(array.T)
        return array

    def tensor(self, key: str) -> Tensor:
        """One tensor in PaddlePaddle's layout and the dtype asked for."""
        return paddle.to_tensor(self.array(key)).astype(self.dtype)

    def linear(self, key: str, *, bias: bool, exact: bool = False) -> AnyLinear:
        """The linear layer of `key`; `exact` keeps it out of the forms that lose something."""
        offsets = self.tensor(f"{key}.bias") if bias else None
        if self._precision != "full" and not exact:
            form = Int8Linear if self._precision == "int8" else Int4Linear
            return form.quantise(self.array(f"{key}.weight"), offsets, self.dtype)
        bits = self._bits(f"{key}.weight")
        if bits is not None:
            return Bfloat16Linear(bits, offsets, published=self.layout == "torch")
        return Linear(self.tensor(f"{key}.weight"), offsets)

    def embedding_table(self, key: str) -> EmbeddingTable:
        """The table of vectors of `key`."""
        bits = self._bits(f"{key}.weight")
        return EmbeddingTable(self.tensor(f"{key}.weight") if bits is None else bits)

    def _bits(self, key: str) -> np.ndarray | None:
        """The file's own bfloat16 bits [as stored], mapped, where they can be used as they are."""
        stored = self._declared.paddle_key(key) if self.layout == "paddle" else key
        shard = self._shards[stored]
        usable = self.dtype == "float32" and paddle.get_device() == "cpu"
        return shard.raw(stored) if usable and shard.tensors[stored].dtype == "BF16" else None

    def layer_norm(self, key: str, eps: float) -> LayerNorm:
        """The LayerNorm of `key`."""
        return LayerNorm(self.tensor(f"{key}.weight"), self.tensor(f"{key}.bias"), eps)

    def rms_norm(self, key: str, eps: float) -> RMSNorm:
        """The RMSNorm of `key`."""
        return RMSNorm(self.tensor(f"{key}.weight"), eps)

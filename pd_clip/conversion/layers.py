"""What kind of layer each key of a checkpoint belongs to, declared model by model.

PaddlePaddle keeps the matrix of a linear layer as [in, out], PyTorch as [out, in]; embeddings,
convolutions, vectors and bare parameters are kept alike. Which is which cannot be read off a
name (`resampler.proj` is a bare parameter, `attn.proj` a linear layer) nor off a square shape, so
each model declares its layers and the declaration is compared with the checkpoint key by key.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """The role of a tensor in its layer. Shapes are PyTorch's."""

    LINEAR_WEIGHT = "linear_weight"
    LINEAR_BIAS = "linear_bias"
    MHA_IN_PROJ_WEIGHT = "mha_in_proj_weight"
    MHA_IN_PROJ_BIAS = "mha_in_proj_bias"
    EMBEDDING_WEIGHT = "embedding_weight"
    CONV_WEIGHT = "conv_weight"
    CONV_BIAS = "conv_bias"
    NORM_WEIGHT = "norm_weight"
    NORM_BIAS = "norm_bias"
    LORA_A_LINEAR = "lora_A_linear"
    LORA_B_LINEAR = "lora_B_linear"
    LORA_A_EMBEDDING = "lora_A_embedding"
    LORA_B_EMBEDDING = "lora_B_embedding"
    PARAMETER = "param"

    @property
    def transposed(self) -> bool:
        """Whether PaddlePaddle keeps this tensor the other way round."""
        return self in (Kind.LINEAR_WEIGHT, Kind.MHA_IN_PROJ_WEIGHT)


@dataclass(frozen=True)
class TensorSpec:
    """The shape (PyTorch's) and the kind of one tensor."""

    shape: tuple[int, ...]
    kind: Kind

    @property
    def paddle_shape(self) -> tuple[int, ...]:
        """The shape after conversion."""
        return self.shape[::-1] if self.kind.transposed else self.shape

    @property
    def square(self) -> bool:
        """A transposed matrix whose shape does not tell which way round it is."""
        return self.kind.transposed and self.shape[0] == self.shape[1]


class LayerTable(dict[str, TensorSpec]):
    """Collects the tensors of a model, layer by layer, under their published keys."""

    def add(self, key: str, shape: tuple[int, ...], kind: Kind) -> None:
        """Declares one tensor.

        Raises:
            ValueError: the key is declared twice, which is a mistake of the declaration.
        """
        if key in self:
            raise ValueError(f"{key} is declared twice")
        self[key] = TensorSpec(shape, kind)

    def linear(self, key: str, inputs: int, outputs: int, *, bias: bool) -> None:
        """A linear layer, its matrix published as [outputs, inputs]."""
        self.add(f"{key}.weight", (outputs, inputs), Kind.LINEAR_WEIGHT)
        if bias:
            self.add(f"{key}.bias", (outputs,), Kind.LINEAR_BIAS)

    def norm(self, key: str, width: int, *, bias: bool = True) -> None:
        """A LayerNorm, or without bias an RMSNorm."""
        self.add(f"{key}.weight", (width,), Kind.NORM_WEIGHT)
        if bias:
            self.add(f"{key}.bias", (width,), Kind.NORM_BIAS)

    def embedding(self, key: str, rows: int, width: int) -> None:
        """A table of `rows` vectors."""
        self.add(f"{key}.weight", (rows, width), Kind.EMBEDDING_WEIGHT)

    def patch_convolution(self, key: str, outputs: int, patch: int) -> None:
        """A convolution with bias over RGB patches of `patch` pixels a side."""
        self.add(f"{key}.weight", (outputs, 3, patch, patch), Kind.CONV_WEIGHT)
        self.add(f"{key}.bias", (outputs,), Kind.CONV_BIAS)

    def parameter(self, key: str, *shape: int) -> None:
        """A bare parameter: it belongs to no layer and keeps its orientation."""
        self.add(key, shape, Kind.PARAMETER)


@dataclass(frozen=True)
class ConversionMap:
    """How one published model becomes a PaddlePaddle checkpoint.

    Attributes:
        name: the model's name, for people.
        model_type: what `model_type` in its config.json says.
        layers: the published keys, from the parsed config.json.
        renamed_prefixes: `{published prefix: PaddlePaddle prefix}`, where libraries differ.
        config_changes: entries set in the config.json of the result.
    """

    name: str
    model_type: str
    layers: Callable[[Mapping[str, Any]], LayerTable]
    renamed_prefixes: Mapping[str, str] = field(default_factory=dict)
    config_changes: Mapping[str, Any] = field(default_factory=dict)

    def paddle_key(self, key: str) -> str:
        """The key after conversion."""
        for published, paddle in self.renamed_prefixes.items():
            if key.startswith(published):
                return paddle + key[len(published) :]
        return key

    def published_key(self, key: str) -> str:
        """The published key for a key of a converted folder."""
        for published, paddle in self.renamed_prefixes.items():
            if key.startswith(paddle):
                return published + key[len(paddle) :]
        return key

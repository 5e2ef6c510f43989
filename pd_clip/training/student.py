"""The text tower in torch, for training: the same layers and names as `pd_clip.compact`."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

HEADS = 12
EPS = 1e-12


class Layer(nn.Module):
    """One BERT layer: attention and feed-forward, each added and then normalised."""

    def __init__(self, width: int, inner: int) -> None:
        super().__init__()
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(width, width)
        self.value = nn.Linear(width, width)
        self.attention_output = nn.Linear(width, width)
        self.attention_norm = nn.LayerNorm(width, eps=EPS)
        self.intermediate = nn.Linear(width, inner)
        self.output = nn.Linear(inner, width)
        self.output_norm = nn.LayerNorm(width, eps=EPS)

    def forward(self, states: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
        """[N, L, width] and mask [N, 1, 1, L] (True is kept) -> [N, L, width]."""
        count, length, width = states.shape

        def split(projected: torch.Tensor) -> torch.Tensor:
            return projected.view(count, length, HEADS, width // HEADS).transpose(1, 2)

        mixed = functional.scaled_dot_product_attention(
            split(self.query(states)), split(self.key(states)), split(self.value(states)), mask
        )
        joined = mixed.transpose(1, 2).reshape(count, length, width)
        states = self.attention_norm(states + self.attention_output(joined))
        inner = functional.gelu(self.intermediate(states))
        return self.output_norm(states + self.output(inner))


class Student(nn.Module):
    """Token ids [N, L] (0 where padded, by `lengths`) to unprojected vectors [N, width]."""

    def __init__(self, tensors: dict[str, np.ndarray]) -> None:
        super().__init__()
        pieces, width = tensors["word_embeddings.weight"].shape
        inner = len(tensors["layers.0.intermediate.bias"])
        layers = 1 + max(int(name.split(".")[1]) for name in tensors if name.startswith("layers."))
        self.word_embeddings = nn.Embedding(pieces, width, sparse=True)
        self.position_embeddings = nn.Embedding(len(tensors["position_embeddings.weight"]), width)
        self.embedding_norm = nn.LayerNorm(width, eps=EPS)
        self.layers = nn.ModuleList(Layer(width, inner) for _ in range(layers))
        self.projection = nn.Linear(width, width)
        loaded = {name: torch.tensor(value) for name, value in tensors.items()}
        loaded.setdefault("projection.weight", torch.eye(width))
        loaded.setdefault("projection.bias", torch.zeros(width))
        self.load_state_dict(loaded)

    def forward(self, ids: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """int64 [N, L] and [N] -> float32 [N, width]."""
        places = torch.arange(ids.shape[1])
        kept = places[None, :] < lengths[:, None]
        mask = None if bool(kept.all()) else kept[:, None, None, :]
        states = self.word_embeddings(ids) + self.position_embeddings(places)
        states = self.embedding_norm(states)
        for layer in self.layers:
            states = layer(states, mask)
        pooled = (states * kept[:, :, None]).sum(dim=1) / lengths[:, None]
        return self.projection(pooled.float())

    def arrays(self) -> dict[str, np.ndarray]:
        """The weights as numpy arrays."""
        return {name: value.detach().float().numpy() for name, value in self.state_dict().items()}


def fast_precision() -> torch.autocast:
    """bfloat16 where the processor multiplies it in tiles; without them float32 is faster."""
    has_tiles = bool(torch.cpu.get_capabilities().get("amx_bf16"))
    return torch.autocast("cpu", torch.bfloat16, enabled=has_tiles)


def padded(batch: list[list[int]]) -> tuple[torch.Tensor, torch.Tensor]:
    """Token lists as one tensor and their lengths."""
    lengths = torch.tensor([len(ids) for ids in batch])
    ids = torch.zeros(len(batch), int(lengths.max()), dtype=torch.long)
    for row, tokens in enumerate(batch):
        ids[row, : len(tokens)] = torch.tensor(tokens)
    return ids, lengths


def by_length(tokens: list[list[int]], size: int) -> Iterator[list[int]]:
    """Positions in batches of texts of about the same length."""
    order = sorted(range(len(tokens)), key=lambda position: len(tokens[position]))
    for start in range(0, len(order), size):
        yield order[start : start + size]


def embed(student: Student, tokenizer: Any, texts: list[str], batch: int = 256) -> np.ndarray:
    """Float32 [N, width], not normalised; texts are given with their prefix."""
    tokens = [e.ids[:48] for e in tokenizer.encode_batch(texts)]
    vectors = np.zeros((len(texts), student.projection.out_features), np.float32)
    student.eval()
    with torch.inference_mode(), fast_precision():
        for places in by_length(tokens, batch):
            result = student(*padded([tokens[place] for place in places]))
            vectors[places] = result.float().numpy()
    return vectors

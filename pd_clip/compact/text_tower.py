"""multilingual-e5-small in Paddle: BERT layers (post-norm, exact GELU), mean over tokens.

Wang et al. 2024, arXiv 2402.05672. A linear layer after the mean brings the result into the
space of the concepts (its centring, whitening and rotation are one matrix and one bias).
"""

import math

import paddle
from paddle import nn
from paddle.nn import functional

from pd_clip.compact.config import TextConfig


class EncoderLayer(nn.Layer):
    """Self-attention and feed-forward, each added to its input and then normalised."""

    def __init__(self, config: TextConfig) -> None:
        super().__init__()
        width, eps = config.hidden_size, config.layer_norm_eps
        self.heads = config.num_attention_heads
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(width, width)
        self.value = nn.Linear(width, width)
        self.attention_output = nn.Linear(width, width)
        self.attention_norm = nn.LayerNorm(width, epsilon=eps)
        self.intermediate = nn.Linear(width, config.intermediate_size)
        self.output = nn.Linear(config.intermediate_size, width)
        self.output_norm = nn.LayerNorm(width, epsilon=eps)

    def _split(self, states: paddle.Tensor) -> paddle.Tensor:
        """[N, L, width] -> [N, heads, L, width / heads]."""
        width = states.shape[-1]
        split = states.reshape([0, -1, self.heads, width // self.heads])
        return split.transpose([0, 2, 1, 3])

    def forward(self, states: paddle.Tensor, mask: paddle.Tensor) -> paddle.Tensor:
        """[N, L, width] and additive mask [N, 1, 1, L] -> [N, L, width]."""
        query, key = self._split(self.query(states)), self._split(self.key(states))
        scale = 1.0 / math.sqrt(query.shape[-1])
        scores = paddle.matmul(query * scale, key, transpose_y=True) + mask
        mixed = paddle.matmul(functional.softmax(scores, axis=-1), self._split(self.value(states)))
        width = states.shape[-1]
        joined = mixed.transpose([0, 2, 1, 3]).reshape([0, -1, width])
        states = self.attention_norm(states + self.attention_output(joined))
        return self.output_norm(states + self.output(functional.gelu(self.intermediate(states))))


class TextTower(nn.Layer):
    """Vectors of word pieces to a vector of the text space (its length says nothing).

    The pieces' own table stays outside (`pd_clip.compact.words`): a query reads ten of its rows.
    """

    def __init__(self, config: TextConfig, dimensions: int) -> None:
        super().__init__()
        width = config.hidden_size
        self.position_embeddings = self.create_parameter([config.max_position_embeddings, width])
        self.embedding_norm = nn.LayerNorm(width, epsilon=config.layer_norm_eps)
        self.layers = nn.LayerList([EncoderLayer(config) for _ in range(config.num_hidden_layers)])
        self.projection = nn.Linear(width, dimensions)

    def forward(self, word_embeddings: paddle.Tensor, mask: paddle.Tensor) -> paddle.Tensor:
        """float32 [N, L, width] and [N, L] (1 kept, 0 padding) -> [N, dimensions]."""
        states = word_embeddings + self.position_embeddings[: word_embeddings.shape[1]]
        states = self.embedding_norm(states)
        hidden = ((mask - 1.0) * 1e4).unsqueeze([1, 2])
        for layer in self.layers:
            states = layer(states, hidden)
        kept = mask.unsqueeze(-1)
        pooled = (states * kept).sum(axis=1) / kept.sum(axis=1)
        return self.projection(pooled)

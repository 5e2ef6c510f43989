"""XLM-RoBERTa text tower with rotary positions in Paddle (jina-embeddings-v3).

https://arxiv.org/abs/2409.10173. Post-norm, fused projection of queries, keys and values,
mean over the real tokens. The word embeddings are looked up outside (`pd_clip.word_table`):
the tower starts from their rows.
"""

import paddle
from paddle import Tensor, nn
from paddle.nn import functional as F

from pd_clip.config import TextConfig
from pd_clip.vision_tower import attention

# Added to the scores of padded positions: far below any real score, yet finite in bfloat16.
MASKED_SCORE = -1e9


def rotate_halves(hidden: Tensor) -> Tensor:
    """(first, second) -> (-second, first): rotary embedding in the half layout."""
    first, second = paddle.chunk(hidden, 2, axis=-1)
    return paddle.concat([-second, first], axis=-1)


class TextAttention(nn.Layer):
    """Self-attention with rotary positions; `Wqkv` holds queries, keys and values in one."""

    def __init__(self, config: TextConfig) -> None:
        super().__init__()
        width = config.hidden_size
        self.heads, self.head_width = (
            config.num_attention_heads,
            width // config.num_attention_heads,
        )
        self.Wqkv = nn.Linear(width, 3 * width)
        self.out_proj = nn.Linear(width, width)

    def forward(self, hidden: Tensor, bias: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        width = self.heads * self.head_width
        query, key, value = (
            part.reshape([0, 0, self.heads, self.head_width])
            for part in self.Wqkv(hidden).split([width, width, width], axis=-1)
        )
        query = query * cos + rotate_halves(query) * sin
        key = key * cos + rotate_halves(key) * sin
        return self.out_proj(attention(query, key, value, bias).reshape([0, 0, width]))


class TextMLP(nn.Layer):
    """Two linear layers with the exact (erf) GELU between them."""

    def __init__(self, config: TextConfig) -> None:
        super().__init__()
        self.fc1 = nn.Linear(config.hidden_size, config.intermediate_size)
        self.fc2 = nn.Linear(config.intermediate_size, config.hidden_size)

    def forward(self, hidden: Tensor) -> Tensor:
        return self.fc2(F.gelu(self.fc1(hidden), approximate=False))


class TextBlock(nn.Layer):
    """Post-norm block: x = norm1(x + attention(x)); x = norm2(x + mlp(x))."""

    def __init__(self, config: TextConfig) -> None:
        super().__init__()
        width, eps = config.hidden_size, config.layer_norm_eps
        self.mixer = TextAttention(config)
        self.norm1 = nn.LayerNorm(width, epsilon=eps)
        self.mlp = TextMLP(config)
        self.norm2 = nn.LayerNorm(width, epsilon=eps)

    def forward(self, hidden: Tensor, bias: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        hidden = self.norm1(hidden + self.mixer(hidden, bias, cos, sin))
        return self.norm2(hidden + self.mlp(hidden))


class TokenTypes(nn.Layer):
    """The one token type of this model, added to every word."""

    def __init__(self, config: TextConfig) -> None:
        super().__init__()
        self.token_type_embeddings = nn.Embedding(config.type_vocab_size, config.hidden_size)

    def forward(self, word_embeddings: Tensor) -> Tensor:
        return word_embeddings + self.token_type_embeddings.weight[0]


class TextEncoder(nn.Layer):
    """The stack of blocks, named as published."""

    def __init__(self, config: TextConfig) -> None:
        super().__init__()
        self.layers = nn.LayerList([TextBlock(config) for _ in range(config.num_hidden_layers)])

    def forward(self, hidden: Tensor, bias: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        for layer in self.layers:
            hidden = layer(hidden, bias, cos, sin)
        return hidden


class TextTower(nn.Layer):
    """Word embeddings [N, L, D] and mask [N, L] -> text features [N, D], not normalised.

    The rotation tables cos and sin [L, head_width] are inputs too, so that one program serves
    every length.
    """

    def __init__(self, config: TextConfig) -> None:
        super().__init__()
        self.config = config
        self.embeddings = TokenTypes(config)
        self.emb_ln = nn.LayerNorm(config.hidden_size, epsilon=config.layer_norm_eps)
        self.encoder = TextEncoder(config)

    def forward(self, word_embeddings: Tensor, mask: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        """mask: float, 1 for a token and 0 for padding."""
        hidden = self.emb_ln(self.embeddings(word_embeddings))
        bias = ((1.0 - mask) * MASKED_SCORE).unsqueeze([1, 2])  # [N, 1, 1, L]
        cos, sin = (table.unsqueeze([0, 2]) for table in (cos, sin))  # [1, L, 1, head_width]
        hidden = self.encoder(hidden, bias, cos, sin)
        weights = mask.unsqueeze(-1)  # [N, L, 1]
        return (hidden * weights).sum(axis=1) / weights.sum(axis=1)

"""InternLM2 with visual experts (https://arxiv.org/abs/2410.08202, section 3).

Attention and norms are shared; the feed-forward layer of a block is one of two experts: visual
tokens take `feed_forward_ve`, text tokens `feed_forward`. Generated tokens are text.
"""

import numpy as np
import paddle
from paddle import Tensor
from paddle.nn import functional as F

from captioner.decoder import Memory, Prompt
from captioner.layers import (
    attend,
    causal_visibility,
    hiding_bias,
    positions_of,
    rotate_halves,
)
from captioner.mono_internvl.config import LanguageConfig
from captioner.weights import Weights


class LanguageModel:
    """The decoder; every layer's weights are loaded when it is made."""

    def __init__(self, config: LanguageConfig, weights: Weights) -> None:
        self.config = config
        root = "language_model"
        self.dtype = weights.dtype
        self.embed = weights.embedding_table(f"{root}.model.tok_embeddings")
        self.blocks = [
            Block(config, weights, f"{root}.model.layers.{number}")
            for number in range(config.num_hidden_layers)
        ]
        self.norm = weights.rms_norm(f"{root}.model.norm", config.rms_norm_eps)
        self.output = weights.linear(f"{root}.output", bias=False, exact=True)

    def forward(self, prompt: Prompt) -> tuple[Tensor, Memory]:
        """Final hidden states [B, S, D] of a prompt, and the memory of it."""
        with paddle.no_grad():
            return self._run(prompt.embeddings, prompt.token_mask, prompt.visual_mask, None)

    def logits(self, hidden: Tensor) -> np.ndarray:
        """Hidden states [..., D] -> float32 scores [..., V]."""
        scores: np.ndarray = self.output(hidden).astype("float32").numpy()
        return scores

    def prefill(self, prompt: Prompt) -> tuple[np.ndarray, Memory]:
        """Reads a prompt; see `captioner.decoder.Decoder`."""
        hidden, memory = self.forward(prompt)
        return self.logits(hidden[:, -1]), memory

    def step(self, token_ids: np.ndarray, memory: Memory) -> tuple[np.ndarray, Memory]:
        """Appends a token to each row; see `captioner.decoder.Decoder`."""
        text_only = np.zeros((len(token_ids), 1), bool)
        with paddle.no_grad():
            hidden, longer = self._run(
                self.embed(token_ids[:, None]), memory.longer_mask(), text_only, memory
            )
        return self.logits(hidden[:, -1]), longer

    def _run(
        self,
        hidden: Tensor,
        token_mask: np.ndarray,
        visual_mask: np.ndarray,
        memory: Memory | None,
    ) -> tuple[Tensor, Memory]:
        new = hidden.shape[1]
        angles = self._rotation(positions_of(token_mask)[:, -new:], token_mask.shape[1])
        bias = hiding_bias(causal_visibility(token_mask, new))
        visual = np.flatnonzero(visual_mask)
        keys, values = [], []
        for number, block in enumerate(self.blocks):
            past = None if memory is None else (memory.keys[number], memory.values[number])
            hidden, block_keys, block_values = block(hidden, angles, bias, visual, past)
            keys.append(block_keys)
            values.append(block_values)
        return self.norm(hidden), Memory(keys, values, token_mask)

    def _rotation(self, positions: np.ndarray, length: int) -> tuple[Tensor, Tensor]:
        """Cosines and sines [B, S, 1, D]; the base grows with texts beyond the trained length."""
        config, width = self.config, self.config.head_width
        base = config.rope_theta
        if length > config.max_position_embeddings:
            stretch = config.rope_factor * length / config.max_position_embeddings
            base *= (stretch - (config.rope_factor - 1)) ** (width / (width - 2))
        frequencies = (1.0 / base ** (np.arange(0, width, 2) / width)).astype(np.float32)
        angles = positions[..., None].astype(np.float32) * frequencies
        angles = np.concatenate([angles, angles], axis=-1)[:, :, None]
        return (
            paddle.to_tensor(np.cos(angles)).astype(self.dtype),
            paddle.to_tensor(np.sin(angles)).astype(self.dtype),
        )


class Block:
    """One pre-norm block: attention, then one of two feed-forward experts per token."""

    def __init__(self, config: LanguageConfig, weights: Weights, key: str) -> None:
        self.config = config
        self.wqkv = weights.linear(f"{key}.attention.wqkv", bias=config.bias)
        self.wo = weights.linear(f"{key}.attention.wo", bias=config.bias)
        self.text_expert = FeedForward(weights, f"{key}.feed_forward")
        self.visual_expert = FeedForward(weights, f"{key}.feed_forward_ve")
        self.attention_norm = weights.rms_norm(f"{key}.attention_norm", config.rms_norm_eps)
        self.ffn_norm = weights.rms_norm(f"{key}.ffn_norm", config.rms_norm_eps)

    def __call__(
        self,
        hidden: Tensor,
        angles: tuple[Tensor, Tensor],
        bias: Tensor,
        visual: np.ndarray,
        past: tuple[Tensor, Tensor] | None,
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Returns the hidden states [B, S, D] and all keys and values [B, T, G, D]."""
        queries, keys, values = self._project(self.attention_norm(hidden))
        queries, keys = rotate_halves(queries, *angles), rotate_halves(keys, *angles)
        if past is not None:
            keys = paddle.concat([past[0], keys], axis=1)
            values = paddle.concat([past[1], values], axis=1)
        hidden = hidden + self.wo(attend(queries, keys, values, bias))
        return hidden + self._experts(self.ffn_norm(hidden), visual), keys, values

    def _project(self, hidden: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """wqkv is grouped: the query heads of a group, then its key, then its value."""
        rows, length, _ = hidden.shape
        config = self.config
        groups, width = config.num_key_value_heads, config.head_width
        fused = self.wqkv(hidden).reshape([rows, length, groups, -1, width])
        queries = fused[:, :, :, :-2].reshape([rows, length, config.num_attention_heads, width])
        return queries, fused[:, :, :, -2], fused[:, :, :, -1]

    def _experts(self, hidden: Tensor, visual: np.ndarray) -> Tensor:
        """`visual` holds the places of visual tokens in the flattened [B * S]."""
        if not len(visual):
            return self.text_expert(hidden)
        flat = hidden.reshape([-1, hidden.shape[-1]])
        text = np.setdiff1d(np.arange(flat.shape[0]), visual)
        mixed = paddle.zeros_like(flat)
        for expert, places in ((self.text_expert, text), (self.visual_expert, visual)):
            if len(places):
                index = paddle.to_tensor(places)
                mixed = paddle.scatter(mixed, index, expert(paddle.gather(flat, index)))
        return mixed.reshape(hidden.shape)


class FeedForward:
    """`w2(silu(w1 x) * w3 x)` (https://arxiv.org/abs/2002.05202)."""

    def __init__(self, weights: Weights, key: str) -> None:
        self.w1 = weights.linear(f"{key}.w1", bias=False)
        self.w3 = weights.linear(f"{key}.w3", bias=False)
        self.w2 = weights.linear(f"{key}.w2", bias=False)

    def __call__(self, x: Tensor) -> Tensor:
        """[..., D] -> [..., D]."""
        return self.w2(F.silu(self.w1(x)) * self.w3(x))

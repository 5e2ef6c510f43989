"""Qwen2 from PaddleNLP, as a `captioner.decoder.Decoder`."""

from importlib import import_module
from typing import Any

import numpy as np
import paddle
from paddle import Tensor, nn

from captioner.decoder import Memory, Prompt
from captioner.errors import CaptionerDependency
from captioner.int8 import Int8Linear
from captioner.layers import positions_of
from captioner.minicpm_v.config import LanguageConfig
from captioner.weights import Weights


class LanguageModel:
    """PaddleNLP's Qwen2ForCausalLM with weights that are there already.

    Raises:
        CaptionerDependency: PaddleNLP is not in this environment, or does not import.
    """

    def __init__(self, config: LanguageConfig, weights: Weights) -> None:
        self.model = _empty_model(config, weights.dtype)
        self.model.eval()
        self._load(weights)

    @property
    def embedding_table(self) -> Tensor:
        """[V, D]."""
        return self.model.qwen2.embed_tokens.weight

    def prefill(self, prompt: Prompt) -> tuple[np.ndarray, Memory]:
        """Reads a prompt; see `captioner.decoder.Decoder`."""
        return self._run({"inputs_embeds": prompt.embeddings}, prompt.token_mask, None)

    def step(self, token_ids: np.ndarray, memory: Memory) -> tuple[np.ndarray, Memory]:
        """Appends a token to each row; see `captioner.decoder.Decoder`."""
        tokens = {"input_ids": paddle.to_tensor(token_ids[:, None])}
        return self._run(tokens, memory.longer_mask(), memory)

    def _run(
        self, tokens: dict[str, Tensor], token_mask: np.ndarray, memory: Memory | None
    ) -> tuple[np.ndarray, Memory]:
        new = 1 if memory else token_mask.shape[1]
        past = list(zip(memory.keys, memory.values, strict=True)) if memory else None
        with paddle.no_grad():
            hidden, cache = self.model.qwen2(
                **tokens,
                # Without these PaddleNLP counts the padding too, which is wrong by 0.83.
                position_ids=paddle.to_tensor(positions_of(token_mask)[:, -new:]),
                attention_mask=paddle.to_tensor(token_mask),
                past_key_values=past,
                use_cache=True,
            )[:2]
            scores = self.model.lm_head(hidden[:, -1]).astype("float32").numpy()
        keys, values = zip(*cache, strict=True)
        return scores, Memory(list(keys), list(values), token_mask)

    def _load(self, weights: Weights) -> None:
        for name, layer in list(self.model.named_sublayers()):
            if type(layer) is nn.Linear:
                bias = layer.bias is not None
                loaded = weights.linear(_published(name), bias=bias)
                if isinstance(loaded, Int8Linear):
                    parent, _, child = name.rpartition(".")
                    setattr(_sublayer(self.model, parent), child, loaded)
                else:
                    _fill(layer.weight, loaded.weight)
                    if bias:
                        _fill(layer.bias, loaded.bias)
        self._load_others(weights)

    def _load_others(self, weights: Weights) -> None:
        """The tables, norms and the matrix of the last layer, which is a bare parameter here."""
        linear = [layer for layer in self.model.sublayers() if type(layer) is nn.Linear]
        filled = {id(parameter) for layer in linear for parameter in layer.parameters()}
        for name, parameter in self.model.named_parameters():
            if id(parameter) not in filled:
                _fill(parameter, weights.tensor(_published(name)))


def _published(name: str) -> str:
    """PaddleNLP's name of a parameter or layer -> the published key."""
    return "llm." + name.replace("qwen2.", "model.", 1)


def _sublayer(model: nn.Layer, name: str) -> nn.Layer:
    for part in name.split("."):
        model = getattr(model, part)
    return model


def _fill(parameter: Any, value: Tensor) -> None:
    parameter.initialize()
    parameter.set_value(value.astype(parameter.dtype))


def _empty_model(config: LanguageConfig, dtype: str) -> Any:
    """Qwen2ForCausalLM whose parameters take neither memory nor random numbers yet."""
    library = _paddlenlp("paddlenlp.transformers")
    settings = {**vars(config), "use_cache": True, "tie_word_embeddings": False, "dtype": dtype}
    before = paddle.get_default_dtype()
    paddle.set_default_dtype(dtype)
    try:
        with paddle.LazyGuard(), _paddlenlp("paddlenlp.transformers.model_utils").no_init_weights():
            return library.Qwen2ForCausalLM(library.Qwen2Config(**settings))
    finally:
        paddle.set_default_dtype(before)


def _paddlenlp(module: str) -> Any:
    try:
        return import_module(module)
    except ImportError as error:
        raise CaptionerDependency("minicpm-v-2.6", "paddlenlp", str(error)) from error

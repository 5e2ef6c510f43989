"""Qwen2 from PaddleNLP, as a `captioner.decoder.Decoder`."""

from importlib import import_module
from typing import Any

import numpy as np
import paddle
from paddle import Tensor, nn

from captioner.decoder import Memory, Prompt
from captioner.errors import CaptionerDependency
from captioner.layers import positions_of
from captioner.minicpm_v.config import LanguageConfig
from captioner.weights import Weights


class LanguageModel:
    """PaddleNLP's Qwen2ForCausalLM with weights that are there already.

    Raises:
        CaptionerDependency: PaddleNLP is not in this environment, or does not import.
    """

    def __init__(self, config: LanguageConfig, weights: Weights) -> None:
        # The table of words and the last layer are kept beside the library's model: as published.
        self.embed = weights.embedding_table("llm.model.embed_tokens")
        self.output = weights.linear("llm.lm_head", bias=False, exact=True)
        self.model = _empty_model(config, weights.dtype)
        self.model.eval()
        self._load(weights)

    def prefill(self, prompt: Prompt) -> tuple[np.ndarray, Memory]:
        """Reads a prompt; see `captioner.decoder.Decoder`."""
        return self._run(prompt.embeddings, prompt.token_mask, None)

    def step(self, token_ids: np.ndarray, memory: Memory) -> tuple[np.ndarray, Memory]:
        """Appends a token to each row; see `captioner.decoder.Decoder`."""
        return self._run(self.embed(token_ids[:, None]), memory.longer_mask(), memory)

    def _run(
        self, embeddings: Tensor, token_mask: np.ndarray, memory: Memory | None
    ) -> tuple[np.ndarray, Memory]:
        new = 1 if memory else token_mask.shape[1]
        past = list(zip(memory.keys, memory.values, strict=True)) if memory else None
        with paddle.no_grad():
            hidden, cache = self.model.qwen2(
                inputs_embeds=embeddings,
                # Without these PaddleNLP counts the padding too, which is wrong by 0.83.
                position_ids=paddle.to_tensor(positions_of(token_mask)[:, -new:]),
                attention_mask=paddle.to_tensor(token_mask),
                past_key_values=past,
                use_cache=True,
            )[:2]
            scores = self.output(hidden[:, -1]).astype("float32").numpy()
        keys, values = zip(*cache, strict=True)
        return scores, Memory(list(keys), list(values), token_mask)

    def _load(self, weights: Weights) -> None:
        for name, layer in list(self.model.qwen2.named_sublayers()):
            if type(layer) is nn.Linear:
                loaded = weights.linear(_published(name), bias=layer.bias is not None)
                parent, _, child = name.rpartition(".")
                setattr(_sublayer(self.model.qwen2, parent), child, loaded)
        for name, parameter in self.model.qwen2.named_parameters():
            if name.endswith("norm.weight") or name.endswith("layernorm.weight"):
                _fill(parameter, weights.tensor(_published(name)))


def _published(name: str) -> str:
    """PaddleNLP's name of a parameter or layer of its Qwen2Model -> the published key."""
    return f"llm.model.{name}"


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

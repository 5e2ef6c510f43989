"""Conversations in Mono-InternVL's own form ("internlm2-chat")."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import islice

import numpy as np
import paddle
from paddle import Tensor
from PIL.Image import Image

from captioner.errors import PromptTooLong
from captioner.mono_internvl.config import MonoInternVLConfig
from captioner.mono_internvl.language_model import LanguageModel
from captioner.mono_internvl.patch_embedding import PatchEmbedding
from captioner.mono_internvl.tiles import cut_tiles
from captioner.protocol import Message, Sight, Video, sights
from captioner.tokenizer import Tokenizer

# conversation.py of the checkpoint, template "internlm2-chat".
_SYSTEM = (
    "你是由上海人工智能实验室联合商汤科技开发的书生多模态大模型，英文名叫InternVL, "
    "是一个有用无害的人工智能助手。"
)
START, END = "<|im_start|>", "<|im_end|>"
IMAGE_START, IMAGE_SLOT, IMAGE_END = "<img>", "<IMG_CONTEXT>", "</img>"


class ConversationReader:
    """Implements `captioner.model.Reader`."""

    def __init__(
        self,
        config: MonoInternVLConfig,
        patches: PatchEmbedding,
        language_model: LanguageModel,
        tokenizer: Tokenizer,
    ) -> None:
        self._config = config
        self._patches = patches
        self._language_model = language_model
        self._tokenizer = tokenizer

    def read(self, messages: Sequence[Message]) -> tuple[Tensor, np.ndarray]:
        """Embeddings [S, D] of a conversation and which of them are visual.

        Raises:
            PromptTooLong: the conversation is longer than the model was made for.
        """
        one = replace(self._config, max_dynamic_patch=1)
        tiles = [
            cut_tiles(each.picture, self._config if each.frame is None else one)
            for each in sights(messages)
        ]
        text = conversation_text(messages, [len(t) * self._config.tokens_per_tile for t in tiles])
        # The tokenizer of the checkpoint puts `<s>` before every text, here as in training.
        start = self._config.language.bos_token_id
        token_ids = np.array([start, *self._tokenizer.encode(text)], np.int64)
        limit = self._config.language.max_position_embeddings
        if len(token_ids) > limit:
            raise PromptTooLong(len(token_ids), limit)
        visual = token_ids == self._tokenizer.id_of(IMAGE_SLOT)
        embeddings = self._language_model.embed(token_ids[None])[0]
        if tiles:
            tokens = self._patches(paddle.to_tensor(np.concatenate(tiles)))
            index = paddle.to_tensor(np.flatnonzero(visual))
            embeddings = paddle.scatter(embeddings, index, tokens.flatten(0, 1))
        return embeddings, visual


def conversation_text(messages: Sequence[Message], slots: Sequence[int]) -> str:
    """The text the model was trained on, with `slots[i]` image tokens for the i-th picture."""
    seen = zip(sights(messages), slots, strict=True)
    shown = iter([_shown(each, count) for each, count in seen])

    def text_of(part: str | Image | Video) -> str:
        if isinstance(part, str):
            return part
        return "\n".join(islice(shown, len(part.frames) if isinstance(part, Video) else 1))

    if not messages or messages[0].role != "system":
        messages = [Message("system", (_SYSTEM,)), *messages]
    turns = [
        f"{START}{message.role}\n" + "\n".join(map(text_of, message.parts)) + END
        for message in messages
    ]
    return "".join(turns) + f"{START}assistant\n"


def _shown(seen: Sight, count: int) -> str:
    # InternVL's own form for video: each frame on a line of its own, counted from one.
    name = "" if seen.frame is None else f"Frame{seen.frame}: "
    return f"{name}{IMAGE_START}{IMAGE_SLOT * count}{IMAGE_END}"

"""Conversations in MiniCPM-V 2.6's own form."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import islice

import numpy as np
import paddle
from paddle import Tensor
from PIL.Image import Image

from captioner.errors import PromptTooLong
from captioner.minicpm_v.config import MiniCPMVConfig, SlicingConfig
from captioner.minicpm_v.resampler import Resampler
from captioner.minicpm_v.slicing import cut_slices, to_patches
from captioner.minicpm_v.vision_tower import VisionTower
from captioner.narrow import EmbeddingTable
from captioner.protocol import Message, Sight, Video, sights
from captioner.tokenizer import Tokenizer
from captioner.weights import Weights

# Where a picture stands in the text, literally, before it is replaced by its slots.
PICTURE_TAG = "(<image>./</image>)"
START, END = "<|im_start|>", "<|im_end|>"
# The processor of the checkpoint cuts prompts here.
MAX_TOKENS = 8192
_SLOT = "<unk>"
# The model card's parameters for video: `use_image_id=False, max_slice_nums=2`.
FRAME_SLICES = 2


class Slices:
    """Slices of a picture or several -> image tokens [N, Q, D]."""

    def __init__(self, config: MiniCPMVConfig, weights: Weights) -> None:
        self._patch = config.vision.patch_size
        self._vision_tower = VisionTower(config.vision, weights)
        self._resampler = Resampler(weights)

    def __call__(self, slices: Sequence[Image]) -> Tensor:
        """Encodes all slices in one batch."""
        patch = self._patch
        grids = [(each.height // patch, each.width // patch) for each in slices]
        features, mask = self._vision_tower([to_patches(each, patch) for each in slices], grids)
        return self._resampler(features, mask, grids)


def embed(
    token_ids: np.ndarray, visual: np.ndarray, tokens: Tensor | None, table: EmbeddingTable
) -> Tensor:
    """Text embeddings [S, D], with image tokens [N, Q, D] in the visual places."""
    embeddings = table(token_ids)
    if tokens is None:
        return embeddings
    index = paddle.to_tensor(np.flatnonzero(visual))
    return paddle.scatter(embeddings, index, tokens.flatten(0, 1).astype(embeddings.dtype))


class ConversationReader:
    """Implements `captioner.model.Reader`."""

    def __init__(
        self,
        config: MiniCPMVConfig,
        encode_slices: "Slices",
        embedding_table: EmbeddingTable,
        tokenizer: Tokenizer,
    ) -> None:
        self._config = config
        self._encode_slices = encode_slices
        self._embedding_table = embedding_table
        self._tokenizer = tokenizer

    def read(self, messages: Sequence[Message]) -> tuple[Tensor, np.ndarray]:
        """Embeddings [S, D] of a conversation and which of them are visual.

        Raises:
            PromptTooLong: the original cuts such prompts, pictures included, without a word.
        """
        seen = sights(messages)
        cuts = [cut_slices(each.picture, self._slicing_of(each)) for each in seen]
        text = self.conversation_text(messages, [grid for _, grid in cuts])
        token_ids = np.array(self._tokenizer.encode(text), np.int64)
        if len(token_ids) > MAX_TOKENS:
            raise PromptTooLong(len(token_ids), MAX_TOKENS)
        visual = self._slots(token_ids)
        slices = [each for cut, _ in cuts for each in cut]
        tokens = self._encode_slices(slices) if slices else None
        return embed(token_ids, visual, tokens, self._embedding_table), visual

    def conversation_text(
        self, messages: Sequence[Message], grids: Sequence[tuple[int, int] | None]
    ) -> str:
        """The text the model was trained on, each picture as its slots."""
        seen = zip(sights(messages), grids, strict=True)
        slots = iter([self._slots_of(place, *each) for place, each in enumerate(seen)])

        def text_of(part: str | Image | Video) -> str:
            if isinstance(part, str):
                return part
            return "\n".join(islice(slots, len(part.frames) if isinstance(part, Video) else 1))

        if not messages or messages[0].role != "system":
            messages = [Message("system", ("You are a helpful assistant.",)), *messages]
        turns = [
            f"{START}{message.role}\n" + "\n".join(map(text_of, message.parts)) + f"{END}\n"
            for message in messages
        ]
        return "".join(turns) + f"{START}assistant\n"

    def _slots_of(self, place: int, seen: Sight, grid: tuple[int, int] | None) -> str:
        slots = _SLOT * self._config.query_num
        named = self._config.use_image_id and seen.frame is None
        whole = (f"<image_id>{place}</image_id>" if named else "") + f"<image>{slots}</image>"
        if grid is None:
            return whole
        columns, rows = grid
        return whole + "\n".join(f"<slice>{slots}</slice>" * columns for _ in range(rows))

    def _slicing_of(self, seen: Sight) -> SlicingConfig:
        slicing = self._config.slicing
        if seen.frame is None:
            return slicing
        return replace(slicing, max_slices=min(slicing.max_slices, FRAME_SLICES))

    def _slots(self, token_ids: np.ndarray) -> np.ndarray:
        """bool [S]: the tokens between `<image>` or `<slice>` and its end."""
        starts = [self._tokenizer.id_of(token) for token in ("<image>", "<slice>")]
        ends = [self._tokenizer.id_of(token) for token in ("</image>", "</slice>")]
        opened = np.cumsum(np.isin(token_ids, starts))
        closed = np.cumsum(np.isin(token_ids, ends))
        return (opened > closed) & ~np.isin(token_ids, starts)

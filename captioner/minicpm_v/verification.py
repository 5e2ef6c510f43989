"""MiniCPM-V 2.6 on recorded inputs, stage by stage.

Inputs: `image_rgb_i` (uint8 [H, W, 3]), `input_ids` [B, S] padded on the left, `attention_mask`,
and `image_bound_i` [N, 2], where the image tokens of row i begin and end. Outputs that may be
recorded: `tgt_sizes_i`, `pixels_i_j` (strips [3, P, L * P] of slice j), `resampled_i`,
`inputs_embeds`, `logits_last`, `greedy`.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import paddle
from paddle import Tensor
from PIL import Image

from captioner.generation import generate
from captioner.minicpm_v.config import MiniCPMVConfig
from captioner.minicpm_v.conversion import MINICPM_V
from captioner.minicpm_v.language_model import LanguageModel
from captioner.minicpm_v.reader import Slices, embed
from captioner.minicpm_v.slicing import cut_slices, to_patches
from captioner.model import pad_left
from captioner.narrow import EmbeddingTable
from captioner.options import GenerationOptions
from captioner.weights import Precision, Weights

Recording = Mapping[str, np.ndarray]


def stages(
    folder: Path, recorded: Recording, precision: Precision
) -> Iterator[tuple[str, np.ndarray]]:
    """Every recorded output, from the pictures on; see `captioner.verification`."""
    config, weights = MiniCPMVConfig.read(folder), Weights(folder, MINICPM_V, precision=precision)
    slices = Slices(config, weights)
    tokens = []
    for number in range(len(recorded["input_ids"])):
        picture = Image.fromarray(recorded[f"image_rgb_{number}"])
        cut, _ = cut_slices(picture, config.slicing)
        yield from _pixels(number, cut, recorded, config.slicing.patch_size)
        tokens.append(slices(cut))
        if f"resampled_{number}" in recorded:
            yield f"resampled_{number}", tokens[-1].astype("float32").numpy()
    language_model = LanguageModel(config.language, weights)
    prompt = pad_left(list(_rows(recorded, tokens, language_model.embed)))
    if "inputs_embeds" in recorded:
        entering = prompt.embeddings.astype("float32").numpy()
        # What stands in padded places is nobody's business.
        padded = ~prompt.token_mask
        entering[padded] = recorded["inputs_embeds"][padded]
        yield "inputs_embeds", entering
    if "logits_last" in recorded:
        yield "logits_last", language_model.prefill(prompt)[0]
    if "greedy" in recorded:
        options = GenerationOptions(max_new_tokens=recorded["greedy"].shape[1])
        yield "greedy", np.array(generate(language_model, prompt, options, []))


def _pixels(
    number: int, cut: Sequence[Image.Image], recorded: Recording, patch: int
) -> Iterator[tuple[str, np.ndarray]]:
    if f"tgt_sizes_{number}" in recorded:
        sizes = [[each.height // patch, each.width // patch] for each in cut]
        yield f"tgt_sizes_{number}", np.array(sizes)
    for place, each in enumerate(cut):
        name = f"pixels_{number}_{place}"
        if name in recorded:
            strip = to_patches(each, patch).transpose(1, 2, 0, 3).reshape(3, patch, -1)
            yield name, strip.astype(recorded[name].dtype)


def _rows(
    recorded: Recording, tokens: Sequence[Tensor], table: EmbeddingTable
) -> Iterator[tuple[Tensor, np.ndarray]]:
    for number, mask in enumerate(recorded["attention_mask"].astype(bool)):
        visual = np.zeros(len(mask), bool)
        for begin, end in recorded[f"image_bound_{number}"]:
            visual[begin:end] = True
        token_ids = recorded["input_ids"][number][mask]
        with paddle.no_grad():
            yield embed(token_ids, visual[mask], tokens[number], table), visual[mask]

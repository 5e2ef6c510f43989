"""Mono-InternVL on recorded inputs, stage by stage.

Inputs: `pixel_values` (normalised tiles [N, 3, S, S]), `input_ids` [B, S] without padding,
`image_context_token_id`. Outputs that may be recorded: `image_features`, `logits`,
`logits_text_experts_only`, `greedy` (beginning with the token that the original puts first).
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import paddle

from captioner.decoder import Prompt
from captioner.generation import generate
from captioner.mono_internvl.config import MonoInternVLConfig
from captioner.mono_internvl.conversion import MONO_INTERNVL
from captioner.mono_internvl.language_model import LanguageModel
from captioner.mono_internvl.patch_embedding import PatchEmbedding
from captioner.options import GenerationOptions
from captioner.weights import Precision, Weights


def stages(
    folder: Path, recorded: Mapping[str, np.ndarray], precision: Precision
) -> Iterator[tuple[str, np.ndarray]]:
    """Every recorded output, from the tiles on; see `captioner.verification`."""
    config = MonoInternVLConfig.read(folder)
    weights = Weights(folder, MONO_INTERNVL, precision=precision)
    patches = PatchEmbedding(config, weights)
    model = LanguageModel(config.language, weights)
    token_ids = recorded["input_ids"]
    visual = token_ids == recorded["image_context_token_id"]
    features = patches(paddle.to_tensor(recorded["pixel_values"])).astype("float32").numpy()
    if "image_features" in recorded:
        yield "image_features", features
    embeddings = model.embed(token_ids).numpy()
    embeddings[visual] = features.reshape(-1, features.shape[-1])
    prompt = Prompt(paddle.to_tensor(embeddings), np.ones_like(visual), visual)
    text_only = Prompt(prompt.embeddings, prompt.token_mask, np.zeros_like(visual))
    if "logits" in recorded:
        yield "logits", model.logits(model.forward(prompt)[0])
    if "logits_text_experts_only" in recorded:
        yield "logits_text_experts_only", model.logits(model.forward(text_only)[0])
    if "greedy" in recorded:
        first, count = recorded["greedy"][:, :1], recorded["greedy"].shape[1] - 1
        options = GenerationOptions(max_new_tokens=count)
        yield "greedy", np.concatenate([first, generate(model, prompt, options, [])], axis=1)

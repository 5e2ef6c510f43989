"""Weights of the teachers, renamed and folded to what `pd_clip.compact` reads (torch layout)."""

from pathlib import Path

import numpy as np

from pd_clip.training.e5 import E5

# Width 1.1, depth 1.2: (repeats, kernel, stride, expansion, channels) of EfficientNet-Lite2.
LITE2_STAGES = (
    (1, 3, 1, 1, 16),
    (3, 3, 2, 6, 24),
    (3, 5, 2, 6, 48),
    (4, 3, 2, 6, 88),
    (4, 5, 1, 6, 120),
    (5, 5, 2, 6, 208),
    (1, 3, 1, 6, 352),
)
LITE2_SIZE = 260
BATCH_NORM_EPS = 1e-3

_E5_LINEAR = {
    "q": "query",
    "k": "key",
    "v": "value",
    "ao": "attention_output",
    "fi": "intermediate",
    "fo": "output",
}
_E5_NORM = {"aln": "attention_norm", "oln": "output_norm"}


def e5_tensors(e5: E5, kept: np.ndarray) -> dict[str, np.ndarray]:
    """The encoder under our names, with only the `kept` pieces (ids, in their new order).

    The one token type there is is added to the positions. Matrices stay [out, in].
    """
    raw = e5.tensors
    tensors = {
        "word_embeddings.weight": raw["emb.word"][kept],
        "position_embeddings.weight": raw["emb.pos"] + raw["emb.type"][0],
        "embedding_norm.weight": raw["emb.ln.w"],
        "embedding_norm.bias": raw["emb.ln.b"],
    }
    for layer in range(e5.sizes["layers"]):
        for short, name in (_E5_LINEAR | _E5_NORM).items():
            tensors[f"layers.{layer}.{name}.weight"] = raw[f"l{layer}.{short}.w"]
            tensors[f"layers.{layer}.{name}.bias"] = raw[f"l{layer}.{short}.b"]
    return tensors


def efficientnet_tensors(path: Path) -> dict[str, np.ndarray]:
    """EfficientNet-Lite's published weights with batch normalisation folded in."""
    import torch

    state = torch.load(path, weights_only=True, map_location="cpu")
    raw = {name: tensor.numpy() for name, tensor in state.items()}

    def fold(convolution: str, norm: str, name: str) -> dict[str, np.ndarray]:
        gain = raw[f"{norm}.weight"] / np.sqrt(raw[f"{norm}.running_var"] + BATCH_NORM_EPS)
        weight = raw[f"{convolution}.weight"] * gain[:, None, None, None]
        bias = raw[f"{norm}.bias"] - raw[f"{norm}.running_mean"] * gain
        return {f"{name}.convolution.weight": weight, f"{name}.convolution.bias": bias}

    tensors = fold("_conv_stem", "_bn0", "stem") | fold("_conv_head", "_bn1", "head")
    tensors |= {"classifier.weight": raw["_fc.weight"], "classifier.bias": raw["_fc.bias"]}
    for block in range(sum(repeats for repeats, *_ in LITE2_STAGES)):
        theirs, ours = f"_blocks.{block}", f"blocks.{block}"
        if f"{theirs}._expand_conv.weight" in raw:
            tensors |= fold(f"{theirs}._expand_conv", f"{theirs}._bn0", f"{ours}.expand")
        tensors |= fold(f"{theirs}._depthwise_conv", f"{theirs}._bn1", f"{ours}.depthwise")
        tensors |= fold(f"{theirs}._project_conv", f"{theirs}._bn2", f"{ours}.project")
    return {name: tensor.astype(np.float32) for name, tensor in tensors.items()}

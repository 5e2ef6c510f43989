"""How far are the captioners from the recorded PyTorch outputs, stage by stage?

    python -m benchmarks.captioner_parity [--out FILE]

Run it with the captioner's environment (.venv-caption/bin/python) for the stages that need
PaddleNLP; without it they are left out and the table says so. It also says what eight-bit weights
change on the tiny models, and what they take and cost on one layer of full size.
"""

import argparse
import json
import platform
import time
from pathlib import Path

import numpy as np
import paddle
from PIL import Image

from captioner.decoder import Prompt
from captioner.errors import CaptionerDependency
from captioner.generation import generate
from captioner.int8 import Int8Linear
from captioner.layers import Linear
from captioner.minicpm_v.config import MiniCPMVConfig
from captioner.minicpm_v.conversion import MINICPM_V
from captioner.minicpm_v.language_model import LanguageModel as Qwen2
from captioner.minicpm_v.reader import ConversationReader
from captioner.minicpm_v.resampler import Resampler
from captioner.minicpm_v.slicing import cut_slices
from captioner.minicpm_v.vision_tower import VisionTower
from captioner.model import pad_left
from captioner.mono_internvl.config import MonoInternVLConfig
from captioner.mono_internvl.conversion import MONO_INTERNVL
from captioner.mono_internvl.language_model import LanguageModel as InternLM2
from captioner.mono_internvl.patch_embedding import PatchEmbedding
from captioner.options import GenerationOptions
from captioner.tokenizer import Tokenizer
from captioner.weights import Precision, Weights

DATA = Path(__file__).parents[1] / "tests" / "alignment" / "data"
Row = dict[str, object]


def difference(found: np.ndarray, expected: np.ndarray) -> float:
    """The largest absolute difference."""
    return float(np.abs(found - expected).max())


def same_tokens(found: list[list[int]], expected: np.ndarray) -> str:
    """How many of the tokens are equal."""
    return f"{int((np.array(found) == expected).sum())} of {expected.size}"


def mono_internvl(precision: Precision) -> list[Row]:
    """Every recorded stage of Mono-InternVL."""
    folder = DATA / "mono_internvl_tiny"
    recorded = np.load(folder / "expected.npz")
    config = MonoInternVLConfig.read(folder)
    weights = Weights(folder, MONO_INTERNVL, precision=precision)
    patches, model = PatchEmbedding(config, weights), InternLM2(config.language, weights)
    features = patches(paddle.to_tensor(recorded["pixel_values"])).numpy()
    token_ids = recorded["input_ids"]
    visual = token_ids == recorded["image_context_token_id"]
    embeddings = model.embed(token_ids).numpy()
    embeddings[visual] = features.reshape(-1, features.shape[-1])
    prompt = Prompt(paddle.to_tensor(embeddings), np.ones_like(visual), visual)
    text_only = Prompt(prompt.embeddings, prompt.token_mask, np.zeros_like(visual))
    wanted = recorded["greedy"][:, 1:]
    options = GenerationOptions(max_new_tokens=wanted.shape[1])
    return [
        {"stage": "image features", "value": difference(features, recorded["image_features"])},
        {
            "stage": "logits",
            "value": difference(model.logits(model.forward(prompt)[0]), recorded["logits"]),
        },
        {
            "stage": "logits, text experts only",
            "value": difference(
                model.logits(model.forward(text_only)[0]), recorded["logits_text_experts_only"]
            ),
        },
        {
            "stage": "greedy tokens equal",
            "value": same_tokens(generate(model, prompt, options, []), wanted),
        },
    ]


class NoTokenizer(Tokenizer):
    """The recorded prompts are token numbers already."""


def minicpm_v(precision: Precision) -> list[Row]:
    """Every recorded stage of MiniCPM-V 2.6."""
    folder = DATA / "minicpm_v_tiny"
    recorded = np.load(folder / "expected.npz")
    config, weights = MiniCPMVConfig.read(folder), Weights(folder, MINICPM_V, precision=precision)
    table = weights.tensor("llm.model.embed_tokens.weight")
    tower, resampler = VisionTower(config.vision, weights), Resampler(weights)
    reader = ConversationReader(config, tower, resampler, table, NoTokenizer())
    mask = recorded["attention_mask"]
    rows, resampled = [], 0.0
    for number in range(len(mask)):
        picture = Image.fromarray(recorded[f"image_rgb_{number}"])
        tokens = reader.encode_slices(cut_slices(picture, config.slicing)[0])
        resampled = max(resampled, difference(tokens.numpy(), recorded[f"resampled_{number}"]))
        token_ids = recorded["input_ids"][number][mask[number]]
        visual = token_ids == config.language.vocab_size - 1
        rows.append((reader.embed(token_ids, visual, tokens), visual))
    prompt = pad_left(rows)
    entering = difference(prompt.embeddings.numpy()[mask], recorded["inputs_embeds"][mask])
    stages: list[Row] = [
        {"stage": "resampler output", "value": resampled},
        {"stage": "vectors entering Qwen2", "value": entering},
    ]
    try:
        model = Qwen2(config.language, weights)
    except CaptionerDependency as error:
        return [*stages, {"stage": "logits, greedy tokens", "value": f"not run: {error}"}]
    greedy = generate(model, prompt, GenerationOptions(max_new_tokens=8), [])
    return [
        *stages,
        {
            "stage": "last logits",
            "value": difference(model.prefill(prompt)[0], recorded["logits_last"]),
        },
        {"stage": "greedy tokens equal", "value": same_tokens(greedy, recorded["greedy"])},
    ]


def full_size_layer(repeats: int) -> list[Row]:
    """Qwen2-7B's widest layer, [3584, 18944], for one token: bytes, milliseconds, error."""
    noise = np.random.default_rng(0)
    weight = (noise.normal(size=(3584, 18944)) * 0.02).astype(np.float32)
    tokens = paddle.to_tensor(noise.normal(size=(1, 3584)).astype(np.float32))
    exact = Linear(paddle.to_tensor(weight))
    reference = exact(tokens).numpy()
    rows: list[Row] = []
    for name, layer, size in (
        ("float32", exact, weight.size * 4),
        ("int8", Int8Linear.quantise(weight, None, "float32"), weight.size + 4 * 18944),
    ):
        layer(tokens)
        seconds = []
        for _ in range(repeats):
            started = time.perf_counter()
            found = layer(tokens).numpy()
            seconds.append(time.perf_counter() - started)
        error = float(np.linalg.norm(found - reference) / np.linalg.norm(reference))
        rows.append({"layer": name, "bytes": size, "seconds": seconds, "relative_error": error})
    return rows


def full_size_memory() -> Row:
    """Bytes of all weights of MiniCPM-V 2.6, from its key list, in the two forms."""
    keys = json.loads((DATA / "minicpm_v_2_6_keys.json").read_text())
    count = {key: int(np.prod(shape)) for key, (shape, _) in keys.items()}
    small = sum(
        count[key]
        for key, (shape, kind) in keys.items()
        if kind == "linear_weight" and key.startswith("llm.model.layers.")
    )
    total = sum(count.values())
    return {"bfloat16": 2 * total, "int8": 2 * (total - small) + small}


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args(argv)
    report: dict[str, object] = {
        "python": platform.python_version(),
        "paddle": paddle.__version__,
        "numpy": np.__version__,
        "seed": 0,
        "repeats": options.repeats,
    }
    precisions: tuple[Precision, ...] = ("full", "int8")
    for name, stages in (("MiniCPM-V 2.6", minicpm_v), ("Mono-InternVL", mono_internvl)):
        for precision in precisions:
            rows = stages(precision)
            report[f"{name}, {precision}"] = rows
            for row in rows:
                value = row["value"]
                shown = f"{value:.1e}" if isinstance(value, float) else value
                print(f"{name:14} {precision:5} {row['stage']:26} {shown}")
    report["layer"] = layers = full_size_layer(options.repeats)
    for row in layers:
        seconds = row["seconds"]
        assert isinstance(seconds, list)
        print(
            f"layer 3584 x 18944 {row['layer']:8} {int(str(row['bytes'])) / 1e6:6.1f} MB "
            f"{1000 * float(np.median(seconds)):7.1f} ms  "
            f"relative error {row['relative_error']:.4f}"
        )
    report["weights"] = memory = full_size_memory()
    print(
        "weights of MiniCPM-V 2.6:",
        {key: f"{int(str(v)) / 1e9:.1f} GB" for key, v in memory.items()},
    )
    if options.out:
        options.out.write_text(json.dumps(report, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()

"""Fine-tuning of jina-clip-v2 on captions, on the tiny checkpoint with its real layout."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import paddle
import pytest
from PIL import Image

from pd_clip.checkpoint import Checkpoint
from pd_clip.config import JinaClipConfig
from pd_clip.encoder import load_encoder
from pd_clip.jina_encoder import JinaEncoder
from pd_clip.training.adapt import AdaptSettings, adapt, main, read_pairs
from pd_clip.training.lora import AdaptedTower, caption_loss, write_adapted

COLOURS = {"rot": (220, 30, 30), "grün": (30, 200, 40), "blau": (20, 40, 230), "grau": (128,) * 3}


@pytest.fixture
def captions(tmp_path: Path) -> Path:
    lines = []
    for name, colour in COLOURS.items():
        Image.new("RGB", (80, 60), colour).save(tmp_path / f"{name}.png")
        spoken = {"de": [f"ganz {name}"], "en": [f"all of it {name}"]}
        lines.append(json.dumps({"image": f"{name}.png", "captions": spoken}))
    path = tmp_path / "captions.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def opened(folder: Path) -> JinaEncoder:
    encoder = load_encoder(folder, runtime="dynamic")
    assert isinstance(encoder, JinaEncoder)
    return encoder


def test_the_loss_falls_and_the_result_loads(
    tiny_with_tokenizer: Path, captions: Path, tmp_path: Path
) -> None:
    before = opened(tiny_with_tokenizer)
    pairs = read_pairs(captions, before)
    adapted, losses = adapt(before, pairs, AdaptSettings(steps=60, batch=8, rate=1e-2))
    assert np.mean(losses[-5:]) < 0.8 * np.mean(losses[:5])

    target = tmp_path / "mine"
    write_adapted(tiny_with_tokenizer, target, adapted)
    after = opened(target)
    assert after.fingerprint != before.fingerprint
    # What is loaded from the files is what was trained.
    texts, images = after.encode_texts(pairs.captions), pairs.vectors
    places = (texts @ images.T).argsort(axis=1)[:, ::-1]
    untrained = (before.encode_texts(pairs.captions) @ images.T).argsort(axis=1)[:, ::-1]
    right = (places[:, 0] == pairs.pictures).mean()
    assert right > (untrained[:, 0] == pairs.pictures).mean()
    assert right >= 0.75


def test_only_adapters_of_the_text_tower_change(
    tiny_with_tokenizer: Path, captions: Path, tmp_path: Path
) -> None:
    encoder = opened(tiny_with_tokenizer)
    adapted, _ = adapt(encoder, read_pairs(captions, encoder), AdaptSettings(steps=2, batch=8))
    write_adapted(tiny_with_tokenizer, tmp_path / "mine", adapted)
    old, new = (
        Checkpoint(folder, JinaClipConfig.from_folder(folder)).stored
        for folder in (tiny_with_tokenizer, tmp_path / "mine")
    )
    changed = {name for name in old if not np.array_equal(old[name].read(), new[name].read())}
    assert changed and all(name.endswith((".lora_A", ".lora_B")) for name in changed)
    assert not any("word_embeddings" in name for name in changed)


def test_untrained_adapters_leave_the_published_outputs(
    tiny: Path, expected: Mapping[str, Any]
) -> None:
    adapted = AdaptedTower(Checkpoint(tiny, JinaClipConfig.from_folder(tiny)))
    before = {name: p.numpy().copy() for name, p in adapted.tower.named_parameters()}
    adapted.merge()
    for name, parameter in adapted.tower.named_parameters():
        np.testing.assert_allclose(parameter.numpy(), before[name], atol=1e-6)


def test_gradients_of_the_factors_are_those_of_the_loss(tiny: Path) -> None:
    adapted = AdaptedTower(Checkpoint(tiny, JinaClipConfig.from_folder(tiny)))
    chosen = adapted.adapters[0]
    chance = np.random.default_rng(0)
    probe = paddle.to_tensor(chance.normal(size=chosen.weight.shape).astype(np.float32))
    adapted.adapters = [chosen]

    def loss() -> float:
        return float((chosen.weight * probe).sum())

    adapted.backward((chosen.weight * probe).sum())
    slope, start = float(chosen.a.grad[0, 0]), loss()
    step = 0.5  # the loss is linear in A: any step will do
    shifted = chosen.a.numpy().copy()
    shifted[0, 0] += step
    chosen.a.set_value(shifted)
    chosen.merge()
    assert loss() - start == pytest.approx(slope * step, rel=1e-2)


def test_captions_at_their_pictures_cost_nothing() -> None:
    vectors = paddle.to_tensor(np.eye(4, dtype=np.float32))
    right = caption_loss(vectors, vectors, np.arange(4), 50.0, (4,))
    wrong = caption_loss(vectors, vectors, np.roll(np.arange(4), 1), 50.0, (4,))
    assert float(right) < 1e-6 < 10 < float(wrong)


def test_a_model_without_adapters_is_refused_in_one_sentence(
    captions: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(["--model=bundled", f"--captions={captions}", f"--out={tmp_path / 'mine'}"])
    assert "no jina-clip checkpoint" in capsys.readouterr().err


def test_an_existing_folder_is_not_overwritten(
    tiny_with_tokenizer: Path, captions: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "mine"
    shutil.copytree(tiny_with_tokenizer, target)
    with pytest.raises(SystemExit):
        main([f"--model={tiny_with_tokenizer}", f"--captions={captions}", f"--out={target}"])
    assert "is there already" in capsys.readouterr().err

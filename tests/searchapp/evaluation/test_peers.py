"""Other encoders behind our protocol: tiny models made here, laid out as they are published."""

import json
import sys

import numpy as np
import pytest
from PIL import Image

from benchmarks.peers.__main__ import language_rows, main, width_rows
from benchmarks.peers.adapters import load_peer
from benchmarks.peers.squares import Square
from tests.searchapp.evaluation.conftest import make_set

LETTERS = "abcdefghijklmnopqrstuvwxyz"


@pytest.fixture
def picture():
    generator = np.random.default_rng(1)
    return Image.fromarray(generator.integers(0, 256, (37, 61, 3), dtype=np.uint8))


def test_squares_are_what_torchvision_makes(picture):
    squashed = picture.resize((16, 16), Image.Resampling.BILINEAR)
    assert np.array_equal(Square(16, "squash", "bilinear")(picture), np.asarray(squashed))
    # torchvision: int(16 * 61 / 37) = 26 wide, then round((26 - 16) / 2) = 5 cut off on the left
    scaled = picture.resize((26, 16), Image.Resampling.LANCZOS).crop((5, 0, 21, 16))
    assert np.array_equal(Square(16, "shortest", "lanczos")(picture), np.asarray(scaled))
    with pytest.raises(ValueError, match="longest"):
        Square(16, "longest")


@pytest.fixture
def open_clip_folder(tmp_path):
    open_clip = pytest.importorskip("open_clip")
    safetensors = pytest.importorskip("safetensors.torch")
    torch = pytest.importorskip("torch")
    tower = {"layers": 1, "width": 32}
    config = {
        "model_cfg": {
            "embed_dim": 24,
            "vision_cfg": {**tower, "image_size": 16, "patch_size": 8, "head_width": 16},
            "text_cfg": {**tower, "context_length": 16, "vocab_size": 49408, "heads": 2},
        },
        "preprocess_cfg": {"resize_mode": "squash", "interpolation": "bilinear"},
    }
    folder = tmp_path / "tiny-open-clip"
    folder.mkdir()
    (folder / "open_clip_config.json").write_text(json.dumps(config))
    torch.manual_seed(0)
    model = open_clip.CLIP(**config["model_cfg"])
    safetensors.save_file(model.state_dict(), folder / "open_clip_model.safetensors")
    return folder


@pytest.fixture
def sentence_folder(tmp_path):
    pytest.importorskip("sentence_transformers")
    transformers = pytest.importorskip("transformers")
    torch = pytest.importorskip("torch")
    from sentence_transformers import SentenceTransformer

    source = tmp_path / "clip"
    source.mkdir()
    words = [*LETTERS, *(f"{letter}</w>" for letter in LETTERS), "<|startoftext|>", "<|endoftext|>"]
    (source / "vocab.json").write_text(json.dumps({word: at for at, word in enumerate(words)}))
    (source / "merges.txt").write_text("#version: 0.2\n")
    ends = {"bos_token_id": len(words) - 2, "eos_token_id": len(words) - 1, "pad_token_id": 0}
    tower = {
        "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 1,
        "num_attention_heads": 2, "projection_dim": 24,
    }  # fmt: skip
    text = {**tower, **ends, "vocab_size": len(words), "max_position_embeddings": 32}
    torch.manual_seed(0)
    model = transformers.CLIPModel(
        transformers.CLIPConfig(
            text_config=text,
            vision_config={**tower, "image_size": 16, "patch_size": 8},
            projection_dim=24,
        )
    )
    model.save_pretrained(source)
    tokenizer = transformers.CLIPTokenizer(
        str(source / "vocab.json"), str(source / "merges.txt"), model_max_length=32
    )
    images = transformers.CLIPImageProcessor(
        size={"shortest_edge": 16}, crop_size={"height": 16, "width": 16}
    )
    transformers.CLIPProcessor(images, tokenizer).save_pretrained(source)
    folder = tmp_path / "tiny-sentence"
    SentenceTransformer(str(source), device="cpu").save(str(folder))
    return folder


def check_contract(encoder, picture):
    square = encoder.preprocess(picture)
    assert (square.shape, square.dtype) == ((16, 16, 3), np.uint8)
    images = encoder.encode_images(np.stack([square, 255 - square]))
    texts = encoder.encode_texts(["red", "a blue tile", "red"])
    assert images.shape == (2, 24) and texts.shape == (3, 24)
    assert np.allclose(np.linalg.norm(np.concatenate([images, texts]), axis=1), 1, atol=1e-5)
    assert np.allclose(texts[0], texts[2], atol=1e-6) and not np.allclose(texts[0], texts[1])
    assert len(encoder.fingerprint) == 32


def test_open_clip(open_clip_folder, picture):
    import open_clip
    import torch

    spec = f"local-dir:{open_clip_folder}"
    encoder = load_peer(f"open_clip:{spec}", (8,))
    check_contract(encoder, picture)
    assert encoder.matryoshka == (8, 24)
    model, _, theirs = open_clip.create_model_and_transforms(spec)
    model.eval()
    with torch.inference_mode():
        expected = model.encode_image(theirs(picture)[None], normalize=True).numpy()
    ours = encoder.encode_images(encoder.preprocess(picture)[None])
    assert np.abs(ours - expected).max() < 1e-5


def test_sentence_transformers(sentence_folder, picture):
    from sentence_transformers import SentenceTransformer

    encoder = load_peer(f"sentence-transformers:{sentence_folder}")
    check_contract(encoder, picture)
    expected = SentenceTransformer(str(sentence_folder), device="cpu").encode(
        [picture], normalize_embeddings=True
    )
    ours = encoder.encode_images(encoder.preprocess(picture)[None])
    assert np.abs(ours - expected).max() < 1e-2, "two orders of rounding while resizing"


def test_one_command_sets_them_side_by_side(
    open_clip_folder, sentence_folder, tmp_path, monkeypatch, capsys
):
    monkeypatch.setenv("SEARCHAPP_CACHE", str(tmp_path / "kept"))
    monkeypatch.setattr(sys, "argv", ["peers"])
    captions = make_set(tmp_path / "set", 6)
    wanted = tmp_path / "peers.json"
    models = [
        f"open_clip:local-dir:{open_clip_folder}",
        f"sentence-transformers:{sentence_folder}",
    ]
    assert main([str(captions), *models, "--dims", "8", "--json", str(wanted)]) == 0
    printed = capsys.readouterr().out
    assert "tiny-open-clip" in printed and "tiny-sentence" in printed
    results = json.loads(wanted.read_text("utf-8"))["results"]
    assert [result["provenance"]["model"] for result in results] == [
        "tiny-open-clip", "tiny-sentence",
    ]  # fmt: skip
    assert len({result["provenance"]["dataset_digest"] for result in results}) == 1


def test_tables_have_a_row_per_encoder_and_width_and_a_column_per_encoder(captioned, tiny_encoder):
    from searchapp.evaluation import EvaluationRequest, evaluate

    result = evaluate(EvaluationRequest(captioned, resamples=50, compare=False), tiny_encoder)
    rows = width_rows([result, result])
    assert len(rows) == 1 + 2 * len(tiny_encoder.matryoshka)
    head, german, english = language_rows([result], published=True)
    assert head[1:3] == ("language", "tiny")
    assert (german[1], english[1]) == ("de", "en")
    assert english[-1] == "75.1", "SigLIP2 on Crossmodal-3600, as published"

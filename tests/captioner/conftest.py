"""The tiny checkpoints with a real tokenizer.json beside them, one character per token."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

DATA = Path(__file__).parents[1] / "alignment" / "data"
MONO_TOKENS = {
    "<|im_start|>": 140, "<|im_end|>": 141, "<img>": 148, "</img>": 149, "<IMG_CONTEXT>": 150,
}  # fmt: skip
MINICPM_TOKENS = {
    "<image>": 790, "</image>": 791, "<slice>": 792, "</slice>": 793, "<image_id>": 794,
    "</image_id>": 795, "<|im_start|>": 796, "<|im_end|>": 797, "<|endoftext|>": 798,
    "<unk>": 799,
}  # fmt: skip


def write_tokenizer(folder: Path, special: dict[str, int], vocabulary_size: int) -> None:
    """A tokenizer.json in which each character is a token: ASCII by its code, others unknown."""
    from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers

    characters = {chr(code): code for code in range(32, 127)} | {"\n": 10}
    words = characters | special
    taken = set(words.values())
    fillers = (number for number in range(vocabulary_size) if number not in taken)
    words |= {f"[{number}]": number for number in fillers}
    tokenizer = Tokenizer(models.WordLevel(words, unk_token="[5]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(r"[\s\S]"), "isolated")
    tokenizer.decoder = decoders.Fuse()
    tokenizer.add_special_tokens(list(special))
    tokenizer.save(str(folder / "tokenizer.json"))


def checkpoint(
    tmp_path_factory: pytest.TempPathFactory, name: str, special: dict[str, int], size: int
) -> Path:
    """A copy of a tiny checkpoint with its tokenizer."""
    folder = tmp_path_factory.mktemp(name) / name
    shutil.copytree(DATA / name, folder)
    write_tokenizer(folder, special, size)
    return folder


@pytest.fixture(scope="session")
def mono_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tiny Mono-InternVL, ready to load."""
    return checkpoint(tmp_path_factory, "mono_internvl_tiny", MONO_TOKENS, 200)


@pytest.fixture(scope="session")
def minicpm_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tiny MiniCPM-V, ready to load."""
    return checkpoint(tmp_path_factory, "minicpm_v_tiny", MINICPM_TOKENS, 800)


@pytest.fixture
def pictures() -> Sequence[Image.Image]:
    """Three pictures of different shapes."""
    noise = np.random.default_rng(3)
    return [
        Image.fromarray(noise.integers(0, 256, (height, width, 3), np.uint8))
        for height, width in ((60, 90), (56, 56), (150, 40))
    ]

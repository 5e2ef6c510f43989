"""The tiny published checkpoint, its recorded outputs, and a place for what is derived from it."""

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import ByteLevel, Sequence, Split
from tokenizers.processors import TemplateProcessing

DATA = Path(__file__).parents[1] / "alignment" / "data"
TINY = DATA / "jina_clip_tiny"


@pytest.fixture(autouse=True, scope="session")
def _derived_files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SEARCHAPP_CACHE", str(tmp_path_factory.mktemp("exported")))
        yield


@pytest.fixture(scope="session")
def tiny() -> Path:
    return TINY


@pytest.fixture(scope="session")
def expected() -> Mapping[str, NDArray[Any]]:
    with np.load(TINY / "expected.npz") as archive:
        return {name: archive[name] for name in archive.files}


@pytest.fixture(scope="session")
def tiny_with_tokenizer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny checkpoint with a tokenizer.json that gives its stand-in ids: one per byte."""
    folder = tmp_path_factory.mktemp("models") / "tiny"
    shutil.copytree(TINY, folder)
    byte_tokenizer().save(str(folder / "tokenizer.json"))
    return folder


def byte_tokenizer() -> Tokenizer:
    """`[0] + [3 + b for b in utf8] + [2]`, the ids that the tiny checkpoint was made for."""
    vocabulary = {letter: 3 + byte for byte, letter in enumerate(byte_letters())}
    vocabulary |= {f"<{name}>": number for number, name in enumerate(("s", "pad", "/s"))}
    tokenizer = Tokenizer(WordLevel(vocabulary, unk_token="<pad>"))
    tokenizer.pre_tokenizer = Sequence(
        [ByteLevel(add_prefix_space=False, use_regex=False), Split("", "isolated")]
    )
    tokenizer.post_processor = TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    return tokenizer


def byte_letters() -> list[str]:
    """The letter by which ByteLevel shows each byte: itself if visible, else one above 255."""
    visible = [*range(33, 127), *range(161, 173), *range(174, 256)]
    hidden = [byte for byte in range(256) if byte not in visible]
    return [chr(byte if byte in visible else 256 + hidden.index(byte)) for byte in range(256)]

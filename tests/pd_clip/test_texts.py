"""Texts of every kind against transformers: all languages, empty, too long, in any company."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from tokenizers import Tokenizer

import pd_clip
from pd_clip.errors import TokenizerMissing
from pd_clip.tokenizer import TextTokenizer

LANGUAGES = Path(__file__).parent / "data" / "languages.txt"
# Recorded with `python -m benchmarks.torch_reference FOLDER FILE --texts TEXTS --no-stages`.
RECORDED = Path(__file__).parents[1] / "alignment" / "data" / "jina_clip_texts.npz"
NAMES = [line.split("\t")[1] for line in LANGUAGES.read_text(encoding="utf-8").splitlines()]
TEXTS = [*NAMES, "", "far too long " * 50]
INSTRUCTION = "Represent the query for retrieving evidence documents: "


@pytest.fixture(scope="module")
def wanted() -> NDArray[np.float32]:
    with np.load(RECORDED) as archive:
        embeddings: NDArray[np.float32] = archive["text_embeddings"]
    return embeddings


@pytest.mark.parametrize("runtime", ["dynamic", "openvino"])
def test_every_language_an_empty_text_and_one_too_long(
    tiny_with_tokenizer: Path, wanted: NDArray[np.float32], runtime: str
) -> None:
    encoder = pd_clip.load_encoder(tiny_with_tokenizer, runtime=runtime)
    assert len(NAMES) >= 89
    assert encoder.token_counts(TEXTS[-2:]) == [2, 652]
    vectors = encoder.encode_texts(TEXTS)
    np.testing.assert_allclose(vectors, wanted, rtol=0, atol=5e-6)


def test_a_text_does_not_depend_on_its_company(
    tiny_with_tokenizer: Path, wanted: NDArray[np.float32]
) -> None:
    encoder = pd_clip.load_encoder(tiny_with_tokenizer, runtime="openvino")
    order = np.random.default_rng(0).permutation(len(TEXTS))[:20]
    shuffled = encoder.encode_texts([TEXTS[index] for index in order])
    np.testing.assert_allclose(shuffled, wanted[order], rtol=0, atol=5e-6)
    alone = encoder.encode_texts([TEXTS[1]])
    np.testing.assert_allclose(alone[0], wanted[1], rtol=0, atol=5e-6)


def test_the_task_puts_its_instruction_before_the_text(tiny_with_tokenizer: Path) -> None:
    plain = pd_clip.load_encoder(tiny_with_tokenizer, runtime="openvino")
    query = pd_clip.load_encoder(tiny_with_tokenizer, runtime="openvino", task="retrieval.query")
    np.testing.assert_array_equal(
        query.encode_texts(["a cat"]), plain.encode_texts([INSTRUCTION + "a cat"])
    )
    assert query.fingerprint != plain.fingerprint


@pytest.mark.parametrize("limit", [3, 10, 12, 13, 512])
def test_texts_are_cut_as_the_library_cuts_them(tiny_with_tokenizer: Path, limit: int) -> None:
    theirs = Tokenizer.from_file(str(tiny_with_tokenizer / "tokenizer.json"))
    theirs.enable_truncation(limit)
    ours = TextTokenizer(tiny_with_tokenizer, max_tokens=limit)
    texts = ["", "a", "ten bytes.", "eleven byte", "日本語の長い文章", "far too long " * 50]
    wanted = [encoding.ids for encoding in theirs.encode_batch(texts)]
    assert [row.tolist() for row in ours(texts)] == wanted


def test_nothing_to_encode(tiny_with_tokenizer: Path) -> None:
    assert pd_clip.load_encoder(tiny_with_tokenizer).encode_texts([]).shape == (0, 64)


def test_a_folder_without_a_tokenizer(tiny: Path) -> None:
    with pytest.raises(TokenizerMissing):
        pd_clip.load_encoder(tiny).encode_texts(["a cat"])

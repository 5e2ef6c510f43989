"""A tokenizer.model read here gives what the sentencepiece library gives."""

import json
from pathlib import Path

import pytest

from captioner.errors import TokenizerUnreadable
from captioner.tokenizer import FolderTokenizer

TEXTS = [
    "A quay at night, with lamps.",
    "  two  spaces and a tab\t",
    "",
    "Zwei Möwen — 3 €!",
    "夜の港に明かりが灯る。😀",
    "un\nquai",
]


def train(folder: Path, kind: str, dummy_prefix: bool) -> object:
    """A small model over the project's own words; returns the library's reader of it."""
    sentencepiece = pytest.importorskip(
        "sentencepiece", reason="needs sentencepiece: make test-caption"
    )
    corpus = folder / "corpus.txt"
    source = Path(__file__).parents[1] / "alignment" / "data" / "README.md"
    corpus.write_text(source.read_text(encoding="utf-8") + "\n".join(TEXTS), encoding="utf-8")
    sentencepiece.SentencePieceTrainer.train(
        input=str(corpus),
        model_prefix=str(folder / "tokenizer"),
        vocab_size=600,
        model_type=kind,
        byte_fallback=True,
        character_coverage=0.98,
        add_dummy_prefix=dummy_prefix,
        normalization_rule_name="identity",
        remove_extra_whitespaces=False,
        minloglevel=2,
    )
    return sentencepiece.SentencePieceProcessor(model_file=str(folder / "tokenizer.model"))


@pytest.mark.caption
@pytest.mark.parametrize("dummy_prefix", [True, False])
def test_tokens_and_text_are_the_librarys(tmp_path: Path, dummy_prefix: bool) -> None:
    library = train(tmp_path, "bpe", dummy_prefix)
    ours = FolderTokenizer(tmp_path)
    source = Path(__file__).parents[1] / "alignment" / "data" / "README.md"
    for text in [*TEXTS, *source.read_text(encoding="utf-8").splitlines()]:
        token_ids = library.encode(text)  # type: ignore[attr-defined]
        assert ours.encode(text) == token_ids, text
        assert ours.decode(token_ids) == library.decode(token_ids)  # type: ignore[attr-defined]


@pytest.mark.caption
def test_added_tokens_have_their_numbers(tmp_path: Path) -> None:
    train(tmp_path, "bpe", False)
    (tmp_path / "added_tokens.json").write_text(json.dumps({"<img>": 600, "</img>": 601}))
    ours = FolderTokenizer(tmp_path)
    assert (ours.id_of("<img>"), ours.id_of("</img>")) == (600, 601)
    assert ours.encode("<img>a</img>")[0] == 600
    assert ours.decode(ours.encode("<img>a quay</img>")) == "a quay"


@pytest.mark.caption
def test_another_algorithm_is_refused(tmp_path: Path) -> None:
    train(tmp_path, "unigram", True)
    with pytest.raises(TokenizerUnreadable):
        FolderTokenizer(tmp_path)


@pytest.mark.parametrize("content", [b"", b"\x0a\xff\xff\xff\xff\x0f", b"\x07" * 9, b"\x80"])
def test_a_damaged_file_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "tokenizer.model").write_bytes(content)
    with pytest.raises(TokenizerUnreadable):
        FolderTokenizer(tmp_path)

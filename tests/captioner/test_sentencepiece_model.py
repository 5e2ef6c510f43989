"""A tokenizer.model read here gives what the sentencepiece library gives.

Special tokens excepted: the library reads `<s>` in a text as three letters; the published
tokenizer cuts special tokens out first and gives the library what lies between them.
"""

import json
import re
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
SPECIAL = re.compile("(</?s>|<unk>)")


def train(folder: Path, kind: str, dummy_prefix: bool, **settings: object) -> object:
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
        **settings,
    )
    return sentencepiece.SentencePieceProcessor(model_file=str(folder / "tokenizer.model"))


@pytest.mark.caption
@pytest.mark.parametrize("dummy_prefix", [True, False])
def test_tokens_and_text_are_the_librarys(tmp_path: Path, dummy_prefix: bool) -> None:
    library = train(tmp_path, "bpe", dummy_prefix)
    ours = FolderTokenizer(tmp_path)
    source = Path(__file__).parents[1] / "alignment" / "data" / "README.md"
    texts = [*TEXTS, *source.read_text(encoding="utf-8").splitlines()]
    for text in (text for text in texts if not SPECIAL.search(text)):
        token_ids = library.encode(text)  # type: ignore[attr-defined]
        assert ours.encode(text) == token_ids, text
        assert ours.decode(token_ids) == library.decode(token_ids)  # type: ignore[attr-defined]


@pytest.mark.caption
@pytest.mark.parametrize("dummy_prefix", [True, False])
def test_special_tokens_are_cut_out_of_a_text_first(tmp_path: Path, dummy_prefix: bool) -> None:
    library = train(tmp_path, "bpe", dummy_prefix)
    ours = FolderTokenizer(tmp_path)
    numbers = {"<unk>": 0, "<s>": 1, "</s>": 2}
    for text in ("<s>A quay</s>", "`<s>`=0, `<unk>`=3.", "night <s><s> lamps"):
        expected: list[int] = []
        for part in SPECIAL.split(text):
            known = numbers.get(part)
            expected += library.encode(part) if known is None else [known]  # type: ignore[attr-defined]
        assert ours.encode(text) == expected
    assert ours.decode([1, *ours.encode("A quay"), 2]) == "A quay"


@pytest.mark.caption
def test_tokens_that_the_model_file_defines_stay_whole(tmp_path: Path) -> None:
    library = train(tmp_path, "bpe", False, user_defined_symbols=["<|plugin|>"])
    ours = FolderTokenizer(tmp_path)
    text = "a <|plugin|> quay"
    assert ours.encode(text) == library.encode(text)  # type: ignore[attr-defined]
    assert ours.decode(ours.encode(text)) == text


@pytest.mark.caption
def test_tokens_that_the_configuration_renames_take_their_place(tmp_path: Path) -> None:
    """As InternLM2 does: `[UNUSED_TOKEN_145]` of the model file is `<|im_end|>` in the JSON."""
    library = train(tmp_path, "bpe", False, user_defined_symbols=["[UNUSED_TOKEN_145]"])
    number = library.piece_to_id("[UNUSED_TOKEN_145]")  # type: ignore[attr-defined]
    added = {number: "<|im_end|>", 600: "<img>", 601: "</img>"}
    (tmp_path / "tokenizer_config.json").write_text(
        json.dumps(
            {"added_tokens_decoder": {str(n): {"content": text} for n, text in added.items()}}
        )
    )
    ours = FolderTokenizer(tmp_path)
    assert [ours.id_of(text) for text in added.values()] == list(added)
    assert ours.encode("<img></img>A quay<|im_end|>") == [
        600, 601, *library.encode("A quay"), number,  # type: ignore[attr-defined]
    ]  # fmt: skip
    assert ours.decode(ours.encode("A quay<|im_end|>")) == "A quay"


@pytest.mark.caption
def test_added_tokens_that_leave_numbers_out_are_refused(tmp_path: Path) -> None:
    train(tmp_path, "bpe", False)
    (tmp_path / "added_tokens.json").write_text(json.dumps({"<img>": 602}))
    with pytest.raises(TokenizerUnreadable):
        FolderTokenizer(tmp_path)


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

"""Cuts the teacher's 250,002 pieces down to those that names in 93 languages need."""

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

from pd_clip.training.e5 import E5

SPACE = "▁"


def _one_of(characters: list[str]) -> str:
    return "[" + "".join(f"\\x{{{ord(character):x}}}" for character in characters) + "]"


def tokenizer_json(
    pieces: list[str], scores: Iterable[float], normalization: dict[str, str]
) -> str:
    """A `tokenizer.json` (Unigram, Metaspace, NFKC) for these pieces."""
    removed = [source for source, target in normalization.items() if target == ""]
    blanks = [source for source, target in normalization.items() if target == " "]
    rules: list[dict[str, object]] = [
        {"type": "Replace", "pattern": {"Regex": _one_of(removed)}, "content": ""},
        {"type": "Replace", "pattern": {"Regex": _one_of(blanks)}, "content": " "},
        {"type": "NFKC"},  # every other entry of the map is what NFKC says
        {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "},
    ]
    special = ["<s>", "<pad>", "</s>", "<unk>"]
    content = {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [
            {
                "id": index, "content": token, "single_word": False, "lstrip": False,
                "rstrip": False, "normalized": False, "special": True,
            }
            for index, token in enumerate(special)
        ],
        "normalizer": {"type": "Sequence", "normalizers": rules},
        "pre_tokenizer": {
            "type": "Metaspace", "replacement": SPACE, "prepend_scheme": "always", "split": True,
        },
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [
                {"SpecialToken": {"id": "<s>", "type_id": 0}},
                {"Sequence": {"id": "A", "type_id": 0}},
                {"SpecialToken": {"id": "</s>", "type_id": 0}},
            ],
            "pair": [{"Sequence": {"id": "A", "type_id": 0}}],
            "special_tokens": {
                token: {"id": token, "ids": [special.index(token)], "tokens": [token]}
                for token in ("<s>", "</s>")
            },
        },
        "decoder": {"type": "Metaspace", "replacement": SPACE, "prepend_scheme": "always"},
        "model": {
            "type": "Unigram",
            "unk_id": 3,
            "vocab": [[p, round(float(s), 3)] for p, s in zip(pieces, scores, strict=True)],
            "byte_fallback": False,
        },
    }  # fmt: skip
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


def full_tokenizer(e5: E5) -> Tokenizer:
    """The teacher's own tokenizer."""
    return Tokenizer.from_str(tokenizer_json(e5.pieces, e5.scores, e5.normalization))


def count_pieces(tokenizer: Tokenizer, texts: list[str]) -> Counter[int]:
    """How many of the texts use each piece."""
    counts: Counter[int] = Counter()
    for start in range(0, len(texts), 10_000):
        for encoding in tokenizer.encode_batch(texts[start : start + 10_000]):
            counts.update(set(encoding.ids))
    return counts


def choose_pieces(e5: E5, counts: Counter[int], characters: Counter[str], size: int) -> np.ndarray:
    """Ids to keep, in the teacher's order: special tokens, letters in use, then by count.

    A piece that is cut falls back to smaller ones; a letter that occurs is kept as a piece of
    its own (alone and after a space where the teacher has both), so nothing written in a covered
    alphabet becomes unknown.
    """
    index = {piece: number for number, piece in enumerate(e5.pieces)}
    kept = {0, 1, 2, 3, index[SPACE]}
    kept.update(index[character] for character in characters if character in index)
    for piece, _ in counts.most_common():
        if len(kept) >= size:
            break
        kept.add(piece)
    return np.array(sorted(kept))


def write_tokenizer(path: Path, e5: E5, kept: np.ndarray) -> None:
    """`tokenizer.json` for the kept pieces."""
    pieces = [e5.pieces[number] for number in kept]
    path.write_text(tokenizer_json(pieces, e5.scores[kept], e5.normalization), encoding="utf-8")

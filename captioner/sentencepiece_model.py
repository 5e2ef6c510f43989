"""A SentencePiece tokenizer.model as a `tokenizers` tokenizer, without the sentencepiece library.

InternLM2 checkpoints carry no tokenizer.json. A model file is a protocol buffer
(https://github.com/google/sentencepiece/blob/master/src/sentencepiece_model.proto); the few fields
needed are read here. Only byte-pair models are known, which is what InternLM2 has.

As in the published tokenizer (tokenization_internlm2.py on transformers), special tokens are cut
out of a text before SentencePiece sees it: `<s>` in a text is token 1, not three letters. Their
names may differ from the model file's: InternLM2 renamed pieces that were left unused, such as
number 92542, `<|im_end|>`.
"""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from captioner.errors import TokenizerUnreadable
from pd_clip.conversion.folder import read_json

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_NORMAL, _UNKNOWN, _CONTROL, _USER_DEFINED = 1, 2, 3, 4
_BPE = 2
_SPACE = "▁"


def load(folder: Path) -> "Tokenizer":
    """Reads tokenizer.model and the tokens that tokenizer_config.json or added_tokens.json add.

    Raises:
        TokenizerUnreadable: not a byte-pair model.
    """
    from tokenizers import Tokenizer, decoders, models, normalizers

    path = folder / "tokenizer.model"
    try:
        pieces, algorithm, dummy_prefix = _parse(path.read_bytes())
    except (ValueError, IndexError, struct.error) as error:
        raise TokenizerUnreadable(path, str(error)) from error
    if algorithm != _BPE:
        raise TokenizerUnreadable(path, f"its algorithm is {algorithm}, not byte pairs")
    for number, text in _added(folder).items():
        # Numbers behind the model's own extend it; one left out would be a hole in it.
        pieces += [("", _CONTROL)] * (number + 1 - len(pieces))
        pieces[number] = (text, _CONTROL)
    if "" in (text for text, _ in pieces):
        raise TokenizerUnreadable(path, "the added tokens leave numbers out")
    unknown = next(text for text, kind in pieces if kind == _UNKNOWN)
    numbers = {text: number for number, (text, _) in enumerate(pieces)}
    tokenizer = Tokenizer(
        models.BPE(numbers, _merges(pieces), unk_token=unknown, fuse_unk=True, byte_fallback=True)
    )
    start = [normalizers.Prepend(_SPACE)] if dummy_prefix else []
    tokenizer.normalizer = normalizers.Sequence([*start, normalizers.Replace(" ", _SPACE)])
    end = [decoders.Strip(" ", 1, 0)] if dummy_prefix else []
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace(_SPACE, " "), decoders.ByteFallback(), decoders.Fuse(), *end]
    )
    _cut_out(tokenizer, pieces)
    return tokenizer


def _added(folder: Path) -> dict[int, str]:
    """Numbers and names of the tokens that the folder's JSON files add or rename."""
    added: dict[int, str] = {}
    if (folder / "added_tokens.json").is_file():
        listed = read_json(folder / "added_tokens.json")
        added |= {int(number): text for text, number in listed.items()}
    if (folder / "tokenizer_config.json").is_file():
        listed = read_json(folder / "tokenizer_config.json").get("added_tokens_decoder", {})
        added |= {int(number): str(token["content"]) for number, token in listed.items()}
    return dict(sorted(added.items()))


def _cut_out(tokenizer: "Tokenizer", pieces: list[tuple[str, int]]) -> None:
    """Has special and user-defined tokens found in a text as they are; only the latter are text."""
    from tokenizers import AddedToken

    kinds = {text: kind for text, kind in pieces}
    special = [text for text, kind in kinds.items() if kind in (_CONTROL, _UNKNOWN)]
    defined = [text for text, kind in kinds.items() if kind == _USER_DEFINED]
    tokenizer.add_special_tokens([AddedToken(text, normalized=False) for text in special])
    tokenizer.add_tokens([AddedToken(text, normalized=False) for text in defined])


def _merges(pieces: list[tuple[str, int]]) -> list[tuple[str, str]]:
    """Every way to make a piece of two others; pieces with lower numbers are made first."""
    known = {text for text, kind in pieces if kind == _NORMAL}
    return [
        (text[:cut], text[cut:])
        for text, kind in pieces
        if kind == _NORMAL
        for cut in range(1, len(text))
        if text[:cut] in known and text[cut:] in known
    ]


def _parse(message: bytes) -> tuple[list[tuple[str, int]], int, bool]:
    """ModelProto -> pieces as (text, type), the algorithm, whether a space is put in front."""
    pieces: list[tuple[str, int]] = []
    algorithm, dummy_prefix = 1, True
    for number, value in _fields(message):
        if number == 1:  # SentencePiece: 1 piece, 2 score, 3 type
            piece = dict(_fields(value))
            pieces.append((piece[1].decode(), piece.get(3, _NORMAL)))
        elif number == 2:  # TrainerSpec: 3 model_type
            algorithm = dict(_fields(value)).get(3, algorithm)
        elif number == 3:  # NormalizerSpec: 3 add_dummy_prefix
            dummy_prefix = bool(dict(_fields(value)).get(3, 1))
    if not pieces:
        raise ValueError("there is no piece in it")
    return pieces, algorithm, dummy_prefix


def _fields(message: bytes) -> Iterator[tuple[int, Any]]:
    """Fields of a protocol buffer (https://protobuf.dev/programming-guides/encoding/)."""
    position = 0
    while position < len(message):
        tag, position = _varint(message, position)
        kind = tag & 7
        value: Any
        if kind == _VARINT:
            value, position = _varint(message, position)
        elif kind == _BYTES:
            length, position = _varint(message, position)
            value, position = message[position : position + length], position + length
        elif kind in (_FIXED32, _FIXED64):
            width = 4 if kind == _FIXED32 else 8
            (value,) = struct.unpack_from("<f" if kind == _FIXED32 else "<d", message, position)
            position += width
        else:
            raise ValueError(f"a field of kind {kind}")
        if position > len(message):
            raise ValueError("it is cut short")
        yield tag >> 3, value


def _varint(message: bytes, position: int) -> tuple[int, int]:
    result = shift = 0
    while True:
        byte = message[position]
        result |= (byte & 0x7F) << shift
        position, shift = position + 1, shift + 7
        if byte < 0x80:
            return result, position

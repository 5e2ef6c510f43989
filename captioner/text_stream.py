"""Text from tokens that arrive one by one."""

from collections.abc import Iterable, Iterator

from captioner.tokenizer import Tokenizer


def decode_pieces(tokenizer: Tokenizer, token_ids: Iterable[int]) -> Iterator[str]:
    """Yields text as soon as it is whole.

    A character of several tokens decodes to U+FFFD until its last one is there, so such an end
    is held back.
    """
    tokens: list[int] = []
    given = ""
    for token in token_ids:
        tokens.append(token)
        text = tokenizer.decode(tokens)
        if not text.endswith("�") and len(text) > len(given):
            yield text[len(given) :]
            given = text
    rest = tokenizer.decode(tokens)[len(given) :]
    if rest:
        yield rest

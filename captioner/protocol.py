"""What every captioner can do, whatever model is behind it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from PIL.Image import Image

from captioner.options import GenerationOptions


@dataclass(frozen=True)
class Message:
    """One turn of a conversation: texts and pictures in their order.

    A video is a turn with its frames as pictures.
    """

    role: Literal["user", "assistant"]
    parts: tuple[str | Image, ...]


class Captioner(Protocol):
    """Describes pictures and talks about them.

    Attributes:
        name: the model's name, stored with each caption.
        options: the published way of choosing tokens.
    """

    name: str
    options: GenerationOptions

    def caption(
        self, pictures: Sequence[Image], prompt: str, options: GenerationOptions | None = None
    ) -> list[str]:
        """One description per picture, all made in one batch."""
        ...

    def chat(self, messages: Sequence[Message], options: GenerationOptions | None = None) -> str:
        """The answer to a conversation whose last turn is the user's."""
        ...

    def stream(
        self, messages: Sequence[Message], options: GenerationOptions | None = None
    ) -> Iterator[str]:
        """The same answer piece by piece; greedy or sampled, not by beams."""
        ...

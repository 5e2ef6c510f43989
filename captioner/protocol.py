"""What every captioner can do, whatever model is behind it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from PIL.Image import Image

from captioner.options import GenerationOptions


@dataclass(frozen=True)
class Video:
    """Frames of a video in their order, chosen by the caller.

    Each is read in less detail than a picture, so that many of them fit the model.
    """

    frames: tuple[Image, ...]


@dataclass(frozen=True)
class Message:
    """One turn of a conversation: texts, pictures and videos in their order.

    A "system" turn may come first, instead of the one that the model was trained with.
    """

    role: Literal["system", "user", "assistant"]
    parts: tuple[str | Image | Video, ...]


@dataclass(frozen=True)
class Sight:
    """One thing to look at: a picture, or a frame of a video with its number in it, from 1."""

    picture: Image
    frame: int | None = None


def sights(messages: Sequence[Message]) -> list[Sight]:
    """Every picture and every frame of a conversation, in the order of reading."""
    found: list[Sight] = []
    for message in messages:
        for part in message.parts:
            if isinstance(part, Video):
                found += [Sight(frame, number) for number, frame in enumerate(part.frames, 1)]
            elif not isinstance(part, str):
                found.append(Sight(part))
    return found


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

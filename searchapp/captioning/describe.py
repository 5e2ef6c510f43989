"""Letting a captioner describe the pictures that nobody has described yet."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from searchapp.results import FileFailure

if TYPE_CHECKING:
    from PIL.Image import Image

    from indexer.catalogue import Catalogue
    from indexer.report import Progress

PROMPTS = {
    "en": "Describe this picture in two sentences.",
    "de": "Beschreibe dieses Bild in zwei Sätzen.",
    "es": "Describe esta imagen en dos frases.",
    "fr": "Décris cette image en deux phrases.",
    "ja": "この画像を二文で説明してください。",
    "zh": "请用两句话描述这张图片。",
}


@dataclass(frozen=True)
class CaptionRequest:
    """What to describe and how.

    language: BCP 47 code of the captions. limit: at most so many pictures. prompt: what the
    captioner is asked; None asks for two sentences in the language.
    """

    language: str = "en"
    limit: int | None = None
    prompt: str | None = None
    pixel_limit: int = 250_000_000

    @property
    def question(self) -> str:
        """What the captioner is asked."""
        if self.prompt is not None:
            return self.prompt
        wanted = f" Answer in the language with the code {self.language}."
        return PROMPTS.get(self.language, PROMPTS["en"] + wanted)


@dataclass(frozen=True)
class CaptionOutcome:
    """What came of it; pictures that had a caption are not counted.

    skipped: pictures left because the run was stopped.
    """

    captioned: int
    skipped: int
    failed: int
    seconds: float
    failures: tuple[FileFailure, ...] = ()


class Describer(Protocol):
    """The part of a captioner that is needed here."""

    name: str

    def caption(self, pictures: "list[Image]", prompt: str) -> list[str]:
        """One description per picture."""
        ...


def caption_pictures(
    catalogue: "Catalogue",
    captioner: Describer,
    request: CaptionRequest,
    show: Callable[["Progress"], None],
    stop: Callable[[], bool],
) -> CaptionOutcome:
    """Describe pictures without a caption, newest first, storing each at once.

    A picture that fails is reported and tried again by the next run; it stops nothing.
    """
    from indexer.caption_batches import files_without_caption, store_captions
    from indexer.captions import CAPTIONER, NewCaption

    started = time.monotonic()
    files = files_without_caption(catalogue, request.language, request.limit)
    captioned, failures = 0, list[FileFailure]()
    for done, file in enumerate(files):
        if stop():
            break
        _report(show, done, len(files), len(failures), started)
        try:
            text = _describe(captioner, file.path, request)
        except _expected_failures() as error:
            failures.append(FileFailure(str(file.path), type(error).__name__, str(error)))
            continue
        new = NewCaption(
            file.picture_id, text, request.language, CAPTIONER, captioner.name, request.question
        )
        captioned += store_captions(catalogue, [new])
    return CaptionOutcome(
        captioned=captioned,
        skipped=len(files) - captioned - len(failures),
        failed=len(failures),
        seconds=round(time.monotonic() - started, 3),
        failures=tuple(failures),
    )


def _describe(captioner: Describer, path: Path, request: CaptionRequest) -> str:
    from captioner.errors import CaptionFailed
    from indexer.pixels import decode, to_srgb

    decoded = decode(path.read_bytes(), request.pixel_limit)
    picture = to_srgb(decoded.image, decoded.profile)
    (text,) = captioner.caption([picture], request.question)
    if not text.strip():
        raise CaptionFailed(captioner.name, "it had nothing to say")
    return text.strip()


def _expected_failures() -> tuple[type[Exception], ...]:
    from captioner.errors import CaptionerCrashed, CaptionFailed
    from indexer.failures import PictureUnreadable

    return CaptionerCrashed, CaptionFailed, PictureUnreadable, OSError


def _report(
    show: Callable[["Progress"], None], done: int, total: int, failed: int, started: float
) -> None:
    from indexer.report import Progress

    rate = done / max(time.monotonic() - started, 1e-6)
    remaining = (total - done) / rate if rate else None
    show(Progress("Describing", total, done, total, failed, rate, remaining, ""))


@contextmanager
def captioner_process(wanted: str, models_folder: Path, precision: str) -> Iterator[Describer]:
    """A captioner in a process of its own, ended at the end.

    Raises CaptionerUnknown, CaptionerMissing.
    """
    from captioner.process import CaptionerProcess
    from captioner.registry import find

    process = CaptionerProcess(*find(wanted, models_folder), precision=precision)
    try:
        yield process
    finally:
        process.close()

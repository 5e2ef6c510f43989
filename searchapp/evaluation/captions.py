"""Pictures with captions in several languages, as a loader reads them from a published format."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from searchapp.errors import CaptionsDamaged

UNDETERMINED = "und"
"""BCP 47 code of text whose language nobody stated."""


@dataclass(frozen=True)
class PictureFile:
    """Where the bytes of one picture lie: a file, or a stretch of an uncompressed tar file.

    name: as the captions name it, for messages. offset, size: bytes inside `path`, or None for
    the whole file.
    """

    name: str
    path: Path
    offset: int | None = None
    size: int | None = None

    def present(self) -> bool:
        """Whether the file is there."""
        return self.path.is_file()

    def read(self) -> bytes:
        """All bytes of the picture; OSError as the file system gives it."""
        if self.offset is None:
            return self.path.read_bytes()
        with self.path.open("rb") as stream:
            stream.seek(self.offset)
            return stream.read(-1 if self.size is None else self.size)


@dataclass(frozen=True)
class CaptionedPicture:
    """One picture and its captions, first caption first: language code -> texts."""

    file: PictureFile
    captions: dict[str, tuple[str, ...]]


@dataclass(frozen=True)
class Captions:
    """All that a loader read. `format` names the loader; `source` is the file or folder.

    set_aside: captions left out because the file says a machine made them.
    """

    format: str
    source: Path
    pictures: tuple[CaptionedPicture, ...]
    set_aside: int = 0


class Gatherer:
    """Collects captions line by line, in the order of first mention."""

    def __init__(self, format_name: str, source: Path) -> None:
        self._format = format_name
        self._source = source
        self._files: dict[str, PictureFile] = {}
        self._captions: dict[str, dict[str, list[str]]] = {}
        self.set_aside = 0

    def add(self, file: PictureFile, language: str, texts: Iterable[str]) -> None:
        """Add captions of one picture; blank ones are dropped."""
        self._files.setdefault(file.name, file)
        spoken = self._captions.setdefault(file.name, {})
        kept = [text.strip() for text in texts if text.strip()]
        if kept:
            spoken.setdefault(language, []).extend(kept)

    def captions(self) -> Captions:
        """What was gathered.

        Raises CaptionsDamaged when no picture has a caption.
        """
        pictures = tuple(
            CaptionedPicture(
                file, {code: tuple(texts) for code, texts in self._captions[name].items()}
            )
            for name, file in self._files.items()
        )
        if not any(picture.captions for picture in pictures):
            raise CaptionsDamaged(self._source, 1, "there is no caption in it")
        return Captions(self._format, self._source, pictures, self.set_aside)

"""A captioned set of pictures made ready for measuring: checked, merged, named by a digest."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from searchapp.errors import CaptionedPicturesMissing
from searchapp.evaluation.captions import CaptionedPicture, Captions, PictureFile
from searchapp.evaluation.progress import Reporter

CaptionChoice = Literal["first", "all"]
LEAST_PICTURES = 2
"""With one picture every answer is right and nothing is measured."""


@dataclass(frozen=True)
class Texts:
    """Captions of one language. `picture_of_text` [T] int64 indexes `Dataset.files`."""

    captions: tuple[str, ...]
    picture_of_text: np.ndarray


@dataclass(frozen=True)
class Dataset:
    """Different pictures and their captions.

    files: one per different picture [P]; names of byte-equal copies are in `duplicates`, and
    their captions belong to the one that is kept: finding either is the same answer.
    contents: hash of each file's bytes, hex.
    texts: language code -> captions, in the order of the pictures.
    missing, unreadable: names of pictures that take no part, with nothing hidden.
    set_aside: machine-made captions that take no part.
    digest: hex; pictures' contents and captions, so that results can be compared.
    """

    name: str
    format: str
    digest: str
    files: tuple[PictureFile, ...]
    contents: tuple[str, ...]
    texts: Mapping[str, Texts]
    set_aside: int = 0
    missing: tuple[str, ...] = ()
    unreadable: tuple[str, ...] = ()
    duplicates: tuple[tuple[str, str], ...] = ()

    def without(self, positions: set[int], names: tuple[str, ...]) -> "Dataset":
        """The data set without pictures that turned out to be unreadable, and their captions."""
        if not positions:
            return self
        kept = [index for index in range(len(self.files)) if index not in positions]
        new_index = np.full(len(self.files), -1)
        new_index[kept] = np.arange(len(kept))
        texts = {}
        for language, spoken in self.texts.items():
            moved = new_index[spoken.picture_of_text]
            captions = tuple(
                text for text, at in zip(spoken.captions, moved, strict=True) if at >= 0
            )
            if captions:
                texts[language] = Texts(captions, moved[moved >= 0])
        return replace(
            self,
            files=tuple(self.files[index] for index in kept),
            contents=tuple(self.contents[index] for index in kept),
            texts=texts,
            unreadable=self.unreadable + names,
        )


def prepare(captions: Captions, choice: CaptionChoice, reporter: Reporter) -> Dataset:
    """Read every picture once to find the missing and the doubled, and take the digest.

    Raises CaptionedPicturesMissing when fewer than two different pictures are there.
    """
    merged: dict[str, tuple[PictureFile, dict[str, list[str]]]] = {}
    missing: list[str] = []
    duplicates: list[tuple[str, str]] = []
    for done, picture in enumerate(captions.pictures):
        reporter.advance("reading pictures", done, len(captions.pictures))
        content = _content_digest(picture.file)
        if content is None:
            missing.append(picture.file.name)
            continue
        if content in merged:
            duplicates.append((picture.file.name, merged[content][0].name))
        _, spoken = merged.setdefault(content, (picture.file, {}))
        _join(spoken, picture)
    if len(merged) < LEAST_PICTURES:
        example = missing[0] if missing else captions.pictures[0].file.name
        found = len(captions.pictures) - len(missing)
        raise CaptionedPicturesMissing(captions.source, found, len(captions.pictures), example)
    texts = _by_language(merged, choice)
    return Dataset(
        name=captions.source.name,
        format=captions.format,
        digest=_digest(tuple(merged), texts),
        files=tuple(file for file, _ in merged.values()),
        contents=tuple(merged),
        texts=texts,
        set_aside=captions.set_aside,
        missing=tuple(missing),
        duplicates=tuple(duplicates),
    )


def _join(spoken: dict[str, list[str]], picture: CaptionedPicture) -> None:
    for language, texts in picture.captions.items():
        known = spoken.setdefault(language, [])
        known.extend(text for text in dict.fromkeys(texts) if text not in known)


def _content_digest(file: PictureFile) -> str | None:
    try:
        return hashlib.sha256(file.read()).hexdigest() if file.present() else None
    except OSError:
        return None


def _by_language(
    merged: Mapping[str, tuple[PictureFile, dict[str, list[str]]]], choice: CaptionChoice
) -> dict[str, Texts]:
    captions: dict[str, list[str]] = {}
    pictures: dict[str, list[int]] = {}
    for index, (_, spoken) in enumerate(merged.values()):
        for language, texts in spoken.items():
            chosen = texts[:1] if choice == "first" else texts
            captions.setdefault(language, []).extend(chosen)
            pictures.setdefault(language, []).extend([index] * len(chosen))
    return {
        language: Texts(tuple(captions[language]), np.asarray(pictures[language], np.int64))
        for language in sorted(captions)
    }


def _digest(contents: tuple[str, ...], texts: Mapping[str, Texts]) -> str:
    digest = hashlib.sha256()
    write: Callable[[bytes], None] = digest.update
    for content in contents:
        write(bytes.fromhex(content))
    for language, spoken in texts.items():
        for text, picture in zip(spoken.captions, spoken.picture_of_text, strict=True):
            write(f"\0{language}\0{picture}\0{text}".encode("utf-8", "surrogatepass"))
    return digest.hexdigest()

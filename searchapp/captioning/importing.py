"""Captions that exist already: files of captions, and what pictures and sidecars carry."""

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from searchapp.captioning.xmp import Words, embedded, parse, sidecars_of

if TYPE_CHECKING:
    from indexer.caption_batches import CatalogueFile
    from indexer.catalogue import Catalogue


@dataclass(frozen=True)
class ImportOutcome:
    """What was imported.

    captioned: captions stored. skipped: pictures named that the library does not have, or files
    without a word. failed: files that could not be read.
    """

    captioned: int
    skipped: int
    failed: int
    seconds: float


def import_captions(catalogue: "Catalogue", source: Path) -> ImportOutcome:
    """Import a file of captions in any format that `searchapp eval` reads.

    A picture is found by its path, or else by the end of its path if only one picture of the
    library ends so.

    Raises CaptionsUnknown, CaptionsDamaged.
    """
    from indexer.caption_batches import present_files, store_captions
    from indexer.captions import IMPORT, NewCaption
    from searchapp.evaluation.captions import UNDETERMINED
    from searchapp.evaluation.loaders import LoadOptions, load_captions

    started = time.monotonic()
    described = load_captions(source, LoadOptions()).pictures
    places = _Places(present_files(catalogue))
    missing = 0

    def rows() -> Iterator[NewCaption]:
        nonlocal missing
        for picture in described:
            picture_id = places.find(picture.file.path, picture.file.name)
            if picture_id is None:
                missing += 1
                continue
            for language, texts in picture.captions.items():
                stated = None if language == UNDETERMINED else language
                for text in texts:
                    yield NewCaption(picture_id, text, stated, IMPORT)

    stored = store_captions(catalogue, rows())
    return ImportOutcome(stored, missing, 0, round(time.monotonic() - started, 3))


def import_metadata(catalogue: "Catalogue") -> ImportOutcome:
    """Import descriptions and keywords that lie in pictures and in sidecars beside them."""
    from indexer.caption_batches import present_files, store_captions
    from indexer.captions import XMP, NewCaption

    started = time.monotonic()
    silent = failed = 0

    def rows() -> Iterator[NewCaption]:
        nonlocal silent, failed
        for file in present_files(catalogue):
            try:
                words = _words_about(file.path)
            except OSError:
                failed += 1
                continue
            silent += not words
            for each in words:
                yield NewCaption(file.picture_id, each.text, each.language, XMP)

    stored = store_captions(catalogue, rows())
    return ImportOutcome(stored, silent, failed, round(time.monotonic() - started, 3))


def _words_about(picture: Path) -> list[Words]:
    words = embedded(picture)
    for sidecar in sidecars_of(picture):
        if sidecar.is_file():
            words += parse(sidecar.read_bytes())
    return list({each.text: each for each in words}.values())


class _Places:
    """Finds the picture that a captions file means."""

    def __init__(self, files: "list[CatalogueFile]") -> None:
        self._by_path = {os.path.normpath(file.path): file.picture_id for file in files}
        self._by_name: dict[str, list[CatalogueFile]] = {}
        for file in files:
            self._by_name.setdefault(file.path.name, []).append(file)

    def find(self, path: Path, name: str) -> int | None:
        """The picture at a path, or the only one whose path ends with the name."""
        at_path = self._by_path.get(os.path.normpath(path.absolute()))
        if at_path is not None:
            return at_path
        ending = Path(name).parts
        alike = {
            file.picture_id
            for file in self._by_name.get(Path(name).name, [])
            if file.path.parts[-len(ending) :] == ending
        }
        return alike.pop() if len(alike) == 1 else None

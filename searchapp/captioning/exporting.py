"""Captions for other programs, as sidecars beside the pictures."""

import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from searchapp.captioning.xmp import MARK, Words, sidecar, sidecars_of

if TYPE_CHECKING:
    from indexer.catalogue import Catalogue


@dataclass(frozen=True)
class ExportOutcome:
    """What was written.

    captioned: sidecars written. skipped: pictures whose sidecar is another program's, which is
    left as it is. failed: folders that cannot be written.
    """

    captioned: int
    skipped: int
    failed: int
    seconds: float


def export_sidecars(catalogue: "Catalogue") -> ExportOutcome:
    """Write `photo.jpg.xmp` beside each picture that has a caption. No picture is touched."""
    from indexer.caption_batches import captions_of, present_files

    started = time.monotonic()
    files = present_files(catalogue)
    captions = captions_of(catalogue, [file.picture_id for file in files])
    written = skipped = failed = 0
    for file in files:
        if file.picture_id not in captions:
            continue
        if any(_of_another_program(path) for path in sidecars_of(file.path)):
            skipped += 1
            continue
        # The first of a language is the best, and the last of a language is kept.
        words = [Words(each.language, each.text) for each in reversed(captions[file.picture_id])]
        try:
            _write(sidecars_of(file.path)[0], sidecar(words))
            written += 1
        except OSError:
            failed += 1
    return ExportOutcome(written, skipped, failed, round(time.monotonic() - started, 3))


def _of_another_program(path: Path) -> bool:
    return path.is_file() and f'CreatorTool="{MARK}"'.encode() not in path.read_bytes()


def _write(path: Path, text: str) -> None:
    writing = path.with_name(f".{path.name}.writing")
    try:
        writing.write_text(text, encoding="utf-8")
        os.replace(writing, path)
    finally:
        writing.unlink(missing_ok=True)

"""Checkpoints of every model, dual encoders and captioners alike: describe, convert."""

from collections.abc import Callable
from pathlib import Path

from captioner.conversion import conversion_maps
from pd_clip.conversion import (
    JINA_CLIP,
    ConversionReport,
    FolderInfo,
    convert,
    inspect,
)

MAPS = (JINA_CLIP, *conversion_maps())


def describe(folder: Path) -> FolderInfo:
    """The facts of a checkpoint folder and its defects, from headers alone.

    Raises ConversionError for a folder that is no checkpoint of a known model.
    """
    return inspect(folder, maps=MAPS)


def convert_checkpoint(
    source: Path,
    destination: Path,
    *,
    reverse: bool = False,
    check: bool = False,
    show: Callable[[int, int], None] | None = None,
) -> ConversionReport:
    """Convert between the published layout and Paddle's; `show(done, total)` counts bytes.

    Raises ConversionError; nothing is left at `destination` then.
    """
    return convert(
        source,
        destination,
        reverse=reverse,
        check=check,
        progress=None
        if show is None
        else lambda progress: show(progress.done_bytes, progress.total_bytes),
        maps=MAPS,
    )

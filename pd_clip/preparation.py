"""Make a model ready on this machine: programs exported, probes recorded, engines proved.

All of it also happens by itself when a tower is first used; done beforehand, the first search
waits for nothing. What a picture costs here at each size the model can be run at is told too.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import numpy as np

from pd_clip.config import IMAGE_SIZES, JinaClipConfig
from pd_clip.encoder import Encoder, load_encoder
from pd_clip.runtimes import Tower, available_runtimes, open_session


@dataclass(frozen=True)
class Prepared:
    """A tower and the engine that reproduced its recorded answers here."""

    tower: str
    runtime: str
    precision: str
    seconds: float


def towers(encoder: Encoder) -> tuple[Tower, Tower]:
    """Image and text tower of an encoder, as engines take them."""
    from pd_clip.compact import encoder as compact
    from pd_clip.jina_encoder import JinaEncoder, image_tower, text_tower

    if isinstance(encoder, JinaEncoder):
        return image_tower(encoder), text_tower(encoder)
    if isinstance(encoder, compact.CompactEncoder):
        return compact.image_tower(encoder), compact.text_tower(encoder)
    raise TypeError(f"{type(encoder).__name__} has no towers")


def prepare(
    folder: Path, *, runtime: str = "auto", notice: Callable[[str], None] | None = None
) -> tuple[Prepared, ...]:
    """Export both towers for an engine ("auto", "all" or a name) and let it prove itself.

    notice: called with a sentence when something slow begins or an engine had to be replaced.
    Raises RuntimeFailed, RuntimeUnavailable, and what `load_encoder` raises.
    """
    encoder = load_encoder(folder, notice=notice)
    names = available_runtimes() if runtime == "all" else (runtime,)
    ready = []
    for tower in towers(encoder):
        for name in names:
            began = perf_counter()
            session = open_session(tower, name)
            seconds = perf_counter() - began
            ready.append(Prepared(tower.name, session.runtime, session.precision, seconds))
    return tuple(ready)


@dataclass(frozen=True)
class ImageSizeCost:
    """What one picture costs at a size: pixels per side, tokens, 10^9 operations, seconds.

    seconds: measured here, the faster of two; None where it was not measured.
    """

    pixels: int
    tokens: int
    gigaflop: float
    seconds: float | None


def image_size_costs(
    folder: Path,
    *,
    runtime: str = "auto",
    measure: bool = True,
    notice: Callable[[str], None] | None = None,
) -> tuple[ImageSizeCost, ...]:
    """The cost of a picture at each size that a jina-clip model can be run at, smallest first.

    Raises ConfigInvalid for a folder of another kind, RuntimeFailed, RuntimeUnavailable.
    """
    published = JinaClipConfig.from_folder(folder)
    costs = []
    for pixels in sorted({*IMAGE_SIZES, published.vision.image_size}):
        vision = published.at_size(pixels).vision
        seconds = None
        if measure:
            encoder = load_encoder(folder, runtime=runtime, image_size=pixels, notice=notice)
            seconds = _seconds_of_a_picture(encoder)
        costs.append(ImageSizeCost(pixels, vision.num_positions, vision.gigaflop, seconds))
    return tuple(costs)


def _seconds_of_a_picture(encoder: Encoder) -> float:
    picture = np.zeros((1, encoder.image_size, encoder.image_size, 3), np.uint8)
    encoder.encode_images(picture)  # opens the tower
    taken = []
    for _ in range(2):
        began = perf_counter()
        encoder.encode_images(picture)
        taken.append(perf_counter() - began)
    return min(taken)

"""Make a model ready on this machine: programs exported, probes recorded, engines proved.

All of it also happens by itself when a tower is first used; done beforehand, the first search
waits for nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

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

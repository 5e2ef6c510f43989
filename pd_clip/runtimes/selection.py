"""Which engine runs a tower: the one asked for, or the first that this machine can use."""

from typing import Final

from pd_clip.errors import RuntimeUnavailable
from pd_clip.runtimes.base import Runtime, Session, Tower
from pd_clip.runtimes.dynamic import DynamicRuntime

RUNTIMES: Final[dict[str, Runtime]] = {runtime.name: runtime for runtime in (DynamicRuntime(),)}


def available_runtimes() -> tuple[str, ...]:
    """Names of the engines this machine can run, in the order `auto` tries them."""
    return tuple(name for name, runtime in RUNTIMES.items() if runtime.available())


def open_session(tower: Tower, runtime: str = "auto", precision: str = "auto") -> Session:
    """A session for `tower`; raises RuntimeUnavailable for an unknown or absent engine."""
    names = available_runtimes() if runtime == "auto" else (runtime,)
    for name in names:
        if name not in available_runtimes():
            raise RuntimeUnavailable(name, available_runtimes())
        engine = RUNTIMES[name]
        return engine.open(tower, engine.precisions(tower)[0] if precision == "auto" else precision)
    raise RuntimeUnavailable(runtime, ())

"""Which engine runs a tower: the one asked for, or the first that proves itself here."""

from collections.abc import Iterator
from typing import Final

from pd_clip.errors import RuntimeFailed, RuntimeUnavailable
from pd_clip.probe import check
from pd_clip.runtimes.base import Runtime, Session, Tower
from pd_clip.runtimes.dynamic import DynamicRuntime, has_gpu
from pd_clip.runtimes.inference import InferenceRuntime
from pd_clip.runtimes.openvino import OpenVinoRuntime

RUNTIMES: Final[dict[str, Runtime]] = {
    runtime.name: runtime for runtime in (OpenVinoRuntime(), InferenceRuntime(), DynamicRuntime())
}


def available_runtimes() -> tuple[str, ...]:
    """Names of the engines this machine can run, in the order `auto` tries them."""
    names = [name for name, runtime in RUNTIMES.items() if runtime.available()]
    if has_gpu():
        names.sort(key=lambda name: name != "dynamic")
    return tuple(names)


def open_session(tower: Tower, runtime: str = "auto", precision: str = "auto") -> Session:
    """A session for `tower` that reproduces its probes.

    With "auto", an engine that fails is replaced by the next and `tower.notice` is told in one
    sentence. Raises RuntimeUnavailable for an unknown or absent engine, RuntimeFailed when none
    works.
    """
    failure: RuntimeFailed | None = None
    for engine, chosen in _candidates(tower, runtime, precision):
        if failure is not None:
            tower.notice(f"{failure}; {engine.name} in {chosen} is used instead.")
        try:
            session = engine.open(tower, chosen)
            check(session, tower, engine.version())
        except RuntimeFailed as error:
            failure = error
        else:
            return session
    raise failure or RuntimeUnavailable(runtime, available_runtimes())


def _candidates(tower: Tower, runtime: str, precision: str) -> Iterator[tuple[Runtime, str]]:
    available = available_runtimes()
    for name in available if runtime == "auto" else (runtime,):
        if name not in available:
            raise RuntimeUnavailable(name, available)
        engine = RUNTIMES[name]
        for chosen in engine.precisions(tower) if precision == "auto" else (precision,):
            yield engine, chosen

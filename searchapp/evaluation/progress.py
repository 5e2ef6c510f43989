"""How an evaluation says where it is, and how it is stopped."""

from collections.abc import Callable
from dataclasses import dataclass

from searchapp.errors import EvaluationStopped


@dataclass(frozen=True)
class EvaluationProgress:
    """One step: `done` of `total` in a stage named by what is going on (`encoding pictures`)."""

    stage: str
    done: int
    total: int


@dataclass(frozen=True)
class Reporter:
    """Tells the door where the work is and asks whether to go on."""

    progress: Callable[[EvaluationProgress], None]
    stop: Callable[[], bool]

    def advance(self, stage: str, done: int, total: int) -> None:
        """Report; raises EvaluationStopped when the person asked to stop."""
        self.progress(EvaluationProgress(stage, done, total))
        if self.stop():
            raise EvaluationStopped(stage, done, total)


def silent() -> Reporter:
    """A reporter for callers that neither watch nor stop."""
    return Reporter(lambda _: None, lambda: False)

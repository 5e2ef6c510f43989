"""Indexing in the background of the server: start, look at, pause."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from searchapp.errors import IndexingUnderWay
from searchapp.results import IndexOutcome

if TYPE_CHECKING:
    from indexer.pipeline import Progress

Run = Callable[[Callable[["Progress"], None], Callable[[], bool]], IndexOutcome]


@dataclass(frozen=True)
class JobState:
    """How indexing in this process stands.

    progress: of the run under way, None before its first report. outcome: of the last run.
    error: the sentence of the error that ended the last run. watching: it goes on with whatever
    changes in the folders. resting: it watches, and all that changed has been read.
    """

    running: bool
    pausing: bool
    progress: "Progress | None"
    outcome: IndexOutcome | None
    error: str | None
    watching: bool = False
    resting: bool = False


class IndexJob:
    """At most one run of the indexer at a time, on a thread of its own."""

    def __init__(self, describe: Callable[[BaseException], str]) -> None:
        self._describe = describe
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._progress: Progress | None = None
        self._outcome: IndexOutcome | None = None
        self._error: str | None = None
        self._watching = False

    def start(self, run: Run, watching: bool = False) -> None:
        """Begin a run; one that watches says with `rest` when it has read all. Raises
        IndexingUnderWay."""
        with self._lock:
            if self._running:
                raise IndexingUnderWay
            self._stop.clear()
            self._progress, self._outcome, self._error = None, None, None
            self._watching = watching
            self._thread = threading.Thread(
                target=self._work, args=(run,), name="index", daemon=True
            )
            self._thread.start()

    def rest(self, outcome: IndexOutcome) -> None:
        """All that changed has been read; `outcome` is of that pass."""
        self._outcome, self._progress = outcome, None

    def pause(self) -> None:
        """Ask the run to stop after the batch in hand; what is done stays done."""
        self._stop.set()

    def close(self) -> None:
        """Pause, and wait for the end of the batch."""
        self.pause()
        if self._thread is not None:
            self._thread.join(timeout=30)

    @property
    def state(self) -> JobState:
        watching = self._running and self._watching
        return JobState(
            running=self._running,
            pausing=self._running and self._stop.is_set(),
            progress=self._progress,
            outcome=self._outcome,
            error=self._error,
            watching=watching,
            resting=watching and self._outcome is not None and self._progress is None,
        )

    @property
    def _running(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def _work(self, run: Run) -> None:
        try:
            self._outcome = run(self._show, self._stop.is_set)
        except Exception as error:
            self._error = self._describe(error)

    def _show(self, progress: "Progress") -> None:
        self._progress = progress

"""The most memory that this process and those it started held together, sampled."""

import threading
from types import TracebackType
from typing import Self

import psutil


class PeakMemory:
    """A context in which memory is sampled; proportional where pages are shared (Linux).

    own, others: bytes of this process and of the largest of the processes below it, each at its
    own peak. together: of all of them at one moment.
    """

    def __init__(self, interval: float = 0.2) -> None:
        self._interval = interval
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)
        self.own = self.others = self.together = 0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._thread.join()

    def _sample(self) -> None:
        here = psutil.Process()
        while not self._ended.wait(self._interval):
            own = _bytes_of(here)
            others = [_bytes_of(child) for child in here.children(recursive=True)]
            self.own = max(self.own, own)
            self.others = max(self.others, *others, 0)
            self.together = max(self.together, own + sum(others))


def _bytes_of(process: psutil.Process) -> int:
    try:
        found = process.memory_full_info()
        return int(getattr(found, "pss", found.rss))
    except psutil.Error:
        return 0

"""Keeps a library up to date while folders change, with a periodic full rescan.

Network mounts send no events, so everything is scanned again now and then as well; and only that
where the system will not watch so many folders.
"""

import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from indexer.report import IndexReport

Index = Callable[[tuple[Path, ...]], IndexReport]
Stop = Callable[[], bool]

_MOST_FOLDERS = 20
_POLL_MILLISECONDS = 200


@dataclass(frozen=True)
class WatchTimes:
    """settle: quiet seconds before changes are read, so that no half-written file is;
    rescan: seconds between full scans; retry: seconds between looks for a folder that is away."""

    settle: float = 2.0
    rescan: float = 3600.0
    retry: float = 2.0


def watch(
    folders: tuple[Path, ...],
    index: Index,
    stop: Stop,
    times: WatchTimes = WatchTimes(),
    report: Callable[[IndexReport], None] = lambda _: None,
    say: Callable[[str], None] = lambda _: None,
) -> None:
    """Index all folders, then whatever changes, until `stop` says so.

    index: brings the library up to date with the folders it is given.
    say: told in a sentence when the system does not watch; folders are read now and then all the
    same.
    A folder that is deleted is noticed (its pictures become missing) and again when it is back.
    """
    from watchfiles import watch as watch_files

    while not stop():
        present = tuple(folder for folder in folders if folder.is_dir())
        if not present:
            report(index(folders))
            _wait(times.retry, stop)
            continue
        ended = _Ended(stop)
        changed: set[str] = set()
        settled = _Settled(times.settle)
        events = watch_files(
            *present,
            watch_filter=None,
            debounce=_POLL_MILLISECONDS,
            step=_POLL_MILLISECONDS // 2,
            rust_timeout=_POLL_MILLISECONDS,
            yield_on_timeout=True,
            stop_event=ended,
            raise_interrupt=True,
        )
        try:
            first = next(events, None)
        except OSError as error:  # Linux has a limit on watched folders
            say(
                f"The system does not watch these folders ({error}); they are read again every"
                f" {times.rescan / 60:.0f} minutes."
            )
            report(index(folders))
            _wait(times.rescan, stop)
            continue
        if first is None:  # stopped
            continue
        # Only now: what comes while this scan is under way is seen, and read after it.
        report(index(folders))
        last_full = time.monotonic()
        for changes in events:
            changed.update(path for _, path in changes)
            settled.saw(path for _, path in changes)
            if changed and settled():
                report(index(changed_folders(changed, present)))
                changed.clear()
            elif time.monotonic() - last_full > times.rescan:
                break
            if any(not folder.is_dir() for folder in present) or _back(folders, present):
                break


def _back(folders: tuple[Path, ...], present: tuple[Path, ...]) -> bool:
    return any(folder.is_dir() for folder in folders if folder not in present)


def _wait(seconds: float, stop: Stop) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until and not stop():
        time.sleep(_POLL_MILLISECONDS / 1000)


def changed_folders(paths: Iterable[str], roots: tuple[Path, ...]) -> tuple[Path, ...]:
    """The folders to scan for changed paths: their parents, or the whole roots if too many."""
    within = [os.path.realpath(root) for root in roots]
    parents = set()
    for path in paths:
        folder = os.path.dirname(os.path.realpath(path))
        while folder not in within and not os.path.isdir(folder):
            folder = os.path.dirname(folder)
        parents.add(folder)
    inside = {p for p in parents if any(p == r or p.startswith(r + os.sep) for r in within)}
    if len(inside) > _MOST_FOLDERS or len(inside) < len(parents):
        return roots
    # A folder below another that is scanned anyway need not be named.
    return tuple(
        Path(p) for p in sorted(inside) if not any(p.startswith(o + os.sep) for o in inside)
    )


class _Settled:
    """True once nothing changed for a while and the files that did have stopped growing."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._last = 0.0
        self._stats: dict[str, tuple[int, int] | None] = {}

    def saw(self, paths: Iterable[str]) -> None:
        for path in paths:
            self._last = time.monotonic()
            self._stats[path] = _stat(path)

    def __call__(self) -> bool:
        if time.monotonic() - self._last < self._seconds:
            return False
        for path, before in self._stats.items():
            now = _stat(path)
            if now != before:
                self._stats[path] = now
                self._last = time.monotonic()
                return False
        self._stats.clear()
        return True


def _stat(path: str) -> tuple[int, int] | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns


class _Ended:
    """A stop function in the shape of an event, as watchfiles wants it."""

    def __init__(self, stop: Stop) -> None:
        self._stop = stop

    def is_set(self) -> bool:
        return self._stop()

"""Progress of long work on standard error: a live bar on a terminal, plain lines elsewhere."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from searchapp.cli.console import print_message, printable

if TYPE_CHECKING:
    from indexer.pipeline import Progress

PLAIN_INTERVAL_SECONDS = 5.0


@contextmanager
def progress_shown() -> Iterator[Callable[["Progress"], None]]:
    """Yield a function that shows the progress of indexing it is given."""
    if not sys.stderr.isatty():
        yield _plain_lines()
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[facts]}"),
        TimeElapsedColumn(),
    )
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Scanning", total=None, facts="")

        say_forecast = _forecast_once(bar.console.print)

        def show(progress: "Progress") -> None:
            say_forecast(progress)
            bar.update(
                task,
                description=printable(progress.stage),
                completed=progress.done,
                total=progress.total,
                facts=printable(facts(progress)),
            )

        yield show


def _plain_lines() -> Callable[["Progress"], None]:
    last_shown = time.monotonic()
    say_forecast = _forecast_once(print_message)

    def show(progress: "Progress") -> None:
        nonlocal last_shown
        say_forecast(progress)
        if time.monotonic() - last_shown < PLAIN_INTERVAL_SECONDS:
            return
        last_shown = time.monotonic()
        total = "?" if progress.total is None else str(progress.total)
        print_message(f"{progress.stage}: {progress.done} of {total}  {facts(progress)}")

    return show


def _forecast_once(say: Callable[[str], None]) -> Callable[["Progress"], None]:
    """A function that says what a long run will take, the first time that it is known."""
    said = False

    def show(progress: "Progress") -> None:
        nonlocal said
        if progress.forecast is not None and not said:
            from searchapp.upkeep import as_estimate

            said = True
            say(printable(as_estimate(progress.forecast).sentence))

    return show


def facts(progress: "Progress") -> str:
    """Files seen, rate, time left, failures and folder in one line."""
    parts = [f"{progress.rate:.1f}/s"]
    if progress.total is not None and progress.seen != progress.total:
        parts.insert(0, f"{progress.seen} seen")
    if progress.remaining_seconds is not None:
        parts.append(f"{timedelta(seconds=round(progress.remaining_seconds))} left")
    if progress.failed:
        parts.append(f"{progress.failed} failed")
    if progress.folder:
        parts.append(progress.folder)
    return "  ".join(parts)


@contextmanager
def bytes_shown(title: str) -> Iterator[Callable[[int, int], None]]:
    """Yield a function that shows how many of how many bytes are done."""
    if not sys.stderr.isatty():
        last_shown = time.monotonic()

        def say(done: int, total: int) -> None:
            nonlocal last_shown
            if time.monotonic() - last_shown >= PLAIN_INTERVAL_SECONDS:
                last_shown = time.monotonic()
                print_message(f"{title}: {done / 1e6:.0f} of {total / 1e6:.0f} MB")

        yield say
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn(title), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    bar = Bar(*columns, console=Console(stderr=True), transient=True)
    task = bar.add_task(title, total=None)

    def show(done: int, total: int) -> None:
        bar.start()  # only now: a question asked before would be drawn over
        bar.update(task, completed=done, total=total)

    try:
        yield show
    finally:
        bar.stop()

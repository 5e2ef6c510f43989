"""`searchapp index`: bring the library up to date with folders of pictures."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from searchapp.cli.console import (
    end_interrupted,
    print_json,
    print_message,
    print_result,
    stop_on_interrupt,
)
from searchapp.cli.options import DebugOption, DimOption, JsonOption, LibraryOption, ModelOption

if TYPE_CHECKING:
    from indexer.pipeline import Progress
    from searchapp.requests import IndexRequest
    from searchapp.results import IndexOutcome
    from searchapp.service import SearchService

RESUME = "Stopping after the batch in hand. The same command goes on where it stopped."
# A batch takes about a second; loading a model, or one large batch on a slow machine, takes longer.
SECONDS_TO_STOP = 1.5


def register(app: typer.Typer) -> None:
    """Add the command to the tree."""
    app.command("index")(index)


def index(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Folders with pictures.", show_default=False)
    ] = None,
    model: ModelOption = "auto",
    dim: DimOption = None,
    workers: Annotated[
        int | None,
        typer.Option("--workers", min=1, help="Processes that decode.", show_default=False),
    ] = None,
    excludes: Annotated[
        list[str] | None,
        typer.Option("--exclude", help="Leave this out (gitignore syntax); may be repeated."),
    ] = None,
    follow_symlinks: Annotated[
        bool, typer.Option("--follow-symlinks", help="Follow symbolic links to folders.")
    ] = False,
    watch: Annotated[
        bool, typer.Option("--watch", help="Go on watching the folders until Ctrl-C.")
    ] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 1 when any file failed.")
    ] = False,
    prune: Annotated[
        bool, typer.Option("--prune", help="Forget pictures whose files are gone.")
    ] = False,
    accept_loss: Annotated[
        bool,
        typer.Option("--accept-loss", help="Believe it when very many vanished at once."),
    ] = False,
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", help="Try files again that failed before.")
    ] = False,
    discard_old: Annotated[
        bool, typer.Option("--discard-old", help="Remove the vectors of models no longer used.")
    ] = False,
    estimate: Annotated[
        bool, typer.Option("--estimate", help="Only time a sample and forecast hours and disk.")
    ] = False,
    move_root: Annotated[
        tuple[Path, Path] | None,
        typer.Option("--move-root", help="A folder was moved: OLD NEW; embeds nothing."),
    ] = None,
    pixel_limit: Annotated[
        int | None,
        typer.Option("--pixel-limit", min=1, help="Refuse larger pictures.", show_default=False),
    ] = None,
    image_size: Annotated[
        int | None,
        typer.Option("--image-size", help="Pixels per side for the model.", show_default=False),
    ] = None,
    json_output: JsonOption = False,
    library: LibraryOption = None,
    debug: DebugOption = False,
) -> None:
    """Index new and changed pictures; mark those that are gone."""
    from searchapp.cli.session import open_service
    from searchapp.requests import IndexRequest

    request = IndexRequest(
        paths=tuple(paths or ()),
        model=model,
        dim=dim,
        workers=workers,
        excludes=tuple(excludes or ()),
        follow_symlinks=follow_symlinks,
        prune=prune,
        accept_loss=accept_loss,
        retry_failed=retry_failed,
        discard_old=discard_old,
        pixel_limit=pixel_limit,
        image_size=image_size,
    )
    with stop_on_interrupt(RESUME, SECONDS_TO_STOP) as stop, open_service(library) as service:
        if move_root is not None:
            service.move_root(*move_root)
            print_message(f"{move_root[0]} is now {move_root[1]}; nothing was embedded again.")
            if not paths:
                return
        if estimate:
            show_estimate(service, request, json_output)
            return
        outcome = run(service, request, watch, stop)
    if json_output:
        print_json(outcome)
    else:
        render(outcome)
    if outcome.interrupted and not watch:
        end_interrupted()
    if strict and outcome.failed:
        raise typer.Exit(1)


def run(
    service: "SearchService", request: "IndexRequest", watch: bool, stop: Callable[[], bool]
) -> "IndexOutcome":
    """Index with progress shown; with `watch`, go on until interrupted."""
    from searchapp.cli.progress import progress_shown

    with progress_shown() as show:
        show = announcing(service.model_notices(request), show)
        outcome = service.index(request, show, stop)
        if watch and not stop():
            print_message("Watching; Ctrl-C ends.")
            outcome = service.watch(request, show, stop)
    return outcome


def announcing(
    notices: Sequence[str], show: Callable[["Progress"], None]
) -> Callable[["Progress"], None]:
    """`show`, with the notices ahead of its first call: a run that is refused says only why."""
    waiting = list(notices)

    def announced(progress: "Progress") -> None:
        while waiting:
            print_message(waiting.pop(0))
        show(progress)

    return announced


def show_estimate(service: "SearchService", request: "IndexRequest", json_output: bool) -> None:
    """Print the forecast of an index run."""
    forecast = service.estimate(request)
    if json_output:
        print_json(forecast)
    else:
        print_result(forecast.sentence)


def render(outcome: "IndexOutcome") -> None:
    """The figures of a run on standard output, failures with their reasons on standard error."""
    for failure in outcome.failures:
        detail = f" ({failure.detail})" if failure.detail else ""
        print_message(f"{failure.path}: {failure.reason}{detail}")
    for notice in outcome.notices:
        print_message(notice)
    print_result(
        f"{outcome.seen} seen: {outcome.indexed} indexed, {outcome.unchanged} unchanged, "
        f"{outcome.updated} updated, {outcome.moved} moved, {outcome.missing} missing, "
        f"{outcome.failed} failed, {outcome.skipped} skipped "
        f"in {outcome.seconds:.1f} s ({outcome.images_per_second:.1f} pictures/s, {outcome.model})"
    )

"""`searchapp eval`: what every vector width costs on a person's own pictures."""

import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from searchapp.cli.console import (
    print_json,
    print_message,
    printable,
    stop_on_interrupt,
)
from searchapp.cli.eval_tables import render, render_agreement
from searchapp.cli.options import DebugOption, JsonOption, LibraryOption, ModelOption

if TYPE_CHECKING:
    from searchapp.evaluation import AgreementResult, EvaluationProgress, EvaluationResult
    from searchapp.evaluation.results import Advice

RESUME = "Stopping after the batch in hand. The same command goes on where it stopped."


def register(app: typer.Typer) -> None:
    """Add the command to the tree."""
    app.command("eval")(evaluate)


def percent(text: str) -> float:
    """`1%`, `1 %` or `0.01` as 0.01."""
    number = text.strip().removesuffix("%").strip()
    try:
        share = float(number) / (100 if text.strip().endswith("%") else 1)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise typer.BadParameter(f"{text} is not a share such as 1% or 0.01")
    return share


def widths(text: str) -> tuple[int, ...]:
    """`64,256` as numbers."""
    try:
        numbers = tuple(int(part) for part in text.replace(",", " ").split())
    except ValueError:
        numbers = ()
    if text.strip() and not numbers:
        raise typer.BadParameter(f"{text} is not a list of widths such as 64,256")
    return numbers


def evaluate(
    captions: Annotated[
        Path | None,
        typer.Argument(
            help="Pictures with captions: captions.jsonl, CSV or TSV, a folder with .txt beside "
            "pictures, Crossmodal-3600, COCO, Flickr8k/30k, XTD10, CLIP_benchmark. Without it, "
            "widths are compared on the library's own pictures.",
            show_default=False,
        ),
    ] = None,
    images: Annotated[
        Path | None,
        typer.Option("--images", help="Folder of the pictures.", show_default=False),
    ] = None,
    dims: Annotated[
        str, typer.Option("--dims", help="Widths such as 64,256; default: the model's own.")
    ] = "",
    report: Annotated[
        Path | None,
        typer.Option(
            "--report", help="Write report.html, plots, JSON and CSV here.", show_default=False
        ),
    ] = None,
    tolerate: Annotated[
        str,
        typer.Option(
            "--tolerate", "--tolerance", help="Loss of answers that you accept, such as 1%."
        ),
    ] = "1%",
    preset: Annotated[
        str | None,
        typer.Option(
            "--preset",
            help="Compare with published figures: xm3600 or coco.",
            show_default=False,
        ),
    ] = None,
    model: ModelOption = "auto",
    languages: Annotated[
        str, typer.Option("--languages", help="Only these, such as de,zh; default: all.")
    ] = "",
    language: Annotated[
        str, typer.Option("--language", help="Language of captions that state none.")
    ] = "und",
    format_name: Annotated[
        str, typer.Option("--format", help="Format of the captions, if not found out.")
    ] = "auto",
    split: Annotated[str, typer.Option("--split", help="Of data sets with splits.")] = "test",
    first: Annotated[
        bool, typer.Option("--first-caption", help="Only the first caption of each language.")
    ] = False,
    machine_made: Annotated[
        bool,
        typer.Option("--machine-made", help="Also captions that their file says a machine made."),
    ] = False,
    queries: Annotated[
        Path | None,
        typer.Option(
            "--queries",
            help="Without captions: a text file with one of your queries per line.",
            show_default=False,
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    with_captions: Annotated[
        bool,
        typer.Option(
            "--with-captions",
            help="Also measure searching by the captions that the library has of these pictures.",
        ),
    ] = False,
    compare: Annotated[
        bool,
        typer.Option("--compare/--no-compare", help="Also measure other ways to save bytes."),
    ] = True,
    resamples: Annotated[int, typer.Option("--resamples", min=50, help="For intervals.")] = 1000,
    seed: Annotated[int, typer.Option("--seed", help="Of everything drawn by chance.")] = 0,
    json_output: JsonOption = False,
    library: LibraryOption = None,
    debug: DebugOption = False,
) -> None:
    """Measure what every vector width costs, per language, with intervals and advice."""
    from searchapp.cli.session import open_service
    from searchapp.evaluation import AgreementRequest, EvaluationRequest
    from searchapp.evaluation.loaders import numbered_lines
    from searchapp.requests import IndexRequest

    if preset not in (None, "xm3600", "coco"):
        raise typer.BadParameter(f"{preset} is not a preset: xm3600 or coco")
    if preset is not None and captions is None:
        raise typer.BadParameter(f"--preset {preset} needs its captions: searchapp eval CAPTIONS")
    result: EvaluationResult | AgreementResult
    with (
        open_service(library) as service,
        stop_on_interrupt(RESUME) as stop,
        evaluation_shown() as show,
    ):
        if captions is None:
            asked = tuple(text for _, text in numbered_lines(queries)) if queries else ()
            wanted = AgreementRequest(widths(dims), asked, resamples, seed)
            result = service.agreement(wanted, show, stop)
        else:
            for notice in service.model_notices(IndexRequest(paths=(), model=model)):
                print_message(notice)
            request = EvaluationRequest(
                captions=captions,
                images=images,
                format=format_name,
                language=language,
                split=split,
                languages=tuple(languages.replace(",", " ").split()),
                dims=widths(dims),
                machine_made=machine_made,
                caption_choice="first" if first else "all",
                tolerance=percent(tolerate),
                resamples=resamples,
                seed=seed,
                with_captions=with_captions,
                compare=compare,
                thumbnails=report is not None,
                preset="xm3600" if preset == "xm3600" else "coco" if preset else None,
                command=" ".join(["searchapp", *sys.argv[1:]]),
            )
            found = service.evaluate(request, model, show, stop)
            result = replace(found, advice=for_library(found.advice, library))
    deliver(result, report, json_output)


def for_library(advice: "Advice", library: Path | None) -> "Advice":
    """The advice with a command for the library that was named on this command line."""
    if advice.command is None or library is None:
        return advice
    return replace(advice, command=f"{advice.command} --library {shlex.quote(str(library))}")


def deliver(
    result: "EvaluationResult | AgreementResult", report: Path | None, json_output: bool
) -> None:
    """Write the report where one is wanted, then print."""
    from searchapp.evaluation import AgreementResult
    from searchapp.evaluation.report import document_of, write_report

    if json_output:
        print_json(document_of(result))
    elif isinstance(result, AgreementResult):
        render_agreement(result)
    else:
        render(result)
    if report is not None:
        print_message(f"The report is in {write_report(result, report)}")


@contextmanager
def evaluation_shown() -> Iterator[Callable[["EvaluationProgress"], None]]:
    """Yield a function that shows progress: a live bar on a terminal, stages elsewhere."""
    if not sys.stderr.isatty():
        yield _stages()
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
    )  # fmt: skip
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Starting", total=None)

        def show(progress: "EvaluationProgress") -> None:
            bar.update(
                task,
                description=printable(progress.stage),
                completed=progress.done,
                total=progress.total,
            )

        yield show


def _stages() -> Callable[["EvaluationProgress"], None]:
    last = ""

    def show(progress: "EvaluationProgress") -> None:
        nonlocal last
        if progress.stage != last:
            last = progress.stage
            print_message(f"{progress.stage}: {progress.total}")

    return show

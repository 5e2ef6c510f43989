"""`searchapp model`: list, describe and convert checkpoints; pull and verify stand beside."""

from pathlib import Path
from typing import Annotated

import typer

from searchapp.cli.console import print_json, print_message, print_result
from searchapp.cli.model_calibrate import calibrate
from searchapp.cli.model_pull import pull
from searchapp.cli.model_verify import verify
from searchapp.cli.options import DebugOption, JsonOption, LibraryOption

FolderArgument = Annotated[Path, typer.Argument(help="A checkpoint folder.")]


def register(app: typer.Typer) -> None:
    """Add the sub-commands to the tree."""
    models = typer.Typer(name="model", help="Checkpoints on this machine.", no_args_is_help=True)
    models.command("list")(list_models)
    models.command("info")(info)
    models.command("pull")(pull)
    models.command("convert")(convert)
    models.command("sizes")(sizes)
    models.command("verify")(verify)
    models.command("calibrate")(calibrate)
    app.add_typer(models)


def list_models(
    json_output: JsonOption = False, library: LibraryOption = None, debug: DebugOption = False
) -> None:
    """List the models that searchapp knows and those on this machine."""
    from searchapp.cli.session import open_service

    with open_service(library) as service:
        models = service.models()
    if json_output:
        print_json({"models": models})
        return
    for entry in models:
        state = "here" if entry.present else "not here"
        print_result(f"{entry.name:<16} {state:<9} {entry.licence:<24} {entry.path or ''}")


def info(
    folder: FolderArgument, json_output: JsonOption = False, debug: DebugOption = False
) -> None:
    """Describe a checkpoint folder and name its defects."""
    from searchapp.checkpoints import describe

    found = describe(folder)
    if json_output:
        print_json(found)
    else:
        print_result(
            f"{found.model}, {found.layout} layout, {found.tensors} tensors, "
            f"{found.parameters} parameters, {found.total_bytes} bytes"
        )
        for defect in found.defects:
            print_result(f"defect: {defect}")
    if found.defects:
        raise typer.Exit(1)


def sizes(
    model: Annotated[
        str, typer.Argument(metavar="MODEL", help="A name from `model list`, or a folder.")
    ] = "jina-clip-v2",
    measure: Annotated[
        bool,
        typer.Option("--measure/--no-measure", help="Time a picture at each size here."),
    ] = True,
    json_output: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """What a picture costs at each --image-size: tokens, operations, seconds on this machine.

    A smaller size indexes several times faster and sees less detail; each has its own vectors.
    """
    from searchapp.cli.session import open_service

    with open_service(None) as service:
        costs = service.image_sizes(model, measure)
    if json_output:
        print_json({"model": model, "sizes": costs})
        return
    print_result("pixels  tokens   GFLOP  seconds a picture")
    for cost in costs:
        seconds = "-" if cost.seconds is None else f"{cost.seconds:.2f}"
        print_result(f"{cost.pixels:>6}  {cost.tokens:>6}  {cost.gigaflop:>6.0f}  {seconds}")


def convert(
    source: Annotated[Path, typer.Argument(metavar="SRC", help="The published checkpoint folder.")],
    destination: Annotated[Path, typer.Argument(metavar="DST", help="The folder to make.")],
    reverse: Annotated[
        bool, typer.Option("--reverse", help="Give back the published files, bit for bit.")
    ] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Compare keys and shapes, write nothing.")
    ] = False,
    runtime: Annotated[
        str,
        typer.Option(
            "--runtime",
            help="Engine whose program is exported too: `auto`, `all`, `none`, or its name.",
        ),
    ] = "auto",
    json_output: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Convert a published checkpoint to Paddle's layout, or back."""
    from searchapp.checkpoints import convert_checkpoint
    from searchapp.cli.progress import bytes_shown
    from searchapp.cli.session import open_service

    with bytes_shown("Converting") as show:
        report = convert_checkpoint(source, destination, reverse=reverse, check=check, show=show)
    if not (check or reverse or runtime == "none"):
        with open_service(None) as service:
            service.prepare_model(destination, runtime)
    if json_output:
        print_json(report)
        return
    print_result(
        f"{report.model}: {report.tensors} tensors, {report.transposed} transposed, "
        f"{report.renamed} renamed, {report.total_bytes} bytes"
    )
    if report.square:
        print_message(
            f"{len(report.square)} square matrices: only numbers prove their orientation. "
            "Prove them: searchapp model verify DST --reference expected.npz"
        )
    if report.skipped:
        print_message(f"Left out, because reading them would run code: {', '.join(report.skipped)}")

"""`searchapp export` and `import`: vectors and captions in open formats, and other libraries."""

from pathlib import Path
from typing import Annotated

import typer

from searchapp.cli.console import print_json, print_message, print_result, stop_on_interrupt
from searchapp.cli.options import DebugOption, JsonOption, LibraryOption

RESUME = "Stopping after the pictures in hand. The same command goes on where it stopped."


def register(app: typer.Typer) -> None:
    """Add the commands to the tree."""
    app.command("export")(export)
    app.command("import")(import_folder)


def export(
    folder: Annotated[Path, typer.Argument(help="Folder to write to; made if there is none.")],
    parquet: Annotated[
        bool, typer.Option("--parquet", help="Write vectors.parquet instead of vectors.npy.")
    ] = False,
    json_output: JsonOption = False,
    library: LibraryOption = None,
    debug: DebugOption = False,
) -> None:
    """Write vectors, paths and captions in formats that other programs read."""
    from searchapp.cli.session import open_service

    with open_service(library) as service:
        written = service.export(folder, parquet=parquet)
    if json_output:
        print_json(written)
    else:
        print_result(
            f"{written.vectors} vectors of {written.model} ({written.dimensions} numbers each) "
            f"and {written.captions} captions are in {written.folder}"
        )


def import_folder(
    folder: Annotated[Path, typer.Argument(help="What `export` wrote, or another library.")],
    model: Annotated[
        str | None,
        typer.Option(
            "--model",
            help="The model that made an export's vectors, if this library never used it.",
            show_default=False,
        ),
    ] = None,
    json_output: JsonOption = False,
    library: LibraryOption = None,
    debug: DebugOption = False,
) -> None:
    """Take over vectors made elsewhere, or all that another library knows; nothing is encoded."""
    from searchapp.cli.session import open_service

    with open_service(library) as service, stop_on_interrupt(RESUME) as stop:
        taken = service.import_from(folder, model, stop)
    for notice in taken.notices:
        print_message(notice)
    if json_output:
        print_json(taken)
    else:
        print_result(
            f"{taken.pictures} pictures, {taken.vectors} vectors and {taken.captions} captions "
            f"taken from {folder}; {taken.known} known before, {taken.unknown} of pictures not "
            f"here, {taken.damaged} damaged"
        )
    if taken.interrupted:
        raise typer.Exit(1)

"""`searchapp duplicates`: copies, edits of one picture, bursts."""

from typing import TYPE_CHECKING, Annotated

import typer
from rich.filesize import decimal

from searchapp.cli.console import print_json, print_message, print_result
from searchapp.cli.options import DebugOption, JsonOption, LibraryOption
from searchapp.requests import DuplicateKind

if TYPE_CHECKING:
    from searchapp.duplicates import Duplicates

HEADINGS = {
    DuplicateKind.EXACT: "the same file {count} times",
    DuplicateKind.NEAR: "one picture, edited ({bits} of 64 bits apart)",
    DuplicateKind.BURST: "a burst",
}


def register(app: typer.Typer) -> None:
    """Add the command to the tree."""
    app.command("duplicates")(duplicates)


def duplicates(
    kinds: Annotated[
        list[DuplicateKind] | None,
        typer.Option(
            "--kind",
            help="Only this kind; may be repeated: exact (the same bytes), near (one picture "
            "edited), burst (taken within seconds).",
            show_default=False,
        ),
    ] = None,
    json_output: JsonOption = False,
    library: LibraryOption = None,
    debug: DebugOption = False,
) -> None:
    """List pictures that are there more than once; nothing is deleted."""
    from searchapp.cli.session import open_service

    with open_service(library) as service:
        found = service.duplicates(tuple(kinds or DuplicateKind))
    if json_output:
        print_json(found)
    else:
        render(found)


def render(found: "Duplicates") -> None:
    """Groups on standard output, the file with most pixels first in each; a sum at the end."""
    for group in found.groups:
        print_result(HEADINGS[group.kind].format(count=len(group.files), bits=group.bits))
        for file in group.files:
            size = decimal(file.byte_size)
            print_result(f"  {file.width}x{file.height}  {size:>9}  {file.path}")
    print_message(
        f"{len(found.groups)} groups among {found.compared} pictures; "
        f"{decimal(found.spare_bytes)} besides the first of each copy or edit."
    )

"""`searchapp status`: what the library holds and how it is."""

from typing import TYPE_CHECKING, Annotated

import typer

from searchapp.cli.console import print_json, print_result
from searchapp.cli.options import DebugOption, JsonOption, LibraryOption

if TYPE_CHECKING:
    from searchapp.status import Status


def register(app: typer.Typer) -> None:
    """Add the command to the tree."""
    app.command("status")(status)


def status(
    failures: Annotated[
        bool, typer.Option("--failures", help="List the files that failed, with reasons.")
    ] = False,
    json_output: JsonOption = False,
    library: LibraryOption = None,
    debug: DebugOption = False,
) -> None:
    """Show library, models, counts, sizes, index freshness and versions."""
    from searchapp.cli.session import open_service

    with open_service(library) as service:
        if failures:
            listed = service.failures()
            if json_output:
                print_json({"failures": listed})
            else:
                for failure in listed:
                    print_result(f"{failure.path}: {failure.reason} ({failure.detail})")
            return
        found = service.status()
    if json_output:
        print_json(found)
    else:
        render(found)


def render(found: "Status") -> None:
    """The status as lines a person can read."""
    for name, value in found.lines():
        print_result(f"{name:<18} {value}")

"""`searchapp model`: list, describe, fetch, convert and prove checkpoints."""

import typer

from searchapp.cli.console import print_json, print_result
from searchapp.cli.options import DebugOption, JsonOption, LibraryOption


def register(app: typer.Typer) -> None:
    """Add the sub-commands to the tree."""
    models = typer.Typer(name="model", help="Checkpoints on this machine.", no_args_is_help=True)
    models.command("list")(list_models)
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

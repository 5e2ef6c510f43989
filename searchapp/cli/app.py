"""The command tree. Each command lives in a module of its own and imports what it needs late."""

from typing import Annotated

import typer

from searchapp import __version__
from searchapp.cli import (
    caption,
    duplicates,
    exchange,
    index,
    model,
    password,
    search,
    serve,
    status,
    verify,
)
from searchapp.cli import eval as evaluation

app = typer.Typer(
    name="searchapp",
    help="Find a picture in your own folders by describing it in your own language.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def show_version(wanted: bool) -> None:
    """Print the version and end."""
    if wanted:
        print(f"searchapp {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool,
        typer.Option("--version", callback=show_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Find a picture in your own folders by describing it in your own language."""


for module in (
    index,
    search,
    duplicates,
    caption,
    serve,
    evaluation,
    model,
    status,
    verify,
    exchange,
    password,
):
    module.register(app)

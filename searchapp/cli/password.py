"""`searchapp password`: what SEARCHAPP_AUTH and SEARCHAPP_TOKENS take."""

import sys
from typing import Annotated

import typer

from searchapp.cli.console import print_json, print_message
from searchapp.cli.options import DebugOption, JsonOption


def register(app: typer.Typer) -> None:
    """Add the command to the tree."""
    app.command("password")(password)


def password(
    token: Annotated[
        bool, typer.Option("--token", help="Make a token for scripts instead.")
    ] = False,
    json_output: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Hash a password, so that no file or environment holds it as it is.

    Asks for it, or reads one line from standard input.
    """
    from searchapp.api.passwords import hash_password, make_token

    if token:
        plain, hashed = make_token()
        _print(json_output, {"token": plain, "hash": hashed})
        print_message("Give the token to the script and the hash to SEARCHAPP_TOKENS.")
        return
    given = (
        typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
        if sys.stdin.isatty()
        else sys.stdin.readline().rstrip("\r\n")
    )
    if not given:
        raise typer.BadParameter("no password was given on standard input")
    _print(json_output, {"hash": hash_password(given)})
    print_message("Give this to SEARCHAPP_AUTH.")


def _print(json_output: bool, document: dict[str, str]) -> None:
    if json_output:
        print_json(document)
        return
    for line in document.values():
        print(line)

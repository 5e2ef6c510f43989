"""`searchapp model pull`: download a model, licence first."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from searchapp.cli.console import print_json, print_message, print_result
from searchapp.cli.options import DebugOption, JsonOption

if TYPE_CHECKING:
    from pd_clip.registry import KnownModel


def pull(
    name: Annotated[str, typer.Argument(metavar="MODEL", help="A name from `model list`.")],
    yes: Annotated[
        bool, typer.Option("--yes", help="Accept the licence without a question.")
    ] = False,
    revision: Annotated[
        str | None,
        typer.Option(
            "--revision",
            help="Commit, branch or tag of the repository; default: the commit this version pins.",
            show_default=False,
        ),
    ] = None,
    prepare: Annotated[
        bool,
        typer.Option(
            "--prepare/--no-prepare",
            help="Also make it ready for this machine's engine, so that no search waits for it.",
        ),
    ] = True,
    json_output: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Download a model, or what of it is missing or damaged; an interrupted pull goes on.

    HF_ENDPOINT names a mirror, HF_TOKEN your access token, SEARCHAPP_MODELS another folder.
    """
    from searchapp.cli.progress import bytes_shown
    from searchapp.cli.session import open_service

    with open_service(None) as service:
        with bytes_shown(f"Downloading {name}") as show:
            pulled = service.pull_model(name, _accepted if yes else _ask, show, revision)
        if not json_output:
            megabytes = pulled.downloaded_bytes / 1e6
            got = f"{megabytes:.0f} MB downloaded" if megabytes else "was here already, and whole"
            print_result(f"{name} {pulled.revision[:12]}: {got}, in {pulled.path}")
        engines = service.prepare_model(pulled.path) if prepare else ()
    if json_output:
        print_json({"pulled": pulled, "engines": engines})
        return
    for engine in engines:
        print_result(f"{engine.tower} tower: {engine.runtime}, {engine.precision}")


def _accepted(model: "KnownModel") -> bool:
    _show_licence(model)
    return True


def _ask(model: "KnownModel") -> bool:
    """Ask the person at the terminal; without one the answer is no."""
    _show_licence(model)
    if not sys.stdin.isatty():
        return False
    return typer.confirm("Do you accept it?", err=True)


def _show_licence(model: "KnownModel") -> None:
    print_message(
        f"{model.name} ({model.size_bytes / 1e9:.1f} GB) is under the licence {model.licence}, "
        f"which is its authors' and not this program's: {model.homepage}"
    )

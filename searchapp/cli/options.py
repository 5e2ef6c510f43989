"""Options that several commands share, written once so that they read alike everywhere."""

from pathlib import Path
from typing import Annotated

import typer

LibraryOption = Annotated[
    Path | None,
    typer.Option(
        "--library",
        help="Folder of the library; default: SEARCHAPP_LIBRARY, else your user data folder.",
        show_default=False,
    ),
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Print one JSON document on standard output, nothing else.")
]
DebugOption = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]
ModelOption = Annotated[
    str,
    typer.Option(
        "--model",
        help="`auto` (jina-clip-v2 if it is on this machine, else the bundled model), "
        "a name from `model list`, or a folder.",
    ),
]
DimOption = Annotated[
    int | None,
    typer.Option("--dim", help="Numbers of each vector used by the index.", show_default=False),
]

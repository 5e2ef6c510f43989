"""`searchapp model calibrate`: what do a model's scores mean?"""

from pathlib import Path
from typing import Annotated

import typer

from searchapp.cli.console import print_json, print_result, stop_on_interrupt
from searchapp.cli.eval import evaluation_shown
from searchapp.cli.options import DebugOption, JsonOption

STOPPING = "Stopping after the batch in hand. Nothing is written."


def calibrate(
    model: Annotated[
        str, typer.Argument(metavar="MODEL", help="A name from `model list`, or a folder.")
    ],
    captions: Annotated[
        Path,
        typer.Argument(help="Captioned pictures, in any format that `searchapp eval` reads."),
    ],
    images: Annotated[
        Path | None,
        typer.Option("--images", help="Folder of the pictures, if not beside the captions."),
    ] = None,
    machine_made: Annotated[
        bool,
        typer.Option("--machine-made", help="Also take captions that a machine made."),
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Write to this folder instead of the model's.", file_okay=False),
    ] = None,
    json_output: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Measure how a model scores pictures that fit a text and pictures that do not.

    Writes `calibration.json` beside the weights; searches then say how sure a hit is. It
    belongs to these weights: of another model, or of changed weights, it is not used.
    """
    from searchapp.calibrating import CalibrationRequest
    from searchapp.cli.session import open_service

    request = CalibrationRequest(captions, out, images, machine_made=machine_made)
    with (
        open_service(None) as service,
        stop_on_interrupt(STOPPING) as stop,
        evaluation_shown() as show,
    ):
        found = service.calibrate(model, request, show, stop)
    if json_output:
        print_json(found)
    else:
        print_result(
            f"{found.path}: {found.captions} captions in {found.languages} languages, "
            f"{found.pictures} pictures"
        )

"""`searchapp caption`: describe pictures, or take over descriptions that exist."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from searchapp.cli.console import print_json, print_message, print_result, stop_on_interrupt
from searchapp.cli.options import DebugOption, JsonOption, LibraryOption

if TYPE_CHECKING:
    from searchapp.captioning import CaptionOutcome, CaptionRequest, CaptionVectorsOutcome
    from searchapp.service import SearchService

RESUME = "Stopping after the picture in hand. The same command goes on where it stopped."


def register(app: typer.Typer) -> None:
    """Add the command to the tree."""
    app.command("caption")(caption)


def caption(
    captioner: Annotated[
        str,
        typer.Option(
            "--captioner",
            help="`auto` (what is on this machine), minicpm-v-2.6, mono-internvl-2b, or a folder.",
        ),
    ] = "auto",
    language: Annotated[
        str, typer.Option("--language", help="Language of the captions, as en or zh.")
    ] = "en",
    limit: Annotated[
        int | None,
        typer.Option("--limit", min=1, help="At most so many pictures.", show_default=False),
    ] = None,
    prompt: Annotated[
        str | None,
        typer.Option("--prompt", help="What the captioner is asked.", show_default=False),
    ] = None,
    int8: Annotated[
        bool, typer.Option("--int8", help="Keep the captioner's matrices as 8-bit integers.")
    ] = False,
    int4: Annotated[
        bool, typer.Option("--int4", help="As 4-bit integers: a third of the memory, less exact.")
    ] = False,
    import_file: Annotated[
        Path | None,
        typer.Option("--import", help="Take captions from this file instead.", show_default=False),
    ] = None,
    import_xmp: Annotated[
        bool,
        typer.Option("--import-xmp", help="Take what pictures and .xmp sidecars carry instead."),
    ] = False,
    export_xmp: Annotated[
        bool,
        typer.Option("--export-xmp", help="Write .xmp sidecars instead; pictures stay untouched."),
    ] = False,
    vectors: Annotated[
        bool,
        typer.Option(
            "--vectors",
            help="Give captions vectors instead, so that searches find pictures by what is said "
            "of them, in any language. Later runs of this command keep them up to date.",
        ),
    ] = False,
    json_output: JsonOption = False,
    library: LibraryOption = None,
    debug: DebugOption = False,
) -> None:
    """Describe the pictures that have no caption, newest first."""
    if sum((import_file is not None, import_xmp, export_xmp, vectors)) > 1:
        raise typer.BadParameter(
            "--import, --import-xmp, --export-xmp and --vectors exclude each other"
        )
    if int8 and int4:
        raise typer.BadParameter("--int8 and --int4 exclude each other")
    from searchapp.captioning import (
        CaptionRequest,
        export_sidecars,
        import_captions,
        import_metadata,
    )
    from searchapp.cli.session import open_service

    with open_service(library) as service:
        outcome: Any
        if import_file is not None:
            outcome = import_captions(service.catalogue(), import_file)
        elif import_xmp:
            outcome = import_metadata(service.catalogue())
        elif export_xmp:
            outcome = export_sidecars(service.catalogue())
        elif vectors:
            outcome = refresh_vectors(service)
        else:
            request = CaptionRequest(language, limit, prompt, service.settings.pixel_limit)
            precision = "int4" if int4 else "int8" if int8 else "full"
            outcome = describe(service, captioner, precision, request)
        if not (export_xmp or vectors) and outcome.captioned and service.searches_captions:
            refresh_vectors(service)
    if json_output:
        print_json(outcome)
    elif vectors:
        print_result(
            f"{outcome.encoded} pictures with new captions encoded, {outcome.unchanged} unchanged, "
            f"{outcome.removed} removed, {outcome.skipped} skipped in {outcome.seconds:.1f} s"
        )
    else:
        for failure in getattr(outcome, "failures", ()):
            print_message(f"{failure.path}: {failure.reason} ({failure.detail})")
        done = "sidecars written" if export_xmp else "captions stored"
        print_result(
            f"{outcome.captioned} {done}, {outcome.skipped} skipped, "
            f"{outcome.failed} failed in {outcome.seconds:.1f} s"
        )


def refresh_vectors(service: "SearchService") -> "CaptionVectorsOutcome":
    """Bring the vectors of captions up to date, with progress shown."""
    from searchapp.cli.progress import progress_shown

    with stop_on_interrupt(RESUME) as stop, progress_shown() as show:
        return service.refresh_caption_vectors(show, stop)


def describe(
    service: "SearchService", captioner: str, precision: str, request: "CaptionRequest"
) -> "CaptionOutcome":
    """Run a captioner over the library, with progress shown."""
    from searchapp.captioning import caption_pictures
    from searchapp.captioning.describe import captioner_process
    from searchapp.cli.progress import progress_shown

    catalogue = service.catalogue()
    with (
        captioner_process(captioner, service.settings.models, precision) as process,
        stop_on_interrupt(RESUME) as stop,
        progress_shown() as show,
    ):
        return caption_pictures(catalogue, process, request, show, stop)

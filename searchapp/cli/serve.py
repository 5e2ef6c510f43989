"""`searchapp ui` and `searchapp demo`: the browser interface and the HTTP API."""

from pathlib import Path
from typing import Annotated

import typer

from searchapp.cli.console import end_interrupted, print_json, print_message, stop_on_interrupt
from searchapp.cli.options import DebugOption, JsonOption, LibraryOption

HostOption = Annotated[str, typer.Option("--host", help="Address to listen on.")]
PortOption = Annotated[
    int, typer.Option("--port", min=1, max=65535, help="First port to try; a taken one is skipped.")
]


def register(app: typer.Typer) -> None:
    """Add the commands to the tree."""
    app.command("ui")(ui)
    app.command("demo")(demo)


def ui(
    host: HostOption = "127.0.0.1",
    port: PortOption = 7860,
    open_browser: Annotated[
        bool, typer.Option("--open/--no-open", help="Open the browser.")
    ] = False,
    watch: Annotated[
        bool, typer.Option("--watch/--no-watch", help="Keep the library up to date meanwhile.")
    ] = False,
    library: LibraryOption = None,
    debug: DebugOption = False,
) -> None:
    """Open the search page and the HTTP API in the browser."""
    from searchapp.cli.server import ServerOptions, serve
    from searchapp.cli.session import load_settings

    serve(
        load_settings(library),
        ServerOptions(host=host, port=port, open_browser=open_browser, watch=watch),
        print_message,
    )


def demo(
    no_ui: Annotated[bool, typer.Option("--no-ui", help="Only index the sample pictures.")] = False,
    samples: Annotated[
        Path, typer.Option("--samples", help="Folder of the sample pictures.")
    ] = Path("sample_images"),
    host: HostOption = "127.0.0.1",
    port: PortOption = 7860,
    json_output: JsonOption = False,
    library: LibraryOption = None,
    debug: DebugOption = False,
) -> None:
    """Index the sample pictures with the bundled model, then open the browser interface."""
    from searchapp.captioning import import_captions
    from searchapp.cli import index as index_command
    from searchapp.cli.session import load_settings, open_service
    from searchapp.requests import IndexRequest
    from searchapp.samples import CAPTIONS, demo_library, sample_folder

    folder = sample_folder(samples)
    chosen = library or demo_library()
    print_message(f"Indexing {folder} with the bundled model into {chosen} ...")
    seconds = index_command.SECONDS_TO_STOP
    with (
        stop_on_interrupt(index_command.RESUME, seconds) as stop,
        open_service(chosen) as service,
    ):
        request = IndexRequest(paths=(folder,), model="bundled")
        outcome = index_command.run(service, request, watch=False, stop=stop)
        import_captions(service.catalogue(), folder / CAPTIONS)
    if json_output:
        print_json(outcome)
    else:
        index_command.render(outcome)
    if outcome.interrupted:
        end_interrupted()
    if not no_ui:
        from searchapp.cli.server import ServerOptions, serve

        serve(load_settings(chosen), ServerOptions(host=host, port=port), print_message)

"""`searchapp verify`, `restore`, `export` and `import`: care of the library."""

from pathlib import Path
from typing import Annotated

import typer

from searchapp.cli.console import print_json, print_message, print_result
from searchapp.cli.options import DebugOption, JsonOption, LibraryOption


def register(app: typer.Typer) -> None:
    """Add the commands to the tree."""
    app.command("verify")(verify)
    app.command("restore")(restore)


def verify(
    repair: Annotated[bool, typer.Option("--repair", help="Mend what can be mended.")] = False,
    read_data_subset: Annotated[
        str | None,
        typer.Option(
            "--read-data-subset",
            help="Also read originals again: part n of t, as n/t (1/1 reads all).",
            show_default=False,
        ),
    ] = None,
    json_output: JsonOption = False,
    library: LibraryOption = None,
    debug: DebugOption = False,
) -> None:
    """Check the catalogue against index and files."""
    from searchapp.cli.session import open_service

    with open_service(library) as service:
        report = service.verify(repair=repair, subset=read_data_subset)
    if json_output:
        print_json(report)
    else:
        for problem in report.problems:
            print_result(str(problem))
        print_message(
            f"{report.checked} checked, {len(report.problems)} problems, "
            f"{report.repaired} repaired."
        )
    if len(report.problems) > report.repaired:
        raise typer.Exit(1)


def restore(
    snapshot: Annotated[
        Path | None,
        typer.Argument(help="A snapshot; without it they are listed.", show_default=False),
    ] = None,
    json_output: JsonOption = False,
    library: LibraryOption = None,
    debug: DebugOption = False,
) -> None:
    """Bring a snapshot of the catalogue back; the present one is kept as a snapshot first."""
    from searchapp.cli.session import open_service

    with open_service(library) as service:
        if snapshot is None:
            snapshots = service.snapshots()
            if json_output:
                print_json({"snapshots": snapshots})
            for path in snapshots if not json_output else ():
                print_result(str(path))
            return
        kept = service.restore(snapshot)
    print_message(f"Restored {snapshot}. The catalogue before it is kept as {kept}.")

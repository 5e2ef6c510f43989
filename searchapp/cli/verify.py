"""`searchapp verify` and `restore`: care of the library."""

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
            print_result(f"{problem.kind} {problem.subject}: {problem.detail}")
        print_message(
            f"{report.checked} checked, {len(report.problems)} problems, "
            f"{report.repaired} repaired."
        )
    if len(report.problems) > report.repaired:
        raise typer.Exit(1)


def restore(
    snapshot: Annotated[
        Path | None,
        typer.Argument(help="A snapshot; the newest if none is given.", show_default=False),
    ] = None,
    list_only: Annotated[bool, typer.Option("--list", help="Only list the snapshots.")] = False,
    json_output: JsonOption = False,
    library: LibraryOption = None,
    debug: DebugOption = False,
) -> None:
    """Bring a snapshot of the catalogue back; the present one is kept as a snapshot first."""
    from searchapp.cli.session import open_service

    with open_service(library) as service:
        if list_only:
            snapshots = service.snapshots()
            if json_output:
                print_json({"snapshots": snapshots})
            else:
                for path in snapshots:
                    print_result(str(path))
            return
        restored = service.restore(None if snapshot is None else snapshot.resolve())
    if json_output:
        print_json({"restored": restored})
    else:
        print_message(f"Restored {restored}. The catalogue before it is kept as a snapshot.")

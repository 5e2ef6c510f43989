"""`searchapp model verify`: does a model answer as it should, here?"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from searchapp.cli.console import print_json, print_result
from searchapp.cli.options import DebugOption, JsonOption

if TYPE_CHECKING:
    from pd_clip.verify import Check, Verification


def verify(
    model: Annotated[
        str, typer.Argument(metavar="MODEL", help="A name from `model list`, or a folder.")
    ] = "auto",
    reference: Annotated[
        Path | None,
        typer.Option(
            "--reference",
            help="Compare with recorded inputs and outputs (.npz); default: compare every engine "
            "of this machine with Paddle's own float32 answers.",
            show_default=False,
        ),
    ] = None,
    layers: Annotated[
        bool,
        typer.Option("--layers", help="Compare stage by stage with those in the reference."),
    ] = False,
    runtime: Annotated[
        str,
        typer.Option(
            "--runtime",
            help="Engine to check: `openvino`, `inference` or `dynamic`; `auto` is all of them, "
            "and `dynamic` against a reference.",
        ),
    ] = "auto",
    precision: Annotated[
        str,
        typer.Option("--precision", help="Against a reference: `float32` or `bfloat16`."),
    ] = "float32",
    json_output: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Check a model's files and its answers; exit code 1 when anything is wrong."""
    from searchapp.checkpoints import VerifyOptions
    from searchapp.cli.session import open_service

    if layers and reference is None:
        raise typer.BadParameter("--layers compares with the stages in a --reference FILE")
    if precision not in ("float32", "bfloat16"):
        raise typer.BadParameter(f"--precision {precision}: it is float32 or bfloat16")
    options = VerifyOptions(reference, layers, runtime, precision)
    with open_service(None) as service:
        found = service.verify_model(model, options)
    if json_output:
        print_json({"ok": found.ok, "checks": found.checks, "problems": found.problems})
    else:
        _render(found)
    if not found.ok:
        raise typer.Exit(1)


def _render(found: "Verification") -> None:
    for problem in found.problems:
        print_result(f"WRONG  {problem}")
    for check in found.checks:
        print_result(_line(check))
    failed = [check.name for check in found.checks if not check.ok]
    if failed:
        print_result(f"{len(failed)} of {len(found.checks)} differ; the first: {failed[0]}")
    elif not found.problems:
        print_result(f"All {len(found.checks)} comparisons agree." if found.checks else "Whole.")


def _line(check: "Check") -> str:
    state = "ok   " if check.ok else "WRONG"
    if check.max_abs_diff is None:
        return f"{state}  {check.name:<34} cannot be compared: another shape, or not numbers"
    return (
        f"{state}  {check.name:<34} largest difference {check.max_abs_diff:.1e} "
        f"(allowed {check.tolerance:.0e}), lowest cosine {check.min_cosine:.7f}"
    )

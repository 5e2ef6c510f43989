"""What README.md and docs/ show of the program itself, written by the program (used by cog)."""

import json
import os
from pathlib import Path
from typing import Any

# Read when Typer is imported: the same text on every terminal.
os.environ |= {
    "COLUMNS": "96",
    "TERM": "dumb",
    "NO_COLOR": "1",
    "_TYPER_FORCE_DISABLE_TERMINAL": "1",
}

import typer
from platformdirs import user_cache_dir
from typer.testing import CliRunner

from searchapp.cli.app import app
from searchapp.error_table import ERROR_TABLE
from searchapp.settings import Settings


def help_text(*command: str) -> str:
    """A fenced block with what `searchapp COMMAND --help` prints."""
    printed = CliRunner().invoke(app, [*command, "--help"], prog_name="searchapp").stdout
    lines = "\n".join(line.rstrip() for line in printed.strip().splitlines())
    return f"```text\n$ searchapp {' '.join((*command, '--help'))}\n{lines}\n```"


def command_names() -> list[tuple[str, ...]]:
    """Every command, those inside a group behind the group's name."""
    found: list[tuple[str, ...]] = []
    for name, command in typer.main.get_command(app).commands.items():
        inside = getattr(command, "commands", {})
        found += [(name, part) for part in inside] or [(name,)]
    return found


def settings_table() -> str:
    """One row per environment variable."""
    rows = ["| variable | meaning | default |", "| --- | --- | --- |"]
    for name, field in Settings.model_fields.items():
        rows.append(f"| `SEARCHAPP_{name.upper()}` | {field.description} | {_default(field)} |")
    return "\n".join(rows)


def error_table() -> str:
    """One row per error: sentence, exit code, HTTP status."""
    rows = ["| error | sentence | exit code | HTTP |", "| --- | --- | --- | --- |"]
    for kind, row in ERROR_TABLE.items():
        rows.append(
            f"| {kind.__name__} | {row.sentence.replace('|', chr(92) + '|')} "
            f"| {row.exit_code} | {row.status} |"
        )
    return "\n".join(rows)


def measured(name: str) -> Any:
    """A benchmark's stored result, from `docs/measured/`."""
    return json.loads((Path(__file__).parent / "measured" / f"{name}.json").read_text())


def speed_table(name: str) -> str:
    """`benchmarks.engine_speed`: one row per engine and precision."""
    found = measured(name)
    unit, factor = ("ms", 1e3) if found["tower"] == "text" else ("s", 1.0)
    rows = [
        f"{found['machine']}, {found['threads']} threads, batch {found['batch']}, median of "
        f"{found['calls']} calls:",
        "",
        f"| engine | precision | clock, {unit} | processors, {unit} | PyTorch eager float32 = 1 "
        "| cosine to it |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for row in found["rows"]:
        rows.append(
            f"| {row['engine']} | {row['precision']} | {row['seconds'] * factor:.3g} "
            f"| {row['processor_seconds'] * factor:.3g} | {row['faster']:.2f} x "
            f"| {row['cosine']:.5f} |"
        )
    return "\n".join(rows)


def parity_table(name: str) -> str:
    """`benchmarks.full_size_parity`: the worst stage of each tower, and every engine's features."""
    found = measured(name)
    stages = found["stages"]
    rows = ["| compared | largest difference | lowest cosine |", "| --- | --- | --- |"]
    for tower in ("text", "image"):
        own = [check for check in stages if check["name"].startswith(tower)]
        worst = max(own, key=lambda check: check["max_abs_diff"])
        rows.append(_parity_row(f"{len(own)} stages, worst `{worst['name']}`", worst))
        rows.append(_parity_row(f"`{own[-1]['name']}`, Paddle", own[-1]))
    for engine, checks in found.items():
        if isinstance(checks, list) and engine != "stages":
            rows += [
                _parity_row(f"`{check['name']}`, {engine}", check)
                for check in checks
                if check["name"].endswith("_features")
            ]
    return "\n".join(rows)


def _parity_row(title: str, check: Any) -> str:
    return f"| {title} | {check['max_abs_diff']:.1e} | {check['min_cosine']:.7f} |"


def memory_table(name: str) -> str:
    """`benchmarks.load_memory`: loading, first query, resident memory."""
    found = measured(name)
    rows = ["| what | precision | found |", "| --- | --- | --- |"]
    for precision in ("float32", "bfloat16"):
        loaded = found.get(f"load {precision}")
        if loaded:
            rows.append(
                f"| loading both towers in Paddle, peak beside the weights | {precision} "
                f"| {loaded['beside'] / 1e6:.0f} MB beside {loaded['weights'] / 1e6:.0f} MB |"
            )
        query = found.get(f"query {precision}")
        if query:
            seconds = sorted(query["all_seconds"])
            rows.append(
                f"| process start to the first query vector | {precision} "
                f"| {seconds[len(seconds) // 2]:.1f} s (least {seconds[0]:.1f} s) |"
            )
            rows.append(
                f"| resident after ten queries, no image tower | {precision} "
                f"| {query['resident'] / 1e6:.0f} MB |"
            )
    return "\n".join(rows)


def bundled_speed(name: str) -> str:
    """`benchmarks.bundled_speed`: one row a figure."""
    found = measured(name)
    query, ready = found["query"], found["ready"]
    return "\n".join(
        [
            f"{found['machine']}, {found['cores']} cores, {found['pictures']} pictures, median of "
            f"{found['rounds']} rounds:",
            "",
            "| what | clock | processors |",
            "| --- | --- | --- |",
            f"| pictures a second, decoded before | {found['pictures_per_second']:.1f} "
            f"| {found['pictures_per_processor_second']:.1f} a processor second |",
            f"| a new query | {1e3 * query['seconds']:.1f} ms (95 % within "
            f"{1e3 * query['p95']:.1f} ms) | {1e3 * query['processor_seconds']:.1f} ms |",
            f"| process start to the first query vector | {ready['seconds']:.2f} s "
            f"| {ready['processor_seconds']:.2f} s |",
        ]
    )


def evaluation_samples() -> str:
    """What the samples measured at every width, as docs/evaluation_samples.py kept it."""
    kept = json.loads(Path(__file__).with_name("evaluation_samples.json").read_text("utf-8"))
    hits = {(row["dim"], row["metric"]): row for row in kept["rows"]}
    changes = {change["dim"]: change for change in kept["changes"]}
    rows = ["| width | hit@1 % | hit@5 % | hit@10 % | hit@5 against the full width |"]
    rows.append("| --: | --- | --- | --- | --- |")
    for dim in sorted({dim for dim, _ in hits}):
        cells = []
        for metric in ("hit@1", "hit@5", "hit@10"):
            value, low, high = (
                100 * hits[dim, metric][key] for key in ("value", "ci_low", "ci_high")
            )
            cells.append(f"{value:.1f} ({low:.1f} to {high:.1f})")
        change = changes.get(dim)
        against = "the full width"
        if change is not None:
            points, low, high = (100 * change[key] for key in ("difference", "ci_low", "ci_high"))
            against = f"{points:+.1f} ({low:+.1f} to {high:+.1f}) {change['verdict']}"
        rows.append(f"| {dim} | {' | '.join(cells)} | {against} |")
    made_of = (
        f"{kept['pictures']} pictures, {kept['captions']} captions in {kept['languages']} "
        f"languages; model {kept['model']}, fingerprint `{kept['fingerprint'][:12]}`; data set "
        f"digest `{kept['dataset_digest'][:12]}`. Advice at 1 %: \u201c{kept['advice']}\u201d"
    )
    return "\n".join([*rows, "", made_of])


def _default(field: Any) -> str:
    if field.default_factory is not None:
        kind = "cache" if field.default_factory().is_relative_to(user_cache_dir()) else "data"
        return f"in your user {kind} folder"
    return "none" if field.default in (None, ()) else f"`{field.default}`"


def captioner_parity_table(name: str) -> str:
    """`benchmarks.captioner_parity`: every stage in three precisions, then one layer's cost."""
    found = measured(name)
    precisions = ("full", "int8", "int4")
    rows = ["| model | stage | full | int8 | int4 |", "| --- | --- | --- | --- | --- |"]
    for model in ("minicpm_v_tiny", "mono_internvl_tiny"):
        columns = [found[f"{model}, {precision}"] for precision in precisions]
        for stage in zip(*columns, strict=True):
            cells = " | ".join(
                f"{row['value']:.1e}" if isinstance(row["value"], float) else row["value"]
                for row in stage
            )
            rows.append(f"| {model} | `{stage[0]['stage']}` | {cells} |")
    rows += ["", f"One layer of full size, [3584, 18944], one token, median of {found['repeats']}:"]
    rows += [
        "",
        "| matrix | MB | processor time, ms | relative error |",
        "| --- | --- | --- | --- |",
    ]
    for row in found["layer"]:
        milliseconds = 1000 * sorted(row["seconds"])[len(row["seconds"]) // 2]
        rows.append(
            f"| {row['layer']} | {row['bytes'] / 1e6:.0f} | {milliseconds:.0f} "
            f"| {row['relative_error']:.4f} |"
        )
    return "\n".join(rows)

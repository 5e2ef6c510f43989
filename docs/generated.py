"""What README.md and docs/ show of the program itself, written by the program (used by cog)."""

import os
import subprocess
import sys
from typing import Any

from searchapp.error_table import ERROR_TABLE
from searchapp.settings import Settings


def help_text(*command: str) -> str:
    """A fenced block with what `searchapp COMMAND --help` prints."""
    environment = {
        **os.environ,
        "COLUMNS": "96",
        "TERM": "dumb",
        "NO_COLOR": "1",
        "_TYPER_FORCE_DISABLE_TERMINAL": "1",
    }
    printed = subprocess.run(
        [sys.executable, "-m", "searchapp.cli", *command, "--help"],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
    ).stdout
    lines = "\n".join(line.rstrip() for line in printed.strip().splitlines())
    return f"```text\n$ searchapp {' '.join((*command, '--help'))}\n{lines}\n```"


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


def _default(field: Any) -> str:
    if field.default_factory is not None:
        return "in your user data folder"
    return "none" if field.default in (None, ()) else f"`{field.default}`"

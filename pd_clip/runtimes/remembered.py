"""What was found out about an engine on this machine, kept beside the exported program."""

import json
import os
from contextlib import suppress
from pathlib import Path


def recall(path: Path) -> dict[str, str]:
    """Everything remembered in this file; nothing where it is missing or damaged."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def remember(path: Path, key: str, value: str) -> None:
    """A cache that cannot be written only means that it is found out again."""
    partial = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_text(json.dumps({**recall(path), key: value}, indent=1), encoding="utf-8")
        partial.replace(path)
    except OSError:
        with suppress(OSError):
            partial.unlink()

"""What was found out about an engine on this machine, kept beside the exported program."""

import json
from pathlib import Path

from pd_clip.fingerprint import write_cached


def recall(path: Path) -> dict[str, str]:
    """Everything remembered in this file; nothing where it is missing or damaged."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def remember(path: Path, key: str, value: str) -> None:
    """A cache that cannot be written only means that it is found out again."""
    write_cached(path, json.dumps({**recall(path), key: value}, indent=1))

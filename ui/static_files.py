"""The files of the page, by name."""

from pathlib import Path

STATIC = Path(__file__).parent / "static"
# Said outright: a system's own table may call a module plain text, and browsers then refuse it.
MEDIA_TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}


def static_file(name: str) -> Path | None:
    """The file of that name, or None. Only names of this one folder are files of the page."""
    path = STATIC / name
    return path if path.parent == STATIC and path.is_file() else None

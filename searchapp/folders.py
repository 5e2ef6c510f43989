"""Folders of this machine, for a person who looks for the one with their pictures."""

import os
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from searchapp.errors import FolderUnreadable

MOST_FOLDERS = 1000


@dataclass(frozen=True)
class FolderListing:
    """What is in one folder.

    parent: the folder above, None at the top. folders: absolute paths of those inside, hidden ones
    left out, at most MOST_FOLDERS. pictures: files in it that are named like pictures.
    """

    path: str
    parent: str | None
    folders: tuple[str, ...]
    pictures: int


def list_folder(path: Path | None) -> FolderListing:
    """A folder's contents; without a path, those of the person's pictures or home.

    Raises FolderMissing, FolderUnreadable.
    """
    from indexer.errors import FolderMissing
    from indexer.formats import picture_extensions

    folder = _first_folder() if path is None else Path(os.path.abspath(os.path.expanduser(path)))
    if not folder.is_dir():
        raise FolderMissing(folder)
    endings = tuple(f".{ending}" for ending in picture_extensions())
    inside: list[str] = []
    pictures = 0
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name.startswith("."):
                    continue
                if entry.is_dir():
                    inside.append(entry.name)
                else:
                    pictures += entry.name.lower().endswith(endings)
    except OSError as error:
        raise FolderUnreadable(folder, error.strerror or str(error)) from error
    names = sorted(inside, key=str.casefold)[:MOST_FOLDERS]
    return FolderListing(
        path=str(folder),
        parent=None if folder.parent == folder else str(folder.parent),
        folders=tuple(str(folder / name) for name in names),
        pictures=pictures,
    )


def _first_folder() -> Path:
    pictures = Path(platformdirs.user_pictures_dir())
    return pictures if pictures.is_dir() else Path.home()

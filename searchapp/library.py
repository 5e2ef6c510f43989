"""A library: the one folder that holds catalogue, vectors and thumbnails."""

from dataclasses import dataclass
from pathlib import Path

from searchapp.errors import LibraryUnwritable


@dataclass(frozen=True)
class Library:
    """Where a library lies. Nothing is opened or made before it is asked for.

    folder: the library's folder.
    database: a database URL that replaces `library.db`, or None.
    """

    folder: Path
    database: str | None = None

    @property
    def catalogue_address(self) -> str | Path:
        """What the catalogue is opened with: the URL, or the path of the SQLite file."""
        return self.database or self.folder / "library.db"

    @property
    def vectors(self) -> Path:
        """Folder of the derived vector indexes."""
        return self.folder / "vectors"

    @property
    def exists(self) -> bool:
        """True when something was indexed into it before (or a database URL is set)."""
        return self.database is not None or (self.folder / "library.db").exists()

    def make(self) -> None:
        """Make the folder, for its owner's eyes only.

        Raises LibraryUnwritable when that is not possible.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise LibraryUnwritable(self.folder, error.strerror or str(error)) from error

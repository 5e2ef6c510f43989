"""The password that a person set in the browser: its hash, in a file of the library's folder."""

import os
from pathlib import Path

from searchapp.api.passwords import hash_password, is_hash
from searchapp.errors import LibraryUnwritable, PasswordHashInvalid
from searchapp.library import Library

FILE = "password"


class KeptPassword:
    """Reads and writes the file. Whoever has forgotten the password deletes it."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self.path: Path = library.folder / FILE

    def read(self) -> str | None:
        """The hash, or None where no password was set.

        Raises PasswordHashInvalid for a file that cannot be read as one: the door stays shut.
        """
        try:
            kept = self.path.read_text(encoding="ascii").strip()
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise PasswordHashInvalid from error
        if not is_hash(kept):
            raise PasswordHashInvalid
        return kept

    def write(self, password: str) -> str:
        """Keep a new password and return its hash. Raises LibraryUnwritable."""
        self._library.make()
        hashed = hash_password(password)
        writing = self.path.with_suffix(".new")
        try:
            # For its owner's eyes only, from the first byte on.
            with open(os.open(writing, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
                file.write(hashed + "\n")
                file.flush()
                os.fsync(file.fileno())
            os.replace(writing, self.path)
        except OSError as error:
            raise self._unwritable(error) from error
        return hashed

    def forget(self) -> None:
        """Have no password any more. Raises LibraryUnwritable."""
        try:
            self.path.unlink(missing_ok=True)
        except OSError as error:
            raise self._unwritable(error) from error

    def _unwritable(self, error: OSError) -> LibraryUnwritable:
        return LibraryUnwritable(self._library.folder, error.strerror or str(error))

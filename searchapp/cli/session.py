"""Opens the service for a command, with the settings and the library it was given."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from searchapp.service import SearchService
    from searchapp.settings import Settings


def load_settings(library: Path | None = None) -> "Settings":
    """The settings of the environment, with the library of the command line if one is given."""
    from searchapp.settings import Settings

    return Settings() if library is None else Settings(library=library)


@contextmanager
def open_service(library: Path | None) -> Iterator["SearchService"]:
    """The service on a library; closed at the end."""
    from searchapp.cli.console import print_message
    from searchapp.service import SearchService

    service = SearchService(load_settings(library), print_message)
    try:
        yield service
    finally:
        service.close()

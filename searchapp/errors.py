"""Errors of the application. They carry facts; `error_table` says what a person should do."""

from pathlib import Path


class SearchappError(Exception):
    """Base of every error that the application raises on purpose."""


class NoPictures(SearchappError):
    """The folders given to index hold no picture, and never did."""

    def __init__(self, paths: tuple[Path, ...]) -> None:
        self.paths = ", ".join(str(path) for path in paths)
        super().__init__(self.paths)


class LibraryEmpty(SearchappError):
    """A search met a library without a single picture."""

    def __init__(self, folder: Path) -> None:
        super().__init__(str(folder))
        self.folder = folder


class LibraryUnwritable(SearchappError):
    """The library's folder cannot be made or written."""

    def __init__(self, folder: Path, detail: str) -> None:
        super().__init__(f"{folder}: {detail}")
        self.folder = folder
        self.detail = detail


class WidthNotAllowed(SearchappError):
    """A dimension that the model does not have."""

    def __init__(self, dim: int, allowed: tuple[int, ...], full: int) -> None:
        super().__init__(str(dim))
        self.dim = dim
        self.allowed = ", ".join(str(width) for width in allowed)
        self.full = full


class QueryPictureUnreadable(SearchappError):
    """The picture given as a query cannot be read."""

    def __init__(self, path: str, detail: str) -> None:
        super().__init__(f"{path}: {detail}")
        self.path = path
        self.detail = detail


class PictureUnknown(SearchappError):
    """No picture of the catalogue has this id."""

    def __init__(self, picture_id: int) -> None:
        super().__init__(str(picture_id))
        self.picture_id = picture_id


class PictureFileGone(SearchappError):
    """The catalogue knows the picture, but none of its files can be read now."""

    def __init__(self, picture_id: int) -> None:
        super().__init__(str(picture_id))
        self.picture_id = picture_id


class CursorInvalid(SearchappError):
    """A page was asked for with a cursor that no search gave out."""

    def __init__(self, cursor: str) -> None:
        super().__init__(cursor)
        self.cursor = cursor


class QueryInvalid(SearchappError):
    """A token of a query that its syntax does not have; `detail` says what it takes."""

    def __init__(self, token: str, detail: str) -> None:
        super().__init__(f"{token}: {detail}")
        self.token = token
        self.detail = detail


class FolderUnreadable(SearchappError):
    """A folder is there, but what is in it is not shown to this program."""

    def __init__(self, folder: Path, detail: str) -> None:
        super().__init__(f"{folder}: {detail}")
        self.folder = folder
        self.detail = detail


class PatternInvalid(SearchappError):
    """A pattern of files to leave out that gitignore syntax does not have."""

    def __init__(self, pattern: str) -> None:
        super().__init__(pattern)
        self.pattern = pattern


class PortsTaken(SearchappError):
    """No port near the wanted one is free."""

    def __init__(self, first: int, last: int) -> None:
        super().__init__(f"{first}-{last}")
        self.first = first
        self.last = last


class PasswordNeeded(SearchappError):
    """The server was to listen beyond this machine without a password."""

    def __init__(self, host: str) -> None:
        super().__init__(host)
        self.host = host


class PasswordHashInvalid(SearchappError):
    """A hashed password, of SEARCHAPP_AUTH or of the library's folder, that is none."""


class SamplesMissing(SearchappError):
    """The sample pictures of the project are not beside the program."""

    def __init__(self, folder: Path) -> None:
        super().__init__(str(folder))
        self.folder = folder


class CaptionsUnknown(SearchappError):
    """A file or folder given as captions is not there, or in no known format."""

    def __init__(self, path: Path, detail: str) -> None:
        super().__init__(f"{path}: {detail}")
        self.path = path
        self.detail = detail


class CalibrationUnwritable(SearchappError):
    """`calibration.json` cannot be written where it was to go."""

    def __init__(self, folder: Path, detail: str) -> None:
        super().__init__(f"{folder}: {detail}")
        self.folder = folder
        self.detail = detail


class CaptionsDamaged(SearchappError):
    """A captions file stops making sense at one of its lines."""

    def __init__(self, path: Path, line: int, detail: str) -> None:
        super().__init__(f"{path}, line {line}: {detail}")
        self.path = path
        self.line = line
        self.detail = detail


class CaptionedPicturesMissing(SearchappError):
    """Too few pictures that the captions name could be read to compare anything."""

    def __init__(self, path: Path, found: int, total: int, example: str) -> None:
        super().__init__(f"{path}: {found} of {total}")
        self.path = path
        self.found = found
        self.total = total
        self.example = example


class EvaluationStopped(SearchappError):
    """The person stopped the evaluation; finished batches are kept."""

    def __init__(self, stage: str, done: int, total: int) -> None:
        super().__init__(f"{stage}: {done} of {total}")
        self.stage = stage
        self.done = done
        self.total = total


class NothingMeasured(SearchappError):
    """The report of an evaluation was asked for and none was ever made in this library."""


class LibraryTooSmall(SearchappError):
    """The library has too few pictures to compare rankings."""

    def __init__(self, pictures: int, needed: int) -> None:
        super().__init__(f"{pictures} of {needed}")
        self.pictures = pictures
        self.needed = needed


class ModelChanged(SearchappError):
    """The model on this machine is not the one that made the library's vectors."""

    def __init__(self, name: str, expected: str, found: str) -> None:
        super().__init__(f"{name}: {found} instead of {expected}")
        self.name = name
        self.expected = expected
        self.found = found


class IndexingUnderWay(SearchappError):
    """An index run was asked for while one goes on in this process."""


class SubsetInvalid(SearchappError):
    """A part of the originals was asked for that is not one of n/t."""

    def __init__(self, subset: str) -> None:
        super().__init__(subset)
        self.subset = subset


class NothingToImport(SearchappError):
    """A folder to import from is neither an export nor another library."""

    def __init__(self, folder: Path) -> None:
        super().__init__(str(folder))
        self.folder = folder

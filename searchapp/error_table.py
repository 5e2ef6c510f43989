"""One row per error: the sentence a person reads, the exit code, the HTTP status.

The rooms raise errors that carry facts and no advice; the advice stands here, once. A row of a
base class serves the subclasses that have none of their own only where that is said here.
"""

from dataclasses import dataclass

from captioner import errors as captioner
from indexer import errors as indexer
from pd_clip import errors as pd_clip
from searchapp import errors as searchapp

ROOM_BASES = (
    searchapp.SearchappError,
    indexer.IndexerError,
    pd_clip.PdClipError,
    captioner.CaptionerError,
)


@dataclass(frozen=True)
class ErrorRow:
    """A sentence with the error's attributes in braces, an exit code and an HTTP status."""

    sentence: str
    exit_code: int = 1
    status: int = 500


ERROR_TABLE: dict[type[Exception], ErrorRow] = {
    searchapp.FolderMissing: ErrorRow(
        "There is no folder {path}. Give one that exists: searchapp index FOLDER", 1, 404
    ),
    searchapp.NoPictures: ErrorRow(
        "No picture was found in {paths}. Give a folder with pictures: searchapp index FOLDER",
        1,
        404,
    ),
    searchapp.LibraryEmpty: ErrorRow(
        "The library {folder} has no pictures yet. First: searchapp index FOLDER", 1, 409
    ),
    searchapp.LibraryUnwritable: ErrorRow(
        "The library folder {folder} cannot be written ({detail}). Choose another: --library DIR",
        1,
        500,
    ),
    searchapp.WidthNotAllowed: ErrorRow(
        "The model's vectors have {full} numbers, so --dim {dim} is not possible. "
        "Trained widths: {allowed}.",
        2,
        422,
    ),
    searchapp.QueryPictureUnreadable: ErrorRow(
        "The picture {path} cannot be read ({detail}). Try another: searchapp search --image FILE",
        1,
        422,
    ),
    searchapp.PictureUnknown: ErrorRow(
        "No picture has the id {picture_id}. Ids come from: searchapp search TEXT --json", 1, 404
    ),
    searchapp.PictureFileGone: ErrorRow(
        "The file of picture {picture_id} is not there now. See what is away: searchapp status",
        1,
        410,
    ),
    searchapp.CursorInvalid: ErrorRow(
        "The page mark {cursor} is not one that a search gave out. Search again from the start.",
        2,
        422,
    ),
    searchapp.PortsTaken: ErrorRow(
        "All ports from {first} to {last} are taken. Choose another: searchapp ui --port N", 1, 500
    ),
    searchapp.PasswordNeeded: ErrorRow(
        "Listening on {host} lets others in, so a password is needed: "
        "set SEARCHAPP_AUTH, then searchapp ui --host {host}",
        2,
        500,
    ),
    searchapp.SamplesMissing: ErrorRow(
        "The sample pictures are not in {folder}. Run the demo from the project's own folder: "
        "make demo",
        1,
        404,
    ),
    searchapp.CaptionsUnknown: ErrorRow(
        "{path} cannot be read as captions: {detail}. See the formats: searchapp eval --help",
        1,
        422,
    ),
    searchapp.CaptionsDamaged: ErrorRow(
        "{path}, line {line}: {detail}. Mend that line, then run searchapp eval again.", 1, 422
    ),
    searchapp.CaptionedPicturesMissing: ErrorRow(
        "Only {found} of the {total} pictures named in {path} can be read (not {example}, for "
        "one). Say where they are: searchapp eval {path} --images DIR",
        1,
        422,
    ),
    searchapp.EvaluationStopped: ErrorRow(
        "Stopped while {stage}, {done} of {total} done. The same command goes on from there.",
        1,
        409,
    ),
    searchapp.LibraryTooSmall: ErrorRow(
        "The library has {pictures} pictures and a comparison needs {needed}. "
        "Index more first: searchapp index FOLDER",
        1,
        409,
    ),
}


def row_for(error: BaseException) -> ErrorRow | None:
    """The row of an error, or None for one that is not ours (a defect, or the system's)."""
    for kind in type(error).__mro__:
        row = ERROR_TABLE.get(kind)
        if row is not None:
            return row
    return None


def sentence_for(error: BaseException) -> str | None:
    """The sentence of an error with its facts filled in, or None if it has no row."""
    row = row_for(error)
    return None if row is None else row.sentence.format_map(vars(error))

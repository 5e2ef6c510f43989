"""One row per error: the sentence a person reads, the exit code, the HTTP status.

The rooms raise errors that carry facts and no advice; the advice stands here, once. A row of a
base class serves the subclasses that have none of their own only where that is said here.
"""

from dataclasses import dataclass

from captioner import errors as captioner
from indexer import errors as indexer
from indexer.vectors import errors as vectors
from pd_clip import errors as pd_clip
from pd_clip.conversion import errors as conversion
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
        "The model's vectors have {full} numbers, so a width of {dim} is not possible. "
        "Trained widths: {allowed}.",
        2,
        422,
    ),
    searchapp.QueryPictureUnreadable: ErrorRow(
        "The picture {path} cannot be read ({detail}). Try another: searchapp search --image FILE",
        1,
        422,
    ),
    searchapp.NothingToImport: ErrorRow(
        "{folder} is neither an export nor another library. Make one there: "
        "searchapp export FOLDER",
        1,
        404,
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
    searchapp.QueryInvalid: ErrorRow(
        "In the query, {token} is not understood: {detail}. See all: searchapp search --help",
        2,
        422,
    ),
    searchapp.FolderUnreadable: ErrorRow(
        "The folder {folder} cannot be read ({detail}). Choose another, or allow this program to.",
        1,
        403,
    ),
    searchapp.PatternInvalid: ErrorRow(
        "The pattern {pattern} is not understood. Patterns are those of .gitignore.", 2, 422
    ),
    searchapp.PortsTaken: ErrorRow(
        "All ports from {first} to {last} are taken. Choose another: searchapp ui --port N", 1, 500
    ),
    searchapp.PasswordNeeded: ErrorRow(
        "Listening on {host} lets others in, so a password is needed: "
        "set one on the page of settings or as SEARCHAPP_AUTH, then searchapp ui --host {host}",
        2,
        500,
    ),
    searchapp.PasswordHashInvalid: ErrorRow(
        "The hashed password (SEARCHAPP_AUTH, or the file `password` in the library's folder) is "
        "cut off or changed. Make it anew: searchapp password",
        2,
        500,
    ),
    searchapp.SamplesMissing: ErrorRow(
        "The sample pictures are not in {folder}. Run the demo from the project's own folder: "
        "make demo",
        1,
        404,
    ),
    searchapp.CalibrationUnwritable: ErrorRow(
        "The calibration cannot be written to {folder} ({detail}). Choose another folder: "
        "searchapp model calibrate MODEL CAPTIONS --out DIR",
        1,
        500,
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
    searchapp.NothingMeasured: ErrorRow(
        "Nothing has been measured in this library yet. Start: searchapp eval CAPTIONS", 1, 404
    ),
    searchapp.LibraryTooSmall: ErrorRow(
        "The library has {pictures} pictures and a comparison needs {needed}. "
        "Index more first: searchapp index FOLDER",
        1,
        409,
    ),
    searchapp.ModelChanged: ErrorRow(
        "The model {name} on this machine is not the one that made this library's vectors. "
        "Bring the pictures to it: searchapp index --model {name} FOLDER",
        1,
        409,
    ),
    searchapp.SubsetInvalid: ErrorRow(
        "{subset} is no part of the originals. Give n/t, for example: "
        "searchapp verify --read-data-subset 1/7",
        2,
        422,
    ),
    searchapp.IndexingUnderWay: ErrorRow(
        "Indexing is under way already. Wait for its end, or pause it on the library page.", 1, 409
    ),
    indexer.CatalogueMissing: ErrorRow(
        "There is no library at {path} yet. First: searchapp index FOLDER", 1, 409
    ),
    indexer.CatalogueTooNew: ErrorRow(
        "The library {path} was written by a newer searchapp (schema {found}, this one knows "
        "{expected}). Update it: pip install --upgrade searchapp",
        1,
        500,
    ),
    indexer.CatalogueDamaged: ErrorRow(
        "The catalogue {path} is damaged ({detail}). Bring back the latest snapshot: "
        "searchapp restore",
        1,
        500,
    ),
    indexer.CatalogueUnavailable: ErrorRow(
        "The database {path} cannot be used now ({detail}). Check its disk or server, then: "
        "searchapp status",
        1,
        503,
    ),
    indexer.CatalogueBusy: ErrorRow(
        "Another program kept the library {path} locked for {waited_seconds:.0f} s. "
        "Close it and run the command again.",
        1,
        503,
    ),
    indexer.LibraryLocked: ErrorRow(
        "The library {path} is being indexed by process {pid} on {host} since {since}. "
        "Wait for it, or stop it, and run the command again.",
        1,
        409,
    ),
    indexer.FolderMissing: ErrorRow(
        "There is no folder {path}. Give one that exists: searchapp index FOLDER", 1, 404
    ),
    indexer.NotAFolder: ErrorRow(
        "{path} is a file, not a folder. Index the folder it lies in: searchapp index FOLDER",
        2,
        422,
    ),
    indexer.RootUnknown: ErrorRow(
        "{path} is not one of the indexed folders. See them: searchapp status", 2, 404
    ),
    indexer.ModelUnknown: ErrorRow(
        "The library has no vectors of this model. Make them: searchapp index --model NAME FOLDER",
        1,
        409,
    ),
    indexer.ModelIncomplete: ErrorRow(
        "{lacking} pictures have no vector of {name} yet. Make them: "
        "searchapp index --model {name} FOLDER",
        1,
        409,
    ),
    indexer.VectorsUnusable: ErrorRow(
        "The model {model} returned vectors that cannot be right ({detail}); nothing was stored. "
        "Check it: searchapp model verify {model}",
        1,
        500,
    ),
    indexer.DecoderUnavailable: ErrorRow(
        "The processes that decode pictures do not start ({detail}). Check memory and limits, "
        "then run the command again.",
        1,
        500,
    ),
    indexer.DiskFull: ErrorRow(
        "{path} has {free_megabytes} MB free and about {needed_megabytes} MB more are needed. Free "
        "some, or choose another place with --library, and run the command again: it goes on "
        "where it stopped.",
        1,
        507,
    ),
    indexer.SnapshotMissing: ErrorRow(
        "There is no such snapshot in {library_folder}. See those there are: searchapp status",
        1,
        404,
    ),
    indexer.ImportMismatch: ErrorRow(
        "{path} holds {found}, but {expected} is needed. Export it anew with the same model: "
        "searchapp export",
        1,
        422,
    ),
    indexer.CaptionUnknown: ErrorRow(
        "There is no caption {caption_id}. See a picture's captions: searchapp search TEXT --json",
        1,
        404,
    ),
    indexer.ExtraMissing: ErrorRow(
        "For {purpose} the package {package} is needed: pip install {package}", 1, 501
    ),
    vectors.WidthMismatch: ErrorRow(
        "The vectors have {found} numbers and this library's have {expected}. "
        "See which model made them: searchapp status",
        1,
        409,
    ),
    vectors.NoRoomForVectors: ErrorRow(
        "The disk of {path} has {free_bytes} bytes free and the vector index needs "
        "{needed_bytes}. Free some, then: searchapp verify --repair",
        1,
        507,
    ),
    vectors.VectorsDamaged: ErrorRow(
        "The vector index at {path} is damaged ({reason}). Build it again: "
        "searchapp verify --repair",
        1,
        500,
    ),
    vectors.RowsDamaged: ErrorRow(
        "{count} stored vectors are damaged. Find and mend them: searchapp verify --repair",
        1,
        500,
    ),
    pd_clip.ModelNotFound: ErrorRow(
        "No model named {name} is on this machine. See which there are: searchapp model list",
        2,
        422,
    ),
    pd_clip.UnknownModelType: ErrorRow(
        "{path} describes a model of type {found}, which this program cannot run. "
        "See which it can: searchapp model list"
    ),
    pd_clip.ConfigInvalid: ErrorRow(
        "{path} cannot be used: {key} is {found}, expected {expected}. "
        "Get the model again: searchapp model pull jina-clip-v2"
    ),
    pd_clip.CheckpointInvalid: ErrorRow(
        "The weights in {path} cannot be read ({reason}). "
        "Get the model again: searchapp model pull jina-clip-v2"
    ),
    pd_clip.CheckpointMissing: ErrorRow(
        "The weights {path} are missing. Get them: searchapp model pull jina-clip-v2"
    ),
    pd_clip.CheckpointUnsafe: ErrorRow(
        "{path} holds pickled weights, which are never opened because they could run code. "
        "Get them as safetensors: searchapp model pull jina-clip-v2"
    ),
    pd_clip.CheckpointMismatch: ErrorRow(
        "The weights in {path} do not fit the model: {reason}. "
        "Get the model again: searchapp model pull jina-clip-v2"
    ),
    pd_clip.TokenizerMissing: ErrorRow(
        "{path} has no tokenizer.json, so it cannot read text. "
        "Get the whole model: searchapp model pull jina-clip-v2"
    ),
    pd_clip.ImageSizeInvalid: ErrorRow(
        "The model cannot be run at {found} pixels. Sizes it can: {expected}.", 2, 422
    ),
    pd_clip.RuntimeUnavailable: ErrorRow(
        "The runtime {name} is not on this machine. There are: {available}.", 2, 422
    ),
    pd_clip.RuntimeFailed: ErrorRow(
        "The runtime {name} failed on the {tower} tower ({reason}). "
        "Check the model: searchapp model verify"
    ),
    pd_clip.ReferenceInvalid: ErrorRow(
        "The reference {path} cannot be compared with ({reason}). "
        "Try again with another: searchapp model verify MODEL --reference FILE",
        2,
        422,
    ),
    pd_clip.PullFailed: ErrorRow(
        "The model {model} was not downloaded ({reason}). Try again: searchapp model pull {model}"
    ),
    pd_clip.NotDownloadable: ErrorRow(
        "There is nothing to download for {model}: {reason}. See: searchapp model list", 2, 422
    ),
    pd_clip.LicenceNotAccepted: ErrorRow(
        "Nothing was downloaded: {model} is under the licence {licence}. "
        "To accept it: searchapp model pull {model} --yes"
    ),
    pd_clip.DownloadTooLarge: ErrorRow(
        "{model} needs {needed_mb} MB in {path}, where {free_mb} MB are free. "
        "Make room, or choose another folder with SEARCHAPP_MODELS."
    ),
    pd_clip.HubUnreachable: ErrorRow(
        "The download of {model} broke off ({reason}). "
        "What arrived is kept; go on with: searchapp model pull {model}",
        1,
        502,
    ),
    pd_clip.HubRefused: ErrorRow(
        "{endpoint} wants you to be logged in for {model}. Set HF_TOKEN to your access token, "
        "then: searchapp model pull {model}",
        1,
        502,
    ),
    pd_clip.HubLacksModel: ErrorRow(
        "{endpoint} does not have {model}. Try the original with HF_ENDPOINT unset: "
        "searchapp model pull {model}",
        1,
        502,
    ),
    pd_clip.HubBusy: ErrorRow(
        "{endpoint} asks to come back later. In a few minutes: searchapp model pull {model}",
        1,
        502,
    ),
    pd_clip.DownloadDamaged: ErrorRow(
        "{path} arrived damaged and was deleted. Get it again: searchapp model pull {model}",
        1,
        502,
    ),
    conversion.ConversionError: ErrorRow(
        "The checkpoint cannot be converted. See what the folder is: searchapp model info FOLDER",
        1,
        422,
    ),
    conversion.CheckpointUnreadable: ErrorRow(
        "{path} cannot be read: {detail}. Download it again, then run the command again.", 1, 422
    ),
    conversion.CheckpointMismatch: ErrorRow(
        "The tensors in {path} are not those its config.json calls for: {listing}. "
        "See what the folder is: searchapp model info {path}",
        1,
        422,
    ),
    conversion.PickledCheckpoint: ErrorRow(
        "{path} is a pickled file, and opening one runs whatever it carries. "
        "Get the .safetensors files of the model: searchapp model list",
        1,
        422,
    ),
    conversion.ArchitectureUnknown: ErrorRow(
        "The config.json in {path} says model_type {model_type!r}, and known are: {known}. "
        "See the models: searchapp model list",
        1,
        422,
    ),
    conversion.WrongLayout: ErrorRow(
        "The matrices in {path} lie as {found}, and {expected} was expected. "
        "See what the folder is: searchapp model info {path}",
        1,
        409,
    ),
    conversion.ManifestMissing: ErrorRow(
        "{path} has no conversion.json, so what it was made from is not known. "
        "Convert the published folder: searchapp model convert SRC DST",
        1,
        409,
    ),
    conversion.DestinationTaken: ErrorRow(
        "{path} exists already. Give a folder that does not: searchapp model convert SRC DST",
        1,
        409,
    ),
    conversion.DiskFull: ErrorRow(
        "{path} has {free} bytes free and the result needs {needed}. Free some, or choose "
        "another place: searchapp model convert SRC DST",
        1,
        507,
    ),
    captioner.CaptionerUnknown: ErrorRow(
        "There is no captioner {name}; known are {known}. Choose one: searchapp caption "
        "--captioner NAME",
        2,
        422,
    ),
    captioner.CaptionerMissing: ErrorRow(
        "The weights of {name} are not in {folder}. Get them from {repo} ({size_gb} GB, licence "
        "{licence}; {memory_gb[0]} GB of memory, {memory_gb[1]} with --int8, {memory_gb[2]} with "
        "--int4) and put them there, or import captions you have: searchapp caption --import FILE",
        1,
        409,
    ),
    captioner.CaptionerDependency: ErrorRow(
        "{name} needs {library}, which is not here ({detail}). Make its environment: "
        "make caption-env",
        1,
        500,
    ),
    captioner.TokenizerMissing: ErrorRow(
        "{path} is missing. Download the whole folder of the model, then run searchapp caption "
        "again.",
        1,
        422,
    ),
    captioner.TokenizerUnreadable: ErrorRow(
        "{path} cannot be read: {detail}. Download it again, then run searchapp caption again.",
        1,
        422,
    ),
    captioner.PromptTooLong: ErrorRow(
        "The question and the picture make {found} tokens, and the captioner reads {limit}. "
        "Ask something shorter: searchapp caption --prompt TEXT",
        2,
        422,
    ),
    captioner.CaptionerNotStarted: ErrorRow(
        "The captioner {name} does not start ({detail}). If a library is missing: make "
        "caption-env; if memory ran out: searchapp caption --int8 or --int4",
        1,
        500,
    ),
    captioner.CaptionerCrashed: ErrorRow(
        "The captioner {name} stopped ({detail}). If memory ran out: searchapp caption --int8 or "
        "--int4",
        1,
        500,
    ),
    captioner.CaptionFailed: ErrorRow(
        "The captioner {name} could not describe the picture ({detail}). Try another: "
        "searchapp caption --captioner NAME",
        1,
        500,
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

"""Errors of this room: each carries the facts, none carries advice.

PdClipError
├── ModelNotFound            no folder of that name
├── UnknownModelType         config.json names a model this program does not know
├── ConfigInvalid            a value in config.json that this port cannot honour
├── CheckpointInvalid        the weights file itself cannot be read
│   ├── CheckpointMissing
│   ├── CheckpointUnsafe     pickled weights
│   └── CheckpointMismatch   tensors missing, unexpected or of the wrong shape
├── TokenizerMissing
├── ImageSizeInvalid
├── RuntimeUnavailable       an engine that is not on this machine
├── RuntimeFailed            an engine that answers wrongly or cannot be built
├── ReferenceInvalid         recorded outputs that cannot be compared with
└── PullFailed               a download that did not end in a model
    ├── NotDownloadable
    ├── LicenceNotAccepted
    ├── DownloadTooLarge
    ├── DownloadDamaged
    └── HubUnreachable
        ├── HubRefused       it wants someone who is logged in
        ├── HubLacksModel
        └── HubBusy
"""

from collections.abc import Sequence
from pathlib import Path


class PdClipError(Exception):
    """Base of every error that this room raises on purpose; subclasses carry facts."""


class ModelNotFound(PdClipError):
    """No model folder of that name or path."""

    def __init__(self, name: str, known: Sequence[str] = ()) -> None:
        super().__init__(f"no model named {name!r}")
        self.name = name
        self.known = tuple(known)


class UnknownModelType(PdClipError):
    """config.json holds a `model_type` that no part of this room reads."""

    def __init__(self, path: Path, found: str, expected: Sequence[str]) -> None:
        super().__init__(f"{path}: model_type is {found!r}, not one of {', '.join(expected)}")
        self.path = path
        self.found = found
        self.expected = tuple(expected)


class ConfigInvalid(PdClipError):
    """config.json is unreadable, or asks for something this port does not have."""

    def __init__(self, path: Path, key: str, found: object, expected: object) -> None:
        super().__init__(f"{path}: {key} is {found!r}, expected {expected}")
        self.path = path
        self.key = key
        self.found = found
        self.expected = expected


class CheckpointInvalid(PdClipError):
    """A weights file that cannot be read as safetensors."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


class CheckpointMissing(CheckpointInvalid):
    """A folder without weights, or an index that names an absent shard."""


class CheckpointUnsafe(CheckpointInvalid):
    """Pickled weights: reading them could run code, so they are never opened."""


class CheckpointMismatch(CheckpointInvalid):
    """Tensors that are missing, unexpected or of the wrong shape; all problems are counted."""

    listed = 10

    def __init__(self, path: Path, problems: Sequence[str]) -> None:
        shown = "; ".join(problems[: self.listed])
        more = "" if len(problems) <= self.listed else "; ..."
        super().__init__(path, f"{len(problems)} tensors do not fit the model: {shown}{more}")
        self.problems = tuple(problems)


class TokenizerMissing(PdClipError):
    """A model folder without tokenizer.json was asked to read text."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path}: no tokenizer.json")
        self.path = path


class ImageSizeInvalid(PdClipError):
    """A picture size in pixels that the model cannot be run at."""

    def __init__(self, found: int, expected: Sequence[int]) -> None:
        super().__init__(f"picture size {found} is not one of {', '.join(map(str, expected))}")
        self.found = found
        self.expected = tuple(expected)


class RuntimeUnavailable(PdClipError):
    """An engine was named that is unknown or not installed on this machine."""

    def __init__(self, name: str, available: Sequence[str]) -> None:
        super().__init__(f"runtime {name!r} is not available")
        self.name = name
        self.available = tuple(available)


class RuntimeFailed(PdClipError):
    """An engine could not be built, or did not reproduce the recorded probe vectors."""

    def __init__(self, name: str, tower: str, reason: str) -> None:
        super().__init__(f"runtime {name!r} failed on the {tower} tower: {reason}")
        self.name = name
        self.tower = tower
        self.reason = reason


class ReferenceInvalid(PdClipError):
    """A file of recorded outputs that lacks an array, or cannot be read."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


class PullFailed(PdClipError):
    """A download that did not end in a model; `model` is its name."""

    def __init__(self, model: str, reason: str) -> None:
        super().__init__(f"{model}: {reason}")
        self.model = model
        self.reason = reason


class NotDownloadable(PullFailed):
    """A model this program knows no repository of."""


class LicenceNotAccepted(PullFailed):
    """Nothing was downloaded because the licence was not accepted."""

    def __init__(self, model: str, licence: str) -> None:
        super().__init__(model, f"its licence {licence} was not accepted")
        self.licence = licence


class DownloadTooLarge(PullFailed):
    """The disk has less room than the download needs; sizes in bytes."""

    def __init__(self, model: str, path: Path, needed: int, free: int) -> None:
        super().__init__(model, f"{needed} bytes needed at {path}, {free} free")
        self.path = path
        self.needed_mb = -(-needed // 1_000_000)
        self.free_mb = free // 1_000_000


class HubUnreachable(PullFailed):
    """No answer, or the line broke more often than is worth trying."""

    def __init__(self, model: str, endpoint: str, reason: str) -> None:
        super().__init__(model, f"{endpoint}: {reason}")
        self.endpoint = endpoint


class HubRefused(HubUnreachable):
    """The hub wants someone who is logged in, or who accepted its terms there (401, 403)."""


class HubLacksModel(HubUnreachable):
    """The hub has no such repository, revision or file (404)."""


class HubBusy(HubUnreachable):
    """The hub asks to come back later (429)."""


class DownloadDamaged(PullFailed):
    """A downloaded file whose checksum is wrong; it was deleted."""

    def __init__(self, model: str, path: Path, expected: str, found: str) -> None:
        super().__init__(model, f"{path} has checksum {found}, expected {expected}")
        self.path = path
        self.expected = expected
        self.found = found

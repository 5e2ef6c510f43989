"""What can be wrong with a checkpoint or with the place it is converted to.

ConversionError
├── CheckpointUnreadable    a file that is not what its name says
├── CheckpointMismatch      keys that are unknown, missing or of another shape
├── PickledCheckpoint       .bin or .pt shards: reading them would run what they carry
├── ArchitectureUnknown     no map is declared for this config.json
├── WrongLayout             converting what is converted, or reversing what is not
├── ManifestMissing         reversing what another program converted
├── DestinationTaken        the destination exists
└── DiskFull                less room than the result needs
"""

from collections.abc import Sequence
from pathlib import Path

from pd_clip.errors import PdClipError


class ConversionError(PdClipError):
    """Base of what stops a conversion. Nothing is left at the destination."""


class CheckpointUnreadable(ConversionError):
    """A file of the checkpoint is damaged, cut short or not of its format."""

    def __init__(self, path: Path, detail: str) -> None:
        super().__init__(f"{path}: {detail}")
        self.path = path
        self.detail = detail


class CheckpointMismatch(ConversionError):
    """The keys of the checkpoint are not the keys its config.json calls for.

    Attributes:
        path: the checkpoint folder.
        missing: keys that should be there and are not.
        unknown: keys that no layer claims.
        misshapen: `(key, expected shape, found shape)`.
    """

    def __init__(
        self,
        path: Path,
        missing: Sequence[str],
        unknown: Sequence[str],
        misshapen: Sequence[tuple[str, tuple[int, ...], tuple[int, ...]]],
    ) -> None:
        self.path = path
        self.missing = tuple(missing)
        self.unknown = tuple(unknown)
        self.misshapen = tuple(misshapen)
        self.problems = (
            [f"missing {key}" for key in self.missing]
            + [f"unknown {key}" for key in self.unknown]
            + [
                f"{key}: expected {list(want)}, found {list(got)}"
                for key, want, got in self.misshapen
            ]
        )
        self.listing = "; ".join(self.problems[:20])
        if len(self.problems) > 20:
            self.listing += f"; and {len(self.problems) - 20} more"
        super().__init__(f"{path}: {self.listing}")


class PickledCheckpoint(ConversionError):
    """The weights are pickled; reading them would execute code from the file."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path}: pickled weights")
        self.path = path


class ArchitectureUnknown(ConversionError):
    """No map is declared for the `model_type` of this checkpoint."""

    def __init__(self, path: Path, model_type: str, known: Sequence[str]) -> None:
        self.path = path
        self.model_type = model_type
        self.known = ", ".join(known)
        super().__init__(f"{path}: model_type {model_type!r}, known: {self.known}")


class WrongLayout(ConversionError):
    """The matrices of the source are not laid out the way the request supposes."""

    def __init__(self, path: Path, expected: str, found: str) -> None:
        super().__init__(f"{path}: expected layout {expected}, found {found}")
        self.path = path
        self.expected = expected
        self.found = found


class DestinationTaken(ConversionError):
    """There is already something at the destination."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} exists")
        self.path = path


class DiskFull(ConversionError):
    """The disk of the destination has less room than the result needs. Sizes in bytes."""

    def __init__(self, path: Path, needed: int, free: int) -> None:
        super().__init__(f"{path}: {needed} bytes needed, {free} free")
        self.path = path
        self.needed = needed
        self.free = free


class ManifestMissing(ConversionError):
    """The folder was not converted by this program, so its original bytes are not known."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path}: no conversion.json")
        self.path = path

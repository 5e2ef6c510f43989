"""Errors of this room: each carries the facts, none carries advice.

CaptionerError
├── CaptionerUnknown          no captioner of that name
├── CaptionerMissing          its weights are not on this machine
├── CaptionerDependency       its environment lacks a library
├── TokenizerMissing          the folder has no tokenizer.json
├── PromptTooLong             more tokens than the model reads
├── CaptionerCrashed          its process ended while describing a picture
├── CaptionFailed             it could not describe one picture
└── CaptionsUnreadable        a file to import captions from
"""

from pathlib import Path


class CaptionerError(Exception):
    """Base of every error that this room raises on purpose; subclasses carry facts."""


class CaptionerUnknown(CaptionerError):
    """No captioner of that name."""

    def __init__(self, name: str, known: tuple[str, ...]) -> None:
        super().__init__(f"no captioner named {name!r}")
        self.name = name
        self.known = ", ".join(known)


class CaptionerMissing(CaptionerError):
    """The weights of a known captioner are not on this machine.

    source: repository and licence. Sizes in gigabytes; memory as published, in 8 and in 4 bits.
    """

    def __init__(
        self,
        name: str,
        folder: Path,
        source: tuple[str, str],
        size_gb: float,
        memory_gb: tuple[float, float, float],
    ) -> None:
        super().__init__(f"{name}: no weights in {folder}")
        self.name = name
        self.folder = folder
        self.repo, self.licence = source
        self.size_gb = size_gb
        self.memory_gb = memory_gb


class CaptionerDependency(CaptionerError):
    """A captioner needs a library that its environment does not have."""

    def __init__(self, name: str, library: str, detail: str) -> None:
        super().__init__(f"{name} needs {library}: {detail}")
        self.name = name
        self.library = library
        self.detail = detail


class TokenizerMissing(CaptionerError):
    """A checkpoint folder without a tokenizer.json."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} is missing")
        self.path = path


class TokenizerUnreadable(CaptionerError):
    """A tokenizer.model that is damaged or of a kind that is not known."""

    def __init__(self, path: Path, detail: str) -> None:
        super().__init__(f"{path}: {detail}")
        self.path = path
        self.detail = detail


class PromptTooLong(CaptionerError):
    """A conversation with more tokens than the model reads."""

    def __init__(self, found: int, limit: int) -> None:
        super().__init__(f"{found} tokens, at most {limit}")
        self.found = found
        self.limit = limit


class CaptionerNotStarted(CaptionerError):
    """The captioner's process ended before it could describe anything; trying again is no use."""

    def __init__(self, name: str, detail: str) -> None:
        super().__init__(f"{name}: {detail}")
        self.name = name
        self.detail = detail


class CaptionerCrashed(CaptionerError):
    """The captioner's process ended, or ran out of memory, while describing a picture."""

    def __init__(self, name: str, detail: str) -> None:
        super().__init__(f"{name}: {detail}")
        self.name = name
        self.detail = detail


class CaptionFailed(CaptionerError):
    """The captioner could not describe one picture; it is still running."""

    def __init__(self, name: str, detail: str) -> None:
        super().__init__(f"{name}: {detail}")
        self.name = name
        self.detail = detail

"""What an indexing run has to read, kept on disk once it grows, so that memory does not."""

import json
from collections.abc import Iterator
from tempfile import SpooledTemporaryFile
from typing import NamedTuple

_IN_MEMORY_BYTES = 4 * 1024 * 1024

NEW = "new"
CHANGED = "changed"
EMBED = "embed"


class WorkItem(NamedTuple):
    """A file to read.

    kind: `new` (a path not in the catalogue), `changed` (its stat differs) or `embed` (known
        and unchanged, but without a vector of the model).
    location_id, picture_id: rows it has already, 0 for none.
    """

    kind: str
    root_id: int
    path: str
    size: int
    mtime_ns: int
    inode: int
    location_id: int = 0
    picture_id: int = 0


class WorkList:
    """Appended to while scanning, then read once or more from the start."""

    def __init__(self) -> None:
        self._file = SpooledTemporaryFile(_IN_MEMORY_BYTES, mode="w+b")  # noqa: SIM115
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def append(self, item: WorkItem) -> None:
        # ASCII JSON carries lone surrogates (names that are not UTF-8) through unharmed.
        self._file.write(json.dumps(item).encode("ascii") + b"\n")
        self._length += 1

    def __iter__(self) -> Iterator[WorkItem]:
        self._file.seek(0)
        for line in self._file:
            yield WorkItem(*json.loads(line))

    def close(self) -> None:
        self._file.close()

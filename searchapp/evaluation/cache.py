"""Vectors of a data set on disk, batch by batch, so that an interrupted run goes on.

One safetensors file per batch under FOLDER/<fingerprint>/, named by the digest of what the batch
holds, written beside and moved into place. So a changed caption costs its batch, not the pictures.
The header holds the whole fingerprint and digest and a hash of the tensors: a file of another model
or of other content, or one that rotted, is encoded again and never believed.
"""

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

Tensors = Mapping[str, np.ndarray]
_PREFIX = 32


@dataclass(frozen=True)
class Batch:
    """`rows` vectors of one kind (`pictures`, `texts`); digest: hex, of what they stand for."""

    kind: str
    rows: int
    digest: str

    @classmethod
    def of(cls, kind: str, contents: Sequence[str]) -> "Batch":
        """The batch of these texts, or of pictures by their content hashes."""
        digest = hashlib.sha256(json.dumps([kind, *contents]).encode()).hexdigest()
        return cls(kind, len(contents), digest)


@dataclass
class VectorCache:
    """Batches of one model. `root` None keeps nothing.

    note: why nothing can be kept, when the folder cannot be written.
    """

    root: Path | None
    fingerprint: str
    note: str | None = field(default=None, init=False)

    def path(self, batch: Batch) -> Path | None:
        """Where a batch lies."""
        if self.root is None:
            return None
        folder = self.root / self.fingerprint[:_PREFIX]
        return folder / f"{batch.kind}-{batch.digest[:_PREFIX]}.safetensors"

    def read(self, batch: Batch) -> dict[str, np.ndarray] | None:
        """The tensors of a batch; None when it must be encoded."""
        path = self.path(batch)
        if path is None or not path.is_file():
            return None
        from safetensors import SafetensorError, safe_open

        try:
            with safe_open(path, framework="numpy") as stored:
                header = stored.metadata() or {}
                tensors = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118
        except (SafetensorError, OSError):
            return None
        if header != self._header(batch, tensors):
            return None
        if len(tensors.get("vectors", ())) != batch.rows:
            return None
        return tensors

    def write(self, batch: Batch, tensors: dict[str, np.ndarray]) -> None:
        """Keep a batch; a folder that cannot be written is noted, not an error."""
        path = self.path(batch)
        if path is None or self.note is not None:
            return
        from safetensors.numpy import save

        content = save(tensors, metadata=self._header(batch, tensors))
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            _write_whole(path, content)
        except OSError as error:
            self.note = f"Vectors could not be kept in {path.parent}: {error.strerror}"

    def _header(self, batch: Batch, tensors: Tensors) -> dict[str, str]:
        content = hashlib.sha256()
        for name in sorted(tensors):
            shape = json.dumps([name, str(tensors[name].dtype), tensors[name].shape])
            content.update(shape.encode())
            content.update(np.ascontiguousarray(tensors[name]).data)
        return {
            "fingerprint": self.fingerprint,
            "digest": batch.digest,
            "sha256": content.hexdigest(),
        }


def _write_whole(path: Path, content: bytes) -> None:
    handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(name, path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise

"""conversion.json: what a converted folder was made from, so that it can be checked and undone."""

import hashlib
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np

from pd_clip.conversion.errors import CheckpointUnreadable, ManifestMissing
from pd_clip.conversion.folder import read_json

NAME = "conversion.json"
_PROBE_ROWS = 4


@dataclass(frozen=True)
class ShardRecord:
    """One shard before and after: checksums (SHA-256, as model hubs publish) and its old header."""

    path: str
    source_sha256: str
    sha256: str
    source_header: str


@dataclass
class Manifest:
    """What was converted.

    Attributes:
        model: name of the map used.
        layout: always "paddle".
        shards: one record per shard.
        originals: the text of files that were rewritten, by path.
        copied: SHA-256 of files that were copied, by path.
        probes: for each square matrix, whose shape cannot tell its orientation, a few products
            of the published matrix with a fixed vector.
    """

    model: str
    layout: str = "paddle"
    shards: list[ShardRecord] = field(default_factory=list)
    originals: dict[str, str] = field(default_factory=dict)
    copied: dict[str, str] = field(default_factory=dict)
    probes: dict[str, list[float]] = field(default_factory=dict)

    def shard(self, path: str) -> ShardRecord:
        """The record of one shard.

        Raises:
            CheckpointUnreadable: the folder has a shard that was not converted.
        """
        for record in self.shards:
            if record.path == path:
                return record
        raise CheckpointUnreadable(Path(path), f"not recorded in {NAME}")

    def write(self, folder: Path) -> None:
        """Writes conversion.json."""
        text = json.dumps(asdict(self), ensure_ascii=False, indent=1)
        (folder / NAME).write_text(text, encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> "Manifest":
        """Reads conversion.json.

        Raises:
            ManifestMissing: there is none.
            CheckpointUnreadable: it is damaged.
        """
        path = folder / NAME
        if not path.is_file():
            raise ManifestMissing(folder)
        facts = read_json(path)
        try:
            shards = [ShardRecord(**record) for record in facts.pop("shards")]
            return cls(shards=shards, **facts)
        except (TypeError, KeyError, AttributeError) as error:
            raise CheckpointUnreadable(path, str(error)) from error


def probe(published_matrix: np.ndarray, dtype: str) -> list[float]:
    """The first few entries of `matrix @ v` for a fixed vector v.

    Args:
        published_matrix: [outputs, inputs], raw integers of the item size; a view will do.
        dtype: the dtype of the header.

    Returns:
        float64 products; they differ for a matrix and its transpose.
    """
    rows = as_float64(np.ascontiguousarray(published_matrix[:_PROBE_ROWS]), dtype)
    vector = np.cos(np.arange(1, rows.shape[1] + 1))
    return [float(product) for product in rows @ vector]


def as_float64(raw: np.ndarray, dtype: str) -> np.ndarray:
    """Raw integers of a float dtype as float64, exactly."""
    if dtype == "BF16":
        widened = (raw.astype(np.uint32) << np.uint32(16)).view(np.float32)
        return widened.astype(np.float64)
    return raw.view({"F16": "<f2", "F32": "<f4", "F64": "<f8"}[dtype]).astype(np.float64)


def sha256(path: Path) -> str:
    """SHA-256 of a file, hexadecimal."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()

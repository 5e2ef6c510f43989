"""Converting a published PyTorch checkpoint to PaddlePaddle's layout, and back, bit for bit.

One tensor is in memory at a time. The result is built in a folder beside the destination and
renamed when it is complete; a shard that was finished before an interruption is not done again.
The source is only read.
"""

import hashlib
import json
import os
import shutil
import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np

from pd_clip.conversion import manifest as manifests
from pd_clip.conversion.errors import (
    CheckpointUnreadable,
    DestinationTaken,
    DiskFull,
    WrongLayout,
)
from pd_clip.conversion.folder import CheckpointFolder
from pd_clip.conversion.jina_clip import JINA_CLIP
from pd_clip.conversion.layers import ConversionMap, LayerTable
from pd_clip.conversion.manifest import Manifest, ShardRecord
from pd_clip.conversion.safetensors_file import (
    SafetensorsFile,
    SafetensorsWriter,
    TensorEntry,
    encode_header,
)

_PIECE_BYTES = 16 << 20
# PaddleNLP refuses any other value: "pd" is reserved there and "pt" means the other layout.
_METADATA = {"format": "np"}
_JOURNAL = ".journal.json"


@dataclass(frozen=True)
class ConversionProgress:
    """How far a conversion is. Bytes count the weights only."""

    shard: str
    done_bytes: int
    total_bytes: int


@dataclass(frozen=True)
class ConversionReport:
    """What was converted, or with `check` what would be.

    Attributes:
        model: name of the declared map.
        destination: the folder written; None when only checked.
        tensors, transposed, renamed: how many there are, were turned and were renamed.
        square: keys of matrices whose shape cannot prove their orientation.
        skipped: files left out, because they are pickled.
        total_bytes: bytes of the weights.
        resumed_shards: shards that an interrupted run had finished.
    """

    model: str
    destination: Path | None
    tensors: int
    transposed: int
    renamed: int
    square: tuple[str, ...]
    skipped: tuple[str, ...]
    total_bytes: int
    resumed_shards: int = 0


Progress = Callable[[ConversionProgress], None]


def convert(
    src: Path,
    dst: Path,
    *,
    reverse: bool = False,
    check: bool = False,
    progress: Progress | None = None,
    maps: Sequence[ConversionMap] = (JINA_CLIP,),
) -> ConversionReport:
    """Converts a checkpoint folder.

    Args:
        src: a published folder, or with `reverse` a folder this function made.
        dst: the folder to make; must not exist.
        reverse: give back the published files, bit for bit.
        check: compare keys and shapes and write nothing.
        progress: called after every piece written.
        maps: the models known.

    Raises:
        ConversionError: see `pd_clip.conversion.errors`; nothing is left at `dst`.
    """
    source = CheckpointFolder.open(src)
    declared = source.find_map(maps)
    table = source.layer_table(declared)
    layout, expected = source.layout(declared, table), "paddle" if reverse else "torch"
    if layout != expected:
        raise WrongLayout(src, expected, layout)
    source.compare(declared, table, layout)
    for defect in source.index_defects():
        raise CheckpointUnreadable(src, defect)
    report = _report(source, declared, table, None if check else dst)
    if check:
        return report
    before = Manifest.read(src) if reverse else None
    _require_room(source, dst)
    job = _Job(source, declared, table, dst.with_name(f"{dst.name}.partial"), progress, before)
    resumed = job.run()
    os.rename(job.partial, dst)
    return ConversionReport(**{**asdict(report), "resumed_shards": resumed})


def _report(
    source: CheckpointFolder, declared: ConversionMap, table: LayerTable, dst: Path | None
) -> ConversionReport:
    return ConversionReport(
        model=declared.name,
        destination=dst,
        tensors=len(table),
        transposed=sum(spec.kind.transposed for spec in table.values()),
        renamed=sum(declared.paddle_key(key) != key for key in table),
        square=tuple(key for key, spec in table.items() if spec.square),
        skipped=tuple(source.pickles),
        total_bytes=source.weight_bytes,
    )


def _require_room(source: CheckpointFolder, dst: Path) -> None:
    if dst.exists():
        raise DestinationTaken(dst)
    dst.parent.mkdir(parents=True, exist_ok=True)
    partial = dst.with_name(f"{dst.name}.partial")
    there = sum(path.stat().st_size for path in partial.rglob("*") if path.is_file())
    copied = sum((source.path / name).stat().st_size for name in source.others)
    needed = source.weight_bytes + copied - there
    free = shutil.disk_usage(dst.parent).free
    if free < needed:
        raise DiskFull(dst.parent, needed, free)


@dataclass
class _Job:
    """One conversion under way; `before` is the manifest to go back to, when reversing."""

    source: CheckpointFolder
    declared: ConversionMap
    table: LayerTable
    partial: Path
    progress: Progress | None
    before: Manifest | None
    done_bytes: int = 0
    probes: dict[str, list[float]] = field(default_factory=dict)

    def run(self) -> int:
        """Writes everything into the partial folder; returns how many shards were there."""
        self.partial.mkdir(parents=True, exist_ok=True)
        journal = _Journal(self.partial / _JOURNAL, self.source, self.before is not None)
        records, resumed = [], 0
        for name, shard in self.source.shards.items():
            record = journal.finished(name, self.partial / name)
            if record is None:
                record = self._write_shard(name, shard)
                journal.add(record, self.probes)
            else:
                resumed += 1
                self._advance(name, shard.path.stat().st_size)
            records.append(record)
        if self.before is None:
            self._write_surroundings(records, journal.probes)
        else:
            self._restore_surroundings(self.before)
        journal.path.unlink()
        return resumed

    def _advance(self, shard: str, written: int) -> None:
        self.done_bytes += written
        if self.progress is not None:
            self.progress(ConversionProgress(shard, self.done_bytes, self.source.weight_bytes))

    def _write_shard(self, name: str, shard: SafetensorsFile) -> ShardRecord:
        target = self.partial / name
        target.parent.mkdir(parents=True, exist_ok=True)
        header, order = self._layout_of(name, shard)
        source_hash = hashlib.sha256(_prefix(shard.header_bytes))
        written_hash = hashlib.sha256(_prefix(header))
        writing = target.with_name(f"{target.name}.writing")
        writer = SafetensorsWriter(writing, header)
        try:
            for entry in order:
                for piece in self._pieces(shard, entry, source_hash):
                    writer.write(piece)
                    written_hash.update(piece.data.cast("B"))
                    self._advance(name, piece.nbytes)
            writer.finish()
        finally:
            writer.close()
        record = ShardRecord(
            name, source_hash.hexdigest(), written_hash.hexdigest(), shard.header_bytes.decode()
        )
        if self.before is not None and record.sha256 != self.before.shard(name).source_sha256:
            raise CheckpointUnreadable(shard.path, "its weights were changed after the conversion")
        os.replace(writing, target)
        return record

    def _layout_of(self, name: str, shard: SafetensorsFile) -> tuple[bytes, list[TensorEntry]]:
        """The header to write and the tensors of the source in the order of the result."""
        if self.before is None:
            return self._converted_header(shard), _by_position(shard)
        header = self.before.shard(name).source_header.encode()
        keys = _keys_by_position(header)
        return header, [shard.tensors[self.declared.paddle_key(key)] for key in keys]

    def _pieces(
        self, shard: SafetensorsFile, entry: TensorEntry, source_hash: "hashlib._Hash"
    ) -> Iterator[np.ndarray]:
        raw = shard.raw(entry.name)
        for piece in _rows(raw.reshape(-1)):
            source_hash.update(piece.data.cast("B"))
        key = self.declared.published_key(entry.name)
        spec = self.table[key]
        if spec.square and self.before is None:
            self.probes[key] = manifests.probe(raw, entry.dtype)
        if spec.kind.transposed:
            yield from _transposed(raw)
        else:
            yield from _rows(raw.reshape(-1))

    def _converted_header(self, shard: SafetensorsFile) -> bytes:
        return encode_header(
            {
                self.declared.paddle_key(entry.name): (
                    entry.dtype,
                    self.table[entry.name].paddle_shape,
                )
                for entry in _by_position(shard)
            },
            _METADATA,
        )

    def _write_surroundings(
        self, records: list[ShardRecord], probes: dict[str, list[float]]
    ) -> None:
        result = Manifest(self.declared.name, shards=records, probes=probes)
        config = {**self.source.config, **self.declared.config_changes}
        result.originals["config.json"] = self._rewrite("config.json", config)
        for name, index in self.source.indexes.items():
            result.originals[name] = self._rewrite(name, self._converted_index(dict(index)))
        for name in self.source.others:
            self._copy(name)
            result.copied[name] = manifests.sha256(self.partial / name)
        result.write(self.partial)

    def _rewrite(self, name: str, content: object) -> str:
        """Writes JSON in place of a file of the source, whose text is returned."""
        target = self.partial / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(
            json.dumps(content, ensure_ascii=False, indent=2) + "\n", encoding="utf-8"
        )
        return (self.source.path / name).read_bytes().decode()

    def _converted_index(self, index: dict[str, object]) -> dict[str, object]:
        weight_map = index["weight_map"]
        assert isinstance(weight_map, dict)  # noqa: S101 - index_defects has read it already
        tensors = self.source.tensors
        return {
            **index,
            "metadata": {"total_size": sum(tensors[key].nbytes for key in weight_map)},
            "weight_map": {
                self.declared.paddle_key(key): shard for key, shard in weight_map.items()
            },
        }

    def _restore_surroundings(self, before: Manifest) -> None:
        for name, text in before.originals.items():
            (self.partial / name).parent.mkdir(parents=True, exist_ok=True)
            (self.partial / name).write_bytes(text.encode())
        for name, checksum in before.copied.items():
            self._copy(name)
            if manifests.sha256(self.partial / name) != checksum:
                raise CheckpointUnreadable(
                    self.source.path / name, "it was changed after the conversion"
                )

    def _copy(self, name: str) -> None:
        target = self.partial / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(self.source.path / name, target)


class _Journal:
    """Which shards are finished, so that an interrupted conversion can go on."""

    def __init__(self, path: Path, source: CheckpointFolder, reverse: bool) -> None:
        self.path = path
        self._stamp = [
            [name, shard.path.stat().st_size, shard.path.stat().st_mtime_ns]
            for name, shard in source.shards.items()
        ]
        self._reverse = reverse
        self._records: dict[str, ShardRecord] = {}
        self.probes: dict[str, list[float]] = {}
        if path.is_file():
            facts = json.loads(path.read_text(encoding="utf-8"))
            if facts["stamp"] == self._stamp and facts["reverse"] == reverse:
                self._records = {r["path"]: ShardRecord(**r) for r in facts["records"]}
                self.probes = facts["probes"]

    def finished(self, name: str, written: Path) -> ShardRecord | None:
        """The record of a shard that is there, complete and undamaged."""
        record = self._records.get(name)
        if record and written.is_file() and manifests.sha256(written) == record.sha256:
            return record
        return None

    def add(self, record: ShardRecord, probes: dict[str, list[float]]) -> None:
        """Notes a finished shard, durably."""
        self._records[record.path] = record
        self.probes.update(probes)
        facts = {
            "stamp": self._stamp,
            "reverse": self._reverse,
            "records": [asdict(each) for each in self._records.values()],
            "probes": self.probes,
        }
        writing = self.path.with_name(f"{self.path.name}.writing")
        writing.write_text(json.dumps(facts), encoding="utf-8")
        os.replace(writing, self.path)


def _prefix(header: bytes) -> bytes:
    return struct.pack("<Q", len(header)) + header


def _by_position(shard: SafetensorsFile) -> list[TensorEntry]:
    return sorted(shard.tensors.values(), key=lambda entry: (entry.begin, entry.end))


def _keys_by_position(header: bytes) -> list[str]:
    facts = json.loads(header)
    facts.pop("__metadata__", None)
    return sorted(facts, key=lambda key: facts[key]["data_offsets"])


def _rows(flat: np.ndarray) -> Iterator[np.ndarray]:
    step = max(1, _PIECE_BYTES // flat.itemsize)
    for begin in range(0, flat.size, step):
        yield flat[begin : begin + step]


def _transposed(matrix: np.ndarray) -> Iterator[np.ndarray]:
    """The transpose of a matrix in pieces of whole rows, each contiguous."""
    step = max(1, _PIECE_BYTES // (matrix.shape[0] * matrix.itemsize))
    for begin in range(0, matrix.shape[1], step):
        yield np.ascontiguousarray(matrix[:, begin : begin + step].T)

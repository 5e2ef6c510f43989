"""What a checkpoint folder is, and what is wrong with it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pd_clip.conversion import manifest as manifests
from pd_clip.conversion.errors import CheckpointMismatch, CheckpointUnreadable
from pd_clip.conversion.folder import CheckpointFolder, Layout
from pd_clip.conversion.jina_clip import JINA_CLIP
from pd_clip.conversion.layers import ConversionMap, LayerTable
from pd_clip.conversion.manifest import Manifest


@dataclass(frozen=True)
class FolderInfo:
    """The facts of a checkpoint folder.

    Attributes:
        path: the folder.
        model: name of the model.
        layout: "torch" as published, "paddle" as converted, "mixed" when neither.
        converted_here: it carries this program's manifest.
        tensors, parameters, total_bytes: counts over all shards.
        dtypes: how many tensors of each dtype.
        defects: one sentence per thing that is wrong; empty when it is sound.
    """

    path: Path
    model: str
    layout: Layout
    converted_here: bool
    tensors: int
    parameters: int
    total_bytes: int
    dtypes: Mapping[str, int]
    defects: tuple[str, ...]


def inspect(folder: Path, *, maps: Sequence[ConversionMap] = (JINA_CLIP,)) -> FolderInfo:
    """Reads headers and names every defect that they show; weights are not read.

    Raises:
        ConversionError: the folder is no checkpoint of a known model at all.
    """
    try:
        checkpoint = CheckpointFolder.open(folder)
        declared = checkpoint.find_map(maps)
    except CheckpointUnreadable as error:
        return _unreadable(folder, error)
    table = checkpoint.layer_table(declared)
    layout = checkpoint.layout(declared, table)
    entries = checkpoint.tensors.values()
    return FolderInfo(
        path=folder,
        model=declared.name,
        layout=layout,
        converted_here=(folder / manifests.NAME).is_file(),
        tensors=len(entries),
        parameters=sum(int(np.prod(entry.shape, dtype=np.int64)) for entry in entries),
        total_bytes=checkpoint.weight_bytes,
        dtypes=dict(Counter(entry.dtype for entry in entries)),
        defects=tuple(_defects(checkpoint, declared, table, layout)),
    )


def verify_conversion(
    folder: Path, *, maps: Sequence[ConversionMap] = (JINA_CLIP,)
) -> tuple[str, ...]:
    """Checks a folder made here against its manifest; reads every byte.

    Returns:
        One sentence per problem: damaged files, and square matrices whose products with a fixed
        vector are not those of the published matrix.

    Raises:
        ManifestMissing: it was not converted by this program.
    """
    recorded = Manifest.read(folder)
    checkpoint = CheckpointFolder.open(folder)
    declared = checkpoint.find_map(maps)
    problems = [
        f"{record.path} is damaged: its SHA-256 is not the one recorded"
        for record in recorded.shards
        if record.path not in checkpoint.shards
        or manifests.sha256(folder / record.path) != record.sha256
    ]
    for key, expected in recorded.probes.items():
        converted = declared.paddle_key(key)
        for shard in checkpoint.shards.values():
            if converted in shard.tensors:
                raw, dtype = shard.raw(converted), shard.tensors[converted].dtype
                if not np.allclose(manifests.probe(raw.T, dtype), expected, rtol=1e-9, atol=1e-9):
                    problems.append(f"{converted} lies the wrong way round")
    return tuple(problems)


def _unreadable(folder: Path, error: CheckpointUnreadable) -> FolderInfo:
    return FolderInfo(folder, "unknown", "mixed", False, 0, 0, 0, {}, (str(error),))


def _defects(
    checkpoint: CheckpointFolder, declared: ConversionMap, table: LayerTable, layout: Layout
) -> list[str]:
    defects = checkpoint.index_defects()
    integers = [e.name for e in checkpoint.tensors.values() if e.dtype in ("U16", "I16")]
    if integers:
        defects.append(
            f"{len(integers)} tensors are stored as integers: bfloat16 went through NumPy, "
            f"for example {integers[0]}"
        )
    if layout == "mixed":
        defects.append(_mixed(checkpoint, declared, table))
    elif layout == "paddle" and not (checkpoint.path / manifests.NAME).is_file():
        square = sum(spec.square for spec in table.values())
        defects.append(
            f"converted by another program: which way round its {square} square matrices lie "
            "cannot be told from their shapes"
        )
    if layout != "mixed":
        try:
            checkpoint.compare(declared, table, layout)
        except CheckpointMismatch as error:
            defects.append(f"keys do not match {declared.name}: {error.listing}")
    if checkpoint.pickles:
        defects.append(f"pickled files, never opened: {', '.join(checkpoint.pickles[:5])}")
    return defects


def _mixed(checkpoint: CheckpointFolder, declared: ConversionMap, table: LayerTable) -> str:
    kept = [
        entry.name
        for entry in checkpoint.tensors.values()
        if (spec := table.get(declared.published_key(entry.name))) is not None
        and spec.kind.transposed
        and not spec.square
        and entry.shape == spec.shape
    ]
    return (
        f"half converted: {len(kept)} linear layers still lie as published, for example {kept[0]}"
    )

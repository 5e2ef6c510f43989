"""A checkpoint folder as published: its config, its shards and everything else in it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from pd_clip.conversion.errors import (
    ArchitectureUnknown,
    CheckpointMismatch,
    CheckpointUnreadable,
    PickledCheckpoint,
)
from pd_clip.conversion.layers import ConversionMap, LayerTable
from pd_clip.conversion.safetensors_file import SafetensorsFile, TensorEntry

PULL_MANIFEST = "pull.json"
# Sub-folder of a model's folder that holds what was derived from it.
EXPORTED = "exported"
INDEX_SUFFIX = ".safetensors.index.json"
PICKLE_SUFFIXES = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pdparams")
Layout = Literal["torch", "paddle", "mixed"]


@dataclass(frozen=True)
class CheckpointFolder:
    """What lies in a folder, by path relative to it. Opening reads headers, not weights.

    Attributes:
        path: the folder.
        shards: the safetensors files, also those of sub-folders.
        indexes: the shard indexes, parsed.
        pickles: files that are never opened.
        others: every other file but config.json.
    """

    path: Path
    shards: Mapping[str, SafetensorsFile]
    indexes: Mapping[str, Mapping[str, Any]]
    pickles: Sequence[str]
    others: Sequence[str]

    @classmethod
    def open(cls, path: Path) -> "CheckpointFolder":
        """Lists a folder.

        Raises:
            CheckpointUnreadable: no config.json, or a file that is not what its name says.
            PickledCheckpoint: the weights are there in a pickled form only.
        """
        if not (path / "config.json").is_file():
            raise CheckpointUnreadable(path, "there is no config.json in it")
        names = sorted(_files(path))
        pickles = [name for name in names if name.endswith(PICKLE_SUFFIXES)]
        shards = {
            name: SafetensorsFile(path / name) for name in names if name.endswith(".safetensors")
        }
        if not shards:
            if pickles:
                raise PickledCheckpoint(path / pickles[0])
            raise CheckpointUnreadable(path, "there is no .safetensors file in it")
        indexes = {name: read_json(path / name) for name in names if name.endswith(INDEX_SUFFIX)}
        known = {*pickles, *shards, *indexes, "config.json"}
        return cls(path, shards, indexes, pickles, [name for name in names if name not in known])

    @cached_property
    def config(self) -> Mapping[str, Any]:
        """The parsed config.json.

        Raises:
            CheckpointUnreadable: it is no JSON object.
        """
        parsed = read_json(self.path / "config.json")
        if not isinstance(parsed, dict):
            raise CheckpointUnreadable(self.path / "config.json", "not a JSON object")
        return parsed

    @cached_property
    def tensors(self) -> Mapping[str, TensorEntry]:
        """Every tensor of every shard, by its key.

        Raises:
            CheckpointUnreadable: a key is in two shards.
        """
        found: dict[str, TensorEntry] = {}
        for shard in self.shards.values():
            for key, entry in shard.tensors.items():
                if key in found:
                    raise CheckpointUnreadable(shard.path, f"{key} is in another shard as well")
                found[key] = entry
        return found

    @property
    def weight_bytes(self) -> int:
        """Bytes of all shards."""
        return sum(shard.path.stat().st_size for shard in self.shards.values())

    def find_map(self, maps: Sequence[ConversionMap]) -> ConversionMap:
        """The map declared for this config.json.

        Raises:
            ArchitectureUnknown: none is.
        """
        model_type = str(self.config.get("model_type", ""))
        for candidate in maps:
            if candidate.model_type == model_type:
                return candidate
        raise ArchitectureUnknown(self.path, model_type, [known.model_type for known in maps])

    def layer_table(self, declared: ConversionMap) -> LayerTable:
        """The declared layers for this config.json.

        Raises:
            CheckpointUnreadable: config.json lacks an entry that decides a shape.
        """
        try:
            return declared.layers(self.config)
        except (KeyError, TypeError) as error:
            raise CheckpointUnreadable(
                self.path / "config.json", f"for {declared.name} it lacks {error}"
            ) from error

    def layout(self, declared: ConversionMap, table: LayerTable) -> Layout:
        """Which way round the matrices lie, as far as shapes that are not square can tell."""
        seen: set[Layout] = set()
        for key, entry in self.tensors.items():
            spec = table.get(declared.published_key(key))
            if spec is None or not spec.kind.transposed or spec.square:
                continue
            if entry.shape == spec.shape:
                seen.add("torch")
            elif entry.shape == spec.paddle_shape:
                seen.add("paddle")
        return "mixed" if len(seen) > 1 else seen.pop() if seen else "torch"

    def compare(self, declared: ConversionMap, table: LayerTable, layout: Layout) -> None:
        """Holds every key and shape against the declaration.

        Raises:
            CheckpointMismatch: with everything that differs, not the first thing only.
        """
        converted = layout == "paddle"
        expected = {
            (declared.paddle_key(key) if converted else key): (
                spec.paddle_shape if converted else spec.shape
            )
            for key, spec in table.items()
        }
        found = {key: entry.shape for key, entry in self.tensors.items()}
        missing = [key for key in expected if key not in found]
        unknown = [key for key in found if key not in expected]
        misshapen = [
            (key, shape, found[key])
            for key, shape in expected.items()
            if key in found and found[key] != shape
        ]
        if missing or unknown or misshapen:
            raise CheckpointMismatch(self.path, missing, unknown, misshapen)

    def index_defects(self) -> list[str]:
        """What the shard indexes say that is not so."""
        defects = []
        for name, index in self.indexes.items():
            parent = Path(name).parent
            named = {
                key: (parent / shard).as_posix()
                for key, shard in index.get("weight_map", {}).items()
            }
            stale = [
                key
                for key, shard in named.items()
                if shard not in self.shards or key not in self.shards[shard].tensors
            ]
            if stale:
                defects.append(
                    f"{name} is stale: {len(stale)} of its keys are not where it says, "
                    f"for example {stale[0]}"
                )
            unlisted = [
                key
                for shard in set(named.values()) & set(self.shards)
                for key in self.shards[shard].tensors
                if key not in named
            ]
            if unlisted:
                defects.append(
                    f"{name} does not list {len(unlisted)} tensors, for example {unlisted[0]}"
                )
        return defects


def read_json(path: Path) -> Any:
    """Parses a JSON file.

    Raises:
        CheckpointUnreadable: it is not JSON in UTF-8.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, OSError) as error:
        raise CheckpointUnreadable(path, f"not valid JSON: {error}") from error


def _files(root: Path) -> Iterator[str]:
    for path in root.rglob("*"):
        relative = path.relative_to(root)
        # Hidden folders hold a downloader's bookkeeping, `exported` programs made from the model.
        derived = relative.parts[0] == EXPORTED or relative.name == PULL_MANIFEST
        hidden = any(part.startswith(".") for part in relative.parts)
        if path.is_file() and not derived and not hidden:
            yield relative.as_posix()

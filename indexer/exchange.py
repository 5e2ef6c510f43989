"""Embeddings and captions out of a library and into another, in open formats.

An export is a folder: `manifest.json` (model, fingerprint, width, count), `vectors.npy` (float16
[N, D]) or `vectors.parquet`, `pictures.jsonl` (one line per row, in order: id, content hash,
paths) and `captions.jsonl`.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import insert, text

from indexer.batch import advance_generation, known_pictures, with_ids
from indexer.captions import IMPORT, NewCaption, add_captions
from indexer.catalogue.store import Catalogue
from indexer.catalogue.stored_path import displayable, from_stored
from indexer.catalogue.tables import Embedding
from indexer.catalogue.vector_rows import checksum_of
from indexer.errors import ExtraMissing, ImportMismatch
from indexer.models import ModelFacts, ensure_model

MANIFEST, VECTORS, PICTURES, CAPTIONS = (
    "manifest.json", "vectors.npy", "pictures.jsonl", "captions.jsonl",
)  # fmt: skip
_CHUNK = 2000


@dataclass(frozen=True)
class Exported:
    """Rows written to a folder."""

    folder: Path
    vectors: int
    captions: int


@dataclass(frozen=True)
class Imported:
    """added: vectors stored; known: pictures that had one; unknown: contents not in the library."""

    added: int
    known: int
    unknown: int
    captions: int


def export(
    catalogue: Catalogue, fingerprint: str, folder: Path, *, parquet: bool = False
) -> Exported:
    """Write the live vectors of a model, the paths they belong to, and all captions.

    Raises:
        ModelUnknown: the catalogue has no vectors of this model.
        ExtraMissing: parquet asked for and pyarrow is not installed.
    """
    source = catalogue.vector_source(fingerprint)
    folder.mkdir(parents=True, exist_ok=True)
    count = source.count()
    ids: list[int] = []
    matrix = np.lib.format.open_memmap(
        folder / VECTORS, mode="w+", dtype=np.float16, shape=(count, source.dimensions)
    )
    with open(folder / PICTURES, "w", encoding="utf-8") as pictures:
        for batch_ids, vectors in source.batches(_CHUNK):
            matrix[len(ids) : len(ids) + len(vectors)] = vectors[: count - len(ids)]
            ids += batch_ids.tolist()
            for line in _described(catalogue, batch_ids.tolist()):
                pictures.write(json.dumps(line, ensure_ascii=False) + "\n")
    matrix.flush()
    if len(ids) != count:
        # Damaged rows were left out, or the library changed meanwhile: the file says the truth.
        np.save(folder / VECTORS, np.array(matrix[: len(ids)]))
    del matrix
    captions = _export_captions(catalogue, folder / CAPTIONS)
    manifest = {
        "fingerprint": fingerprint,
        "dimensions": source.dimensions,
        "count": len(ids),
        "version": 1,
    }
    if parquet:
        _to_parquet(folder, ids)
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=1), encoding="utf-8")
    return Exported(folder, len(ids), captions)


def _described(catalogue: Catalogue, picture_ids: list[int]) -> list[dict[str, Any]]:
    with catalogue.read() as connection:
        rows = connection.execute(
            with_ids(
                "SELECT p.id, p.content_hash, r.path, l.relative_path FROM picture p"
                " JOIN location l ON l.picture_id = p.id JOIN root r ON r.id = l.root_id"
                " WHERE l.missing_since IS NULL AND p.id IN ({ids}) ORDER BY p.id, l.id",
                picture_ids,
            )
        ).fetchall()
    lines: dict[int, dict[str, Any]] = {}
    for picture_id, content_hash, root, path in rows:
        line = lines.setdefault(
            picture_id, {"id": picture_id, "hash": bytes(content_hash).hex(), "paths": []}
        )
        line["paths"].append(displayable(os.path.join(from_stored(root), from_stored(path))))
    return list(lines.values())


def _export_captions(catalogue: Catalogue, path: Path) -> int:
    number = 0
    with catalogue.read() as connection, open(path, "w", encoding="utf-8") as file:
        for row in connection.execute(
            text(
                "SELECT p.content_hash, c.language, c.text, c.source, c.model FROM caption c"
                " JOIN picture p ON p.id = c.picture_id ORDER BY c.id"
            )
        ):
            line = {
                "hash": bytes(row.content_hash).hex(),
                "language": row.language,
                "text": row.text,
                "source": row.source,
                "model": row.model,
            }
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
            number += 1
    return number


def _to_parquet(folder: Path, ids: list[int]) -> None:
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError as error:
        raise ExtraMissing("pyarrow", "parquet") from error
    matrix = np.load(folder / VECTORS, mmap_mode="r")
    lines = (folder / PICTURES).read_text(encoding="utf-8").splitlines()
    paths = [json.loads(line)["paths"][0] for line in lines]
    vectors = pyarrow.FixedSizeListArray.from_arrays(
        pyarrow.array(np.asarray(matrix, dtype=np.float32).ravel()), matrix.shape[1]
    )
    table = pyarrow.table({"id": ids, "path": paths, "vector": vectors})
    parquet.write_table(table, folder / "vectors.parquet")


def import_embeddings(catalogue: Catalogue, folder: Path, facts: ModelFacts) -> Imported:
    """Take over vectors (and captions) that the same model made elsewhere.

    Only for contents that are in the library and have no vector of the model yet.

    Raises:
        ImportMismatch: another fingerprint or width, or files that do not fit together.
    """
    manifest = _manifest(folder, facts)
    matrix = np.load(folder / VECTORS, mmap_mode="r", allow_pickle=False)
    expected = (manifest["count"], facts.dimensions)
    if matrix.shape != expected or matrix.dtype != np.float16:
        found = f"{matrix.dtype} {matrix.shape}"
        raise ImportMismatch(folder / VECTORS, found, f"float16 {expected}")
    added = known = unknown = 0
    with catalogue.write() as connection:
        model_id = ensure_model(connection, facts)
        change = advance_generation(connection)
        for start, hashes in _hashes(folder / PICTURES):
            ids = known_pictures(connection, hashes)
            have = set(
                connection.execute(
                    with_ids(
                        "SELECT picture_id FROM embedding WHERE model_id = :model"
                        " AND picture_id IN ({ids})",
                        ids.values(),
                    ),
                    {"model": model_id},
                ).scalars()
            )
            rows = []
            for offset, content_hash in enumerate(hashes):
                picture_id = ids.get(content_hash)
                unknown += picture_id is None
                known += picture_id in have
                if picture_id is None or picture_id in have:
                    continue
                vector = np.asarray(matrix[start + offset])
                length = float(np.linalg.norm(vector.astype(np.float32)))
                if not abs(length - 1.0) < 0.02:
                    raise ImportMismatch(folder / VECTORS, f"a length of {length}", "length 1")
                stored = vector.tobytes()
                rows.append(
                    {
                        "picture_id": picture_id,
                        "model_id": model_id,
                        "vector": stored,
                        "checksum": checksum_of(stored, picture_id),
                        "change": change,
                    }
                )
            if rows:
                connection.execute(insert(Embedding), rows)
                added += len(rows)
    return Imported(added, known, unknown, import_captions(catalogue, folder / CAPTIONS))


def _manifest(folder: Path, facts: ModelFacts) -> dict[str, Any]:
    path = folder / MANIFEST
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        found = f"model {manifest['fingerprint']}, {manifest['dimensions']} numbers"
        int(manifest["count"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ImportMismatch(path, str(error), "a manifest") from error
    expected = f"model {facts.fingerprint}, {facts.dimensions} numbers"
    if found != expected:
        raise ImportMismatch(path, found, expected)
    return dict(manifest)


def _hashes(path: Path) -> Iterator[tuple[int, list[bytes]]]:
    """Content hashes in chunks, each with the row of its first."""
    chunk: list[bytes] = []
    start = 0
    with open(path, encoding="utf-8") as file:
        for line in file:
            try:
                chunk.append(bytes.fromhex(json.loads(line)["hash"]))
            except (ValueError, KeyError, TypeError) as error:
                raise ImportMismatch(path, str(error), "a line with a hash") from error
            if len(chunk) == _CHUNK:
                yield start, chunk
                start, chunk = start + _CHUNK, []
    if chunk:
        yield start, chunk


def import_captions(catalogue: Catalogue, path: Path) -> int:
    """Add captions (JSONL with `hash`, `language`, `text`) that are not there yet."""
    if not path.exists():
        return 0
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]
    with catalogue.read() as connection:
        ids = known_pictures(connection, {bytes.fromhex(line["hash"]) for line in lines})
        present = {
            tuple(row)
            for row in connection.execute(text("SELECT picture_id, language, text FROM caption"))
        }
    new: dict[tuple[int, str | None, str], NewCaption] = {}
    for line in lines:
        picture_id = ids.get(bytes.fromhex(line["hash"]))
        if picture_id is None:
            continue
        key = (picture_id, line["language"], line["text"])
        if key not in present:
            source = line.get("source") or IMPORT
            new[key] = NewCaption(*(picture_id, line["text"], line["language"]), source=source)
    add_captions(catalogue, new.values())
    return len(new)

"""Embeddings and captions out of a library and into another, in open formats.

An export is a folder: `manifest.json` (model, fingerprint, width, count), `vectors.npy` (float16
[N, D]) or `vectors.parquet` (id, hash, paths, vector), `pictures.jsonl` (one line per row, in
order: id, content hash, paths) and `captions.jsonl`.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, insert, select, text

from indexer.batch import advance_generation, known_pictures, with_ids
from indexer.captions import IMPORT, NewCaption, add_captions
from indexer.catalogue.store import Catalogue
from indexer.catalogue.stored_path import displayable, from_stored
from indexer.catalogue.tables import Embedding, Model
from indexer.catalogue.vector_rows import CatalogueVectors, checksum_of
from indexer.errors import ExtraMissing, ImportMismatch
from indexer.models import ModelFacts, ensure_model

MANIFEST, VECTORS, PARQUET, PICTURES, CAPTIONS = (
    "manifest.json", "vectors.npy", "vectors.parquet", "pictures.jsonl", "captions.jsonl",
)  # fmt: skip
_CHUNK = 2000
_LENGTH_TOLERANCE = 0.02

Described = dict[str, Any]  # a line of `pictures.jsonl`


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


def is_export(folder: Path) -> bool:
    """Whether the folder is one that `export` wrote."""
    return (folder / MANIFEST).is_file()


def export(
    catalogue: Catalogue, fingerprint: str, folder: Path, *, parquet: bool = False
) -> Exported:
    """Write the live vectors of a model, the paths they belong to, and all captions.

    Vectors go to `vectors.npy`, or to `vectors.parquet` where asked for. The manifest is written
    last: a folder without one is an export that did not come to its end.

    Raises:
        ModelUnknown: the catalogue has no vectors of this model.
        ExtraMissing: parquet asked for and pyarrow is not installed.
    """
    source = catalogue.vector_source(fingerprint)
    write = _parquet_writer() if parquet else _write_npy
    folder.mkdir(parents=True, exist_ok=True)
    for name in (MANIFEST, PARQUET if not parquet else VECTORS):
        (folder / name).unlink(missing_ok=True)
    with open(folder / PICTURES, "w", encoding="utf-8") as pictures:
        count = write(folder, source, _rows(catalogue, source, pictures))
    captions = _export_captions(catalogue, folder / CAPTIONS)
    with catalogue.read() as connection:
        model = connection.execute(
            select(Model.name, Model.image_size).where(Model.fingerprint == fingerprint)
        ).one()
    manifest = {
        "model": model.name,
        "fingerprint": fingerprint,
        "dimensions": source.dimensions,
        "image_size": model.image_size,
        "count": count,
        "version": 1,
    }
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=1), encoding="utf-8")
    return Exported(folder, count, captions)


def _rows(
    catalogue: Catalogue, source: CatalogueVectors, pictures: Any
) -> Iterator[tuple[list[Described], NDArray[np.float16]]]:
    """Chunks of the export: a line for every vector, written as well, and vectors [B, D].

    At most as many as there are now: pictures added meanwhile are left to the next export.
    """
    left = source.count()
    for ids, vectors in source.batches(_CHUNK):
        lines = _described(catalogue, ids.tolist())
        # A picture that vanished between the two reads has a vector and no place any more.
        kept = [row for row, picture_id in enumerate(ids.tolist()) if picture_id in lines][:left]
        left -= len(kept)
        chunk = [lines[int(ids[row])] for row in kept]
        for line in chunk:
            pictures.write(json.dumps(line, ensure_ascii=False) + "\n")
        yield chunk, vectors[kept]


def _write_npy(
    folder: Path,
    source: CatalogueVectors,
    rows: Iterator[tuple[list[Described], NDArray[np.float16]]],
) -> int:
    most = source.count()
    matrix = np.lib.format.open_memmap(
        folder / VECTORS, mode="w+", dtype=np.float16, shape=(most, source.dimensions)
    )
    count = 0
    for _, vectors in rows:
        matrix[count : count + len(vectors)] = vectors
        count += len(vectors)
    matrix.flush()
    if count != most:
        # Damaged rows were left out, or the library changed meanwhile: the file says the truth.
        np.save(folder / VECTORS, np.array(matrix[:count]))
    return count


def _pyarrow() -> Any:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise ExtraMissing("pyarrow", "parquet") from error
    return pyarrow


def _parquet_writer() -> Any:
    pyarrow = _pyarrow()

    def write(
        folder: Path,
        source: CatalogueVectors,
        rows: Iterator[tuple[list[Described], NDArray[np.float16]]],
    ) -> int:
        # Half floats are new to parquet and many readers do not know them.
        vector = pyarrow.list_(pyarrow.float32(), source.dimensions)
        schema = pyarrow.schema(
            {
                "id": pyarrow.int64(),
                "hash": pyarrow.string(),
                "paths": pyarrow.list_(pyarrow.string()),
                "vector": vector,
            }
        )
        count = 0
        with pyarrow.parquet.ParquetWriter(folder / PARQUET, schema) as writer:
            for lines, vectors in rows:
                flat = pyarrow.array(vectors.astype(np.float32).ravel())
                columns = [
                    pyarrow.array([line[name] for line in lines], schema.field(name).type)
                    for name in ("id", "hash", "paths")
                ]
                columns.append(
                    pyarrow.FixedSizeListArray.from_arrays(flat, source.dimensions).cast(vector)
                )
                writer.write_table(pyarrow.Table.from_arrays(columns, schema=schema))
                count += len(lines)
        return count

    return write


def _described(catalogue: Catalogue, picture_ids: list[int]) -> dict[int, Described]:
    with catalogue.read() as connection:
        rows = connection.execute(
            with_ids(
                "SELECT p.id, p.content_hash, r.path, l.relative_path FROM picture p"
                " JOIN location l ON l.picture_id = p.id JOIN root r ON r.id = l.root_id"
                " WHERE l.missing_since IS NULL AND p.id IN ({ids}) ORDER BY p.id, l.id",
                picture_ids,
            )
        ).fetchall()
    lines: dict[int, Described] = {}
    for picture_id, content_hash, root, path in rows:
        line = lines.setdefault(
            picture_id, {"id": picture_id, "hash": bytes(content_hash).hex(), "paths": []}
        )
        line["paths"].append(displayable(os.path.join(from_stored(root), from_stored(path))))
    return lines


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


def exported_model(folder: Path) -> str:
    """The fingerprint of the model whose vectors an export holds. Raises ImportMismatch."""
    return str(_read_manifest(folder)["fingerprint"])


def import_embeddings(catalogue: Catalogue, folder: Path, facts: ModelFacts) -> Imported:
    """Take over vectors (and captions) that the same model made elsewhere.

    Only for contents that are in the library and have no vector of the model yet.

    Raises:
        ImportMismatch: another fingerprint or width, or files that do not fit together.
        ExtraMissing: the vectors are in parquet and pyarrow is not installed.
    """
    manifest = _manifest(folder, facts)
    matrix = _matrix(folder, (manifest["count"], facts.dimensions))
    added = known = unknown = 0
    with catalogue.write() as connection:
        model_id = ensure_model(connection, facts)
        change = advance_generation(connection)
        for start, hashes in _hashes(folder / PICTURES):
            ids = known_pictures(connection, hashes)
            have = _embedded(connection, model_id, list(ids.values()))
            wanted = {
                start + offset: ids[content_hash]
                for offset, content_hash in enumerate(hashes)
                if content_hash in ids and ids[content_hash] not in have
            }
            unknown += sum(content_hash not in ids for content_hash in hashes)
            known += len(have)
            rows = [
                {
                    "picture_id": picture_id,
                    "model_id": model_id,
                    "vector": (stored := _vector(matrix, row, folder)),
                    "checksum": checksum_of(stored, picture_id),
                    "change": change,
                }
                for row, picture_id in wanted.items()
            ]
            if rows:
                connection.execute(insert(Embedding), rows)
                added += len(rows)
    return Imported(added, known, unknown, import_captions(catalogue, folder / CAPTIONS))


def _embedded(connection: Connection, model_id: int, picture_ids: list[int]) -> set[int]:
    statement = "SELECT picture_id FROM embedding WHERE model_id = :model AND picture_id IN ({ids})"
    found = connection.execute(with_ids(statement, picture_ids), {"model": model_id})
    return set(found.scalars())


def _vector(matrix: NDArray[np.float16], row: int, folder: Path) -> bytes:
    """A row as it is stored. Raises ImportMismatch unless its length is 1."""
    if row >= len(matrix):
        raise ImportMismatch(folder / PICTURES, f"more than {row} lines", f"{len(matrix)} lines")
    vector = np.asarray(matrix[row])
    length = float(np.linalg.norm(vector.astype(np.float32)))
    if not abs(length - 1.0) < _LENGTH_TOLERANCE:
        raise ImportMismatch(folder, f"a vector of length {length:.3g}", "length 1")
    return vector.tobytes()


def _matrix(folder: Path, expected: tuple[int, int]) -> NDArray[np.float16]:
    """The vectors of an export, float16 [N, D]. Raises ImportMismatch, ExtraMissing."""
    try:
        if (folder / PARQUET).exists():
            column = _pyarrow().parquet.read_table(folder / PARQUET, columns=["vector"])[0]
            flat = column.combine_chunks().values.to_numpy().astype(np.float16)
            matrix: NDArray[np.float16] = flat.reshape(-1, expected[1])
        else:
            matrix = np.load(folder / VECTORS, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise ImportMismatch(folder, f"vectors that cannot be read ({error})", VECTORS) from error
    if matrix.shape != expected or matrix.dtype != np.float16:
        raise ImportMismatch(folder, f"{matrix.dtype} {matrix.shape}", f"float16 {expected}")
    return matrix


def _read_manifest(folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        return {
            "fingerprint": str(manifest["fingerprint"]),
            "dimensions": int(manifest["dimensions"]),
            "count": int(manifest["count"]),
        }
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ImportMismatch(path, f"no manifest ({error})", "a manifest") from error


def _manifest(folder: Path, facts: ModelFacts) -> dict[str, Any]:
    manifest = _read_manifest(folder)
    found = f"model {manifest['fingerprint']}, {manifest['dimensions']} numbers"
    expected = f"model {facts.fingerprint}, {facts.dimensions} numbers"
    if found != expected:
        raise ImportMismatch(folder / MANIFEST, found, expected)
    return manifest


def _hashes(path: Path) -> Iterator[tuple[int, list[bytes]]]:
    """Content hashes in chunks, each with the row of its first."""
    chunk: list[bytes] = []
    start = 0
    for line in _lines(path):
        chunk.append(line["hash"])
        if len(chunk) == _CHUNK:
            yield start, chunk
            start, chunk = start + _CHUNK, []
    if chunk:
        yield start, chunk


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    """The lines of a JSONL file, `hash` as bytes. Raises ImportMismatch."""
    try:
        with open(path, encoding="utf-8") as file:
            for line in file:
                found = json.loads(line)
                yield found | {"hash": bytes.fromhex(found["hash"])}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ImportMismatch(path, str(error), "lines with a hash") from error


def import_captions(catalogue: Catalogue, path: Path) -> int:
    """Add captions (JSONL with `hash`, `language`, `text`) that are not there yet.

    Raises ImportMismatch.
    """
    if not path.exists():
        return 0
    lines = list(_lines(path))
    with catalogue.read() as connection:
        ids = known_pictures(connection, {line["hash"] for line in lines})
        present = {
            tuple(row)
            for row in connection.execute(text("SELECT picture_id, language, text FROM caption"))
        }
    new: dict[tuple[int, str | None, str], NewCaption] = {}
    for line in lines:
        picture_id = ids.get(line["hash"])
        said = line.get("text")
        if picture_id is None or not isinstance(said, str):
            continue
        key = (picture_id, line.get("language"), said)
        if key not in present:
            source = line.get("source") or IMPORT
            new[key] = NewCaption(
                picture_id, said, line.get("language"), source=source, model=line.get("model")
            )
    add_captions(catalogue, new.values())
    return len(new)

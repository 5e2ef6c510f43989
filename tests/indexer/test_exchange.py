"""Vectors go out of one library and into another, in both forms, and stay what they were."""

import json
from pathlib import Path

import numpy as np
import pytest

from indexer.catalogue import Catalogue
from indexer.errors import ImportMismatch
from indexer.exchange import export, import_embeddings
from indexer.pipeline import IndexOptions, index
from tests.indexer.conftest import Runner, draw
from tests.indexer.encoder import GridEncoder

PICTURES = 7


@pytest.fixture(params=[False, True], ids=["npy", "parquet"])
def parquet(request: pytest.FixtureRequest) -> bool:
    if request.param:
        pytest.importorskip("pyarrow.parquet")
    return bool(request.param)


@pytest.fixture
def exported(
    run: Runner, photos: Path, catalogue: Catalogue, tmp_path: Path, parquet: bool
) -> Path:
    for number in range(PICTURES):
        draw(photos / f"{number}.png", number)
    run()
    folder = tmp_path / "exported"
    export(catalogue, GridEncoder().fingerprint, folder, parquet=parquet)
    return folder


def test_vectors_of_an_export_are_taken_over(
    exported: Path, photos: Path, catalogue: Catalogue, tmp_path: Path, encoder: GridEncoder
) -> None:
    other = GridEncoder(fingerprint="77" * 16)
    with Catalogue.open(tmp_path / "b" / "library.db", create=True) as second:
        index(second, tmp_path / "b", IndexOptions((photos,), workers=1), other)
        taken = import_embeddings(second, exported, encoder)
        assert (taken.added, taken.known, taken.unknown) == (PICTURES, 0, 0)
        again = import_embeddings(second, exported, encoder)
        assert (again.added, again.known) == (0, PICTURES)
        assert vectors_by_content(second, encoder) == vectors_by_content(catalogue, encoder)


def test_an_export_can_be_read_by_others(
    exported: Path, catalogue: Catalogue, encoder: GridEncoder, parquet: bool
) -> None:
    lines = [json.loads(line) for line in (exported / "pictures.jsonl").open(encoding="utf-8")]
    stored = vectors_by_content(catalogue, encoder)
    if parquet:
        import pyarrow.parquet

        table = pyarrow.parquet.read_table(exported / "vectors.parquet")
        assert table["paths"].to_pylist() == [line["paths"] for line in lines]
        hashes = table["hash"].to_pylist()
        rows = np.array(table["vector"].to_pylist(), dtype=np.float32)
    else:
        hashes = [line["hash"] for line in lines]
        rows = np.load(exported / "vectors.npy").astype(np.float32)
    assert {h: row.tobytes() for h, row in zip(hashes, rows, strict=True)} == stored


def test_what_was_cut_short_is_not_taken(exported: Path, catalogue: Catalogue) -> None:
    (name,) = (path for path in exported.iterdir() if path.name.startswith("vectors."))
    name.write_bytes(name.read_bytes()[: name.stat().st_size // 2])
    with pytest.raises(ImportMismatch):
        import_embeddings(catalogue, exported, GridEncoder())


def vectors_by_content(catalogue: Catalogue, encoder: GridEncoder) -> dict[str, bytes]:
    """float32 bytes of every vector, by the hash of its picture."""
    with catalogue.read() as connection:
        rows = connection.exec_driver_sql("SELECT id, content_hash FROM picture").fetchall()
    names = {row[0]: bytes(row[1]).hex() for row in rows}
    return {
        names[int(picture)]: vector.astype(np.float32).tobytes()
        for ids, vectors in catalogue.vector_source(encoder.fingerprint).batches()
        for picture, vector in zip(ids, vectors, strict=True)
    }

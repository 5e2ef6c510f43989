"""Vector search: files derived from the catalogue, an exact or inverted index, an exact rerank.

`VectorIndex` is what a caller needs. Importing this package loads no FAISS.
"""

from indexer.vectors.errors import (
    NoRoomForVectors,
    RowsDamaged,
    VectorsDamaged,
    WidthMismatch,
)
from indexer.vectors.index import Found, VectorIndex
from indexer.vectors.source import VectorSource
from indexer.vectors.stats import IndexStats
from indexer.vectors.store import StoreStats, VectorStore

__all__ = [
    "Found",
    "IndexStats",
    "NoRoomForVectors",
    "RowsDamaged",
    "StoreStats",
    "VectorIndex",
    "VectorSource",
    "VectorStore",
    "VectorsDamaged",
    "WidthMismatch",
]

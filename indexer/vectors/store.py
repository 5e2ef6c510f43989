"""What search needs of an index, whoever provides it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from indexer.vectors.source import Floats, Ids


@dataclass(frozen=True)
class StoreStats:
    """family: what kind of index, in FAISS's own words where it is FAISS.

    parameters: how it searches, for people to read. bytes_in_memory: codes, ids and centroids.
    """

    family: str
    parameters: str
    count: int
    dimensions: int
    bytes_in_memory: int
    device: str = "cpu"


class VectorStore(Protocol):
    """Vectors by id, searched by inner product.

    Scores are inner products of unit vectors, so cosines; a family that quantises returns
    approximations of them, which a caller reranks.
    """

    def add(self, ids: Ids, vectors: Floats) -> None:
        """Store vectors [N, D] under ids [N]; an id that is there already is replaced.

        Raises WidthMismatch when D is not the store's width.
        """
        ...

    def remove(self, ids: Ids) -> int:
        """Forget these ids, unknown ones included; returns how many were there."""
        ...

    def search(self, queries: Floats, k: int, allowed: Ids | None = None) -> tuple[Ids, Floats]:
        """The k best of each row of queries [Q, D], among `allowed` where given.

        Returns ids [Q, k], -1 where there are fewer, and scores [Q, k], best first, -inf there.
        """
        ...

    def persist(self) -> Path | None:
        """Write to the file the store was made for; None for one that lives in memory only."""
        ...

    def stats(self) -> StoreStats: ...

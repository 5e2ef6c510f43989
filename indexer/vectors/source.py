"""Where vectors come from: the catalogue, or anything that answers the same questions."""

from collections.abc import Iterator
from typing import Protocol

import numpy as np
import numpy.typing as npt

Ids = npt.NDArray[np.int64]
Halves = npt.NDArray[np.float16]
Floats = npt.NDArray[np.float32]


class VectorSource(Protocol):
    """The vectors of one model, full width, of the pictures that are present.

    Ids are positive. A generation is a counter that grows with every change.
    """

    @property
    def fingerprint(self) -> str: ...

    @property
    def dimensions(self) -> int: ...

    def generation(self) -> int: ...

    def count(self) -> int:
        """Pictures that are present and have a vector."""
        ...

    def batches(self, size: int = 4096) -> Iterator[tuple[Ids, Halves]]:
        """All of them ordered by id: ids [B], vectors [B, D]."""
        ...

    def changes_since(self, generation: int) -> tuple[Ids, Ids]:
        """Ids added or changed and present; ids that are present no longer."""
        ...

    def fetch(self, ids: Ids) -> tuple[Ids, Halves]:
        """Those of `ids` that are present: ids [B], vectors [B, D], in any order."""
        ...

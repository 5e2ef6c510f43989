"""The table of word pieces, kept packed: only the rows that a text uses are ever unpacked."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pd_clip.compact.checkpoint import read_stored, unpack
from pd_clip.errors import CheckpointMismatch

TABLE = "table"


class WordPieces:
    """Vectors of word pieces; rows are packed independently of each other."""

    def __init__(self, path: Path, rows: int, width: int) -> None:
        """Raises CheckpointMismatch when the table is missing or not [rows, width]."""
        self._stored = read_stored(path, "words")
        arrays = {len(array) for array in self._stored.values()}
        if arrays != {rows} or self._row_width() != width:
            raise CheckpointMismatch(path, [f"words.{TABLE}, expected [{rows}, {width}]"])

    def _row_width(self) -> int:
        first = unpack({key: array[:1] for key, array in self._stored.items()})[TABLE]
        return int(first.shape[1])

    def __call__(self, token_ids: NDArray[np.integer[Any]]) -> NDArray[np.float32]:
        """Ids [N, L] -> float32 [N, L, width]."""
        flat = token_ids.reshape(-1)
        rows = unpack({key: array[flat] for key, array in self._stored.items()})[TABLE]
        return rows.reshape(*token_ids.shape, -1)

"""The word embeddings: the model's largest tensor, of which a query needs a handful of rows.

It stays in the checkpoint file, memory-mapped in the precision it was published in. A row is
widened to float32, and its LoRA change added, only when a text uses it. No engine ever holds,
casts or copies the table (250,002 x 1,024 at full size).
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pd_clip.checkpoint import WORD_EMBEDDINGS, Checkpoint, lora_keys
from pd_clip.safetensors_file import StoredTensor, widen


class WordTable:
    """Looks rows up: token ids [N, L] -> float32 [N, L, D]."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        name = WORD_EMBEDDINGS + ".weight"
        config = checkpoint.config
        adapted = bool(config.text.lora_tasks)
        original, lora_a, lora_b = lora_keys(name)
        self._rows = _Rows(checkpoint.stored[original if adapted else name])
        self._change: tuple[_Rows, NDArray[np.float32]] | None = None
        if adapted:
            task = checkpoint.task_index
            scale = np.float32(config.text.lora_scale)
            self._change = (
                _Rows(checkpoint.stored[lora_a], task),
                checkpoint.stored[lora_b].read()[task] * scale,
            )
        self.shape = (config.text.vocab_size, config.text.hidden_size)

    def __call__(self, token_ids: NDArray[np.integer[Any]]) -> NDArray[np.float32]:
        """Raises IndexError for an id outside the vocabulary."""
        unique, inverse = np.unique(token_ids, return_inverse=True)
        if unique.size and not 0 <= unique[0] <= unique[-1] < self.shape[0]:
            raise IndexError(f"token id outside 0..{self.shape[0] - 1}")
        rows = self._rows.take(unique)
        if self._change is not None:
            lora_a, lora_b = self._change
            rows = rows + lora_a.take(unique) @ lora_b
        gathered: NDArray[np.float32] = rows[inverse.reshape(token_ids.shape)]
        return gathered


class _Rows:
    """A memory-mapped matrix; [tasks, rows, columns] is read at one task."""

    def __init__(self, tensor: StoredTensor, task: int | None = None) -> None:
        mapped = tensor.map()
        self._matrix = mapped if task is None else mapped[task]
        self._dtype = tensor.dtype

    def take(self, rows: NDArray[np.integer[Any]]) -> NDArray[np.float32]:
        taken: NDArray[np.float32] = widen(np.asarray(self._matrix[rows]), self._dtype)
        return taken

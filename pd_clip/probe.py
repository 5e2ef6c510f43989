"""Small inputs every engine must reproduce before it is trusted.

Engines have silently returned one identical vector for every picture (Frigate, issue 24159). So
what Paddle answers to a few probes in float32 is recorded when a tower is exported, and an engine
must come close to it, and tell the probes apart, the first time it is used on a machine and
again after its library, driver or processor changed.
"""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from pd_clip.errors import RuntimeFailed
from pd_clip.runtimes.base import Session, Tower
from pd_clip.runtimes.exported import ExportedTower
from pd_clip.runtimes.remembered import recall, remember

LOWEST_COSINE: Final = {"float32": 0.99999, "bfloat16": 0.999}
# Two probes closer than this count as one and the same answer.
SAME_ANSWER: Final = 1 - 1e-6


def check(session: Session, tower: Tower, version: str) -> None:
    """Raises RuntimeFailed when `session` does not reproduce the tower's probes.

    What passed once is not run again while engine, precision and `version` stay the same.
    Paddle in float32 is the measure itself and needs no check.
    """
    if (session.runtime, session.precision) == ("dynamic", "float32"):
        return
    exported = ExportedTower(tower)
    passed = exported.folder / "passed.json"
    key = f"{session.runtime} {session.precision}"
    if recall(passed).get(key) == version:
        return
    recorded = exported.recorded()
    answers = [session(*inputs) for inputs in tower.probes()]
    reason = fault(answers, recorded, LOWEST_COSINE[session.precision])
    if reason is not None:
        raise RuntimeFailed(session.runtime, tower.name, reason)
    remember(passed, key, version)


def fault(
    answers: list[NDArray[np.float32]], recorded: list[NDArray[np.float32]], lowest: float
) -> str | None:
    """What is wrong with `answers` in a few words, or None."""
    if not all(np.isfinite(answer).all() for answer in answers):
        return "its answers are not numbers"
    if highest_cosine(recorded) < SAME_ANSWER <= highest_cosine(answers):
        return "it gives one answer to different inputs"
    worst = min(cosine(a, b) for a, b in zip(answers, recorded, strict=True))
    if worst < lowest:
        return f"cosine {worst:.4f} to the recorded answers, at least {lowest} expected"
    return None


def cosine(one: NDArray[Any], other: NDArray[Any]) -> float:
    """Lowest cosine between rows of the same place in [N, D] and [N, D]."""
    one, other = one.astype(np.float64), other.astype(np.float64)
    lengths = np.linalg.norm(one, axis=-1) * np.linalg.norm(other, axis=-1)
    return float(np.min((one * other).sum(axis=-1) / np.maximum(lengths, 1e-30)))


def highest_cosine(outputs: list[NDArray[np.float32]]) -> float:
    """Between any two different rows of all outputs; -1 when there is only one row."""
    rows = np.concatenate(outputs).astype(np.float64)
    rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-30)
    cosines = (rows @ rows.T)[np.triu_indices(len(rows), 1)]
    return float(cosines.max(initial=-1.0))


def probe_pictures(size: int) -> NDArray[np.uint8]:
    """Two pictures that share little: a smooth gradient and coarse random squares; [2, S, S, 3]."""
    ramp = np.linspace(0, 255, size).astype(np.uint8)
    gradient = np.stack(
        [
            np.broadcast_to(ramp[None, :], (size, size)),
            np.broadcast_to(ramp[:, None], (size, size)),
            np.full((size, size), 96, np.uint8),
        ],
        axis=-1,
    )
    squares = np.random.default_rng(20260917).integers(0, 256, (8, 8, 3), np.uint8)
    index = np.arange(size) * 8 // size
    return np.stack([gradient, squares[index][:, index]])


def probe_token_ids(vocab_size: int, pad_id: int) -> list[NDArray[np.int64]]:
    """Three short texts as ids [1, 8], one of them padded; `<s>` is 0 and `</s>` 2."""
    ids = np.random.default_rng(20260918).integers(4, vocab_size, (3, 6))
    rows: list[list[int]] = [
        [0, *ids[0].tolist(), 2],
        [0, *ids[1].tolist()[:3], 2, pad_id, pad_id, pad_id],
        [0, *ids[2].tolist(), 2],
    ]
    return [np.asarray([row], np.int64) for row in rows]

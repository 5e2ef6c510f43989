"""Trains the text tower on lessons, against the clock, with checkpoints it can resume from."""

import json
import logging
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file

from pd_clip.training.loss import lesson_loss
from pd_clip.training.student import Student, fast_precision, padded

logger = logging.getLogger(__name__)

REPORTED = 20  # steps between two lines of the log


@dataclass(frozen=True)
class Schedule:
    """How long and how fast; learning rates fall to nothing at the end of the time."""

    seconds: float
    batch: int = 256
    rate: float = 1e-4
    embedding_rate: float = 2e-3
    warm_up: int = 20
    temperature: float = 0.05
    widths: tuple[int, ...] = (96, 384)
    trained_layers: int = 6
    checkpoint_seconds: float = 180.0
    seed: int = 7


@dataclass
class Progress:
    """What a checkpoint remembers beside the weights."""

    steps: int = 0
    seconds: float = 0.0
    texts: int = 0
    loss: float = 0.0


def freeze(student: Student, trained_layers: int) -> None:
    """Only the last layers, the word pieces and the projection learn."""
    first = len(student.layers) - trained_layers
    student.position_embeddings.weight.requires_grad_(False)
    student.embedding_norm.requires_grad_(False)
    for number, layer in enumerate(student.layers):
        layer.requires_grad_(number >= first)


def batches(
    tokens: list[list[int]], weights: np.ndarray, size: int, seed: int
) -> Iterator[list[int]]:
    """Endless batches of places drawn by weight, of about one length each."""
    random = np.random.default_rng(seed)
    share = weights / weights.sum()
    while True:
        drawn = random.choice(len(tokens), size * 16, replace=False, p=share)
        drawn = drawn[np.argsort([len(tokens[place]) for place in drawn], kind="stable")]
        parts = drawn.reshape(16, size)
        for part in random.permutation(16):
            yield parts[part].tolist()


def save(folder: Path, student: Student, progress: Progress) -> None:
    """Writes beside and renames, so that a kill leaves the last whole checkpoint."""
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / "student.partial"
    metadata = {"progress": json.dumps(asdict(progress))}
    save_file({k: v.contiguous() for k, v in student.state_dict().items()}, partial, metadata)
    partial.replace(folder / "student.safetensors")
    (folder / "progress.json").write_text(json.dumps(asdict(progress)), encoding="utf-8")


def resume(folder: Path, student: Student) -> Progress:
    """Loads the last checkpoint into `student`; a fresh `Progress` where there is none."""
    if not (folder / "student.safetensors").is_file():
        return Progress()
    student.load_state_dict(load_file(folder / "student.safetensors"))
    return Progress(**json.loads((folder / "progress.json").read_text(encoding="utf-8")))


def train(
    student: Student,
    lessons: tuple[list[list[int]], np.ndarray, np.ndarray],
    targets: np.ndarray,
    bank: int,
    schedule: Schedule,
    folder: Path,
) -> Progress:
    """Runs until the schedule's seconds are spent, those before a resume included.

    lessons: tokens of each text, its row in `targets` [N], its weight in the draw [N];
    bank: the first rows of `targets`, always used as negatives.
    """
    tokens, rows, weights = lessons
    progress = resume(folder, student)
    freeze(student, schedule.trained_layers)
    dense = [p for n, p in student.named_parameters() if p.requires_grad and "word_" not in n]
    optimizers = [
        torch.optim.AdamW(dense, lr=schedule.rate, weight_decay=0.01),
        torch.optim.SparseAdam([student.word_embeddings.weight], lr=schedule.embedding_rate),
    ]
    rates = [schedule.rate, schedule.embedding_rate]
    table = torch.tensor(targets)
    drawn = batches(tokens, weights, schedule.batch, schedule.seed + progress.steps)
    before, started, saved = progress.seconds, time.monotonic(), time.monotonic()
    student.train()
    while progress.seconds < schedule.seconds:
        left = 1 - progress.seconds / schedule.seconds
        pace = min(1.0, (progress.steps + 1) / schedule.warm_up) * left
        for optimizer, rate in zip(optimizers, rates, strict=True):
            optimizer.param_groups[0]["lr"] = rate * pace
            optimizer.zero_grad(set_to_none=True)
        places = next(drawn)
        with fast_precision():
            vectors = student(*padded([tokens[place] for place in places]))
        wanted = table[torch.from_numpy(rows[places])]
        loss = lesson_loss(
            vectors.float(), wanted, table[:bank], schedule.widths, schedule.temperature
        )
        loss.backward()
        torch.nn.utils.clip_grad_norm_(dense, 1.0)
        for optimizer in optimizers:
            optimizer.step()
        progress.steps += 1
        progress.texts += len(places)
        progress.loss = 0.95 * (progress.loss or loss.item()) + 0.05 * loss.item()
        progress.seconds = before + time.monotonic() - started
        if progress.steps % REPORTED == 0:
            logger.info(
                "step %d, %.0f of %.0f s, loss %.3f",
                progress.steps, progress.seconds, schedule.seconds, progress.loss,
            )  # fmt: skip
        if time.monotonic() - saved > schedule.checkpoint_seconds:
            save(folder, student, progress)
            saved = time.monotonic()
    save(folder, student, progress)
    student.eval()
    return progress

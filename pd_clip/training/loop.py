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
from torch.nn import functional

from pd_clip.training.loss import lesson_loss
from pd_clip.training.student import Student, fast_precision, padded

logger = logging.getLogger(__name__)

REPORTED = 20  # steps between two lines of the log


@dataclass(frozen=True)
class Schedule:
    """How long and how fast; learning rates fall to nothing at the end of the time.

    composed: share of the names that are two names of one language after each other.
    """

    seconds: float
    batch: int = 256
    rate: float = 1e-4
    embedding_rate: float = 2e-3
    warm_up: int = 20
    temperature: float = 0.05
    widths: tuple[int, ...] = (96, 384)
    trained_layers: int = 6
    composed: float = 0.0
    checkpoint_seconds: float = 180.0
    seed: int = 7


@dataclass(frozen=True)
class Taught:
    """Lessons ready for the tower: tokens of each text, the row of its target, how often it is
    drawn and its language, empty for a sentence, [N] each; head: tokens before the name in each
    text.
    """

    tokens: list[list[int]]
    rows: np.ndarray
    weights: np.ndarray
    languages: np.ndarray
    head: int

    def joined(self, place: int, other: int) -> list[int]:
        """Tokens of one name, or of two after each other where `other` is not -1."""
        if other < 0:
            return self.tokens[place]
        return self.tokens[place][:-1] + self.tokens[other][self.head :]


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


def batches(taught: Taught, size: int, composed: float, seed: int) -> Iterator[np.ndarray]:
    """Endless batches [size, 2] of places drawn by weight, of about one length each.

    The second place is another lesson of the same language, or -1.
    """
    random = np.random.default_rng(seed)
    share = taught.weights / taught.weights.sum()
    speakers = {code: np.flatnonzero(taught.languages == code) for code in set(taught.languages)}
    lengths = np.array([len(tokens) for tokens in taught.tokens])
    while True:
        drawn = random.choice(len(share), size * 16, replace=False, p=share)
        others = np.full(len(drawn), -1)
        is_name = taught.languages[drawn] != ""
        for number in np.flatnonzero(is_name & (random.random(len(drawn)) < composed)):
            others[number] = random.choice(speakers[taught.languages[drawn[number]]])
        order = np.argsort(lengths[drawn] + np.where(others < 0, 0, lengths[others]), kind="stable")
        parts = np.stack([drawn, others], axis=1)[order].reshape(16, size, 2)
        yield from parts[random.permutation(16)]


def targets_of(table: torch.Tensor, rows: np.ndarray, places: np.ndarray) -> torch.Tensor:
    """Unit rows [N, D]: the target of a name, or halfway between those of two."""
    wanted = table[torch.from_numpy(rows[places[:, 0]])]
    others = table[torch.from_numpy(rows[places[:, 1]])]
    is_pair = torch.from_numpy(places[:, 1] >= 0)[:, None]
    return functional.normalize(torch.where(is_pair, wanted + others, wanted))


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
    taught: Taught,
    targets: np.ndarray,
    bank: int,
    schedule: Schedule,
    folder: Path,
) -> Progress:
    """Runs until the schedule's seconds are spent, those before a resume included.

    targets [rows, D]; bank: its first rows, always used as negatives.
    """
    progress = resume(folder, student)
    freeze(student, schedule.trained_layers)
    dense = [p for n, p in student.named_parameters() if p.requires_grad and "word_" not in n]
    optimizers = [
        torch.optim.AdamW(dense, lr=schedule.rate, weight_decay=0.01),
        torch.optim.SparseAdam([student.word_embeddings.weight], lr=schedule.embedding_rate),
    ]
    rates = [schedule.rate, schedule.embedding_rate]
    table = torch.tensor(targets)
    drawn = batches(taught, schedule.batch, schedule.composed, schedule.seed + progress.steps)
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
            vectors = student(*padded([taught.joined(*pair) for pair in places.tolist()]))
        wanted = targets_of(table, taught.rows, places)
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

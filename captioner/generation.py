"""From scores to tokens: greedy, sampling and beam search over any `Decoder`, in NumPy.

Penalties and cuts are applied in the order of transformers' `generate`, and see generated tokens
only: a prompt given as vectors has none. Rows of a batch do not influence each other.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from captioner.decoder import Decoder, Memory, Prompt
from captioner.options import GenerationOptions

FINISHED = -1


def generate(
    decoder: Decoder, prompt: Prompt, options: GenerationOptions, stop_ids: Sequence[int]
) -> list[list[int]]:
    """The continuation of each row, without the token that ended it."""
    if options.num_beams > 1 and not options.sampling:
        rows = range(len(prompt.token_mask))
        return [_beam_search(decoder, one_row(prompt, row), options, stop_ids) for row in rows]
    continuations: list[list[int]] = [[] for _ in prompt.token_mask]
    for token_ids in stream(decoder, prompt, options, stop_ids):
        for continuation, token in zip(continuations, token_ids, strict=True):
            if token != FINISHED:
                continuation.append(int(token))
    return continuations


def stream(
    decoder: Decoder, prompt: Prompt, options: GenerationOptions, stop_ids: Sequence[int]
) -> Iterator[np.ndarray]:
    """Token by token, greedy or sampled: int64 [B] at a time, `FINISHED` in rows that ended."""
    rows = len(prompt.token_mask)
    draws = [np.random.default_rng(options.seed) for _ in range(rows)]
    seen: list[list[int]] = [[] for _ in range(rows)]
    done = np.zeros(rows, bool)
    scores, memory = decoder.prefill(prompt)
    for count in range(options.max_new_tokens):
        chosen = np.array([_choose(*row, options) for row in zip(scores, seen, draws, strict=True)])
        done |= np.isin(chosen, stop_ids)
        if done.all():
            return
        for tokens, token in zip(seen, chosen, strict=True):
            tokens.append(int(token))
        yield np.where(done, FINISHED, chosen)
        if count + 1 < options.max_new_tokens:
            scores, memory = decoder.step(chosen, memory)


def one_row(prompt: Prompt, row: int) -> Prompt:
    """One row of a batch, without its padding."""
    start = int(prompt.token_mask[row].argmax())
    return Prompt(
        prompt.embeddings[row : row + 1, start:],
        prompt.token_mask[row : row + 1, start:],
        prompt.visual_mask[row : row + 1, start:],
    )


def _choose(
    scores: np.ndarray, seen: list[int], draw: np.random.Generator, options: GenerationOptions
) -> int:
    scores = penalise(scores, seen, options.repetition_penalty)
    if not options.sampling:
        return int(scores.argmax())
    probabilities = softmax(keep_likely(scores / options.temperature, options.top_k, options.top_p))
    return int(draw.choice(len(probabilities), p=probabilities))


def penalise(scores: np.ndarray, seen: Sequence[int], penalty: float) -> np.ndarray:
    """Divides positive and multiplies negative scores of `seen` tokens by the penalty
    (https://arxiv.org/abs/1909.05858, section 4.1)."""
    if penalty == 1.0 or not seen:
        return scores
    penalised = scores.copy()
    places = np.unique(seen)
    values = scores[places]
    penalised[places] = np.where(values < 0, values * penalty, values / penalty)
    return penalised


def keep_likely(scores: np.ndarray, top_k: int, top_p: float) -> np.ndarray:
    """Scores [V] with all but the likely tokens at minus infinity.

    First the `top_k` best stay; of these the fewest whose probabilities add up to `top_p`
    (https://arxiv.org/abs/1904.09751); the best always stays.
    """
    scores = scores.astype(np.float64)
    if 0 < top_k < len(scores):
        scores[scores < np.partition(scores, -top_k)[-top_k]] = -np.inf
    if top_p < 1.0:
        order = np.argsort(-scores, kind="stable")
        probabilities = softmax(scores[order])
        before = np.cumsum(probabilities) - probabilities
        scores[order[before >= top_p]] = -np.inf
    return scores


def softmax(scores: np.ndarray) -> np.ndarray:
    """Probabilities [V] in float64, which add up to one closely enough to draw from."""
    weights = np.exp(scores.astype(np.float64) - scores.max())
    return np.asarray(weights / weights.sum())


@dataclass(frozen=True)
class _Beam:
    tokens: tuple[int, ...]
    log_probability: float

    @property
    def mean(self) -> float:
        return self.log_probability / max(1, len(self.tokens))


def _beam_search(
    decoder: Decoder, prompt: Prompt, options: GenerationOptions, stop_ids: Sequence[int]
) -> list[int]:
    """The continuation of one row with the best mean log probability that was met.

    Twice as many candidates as beams are looked at, so that finished ones leave enough to go on.
    A search ends early when no running beam can overtake the worst finished one.
    """
    width = options.num_beams
    beams, finished = [_Beam((), 0.0)], list[_Beam]()
    scores, memory = decoder.prefill(prompt)
    for count in range(options.max_new_tokens):
        parents, beams, ended = _extend(beams, scores, options, stop_ids)
        finished = sorted([*finished, *ended], key=lambda beam: -beam.mean)[:width]
        if not beams or (len(finished) == width and beams[0].mean <= finished[-1].mean):
            break
        if count + 1 < options.max_new_tokens:
            scores, memory = _advance(decoder, beams, memory, parents)
    else:
        finished = sorted([*finished, *beams], key=lambda beam: -beam.mean)
    best = finished[0].tokens
    return list(best[:-1] if best and best[-1] in stop_ids else best)


def _advance(
    decoder: Decoder, beams: list[_Beam], memory: Memory, parents: list[int]
) -> tuple[np.ndarray, Memory]:
    last = np.array([beam.tokens[-1] for beam in beams], np.int64)
    return decoder.step(last, memory.rows(np.array(parents)))


def _extend(
    beams: list[_Beam], scores: np.ndarray, options: GenerationOptions, stop_ids: Sequence[int]
) -> tuple[list[int], list[_Beam], list[_Beam]]:
    """The best next beams with their parents, and those that ended among the candidates."""
    totals = np.stack(
        [
            beam.log_probability
            + penalise(np.log(softmax(row)), beam.tokens, options.repetition_penalty)
            for beam, row in zip(beams, scores, strict=True)
        ]
    )
    parents, running, ended = list[int](), list[_Beam](), list[_Beam]()
    best = np.argsort(-totals, axis=None, kind="stable")[: 2 * options.num_beams]
    for rank, place in enumerate(best):
        parent, token = divmod(int(place), totals.shape[1])
        beam = _Beam((*beams[parent].tokens, token), float(totals[parent, token]))
        if token in stop_ids:
            if rank < options.num_beams:
                ended.append(beam)
        elif len(running) < options.num_beams:
            parents.append(parent)
            running.append(beam)
    return parents, running, ended

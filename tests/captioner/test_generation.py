"""Choosing tokens: against slow, obvious oracles over a small made-up language model."""

from itertools import product

import numpy as np
import paddle
import pytest

from captioner.decoder import Memory, Prompt
from captioner.generation import FINISHED, generate, keep_likely, penalise, softmax, stream
from captioner.options import GenerationOptions

VOCABULARY = 5
STOP = 0


class MarkovDecoder:
    """Scores depend on the last token and on how many there are; nothing else is remembered."""

    def __init__(self, seed: int) -> None:
        self.table = np.random.default_rng(seed).normal(size=(8, VOCABULARY, VOCABULARY)) * 2

    def prefill(self, prompt: Prompt) -> tuple[np.ndarray, Memory]:
        starts = prompt.embeddings.numpy()[:, -1, 0].astype(int)
        return self.table[0, starts], self._remember(np.ones((len(starts), 1), bool))

    def step(self, token_ids: np.ndarray, memory: Memory) -> tuple[np.ndarray, Memory]:
        count = memory.token_mask.shape[1]
        return self.table[count, token_ids], self._remember(memory.longer_mask())

    def _remember(self, mask: np.ndarray) -> Memory:
        return Memory([paddle.zeros([len(mask), 1])], [paddle.zeros([len(mask), 1])], mask)


def prompt_of(starts: list[int]) -> Prompt:
    mask = np.ones((len(starts), 1), bool)
    return Prompt(paddle.to_tensor(np.array(starts, np.float32)[:, None, None]), mask, ~mask)


def log_probability(decoder: MarkovDecoder, start: int, tokens: tuple[int, ...]) -> float:
    total, last = 0.0, start
    for count, token in enumerate(tokens):
        total += float(np.log(softmax(decoder.table[count, last]))[token])
        last = token
    return total


@pytest.mark.parametrize("seed", range(5))
def test_wide_beams_find_what_trying_everything_finds(seed: int) -> None:
    decoder, length = MarkovDecoder(seed), 3
    candidates = [
        tokens
        for size in range(1, length + 1)
        for tokens in product(range(VOCABULARY), repeat=size)
        if STOP not in tokens[:-1] and (size == length or tokens[-1] == STOP)
    ]
    best = max(candidates, key=lambda t: log_probability(decoder, 2, t) / len(t))
    options = GenerationOptions(max_new_tokens=length, num_beams=VOCABULARY**length)
    (found,) = generate(decoder, prompt_of([2]), options, [STOP])
    assert found == [token for token in best if token != STOP]


def test_beams_are_at_least_as_likely_as_greedy() -> None:
    for seed in range(20):
        decoder = MarkovDecoder(seed)
        (greedy,) = generate(decoder, prompt_of([1]), GenerationOptions(max_new_tokens=4), [])
        options = GenerationOptions(max_new_tokens=4, num_beams=3)
        (beam,) = generate(decoder, prompt_of([1]), options, [])
        assert (
            log_probability(decoder, 1, tuple(beam))
            >= log_probability(decoder, 1, tuple(greedy)) - 1e-9
        )


def test_a_row_of_a_batch_is_what_it_is_alone() -> None:
    decoder = MarkovDecoder(7)
    for options in (
        GenerationOptions(max_new_tokens=6),
        GenerationOptions(max_new_tokens=6, sampling=True, seed=4),
        GenerationOptions(max_new_tokens=6, num_beams=3),
    ):
        batch = generate(decoder, prompt_of([1, 2, 3]), options, [STOP])
        alone = [generate(decoder, prompt_of([start]), options, [STOP])[0] for start in (1, 2, 3)]
        assert batch == alone


def test_a_stop_token_ends_its_row_only() -> None:
    decoder = MarkovDecoder(0)
    decoder.table[:, 1] = [9, 0, 0, 0, 0]
    decoder.table[:, 2:] = [0, 0, 0, 9, 0]
    steps = list(stream(decoder, prompt_of([1, 2]), GenerationOptions(max_new_tokens=3), [STOP]))
    assert [list(step) for step in steps] == [[FINISHED, 3]] * 3


def test_everything_stopped_ends_the_stream() -> None:
    decoder = MarkovDecoder(0)
    decoder.table[:] = [9, 0, 0, 0, 0]
    assert list(stream(decoder, prompt_of([1]), GenerationOptions(), [STOP])) == []


def test_the_same_seed_draws_the_same_text_and_another_does_not() -> None:
    def drawn(seed: int) -> list[int]:
        options = GenerationOptions(max_new_tokens=7, sampling=True, temperature=3.0, seed=seed)
        return generate(MarkovDecoder(1), prompt_of([1]), options, [])[0]

    assert drawn(5) == drawn(5)
    assert len({tuple(drawn(seed)) for seed in range(8)}) > 1


def test_draws_follow_the_probabilities() -> None:
    decoder = MarkovDecoder(3)
    options = [GenerationOptions(max_new_tokens=1, sampling=True, seed=s) for s in range(1500)]
    tokens = [generate(decoder, prompt_of([2]), each, [])[0][0] for each in options]
    frequencies = np.bincount(tokens, minlength=VOCABULARY) / len(tokens)
    np.testing.assert_allclose(frequencies, softmax(decoder.table[0, 2]), atol=0.05)


def test_top_k_keeps_the_best() -> None:
    kept = keep_likely(np.array([1.0, 4.0, 2.0, 3.0]), top_k=2, top_p=1.0)
    assert np.isfinite(kept).tolist() == [False, True, False, True]


def test_top_p_keeps_the_fewest_that_suffice_and_always_one() -> None:
    scores = np.log(np.array([0.5, 0.3, 0.15, 0.05]))
    assert np.isfinite(keep_likely(scores, 0, 0.79)).tolist() == [True, True, False, False]
    assert np.isfinite(keep_likely(scores, 0, 0.81)).tolist() == [True, True, True, False]
    assert np.isfinite(keep_likely(scores, 0, 0.01)).tolist() == [True, False, False, False]


def test_the_penalty_makes_positive_and_negative_scores_worse() -> None:
    penalised = penalise(np.array([2.0, -2.0, 3.0]), [0, 1, 1], 2.0)
    assert penalised.tolist() == [1.0, -4.0, 3.0]

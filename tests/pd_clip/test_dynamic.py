"""Batch sizes on a GPU, by injection: no test machine has one."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from pd_clip.jina_encoder import JinaEncoder, JinaOptions, image_tower, text_inputs, text_tower
from pd_clip.runtimes.dynamic import DynamicSession, best_batch_size
from pd_clip.word_table import WordTable

PADDLE_SAYS = "(ResourceExhausted) Out of memory error on GPU 0. Cannot allocate 2.1GB memory."


@pytest.fixture
def encoder(tiny: Path) -> JinaEncoder:
    return JinaEncoder("tiny", tiny, JinaOptions("dynamic", "float32", None, None, print))


def limit_memory(session: DynamicSession, most: int, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Let the session run out of memory above `most` rows; returns the sizes that were tried."""
    tried: list[int] = []
    honest = session._run

    def run(inputs: list[NDArray[Any]]) -> NDArray[np.float32]:
        tried.append(len(inputs[0]))
        if len(inputs[0]) > most:
            raise RuntimeError(PADDLE_SAYS)
        return honest(inputs)

    monkeypatch.setattr(session, "_run", run)
    return tried


def test_out_of_memory_halves_the_batch_and_loses_nothing(
    encoder: JinaEncoder, expected: Mapping[str, NDArray[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    session = DynamicSession(image_tower(encoder), "float32")
    session.largest_batch = 8
    tried = limit_memory(session, 3, monkeypatch)
    pictures = np.tile(expected["pixel_values"], (4, 1, 1, 1))[:7]
    wanted = np.tile(expected["image_features"], (4, 1))[:7]
    np.testing.assert_allclose(session(pictures), wanted, rtol=0, atol=5e-6)
    assert tried[:3] == [7, 3, 3]
    assert session.largest_batch == 3
    session(pictures)
    assert 7 not in tried[3:]


def test_a_halved_batch_of_texts_keeps_its_tables(
    encoder: JinaEncoder, expected: Mapping[str, NDArray[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    session = DynamicSession(text_tower(encoder), "float32")
    limit_memory(session, 1, monkeypatch)
    words = WordTable(encoder.checkpoint)
    features = session(*text_inputs(expected["input_ids"], words, encoder.config))
    np.testing.assert_allclose(features, expected["text_features"], rtol=0, atol=5e-6)


def test_one_row_that_does_not_fit_is_an_error(
    encoder: JinaEncoder, expected: Mapping[str, NDArray[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    session = DynamicSession(image_tower(encoder), "float32")
    limit_memory(session, 0, monkeypatch)
    with pytest.raises(RuntimeError, match="Out of memory"):
        session(expected["pixel_values"])


def test_another_error_is_not_taken_for_want_of_memory(
    encoder: JinaEncoder, expected: Mapping[str, NDArray[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    session = DynamicSession(image_tower(encoder), "float32")
    tried: list[int] = []

    def run(inputs: list[NDArray[Any]]) -> NDArray[np.float32]:
        tried.append(len(inputs[0]))
        raise RuntimeError("(InvalidArgument) shapes differ")

    monkeypatch.setattr(session, "_run", run)
    with pytest.raises(RuntimeError, match="shapes differ"):
        session(expected["pixel_values"])
    assert tried == [2]


def test_both_kinds_of_attention_agree() -> None:
    import paddle

    from pd_clip.vision_tower import attention, fused_attention

    generator = np.random.default_rng(0)
    query, key, value = (
        paddle.to_tensor(generator.standard_normal((2, 9, 4, 16)).astype(np.float32))
        for _ in range(3)
    )
    mask = np.ones((2, 9), np.float32)
    mask[1, 4:] = 0
    bias = paddle.to_tensor((1 - mask) * -1e9).unsqueeze([1, 2])
    for given in (None, bias):
        one = attention(query, key, value, given).numpy()
        np.testing.assert_allclose(
            fused_attention(query, key, value, given).numpy(), one, atol=1e-6
        )


def device(
    seconds: Callable[[int], float], most: int
) -> tuple[Callable[[int], None], Any, list[int]]:
    """A device on which a batch takes `seconds(rows)` and more than `most` rows do not fit."""
    now, tried = [0.0], list[int]()

    def run(rows: int) -> None:
        tried.append(rows)
        if rows > most:
            raise MemoryError(PADDLE_SAYS)
        now[0] += seconds(rows)

    return run, lambda: now[0], tried


def test_the_batch_grows_while_it_pays() -> None:
    run, clock, tried = device(lambda rows: 1.0 + 0.01 * rows, most=10_000)
    assert best_batch_size(run, 256, clock) == 256
    run, clock, tried = device(lambda rows: max(1.0, rows / 16), most=10_000)
    assert best_batch_size(run, 256, clock) == 16
    assert max(tried) == 32


def test_the_batch_stops_at_the_memory() -> None:
    run, clock, _ = device(lambda rows: 1.0, most=40)
    assert best_batch_size(run, 256, clock) == 32
    run, clock, _ = device(lambda rows: 1.0, most=10_000)
    assert best_batch_size(run, 64, clock) == 64

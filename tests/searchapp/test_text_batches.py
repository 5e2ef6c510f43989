"""Texts of several searches go through the model together, and each gets its own answer."""

import threading
from collections.abc import Sequence

import numpy as np
import pytest

from searchapp.text_batches import MOST_TEXTS, TextBatches


class Model:
    """Encodes a number as a vector of it; holds its first batch until it is let go."""

    def __init__(self) -> None:
        self.sizes: list[int] = []
        self.busy = threading.Event()
        self.free = threading.Event()

    def __call__(self, texts: Sequence[str]) -> np.ndarray:
        self.sizes.append(len(texts))
        self.busy.set()
        assert self.free.wait(20)
        return np.array([[float(text)] * 3 for text in texts], dtype=np.float32)


def test_texts_that_come_meanwhile_go_together() -> None:
    model = Model()
    batches = TextBatches(model)
    answers: dict[int, np.ndarray] = {}
    arrived = threading.Semaphore(0)

    def ask(number: int) -> None:
        arrived.release()
        answers[number] = batches.encode([str(number)])

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(30)]
    threads[0].start()
    assert model.busy.wait(20)
    for thread in threads[1:]:
        thread.start()
    while batches.waiting < 29:
        assert threads[0].is_alive()
    model.free.set()
    for thread in threads:
        thread.join(20)
    assert model.sizes == [1, 29]
    assert {number: float(vector[0, 0]) for number, vector in answers.items()} == {
        number: float(number) for number in range(30)
    }


def test_a_batch_has_a_limit_but_no_text_is_too_many() -> None:
    model = Model()
    model.free.set()
    batches = TextBatches(model)
    many = [str(number) for number in range(MOST_TEXTS + 7)]
    assert batches.encode(many).shape == (MOST_TEXTS + 7, 3)


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_what_the_model_raises_reaches_the_search(error: type[BaseException]) -> None:
    def fails(_: Sequence[str]) -> np.ndarray:
        raise error

    batches = TextBatches(fails)
    with pytest.raises(error):
        batches.encode(["a"])
    with pytest.raises(error):  # and the next one is not stuck
        batches.encode(["b"])

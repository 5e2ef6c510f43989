"""How lessons are drawn and joined, and that a small tower learns them. Needs the extra `train`."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the extra `train` is not installed")

from pd_clip.training.loop import (  # noqa: E402
    Progress,
    Schedule,
    Taught,
    batches,
    resume,
    targets_of,
    train,
)
from pd_clip.training.student import Student  # noqa: E402

WIDTH, PIECES, MEANINGS, LANGUAGES = 24, 84, 10, ("de", "fr", "ja", "sw", "uk", "he", "hy", "th")


@pytest.fixture
def taught() -> Taught:
    """Ten meanings, each named by one piece in eight languages; 0 ... 3 are the text's frame."""
    lessons = MEANINGS * len(LANGUAGES)
    tokens = [[0, 3, 4 + number, 2] for number in range(lessons)]
    return Taught(
        tokens=tokens,
        rows=np.arange(lessons) % MEANINGS,
        weights=np.ones(lessons),
        languages=np.repeat(LANGUAGES, MEANINGS),
        head=2,
    )


def student() -> Student:
    generator = np.random.default_rng(1)
    shapes = {
        "word_embeddings.weight": (PIECES, WIDTH),
        "position_embeddings.weight": (16, WIDTH),
        "layers.0.intermediate.weight": (2 * WIDTH, WIDTH),
        "layers.0.output.weight": (WIDTH, 2 * WIDTH),
        **{
            f"layers.0.{part}.weight": (WIDTH, WIDTH)
            for part in ("query", "key", "value", "attention_output")
        },
    }
    tensors = {
        name: generator.normal(0, 0.3, shape).astype(np.float32) for name, shape in shapes.items()
    }
    tensors |= {
        name.replace("weight", "bias"): np.zeros(len(tensor), np.float32)
        for name, tensor in tensors.items()
        if name.startswith("layers")
    }
    for norm in ("embedding_norm", "layers.0.attention_norm", "layers.0.output_norm"):
        tensors |= {
            f"{norm}.weight": np.ones(WIDTH, np.float32),
            f"{norm}.bias": np.zeros(WIDTH, np.float32),
        }
    return Student(tensors)


def test_a_second_name_is_of_the_same_language(taught: Taught) -> None:
    for parts in [next(batches(taught, 5, 0.5, seed)) for seed in range(40)]:
        for place, other in parts.tolist():
            if other >= 0:
                assert taught.languages[place] == taught.languages[other]
    assert taught.joined(1, -1) == [0, 3, 5, 2]
    assert taught.joined(1, 2) == [0, 3, 5, 6, 2]


def test_a_sentence_stands_alone(taught: Taught) -> None:
    spoken = replace(taught, languages=np.where(taught.languages == "sw", "", taught.languages))
    joined = {
        place
        for seed in range(9)
        for place, other in next(batches(spoken, 5, 1.0, seed))
        if other >= 0
    }
    assert joined
    assert all(spoken.languages[place] for place in joined)


def test_the_target_of_two_names_lies_between(taught: Taught) -> None:
    table = torch.eye(MEANINGS)
    found = targets_of(table, taught.rows, np.array([[1, -1], [1, 2], [1, 11]]))
    half = 0.5**0.5
    assert found[0].tolist() == table[1].tolist()
    assert found[1, 1:3].tolist() == pytest.approx([half, half])
    assert found[2].tolist() == pytest.approx(table[1].tolist())


def test_it_learns_and_goes_on_where_it_was_killed(taught: Taught, tmp_path: Path) -> None:
    generator = np.random.default_rng(2)
    targets = generator.normal(size=(MEANINGS, WIDTH)).astype(np.float32)
    targets /= np.linalg.norm(targets, axis=1, keepdims=True)
    widths = (8, WIDTH)

    def run(seconds: float) -> tuple[Student, Progress]:
        tower = student()
        schedule = Schedule(seconds, 5, 3e-3, 3e-2, 5, 0.1, widths, 1, 0.3)
        return tower, train(tower, taught, targets, MEANINGS, schedule, tmp_path)

    def closeness(tower: Student) -> float:
        with torch.inference_mode():
            vectors = tower(torch.tensor(taught.tokens), torch.full((len(taught.tokens),), 4))
        wanted = torch.from_numpy(targets)[torch.from_numpy(taught.rows)]
        return float(torch.nn.functional.cosine_similarity(vectors, wanted).mean())

    torch.set_num_threads(1)
    _, half = run(2.0)
    tower, whole = run(4.0)
    assert whole.steps > half.steps > 0
    assert resume(tmp_path, student()) == whole
    assert closeness(tower) > closeness(student()) + 0.2

"""The stage that tunes the text tower, and how well a text tower knows what it was not taught."""

import logging
from collections import defaultdict
from collections.abc import Callable, Sequence

import numpy as np

from pd_clip.training.config import TrainingConfig
from pd_clip.training.data import Curriculum, Lesson
from pd_clip.training.stages import PREFIX, teacher_tensors
from pd_clip.training.work import Work

logger = logging.getLogger(__name__)

CLASS_SHARE = 3.0  # a name of a class is drawn this often against any other
LANGUAGE_POWER = 0.4  # a language with twice the lessons is drawn 2 ** 0.4 times as often
AMONG = 5  # R@5

Encode = Callable[[list[str]], np.ndarray]


def joined_tensors(work: Work) -> dict[str, np.ndarray]:
    """The published encoder with the space as its last linear layer."""
    space = work.arrays("space")
    tensors = teacher_tensors(work)
    tensors["projection.weight"] = space["matrix"] / space["length"]
    tensors["projection.bias"] = -space["matrix"] @ space["mean"]
    return {name: np.asarray(tensor, np.float32) for name, tensor in tensors.items()}


def draw_weights(lessons: Sequence[Lesson], classes: int) -> np.ndarray:
    """How often each lesson is drawn: languages nearly alike, classes before other meanings.

    They add up to 1.
    """
    counts: dict[str, int] = defaultdict(int)
    for lesson in lessons:
        counts[lesson.language] += 1
    weights = np.array(
        [
            counts[lesson.language] ** (LANGUAGE_POWER - 1)
            * (CLASS_SHARE if lesson.target < classes else 1.0)
            for lesson in lessons
        ]
    )
    return np.asarray(weights / weights.sum())


def tune(work: Work, config: TrainingConfig) -> None:
    """Trains the text tower until its time is spent: `tuned/student.safetensors`."""
    from tokenizers import Tokenizer

    from pd_clip.training.loop import Schedule, Taught, train
    from pd_clip.training.student import Student

    settings, curriculum = config.tuning, work.curriculum()
    tokenizer = Tokenizer.from_file(str(work.path("tokenizer.json")))
    names, sentences = curriculum.lessons, curriculum.sentences
    lessons, share = names + sentences, settings.sentences if sentences else 0.0
    taught = Taught(
        tokens=[
            encoding.ids[:32]
            for encoding in tokenizer.encode_batch([PREFIX + lesson.text for lesson in lessons])
        ],
        rows=np.array([lesson.target for lesson in lessons]),
        weights=np.concatenate(
            [
                draw_weights(names, curriculum.classes) * (1 - share),
                draw_weights(sentences, curriculum.classes) * share,
            ]
        ),
        languages=np.array([lesson.language for lesson in names] + [""] * len(sentences)),
        head=len(tokenizer.encode(PREFIX.strip()).ids) - 1,
    )
    schedule = Schedule(
        settings.seconds, settings.batch, settings.rate, settings.embedding_rate,
        trained_layers=settings.trained_layers, composed=settings.composed, seed=config.seed,
    )  # fmt: skip
    student = Student(joined_tensors(work))
    targets = work.arrays("space")["targets"]
    progress = train(student, taught, targets, curriculum.classes, schedule, work.path("tuned"))
    logger.info("%d steps, %d texts, loss %.3f", progress.steps, progress.texts, progress.loss)


def recall(found: np.ndarray, candidates: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """For each row of `found` whether its candidate is among the first five."""
    cosines = found @ candidates.T
    own = cosines[np.arange(len(wanted)), wanted][:, None]
    return np.asarray((cosines >= own).sum(axis=1) <= AMONG)


def text_figures(
    encode: Encode, curriculum: Curriculum, targets: np.ndarray, most: int = 60
) -> dict[str, dict[str, tuple[float, int]]]:
    """(R@5, n) by test and language; at most `most` texts a language.

    concepts: names of CLDR concepts held out whole, to the English names of these concepts;
    keywords: CLDR keywords held out, to the English names of all CLDR concepts;
    classes: names of the image classes held out, to the vectors of the 1,000 classes.
    """
    english = {
        lesson.target: lesson.text
        for lesson in curriculum.lessons + curriculum.held_out_concepts
        if lesson.language == "en"
    }
    everything = sorted(set(curriculum.symbols.values()))
    alone = sorted({lesson.target for lesson in curriculum.held_out_concepts})
    return {
        "concepts": _by_language(
            encode, curriculum.held_out_concepts, alone, encode([english[t] for t in alone]), most
        ),
        "keywords": _by_language(
            encode, curriculum.held_out_keywords, everything,
            encode([english[t] for t in everything]), most,
        ),
        "classes": _by_language(
            encode, curriculum.held_out_classes, list(range(curriculum.classes)),
            targets[: curriculum.classes], most,
        ),
    }  # fmt: skip


def _by_language(
    encode: Encode, lessons: Sequence[Lesson], rows: list[int], candidates: np.ndarray, most: int
) -> dict[str, tuple[float, int]]:
    place = {row: number for number, row in enumerate(rows)}
    chooser = np.random.default_rng(0)
    by_language: dict[str, list[Lesson]] = defaultdict(list)
    for lesson in lessons:
        if lesson.language != "en" and lesson.target in place:
            by_language[lesson.language].append(lesson)
    chosen = []
    for _, found in sorted(by_language.items()):
        order = chooser.permutation(len(found))[:most]
        chosen += [found[number] for number in order]
    if not chosen:
        return {}
    wanted = np.array([place[lesson.target] for lesson in chosen])
    right = recall(encode([lesson.text for lesson in chosen]), candidates, wanted)
    hits: dict[str, list[bool]] = defaultdict(list)
    for lesson, is_right in zip(chosen, right.tolist(), strict=True):
        hits[lesson.language].append(is_right)
    return {language: (float(np.mean(h)), len(h)) for language, h in hits.items()}

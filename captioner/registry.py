"""The captioners that are known. A third one is a folder beside the two and an entry here."""

import sys
from dataclasses import dataclass
from importlib import import_module
from os import environ
from pathlib import Path
from typing import TYPE_CHECKING

from captioner.errors import CaptionerMissing, CaptionerUnknown
from pd_clip.conversion.folder import read_json

if TYPE_CHECKING:
    from captioner.model import ModelCaptioner
    from captioner.weights import Dtype, Precision

# Names the interpreter of the environment that `make caption-env` makes elsewhere.
PYTHON_VARIABLE = "SEARCHAPP_CAPTION_PYTHON"


@dataclass(frozen=True)
class CaptionerEntry:
    """What is known of a captioner before anything is loaded.

    Attributes:
        name: what a person calls it; its folder under the models folder has this name.
        model_type: in its config.json.
        module: has `load(folder, *, dtype, precision, tokenizer)`.
        repo: where the published weights are.
        licence: of the weights.
        size_gb: of the published files.
        memory_gb: of the weights: as published, in 8 and in 4 bits.
        own_environment: its libraries do not go together with the program's own.
    """

    name: str
    model_type: str
    module: str
    repo: str
    licence: str
    size_gb: float
    memory_gb: tuple[float, float, float]
    own_environment: bool


CAPTIONERS = (
    CaptionerEntry(
        name="minicpm-v-2.6",
        model_type="minicpmv",
        module="captioner.minicpm_v.model",
        repo="openbmb/MiniCPM-V-2_6",
        licence="MiniCPM Model License",
        size_gb=16.2,
        memory_gb=(16.2, 9.7, 6.6),
        own_environment=True,
    ),
    CaptionerEntry(
        name="mono-internvl-2b",
        model_type="internvl_chat",
        module="captioner.mono_internvl.model",
        repo="OpenGVLab/Mono-InternVL-2B",
        licence="MIT",
        size_gb=6.2,
        memory_gb=(6.2, 3.5, 2.2),
        own_environment=False,
    ),
)


def find(wanted: str, models_folder: Path) -> tuple[CaptionerEntry, Path]:
    """The entry and folder of a captioner.

    Args:
        wanted: a name, a checkpoint folder, or "auto" for the first whose weights are here.
        models_folder: where models lie, each in a folder of its name.

    Raises:
        CaptionerUnknown: neither a name nor a folder of a known model.
        CaptionerMissing: known, but its weights are not here.
    """
    if (Path(wanted) / "config.json").is_file():
        model_type = read_json(Path(wanted) / "config.json").get("model_type")
        for entry in CAPTIONERS:
            if entry.model_type == model_type:
                return entry, Path(wanted)
    candidates = [entry for entry in CAPTIONERS if wanted in ("auto", entry.name)]
    if not candidates:
        raise CaptionerUnknown(wanted, tuple(entry.name for entry in CAPTIONERS))
    for entry in candidates:
        if (models_folder / entry.name / "config.json").is_file():
            return entry, models_folder / entry.name
    missing = candidates[-1]
    raise CaptionerMissing(
        missing.name,
        models_folder / missing.name,
        (missing.repo, missing.licence),
        missing.size_gb,
        missing.memory_gb,
    )


def load(
    folder: Path, *, dtype: "Dtype" = "float32", precision: "Precision" = "full"
) -> "ModelCaptioner":
    """Loads the captioner in a checkpoint folder into this process.

    Raises:
        CaptionerUnknown: the folder holds no known captioner.
    """
    entry, _ = find(str(folder), folder.parent)
    captioner: ModelCaptioner = import_module(entry.module).load(
        folder, dtype=dtype, precision=precision
    )
    return captioner


def interpreter(entry: CaptionerEntry) -> str:
    """The Python that runs a captioner: its own environment's if it needs one and it is there."""
    own = Path(__file__).parents[1] / ".venv-caption" / "bin" / "python"
    if not entry.own_environment:
        return sys.executable
    if chosen := environ.get(PYTHON_VARIABLE):
        return chosen
    return str(own) if own.is_file() else sys.executable

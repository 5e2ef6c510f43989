"""What a person asks of an evaluation."""

from dataclasses import dataclass
from pathlib import Path

from searchapp.evaluation.captions import UNDETERMINED
from searchapp.evaluation.dataset import CaptionChoice
from searchapp.evaluation.presets import PresetName


@dataclass(frozen=True)
class EvaluationRequest:
    """One evaluation.

    captions: file or folder; see `searchapp.evaluation.loaders.FORMATS`.
    images: folder of the pictures where they do not lie beside the captions.
    language, split: for formats that state none, and for those with splits.
    languages: only these; empty is all.
    dims: widths; empty is the model's own. The full width always comes along.
    caption_choice: `first` caption of each picture and language, or `all`.
    machine_made: also take captions that their file says a machine made. They are left out
        otherwise: names of things say little about finding the one picture a person describes.
    tolerance: share of answers (0 to 1) whose loss is tolerated by the advice.
    with_captions: also measure searching by captions that the library has of these pictures.
    compare: also measure other codecs at the same bytes, the index, and times.
    thumbnails: bring along small pictures of the worst losses, for a report.
    preset: protocol and published values of a known data set.
    cache: folder for vectors; None keeps none.
    library_pictures: size of the library that the advice speaks of; None is the data set's.
    command: what the person typed, for the report.
    """

    captions: Path
    images: Path | None = None
    format: str = "auto"
    language: str = UNDETERMINED
    split: str = "test"
    languages: tuple[str, ...] = ()
    dims: tuple[int, ...] = ()
    caption_choice: CaptionChoice = "all"
    machine_made: bool = False
    tolerance: float = 0.01
    resamples: int = 1000
    seed: int = 0
    with_captions: bool = False
    compare: bool = True
    thumbnails: bool = False
    preset: PresetName | None = None
    cache: Path | None = None
    library_pictures: int | None = None
    command: str = ""

"""Calibration of a model on captioned pictures: what its cosines mean, kept beside its weights."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from searchapp.errors import CalibrationUnwritable
from searchapp.evaluation.cache import VectorCache
from searchapp.evaluation.dataset import prepare
from searchapp.evaluation.decoding import decoded_pictures
from searchapp.evaluation.encoding import EncodedDataset, encode_dataset
from searchapp.evaluation.loaders import LoadOptions, load_captions
from searchapp.evaluation.progress import EvaluationProgress, Reporter

if TYPE_CHECKING:
    from pd_clip.encoder import Encoder


@dataclass(frozen=True)
class CalibrationRequest:
    """Captioned pictures to calibrate on; fields as in `EvaluationRequest`.

    out: folder for `calibration.json`; None is the model's own.
    """

    captions: Path
    out: Path | None = None
    images: Path | None = None
    format: str = "auto"
    machine_made: bool = False


@dataclass(frozen=True)
class CalibrationOutcome:
    """The file that was written, and on how much it stands."""

    path: Path
    pictures: int
    captions: int
    languages: int


def calibrate(
    request: CalibrationRequest,
    encoder: "Encoder",
    folder: Path,
    show: Callable[[EvaluationProgress], None],
    stop: Callable[[], bool],
) -> CalibrationOutcome:
    """Encode, measure and write; `folder` is the model's.

    Raises CaptionsUnknown, CaptionsDamaged, CaptionedPicturesMissing, EvaluationStopped,
    CalibrationUnwritable.
    """
    from pd_clip.calibration import make_calibration, write_calibration

    reporter = Reporter(show, stop)
    options = LoadOptions(request.images, machine_made=request.machine_made)
    captions = load_captions(request.captions, options, request.format)
    dataset = prepare(captions, "all", reporter)
    encoded = encode_dataset(dataset, encoder, VectorCache(None, encoder.fingerprint), reporter)
    spoken = {
        code: (encoded.text_vectors[rows], encoded.dataset.texts[code].picture_of_text)
        for code, rows in encoded.rows.items()
    }
    views = _views(encoded, encoder, reporter)
    made = make_calibration(encoder.fingerprint, encoded.image_vectors, views, spoken)
    target = request.out or folder
    try:
        path = write_calibration(target, made)
    except OSError as error:
        raise CalibrationUnwritable(target, error.strerror or str(error)) from error
    count = sum(len(wanted) for _, wanted in spoken.values())
    return CalibrationOutcome(path, len(views), count, len(spoken))


def _views(encoded: EncodedDataset, encoder: "Encoder", reporter: Reporter) -> np.ndarray:
    """Vectors [N, D] of a second view of every picture."""
    from pd_clip.calibration import another_view

    files = encoded.dataset.files
    vectors = np.zeros((len(files), encoder.dimensions), np.float32)
    decoded = decoded_pictures(files, range(len(files)), encoder)
    for done, picture in enumerate(decoded):
        reporter.advance("encoding second views", done, len(files))
        if picture.pixels is not None:
            view = encoder.preprocess(another_view(picture.pixels))
            vectors[picture.position] = encoder.encode_images(view[None])[0]
    return vectors

"""`searchapp model calibrate`: what is written fits the model, and nothing else changes."""

import numpy as np
import pytest

from pd_clip.calibration import load_calibration
from searchapp.calibrating import CalibrationRequest, calibrate
from searchapp.errors import CalibrationUnwritable, CaptionsUnknown


def run(request, encoder, folder):
    return calibrate(request, encoder, folder, lambda progress: None, lambda: False)


def test_the_calibration_is_that_of_the_model(captioned, tiny_encoder, tmp_path):
    folder = tmp_path / "model"
    folder.mkdir()
    outcome = run(CalibrationRequest(captioned), tiny_encoder, folder)
    found = load_calibration(folder, tiny_encoder.fingerprint)
    assert found is not None and outcome.path == folder / "calibration.json"
    assert load_calibration(folder, "another model") is None
    assert outcome.languages == len(found.languages) > 0
    assert found.text_image.n_matching == outcome.captions
    assert found.image_image.n_matching == outcome.pictures
    # A mirrored middle of a picture is closer to it than other pictures are.
    views = found.image_image
    assert np.median(views.matching) > np.median(views.random)


def test_another_folder(captioned, tiny_encoder, tmp_path):
    (tmp_path / "out").mkdir()
    request = CalibrationRequest(captioned, out=tmp_path / "out")
    assert run(request, tiny_encoder, tmp_path).path == tmp_path / "out" / "calibration.json"
    assert not (tmp_path / "calibration.json").exists()


def test_what_goes_wrong_is_said(captioned, tiny_encoder, tmp_path):
    with pytest.raises(CalibrationUnwritable):
        run(CalibrationRequest(captioned, out=tmp_path / "absent"), tiny_encoder, tmp_path)
    with pytest.raises(CaptionsUnknown):
        run(CalibrationRequest(tmp_path / "nothing.jsonl"), tiny_encoder, tmp_path)

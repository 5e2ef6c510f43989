"""`model verify` for captioners: recorded stages, computed where the captioner itself runs."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from captioner.errors import CaptionerNotStarted
from captioner.verification import stages, stages_elsewhere
from searchapp.checkpoints import VerifyOptions, verify_model
from tests.captioner.conftest import DATA

MONO = DATA / "mono_internvl_tiny"
MINICPM = DATA / "minicpm_v_tiny"


def altered(folder: Path, tmp_path: Path, **changes: np.ndarray | None) -> Path:
    """The recording with other values, or without those that are None."""
    recorded = dict(np.load(folder / "expected.npz")) | changes
    np.savez(tmp_path / "altered.npz", **{k: v for k, v in recorded.items() if v is not None})
    return tmp_path / "altered.npz"


def test_every_recorded_stage_of_mono_internvl_is_reproduced() -> None:
    found = verify_model(MONO, VerifyOptions(MONO / "expected.npz"))
    assert found.ok
    assert [check.name for check in found.checks] == [
        "image_features",
        "logits",
        "logits_text_experts_only",
        "greedy",
    ]


def test_one_wrong_number_fails_its_stage(tmp_path: Path) -> None:
    logits = np.load(MONO / "expected.npz")["logits"].copy()
    logits[0, 3, 5] += 1e-2
    greedy = np.load(MONO / "expected.npz")["greedy"].copy()
    greedy[0, 4] += 1
    recording = altered(MONO, tmp_path, logits=logits, greedy=greedy)
    found = verify_model(MONO, VerifyOptions(recording))
    assert [check.name for check in found.checks if not check.ok] == ["logits", "greedy"]


def test_a_recording_without_its_inputs_says_what_lacks(tmp_path: Path) -> None:
    with pytest.raises(CaptionerNotStarted, match="input_ids"):
        list(stages_elsewhere(MONO, altered(MONO, tmp_path, input_ids=None)))


def test_weights_of_another_model_say_so(tmp_path: Path) -> None:
    folder = shutil.copytree(MONO, tmp_path / "mixed")
    shutil.copy(MINICPM / "model.safetensors", folder)
    with pytest.raises(CaptionerNotStarted, match="CheckpointMismatch"):
        list(stages_elsewhere(folder, folder / "expected.npz"))


@pytest.mark.caption
def test_every_recorded_stage_of_minicpm_v_is_reproduced() -> None:
    pytest.importorskip(
        "paddlenlp.transformers", reason="needs PaddleNLP: make test-caption", exc_type=ImportError
    )
    recorded = dict(np.load(MINICPM / "expected.npz"))
    found = dict(stages(MINICPM, recorded))
    inputs = ("input_ids", "attention_mask", "image_rgb", "image_bound")
    assert set(found) == {name for name in recorded if not name.startswith(inputs)}
    for name, output in found.items():
        np.testing.assert_allclose(output, recorded[name], atol=1e-4, err_msg=name)

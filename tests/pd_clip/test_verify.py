"""A model that answers wrongly must fail, whatever is wrong."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from pd_clip.errors import ReferenceInvalid, RuntimeFailed, RuntimeUnavailable
from pd_clip.runtimes.inference import InferenceRuntime
from pd_clip.runtimes.openvino import OpenVinoSession
from pd_clip.verify import (
    compare_stages,
    stages,
    verify_engines,
    verify_reference,
    verify_stages,
)

Expected = Mapping[str, NDArray[Any]]


def written(path: Path, arrays: Mapping[str, NDArray[Any]]) -> Path:
    np.savez(path, **arrays)
    return path


def test_the_recorded_outputs_are_reproduced(tiny: Path) -> None:
    result = verify_reference(tiny, tiny / "expected.npz")
    assert result.ok
    assert {check.name for check in result.checks} == {
        "pixel_values",
        "image_features",
        "image_embeddings",
        "image_embeddings_32",
        "text_features",
        "text_embeddings",
        "text_embeddings_32",
    }
    assert max(check.max_abs_diff for check in result.checks) <= 5e-6


def test_also_through_an_exported_program(tiny: Path) -> None:
    assert verify_reference(tiny, tiny / "expected.npz", runtime="openvino").ok
    assert (
        verify_reference(tiny, tiny / "expected.npz", runtime="openvino", precision="bfloat16")
        .checks[1]
        .min_cosine
        >= 0.999
    )


@pytest.mark.parametrize("name", ["image_features", "text_embeddings", "text_embeddings_32"])
def test_one_value_moved_by_a_hundredth(
    tiny: Path, expected: Expected, tmp_path: Path, name: str
) -> None:
    moved = {key: values.copy() for key, values in expected.items()}
    moved[name][1, 7] += 1e-2
    result = verify_reference(tiny, written(tmp_path / "moved.npz", moved))
    assert [check.name for check in result.checks if not check.ok] == [name]


def test_a_wrong_shape_fails(tiny: Path, expected: Expected, tmp_path: Path) -> None:
    wrong = {**expected, "image_features": expected["image_features"][:, :-1]}
    result = verify_reference(tiny, written(tmp_path / "wrong.npz", wrong))
    assert [check.name for check in result.checks if not check.ok] == ["image_features"]


def test_not_a_number_fails(tiny: Path, expected: Expected, tmp_path: Path) -> None:
    wrong = {**expected, "text_features": expected["text_features"] * np.nan}
    assert not verify_reference(tiny, written(tmp_path / "nan.npz", wrong)).ok


@pytest.mark.parametrize("key", ["input_ids", "text_features", "pixel_values", "image_features"])
def test_a_missing_key_is_named(tiny: Path, expected: Expected, tmp_path: Path, key: str) -> None:
    rest = {name: values for name, values in expected.items() if name != key}
    with pytest.raises(ReferenceInvalid, match=key):
        verify_reference(tiny, written(tmp_path / "rest.npz", rest))


def test_a_file_that_is_no_archive(tiny: Path, tmp_path: Path) -> None:
    (tmp_path / "no.npz").write_bytes(b"nothing")
    with pytest.raises(ReferenceInvalid):
        verify_reference(tiny, tmp_path / "no.npz")
    with pytest.raises(ReferenceInvalid):
        verify_reference(tiny, tmp_path / "absent.npz")


def test_stages_show_where_two_implementations_part(tiny: Path) -> None:
    ours = stages(tiny, tiny / "expected.npz")
    assert list(ours)[:3] == ["text.embedding", "text.layers.0", "text.layers.1"]
    assert "image.blocks.2" in ours
    other = {name: values.copy() for name, values in ours.items()}
    other["text.layers.1"] += 1e-2
    del other["image.pooled"]
    failed = [check.name for check in compare_stages(ours, other) if not check.ok]
    assert failed == ["text.layers.1", "image.pooled"]


# Recorded from transformers and timm: `python -m benchmarks.torch_reference FOLDER FILE`.
TORCH_STAGES = Path(__file__).parents[1] / "alignment" / "data" / "jina_clip_stages.npz"


def test_every_stage_equals_that_of_torch(tiny: Path) -> None:
    result = verify_stages(tiny, TORCH_STAGES)
    assert [check.name for check in result.checks][:2] == ["text.embedding", "text.layers.0"]
    assert len(result.checks) == 10
    assert result.ok
    assert max(check.max_abs_diff or 0.0 for check in result.checks) <= 1e-5
    assert verify_reference(tiny, TORCH_STAGES).ok


def test_the_stage_that_differs_is_named(tiny: Path, tmp_path: Path) -> None:
    with np.load(TORCH_STAGES) as archive:
        recorded = {name: archive[name] for name in archive.files}
    recorded["image.blocks.1"][0, 5, 7] += 1e-2
    result = verify_stages(tiny, written(tmp_path / "moved.npz", recorded))
    assert [check.name for check in result.checks if not check.ok] == ["image.blocks.1"]


def test_a_reference_without_stages(tiny: Path) -> None:
    with pytest.raises(ReferenceInvalid, match="no stages"):
        verify_stages(tiny, tiny / "expected.npz")


def test_an_engine_nobody_knows(tiny: Path) -> None:
    with pytest.raises(RuntimeUnavailable):
        verify_engines(tiny, runtime="abacus")


def test_engines_are_compared_with_paddle_itself(
    tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = verify_engines(tiny)
    assert result.ok
    assert {"image probes, openvino float32", "text probes, dynamic float32"} <= {
        check.name for check in result.checks
    }

    def scrambled(self: OpenVinoSession, *inputs: NDArray[Any]) -> NDArray[np.float32]:
        return np.ones((len(inputs[0]), 64), np.float32)

    def refuse(self: Any, tower: Any, precision: str) -> Any:
        raise RuntimeFailed("inference", tower.name, "no")

    monkeypatch.setattr(OpenVinoSession, "__call__", scrambled)
    monkeypatch.setattr(InferenceRuntime, "open", refuse)
    result = verify_engines(tiny)
    assert {c.name.split(", ")[1] for c in result.checks if not c.ok} == {"openvino float32"}
    assert len(result.problems) == 2
    assert not result.ok

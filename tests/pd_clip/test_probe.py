"""An engine that answers wrongly is found before its vectors reach an index."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from pd_clip.errors import RuntimeFailed, RuntimeUnavailable
from pd_clip.jina_encoder import JinaEncoder, JinaOptions, image_tower
from pd_clip.probe import check
from pd_clip.runtimes import Tower, open_session
from pd_clip.runtimes.exported import ExportedTower
from pd_clip.runtimes.inference import InferenceRuntime
from pd_clip.runtimes.openvino import OpenVinoRuntime, OpenVinoSession
from pd_clip.runtimes.openvino_module import openvino

Answer = NDArray[np.float32]


@pytest.fixture
def notices() -> list[str]:
    return []


@pytest.fixture
def tower(tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, notices: list[str]) -> Tower:
    monkeypatch.setenv("SEARCHAPP_CACHE", str(tmp_path / "cache"))
    options = JinaOptions("auto", "auto", None, None, notices.append)
    return image_tower(JinaEncoder("tiny", tiny, options))


def inject(monkeypatch: pytest.MonkeyPatch, change: Callable[[Answer], Answer]) -> None:
    honest = OpenVinoSession.__call__

    def changed(self: OpenVinoSession, *inputs: NDArray[Any]) -> Answer:
        return change(honest(self, *inputs))

    monkeypatch.setattr(OpenVinoSession, "__call__", changed)


FAULTS: dict[str, tuple[Callable[[Answer], Answer], str]] = {
    "one vector for every picture": (np.ones_like, "one answer to different inputs"),
    "scrambled": (lambda answer: np.roll(answer, 1, axis=1), "cosine"),
    "not numbers": (lambda answer: answer * np.float32("nan"), "not numbers"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_faulty_engine_is_replaced_in_one_sentence(
    tower: Tower, notices: list[str], monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    change, reason = FAULTS[fault]
    inject(monkeypatch, change)
    session = open_session(tower)
    assert session.runtime == "inference"
    told = [sentence for sentence in notices if "instead" in sentence]
    assert len(told) == 1
    assert reason in told[0]


def test_an_engine_asked_for_by_name_is_not_replaced(
    tower: Tower, monkeypatch: pytest.MonkeyPatch
) -> None:
    inject(monkeypatch, np.ones_like)
    with pytest.raises(RuntimeFailed, match="openvino"):
        open_session(tower, "openvino")


def test_an_engine_that_cannot_start_is_replaced(
    tower: Tower, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Any, tower: Tower, precision: str) -> Any:
        raise RuntimeFailed("x", tower.name, "no")

    monkeypatch.setattr(OpenVinoRuntime, "open", refuse)
    monkeypatch.setattr(InferenceRuntime, "open", refuse)
    assert open_session(tower).runtime == "dynamic"


def test_probes_run_once_and_again_after_a_change(
    tower: Tower, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_session(tower, "openvino")
    session = OpenVinoRuntime().open(tower, "float32")
    inject(monkeypatch, np.ones_like)
    check(session, tower, OpenVinoRuntime().version())  # passed before, so not asked again
    with pytest.raises(RuntimeFailed):
        check(session, tower, "openvino of tomorrow")


def test_an_interrupted_export_leaves_nothing_behind(
    tower: Tower, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: Any, **kwargs: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(openvino(), "save_model", full)
        with pytest.raises(RuntimeFailed, match="No space left"):
            open_session(tower, "openvino")
    left = [path.name for path in tower.cache.glob("image-*/*")]
    assert not [name for name in left if name.startswith(("partial", "openvino"))]
    assert open_session(tower, "openvino").runtime == "openvino"


def test_an_export_that_memory_does_not_allow_is_not_begun(
    tower: Tower, notices: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pd_clip.runtimes.exported.available_memory", lambda: 1000)
    assert open_session(tower).runtime == "inference"
    assert [sentence for sentence in notices if "memory" in sentence and "instead" in sentence]


def test_what_a_killed_export_left_is_cleared_away(tower: Tower) -> None:
    open_session(tower, "dynamic", "float32")
    folder = ExportedTower(tower).folder
    (folder / "partial").mkdir(parents=True)
    (folder / "partial" / "half.bin").write_bytes(b"half")
    assert open_session(tower, "openvino").runtime == "openvino"
    assert not list(folder.glob("*partial*"))
    assert not list(folder.rglob("half.bin"))


def test_an_engine_nobody_knows(tower: Tower) -> None:
    with pytest.raises(RuntimeUnavailable):
        open_session(tower, "abacus")

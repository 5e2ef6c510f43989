"""One suite for every engine, on the tiny published checkpoint."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from pd_clip.compact import encoder as compact
from pd_clip.encoder import load_encoder
from pd_clip.jina_encoder import JinaEncoder, JinaOptions, image_tower, text_inputs, text_tower
from pd_clip.runtimes import RUNTIMES, Session, open_session, openvino
from pd_clip.runtimes.inference import configuration
from pd_clip.word_table import WordTable

TINY = Path(__file__).parents[1] / "alignment" / "data" / "jina_clip_tiny"
BUNDLED = Path(compact.__file__).parents[1] / "bundled"
TOLERANCE = {"float32": 5e-6, "bfloat16": 0.15}

ENGINES = [(name, "float32") for name in RUNTIMES] + [
    ("openvino", "bfloat16"),
    ("inference", "bfloat16"),
]


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("exported")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SEARCHAPP_CACHE", str(folder))
        yield folder


@pytest.fixture(scope="module")
def encoder(cache: Path) -> JinaEncoder:
    return JinaEncoder("tiny", TINY, JinaOptions("auto", "auto", None, None, lambda text: None))


@pytest.fixture(scope="module")
def expected() -> Mapping[str, NDArray[Any]]:
    with np.load(TINY / "expected.npz") as archive:
        return {name: archive[name] for name in archive.files}


@pytest.fixture(scope="module", params=ENGINES, ids="-".join)
def sessions(request: pytest.FixtureRequest, encoder: JinaEncoder) -> tuple[Session, Session]:
    runtime, precision = request.param
    return (
        open_session(image_tower(encoder), runtime, precision),
        open_session(text_tower(encoder), runtime, precision),
    )


def text_features(
    session: Session, encoder: JinaEncoder, token_ids: NDArray[np.int64]
) -> NDArray[np.float32]:
    words = WordTable(encoder.checkpoint)
    return session(*text_inputs(token_ids, words, encoder.config))


def close(session: Session, found: NDArray[Any], wanted: NDArray[Any]) -> None:
    np.testing.assert_allclose(found, wanted, rtol=0, atol=TOLERANCE[session.precision])
    lengths = np.linalg.norm(found, axis=1) * np.linalg.norm(wanted, axis=1)
    lowest = 0.999 if session.precision == "bfloat16" else 0.9999999
    assert ((found * wanted).sum(axis=1) / lengths).min() >= lowest


def test_pictures_match_the_reference(
    sessions: tuple[Session, Session], expected: Mapping[str, NDArray[Any]]
) -> None:
    image, _ = sessions
    close(image, image(expected["pixel_values"]), expected["image_features"])


def test_a_batch_of_eight_equals_eight_of_one(
    sessions: tuple[Session, Session], expected: Mapping[str, NDArray[Any]]
) -> None:
    image, _ = sessions
    close(
        image,
        image(np.tile(expected["pixel_values"], (4, 1, 1, 1))),
        np.tile(expected["image_features"], (4, 1)),
    )


def test_texts_of_mixed_lengths_match_the_reference(
    sessions: tuple[Session, Session], encoder: JinaEncoder, expected: Mapping[str, NDArray[Any]]
) -> None:
    _, text = sessions
    ids, wanted = expected["input_ids"], expected["text_features"]
    close(text, text_features(text, encoder, ids), wanted)
    for row, features in zip(ids, wanted, strict=True):
        alone = text_features(text, encoder, row[row != 1][None])
        close(text, alone, features[None])
    many = np.concatenate([np.tile(ids, (3, 1))[:8], np.ones((8, 59), np.int64)], axis=1)
    close(text, text_features(text, encoder, many), np.tile(wanted, (3, 1))[:8])


@pytest.mark.parametrize("length", [1, 2, 511, 512])
def test_any_length(sessions: tuple[Session, Session], encoder: JinaEncoder, length: int) -> None:
    _, text = sessions
    ids = np.random.default_rng(length).integers(3, 259, (1, length))
    exact = open_session(text_tower(encoder), "dynamic", "float32")
    close(text, text_features(text, encoder, ids), text_features(exact, encoder, ids))


def test_output_is_float32_and_its_own(
    sessions: tuple[Session, Session], expected: Mapping[str, NDArray[Any]]
) -> None:
    image, _ = sessions
    first = image(expected["pixel_values"])
    kept = first.copy()
    image(expected["pixel_values"] * 0.5)
    assert first.dtype == np.float32
    np.testing.assert_array_equal(first, kept)


def test_an_exported_program_needs_no_paddle_and_reports_to_nobody(
    sessions: tuple[Session, Session], cache: Path
) -> None:
    program = f"""
import socket, sys
def refuse(*args, **kwargs):
    raise AssertionError("a socket was opened")
socket.socket.connect = refuse
socket.getaddrinfo = refuse
import numpy, pd_clip
from pd_clip.encoder import load_encoder
from pd_clip.jina_encoder import text_tower
encoder = pd_clip.load_encoder({str(TINY)!r}, runtime="openvino", precision="float32")
encoder.encode_images(numpy.zeros((1, 62, 62, 3), numpy.uint8))
loaded = {{"paddle", "paddle2onnx", "torch"}} & set(sys.modules)
assert not loaded, loaded
assert sys.modules["openvino_telemetry"] is None
"""
    open_session(_image_tower(cache), "openvino", "float32")
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


def _image_tower(cache: Path) -> Any:
    return image_tower(
        JinaEncoder("tiny", TINY, JinaOptions("auto", "auto", None, None, lambda text: None))
    )


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_the_bundled_model_passes_its_probes_in_every_engine(cache: Path, runtime: str) -> None:
    told: list[str] = []
    encoder = load_encoder("bundled", runtime=runtime, notice=told.append)
    size = encoder.image_size
    vectors = encoder.encode_images(np.zeros((1, size, size, 3), np.uint8))
    assert np.isfinite(vectors).all() and np.isfinite(encoder.encode_texts(["a cat"])).all()
    assert not [sentence for sentence in told if "is used instead" in sentence]


@pytest.mark.parametrize(("faster", "image"), [(True, "bfloat16"), (False, "float32")])
def test_pictures_take_the_precision_that_is_faster_here(
    monkeypatch: pytest.MonkeyPatch,
    encoder: JinaEncoder,
    tmp_path: Path,
    faster: bool,
    image: str,
) -> None:
    engine = RUNTIMES["openvino"]
    monkeypatch.setattr("pd_clip.runtimes.openvino.has_bfloat16", lambda: True)
    monkeypatch.setattr("pd_clip.runtimes.openvino.bfloat16_is_faster", lambda product: faster)
    towers = [
        replace(make(encoder), sixteen_bit=True, cache=tmp_path)
        for make in (image_tower, text_tower)
    ]
    assert [engine.precisions(tower)[0] for tower in towers] == [image, "bfloat16"]
    monkeypatch.setattr("pd_clip.runtimes.openvino.has_bfloat16", lambda: False)
    assert {engine.precisions(tower) for tower in towers} == {("float32",)}


@pytest.mark.parametrize(("faster", "text"), [(True, "bfloat16"), (False, "float32")])
def test_texts_of_the_bundled_model_take_the_precision_that_is_faster_here(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, faster: bool, text: str
) -> None:
    engine, encoder = RUNTIMES["openvino"], compact.load(BUNDLED)
    tower = replace(compact.text_tower(encoder), cache=tmp_path)
    timings = iter([faster])
    monkeypatch.setattr("pd_clip.runtimes.openvino.has_bfloat16", lambda: True)
    monkeypatch.setattr("pd_clip.runtimes.openvino.bfloat16_is_faster", lambda _: next(timings))
    assert engine.precisions(tower)[0] == text
    assert engine.precisions(tower)[0] == text  # timed once on a machine
    assert engine.precisions(compact.image_tower(encoder)) == ("float32",)


def test_a_cache_that_cannot_be_written_does_not_change_the_precision(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    tower = replace(compact.text_tower(compact.load(BUNDLED)), cache=tmp_path / "file")
    monkeypatch.setattr("pd_clip.runtimes.openvino.has_bfloat16", lambda: True)
    monkeypatch.setattr("pd_clip.runtimes.openvino.bfloat16_is_faster", lambda _: True)
    assert RUNTIMES["openvino"].precisions(tower)[0] == "bfloat16"


@pytest.mark.parametrize(("slow", "faster"), [("f32", True), ("bf16", False)])
def test_the_faster_precision_is_found_by_timing(
    monkeypatch: pytest.MonkeyPatch, slow: str, faster: bool
) -> None:
    clock = 0.0

    class Compiled:
        def __init__(self, hint: str) -> None:
            self._cost = 2.0 if hint == slow else 1.0

        def create_infer_request(self) -> "Compiled":
            return self

        def infer(self, given: object) -> None:
            nonlocal clock
            clock += self._cost

    def compile_model(model: object, device: str, settings: Mapping[str, str]) -> Compiled:
        return Compiled(settings["INFERENCE_PRECISION_HINT"])

    core = SimpleNamespace(compile_model=compile_model)
    real = openvino.openvino()
    stand_in = SimpleNamespace(opset13=real.opset13, Model=real.Model, Core=lambda: core)
    monkeypatch.setattr(openvino, "openvino", lambda: stand_in)
    monkeypatch.setattr(openvino, "process_time", lambda: clock)
    assert openvino.bfloat16_is_faster.__wrapped__((4, 8, 16)) is faster


def test_paddle_inference_uses_every_core(tmp_path: Path) -> None:
    """Its own default is one thread: half the pictures a second on two cores, and less on more."""
    for ending in ("json", "pdiparams"):
        (tmp_path / f"tower.{ending}").touch()
    config = configuration(str(tmp_path / "tower"), "float32")
    assert config.cpu_math_library_num_threads() == os.cpu_count()

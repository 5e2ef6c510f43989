"""`searchapp model pull`, `verify`, `convert` and `info` as a person uses them, against a hub."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.e2e.conftest import Ended, run_searchapp
from tests.pd_clip.conftest import TINY, byte_tokenizer
from tests.pd_clip.hub_server import Hub, served

FILES = ("config.json", "preprocessor_config.json", "model.safetensors", "tokenizer.json")
Run = Callable[..., Ended]


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    folder = tmp_path_factory.mktemp("published") / "tiny"
    shutil.copytree(TINY, folder)
    byte_tokenizer().save(str(folder / "tokenizer.json"))
    with served(folder, *FILES) as hub:
        yield hub


@pytest.fixture(scope="module")
def run(hub: Hub, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The command with a folder for models of its own and the hub of this machine."""
    folder = tmp_path_factory.mktemp("machine")

    def run(*arguments: str, models: Path = folder / "models") -> Ended:
        return run_searchapp(
            *arguments,
            library=folder / "library",
            SEARCHAPP_MODELS=str(models),
            SEARCHAPP_CACHE="",
            HF_ENDPOINT=hub.endpoint,
        )

    return run


@pytest.fixture(scope="module")
def pulled(run: Run) -> Path:
    """The folder of a model that was pulled."""
    ended = run("model", "pull", "jina-clip-v2", "--yes", "--json")
    assert ended.code == 0, ended.stderr
    assert "CC BY-NC 4.0" in ended.stderr
    document = ended.document
    assert {engine["tower"] for engine in document["engines"]} == {"image", "text"}
    return Path(document["pulled"]["path"])


def test_a_pulled_model_is_there_and_whole(run: Run, pulled: Path) -> None:
    listed = run("model", "list", "--json").document["models"]
    assert [entry["present"] for entry in listed if entry["name"] == "jina-clip-v2"] == [True]
    verified = run("model", "verify", "jina-clip-v2", "--json")
    assert verified.code == 0, verified.stdout
    names = {check["name"] for check in verified.document["checks"]}
    assert {"image probes, openvino float32", "text probes, inference float32"} <= names
    # What was exported beside the weights is not part of the checkpoint.
    assert run("model", "info", str(pulled)).code == 0


def test_a_second_pull_says_so(run: Run, pulled: Path) -> None:
    ended = run("model", "pull", "jina-clip-v2", "--no-prepare")
    assert ended.code == 0
    assert "here already" in ended.stdout


def test_without_an_answer_nothing_is_downloaded(run: Run, hub: Hub, tmp_path: Path) -> None:
    hub.requests.clear()
    ended = run("model", "pull", "jina-clip-v2", models=tmp_path)
    assert ended.code == 1
    assert "CC BY-NC 4.0" in ended.stderr
    assert "--yes" in ended.stderr
    assert hub.requests == []


@pytest.mark.parametrize(
    ("status", "words"), [(401, "HF_TOKEN"), (404, "does not"), (429, "later")]
)
def test_each_refusal_is_one_sentence(
    run: Run, hub: Hub, tmp_path: Path, status: int, words: str
) -> None:
    hub.faults.status = status
    try:
        ended = run("model", "pull", "jina-clip-v2", "--yes", "--json", models=tmp_path)
    finally:
        hub.faults.status = None
    assert ended.code == 1
    assert words in ended.document["error"]["message"]
    assert "Traceback" not in ended.stderr


def test_recorded_outputs(run: Run, pulled: Path) -> None:
    ended = run("model", "verify", str(pulled), "--reference", str(TINY / "expected.npz"), "--json")
    assert ended.code == 0, ended.stdout
    assert len(ended.document["checks"]) == 7
    assert set(ended.document["checks"][0]) == {
        "name",
        "max_abs_diff",
        "min_cosine",
        "tolerance",
        "ok",
    }


def test_a_value_moved_by_a_hundredth_fails(run: Run, pulled: Path, tmp_path: Path) -> None:
    with np.load(TINY / "expected.npz") as archive:
        arrays = {name: archive[name] for name in archive.files}
    arrays["text_features"][0, 3] += 1e-2
    np.savez(tmp_path / "moved.npz", **arrays)
    moved = str(tmp_path / "moved.npz")
    ended = run("model", "verify", str(pulled), "--reference", moved, "--json")
    assert ended.code == 1
    assert [c["name"] for c in ended.document["checks"] if not c["ok"]] == ["text_features"]


def test_a_reference_that_cannot_be_compared_with(run: Run, pulled: Path, tmp_path: Path) -> None:
    (tmp_path / "no.npz").write_bytes(b"nothing")
    ended = run("model", "verify", str(pulled), "--reference", str(tmp_path / "no.npz"))
    assert ended.code == 2
    assert len(ended.stderr.strip().splitlines()) == 1


def test_the_cost_of_each_picture_size(run: Run, pulled: Path) -> None:
    document = run("model", "sizes", "jina-clip-v2", "--no-measure", "--json").document
    assert [size["pixels"] for size in document["sizes"]] == [62, 224, 336, 512]
    assert run("model", "sizes", "bundled").code == 1


def test_stage_by_stage(run: Run, pulled: Path) -> None:
    stages = ("--reference", str(TINY.parent / "jina_clip_stages.npz"), "--layers")
    ended = run("model", "verify", str(pulled), *stages)
    assert ended.code == 0, ended.stderr
    assert "text.layers.2" in ended.stdout
    assert "Warning" not in ended.stderr
    assert run("model", "verify", str(pulled), "--layers").code == 2


def test_a_damaged_file_is_named_and_pulled_again(run: Run, pulled: Path) -> None:
    weights = pulled / "model.safetensors"
    content = bytearray(weights.read_bytes())
    content[-7] ^= 64
    weights.unlink()
    weights.write_bytes(content)
    ended = run("model", "verify", str(pulled), "--json")
    assert ended.code == 1
    assert ended.document["problems"] == ["model.safetensors is not what was downloaded"]
    assert run("model", "pull", "jina-clip-v2", "--yes", "--no-prepare").code == 0
    assert run("model", "info", str(pulled)).code == 0


def test_a_converted_copy_answers_alike(run: Run, pulled: Path, tmp_path: Path) -> None:
    copy = tmp_path / "converted"
    assert run("model", "convert", str(pulled), str(copy)).code == 0
    exported = [path.name for path in (copy / "exported").glob("*/openvino-*")]
    assert exported, "no program was exported beside the copy"
    ended = run("model", "verify", str(copy), "--reference", str(TINY / "expected.npz"), "--json")
    assert ended.code == 0, ended.stdout
    assert json.loads((copy / "conversion.json").read_text())["layout"] == "paddle"

"""A download ends in a whole model or in one fact, whatever the line and the hub do."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pd_clip.config import JinaClipConfig
from pd_clip.errors import (
    CheckpointMismatch,
    DownloadDamaged,
    DownloadTooLarge,
    HubBusy,
    HubLacksModel,
    HubRefused,
    HubUnreachable,
    LicenceNotAccepted,
    NotDownloadable,
    PullFailed,
)
from pd_clip.pull import Pulled, PullRequest, damaged, pull
from pd_clip.registry import KnownModel, find_model, known_model
from tests.pd_clip.hub_server import COMMIT, Hub, served

JINA = known_model("jina-clip-v2")
FILES = ("config.json", "preprocessor_config.json", "model.safetensors", "tokenizer.json")


@pytest.fixture
def hub(tiny_with_tokenizer: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    # The library waits between two tries, and keeps 10 MB at a time of what arrives.
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    monkeypatch.setattr("huggingface_hub.constants.DOWNLOAD_CHUNK_SIZE", 50_000)
    with served(tiny_with_tokenizer, *FILES) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.endpoint)
        yield hub


@pytest.fixture
def models(tmp_path: Path) -> Path:
    return tmp_path / "models"


def bring(models: Path, **changes: Any) -> Pulled:
    return pull(PullRequest(JINA, models, **changes), accept=lambda model: True)


def is_whole(folder: Path, hub: Hub) -> bool:
    return all((folder / name).read_bytes() == content for name, content in hub.files.items())


def test_a_whole_model_arrives_at_the_pinned_commit(hub: Hub, models: Path) -> None:
    shown: list[tuple[int, int]] = []
    pulled = pull(
        PullRequest(JINA, models),
        accept=lambda model: True,
        show=lambda done, total: shown.append((done, total)),
    )
    total = sum(map(len, hub.files.values()))
    assert pulled.path == models / "jina-clip-v2"
    assert is_whole(pulled.path, hub)
    assert pulled.revision == COMMIT == JINA.revision
    assert pulled.downloaded_bytes == total
    assert shown[-1] == (total, total)
    assert [done for done, _ in shown] == sorted(done for done, _ in shown)
    assert sorted(path.name for path in models.iterdir() if path.is_dir()) == ["jina-clip-v2"]
    assert find_model("jina-clip-v2", models) == pulled.path


def test_a_second_pull_asks_nobody(hub: Hub, models: Path) -> None:
    first = bring(models)
    hub.requests.clear()
    again = pull(PullRequest(JINA, models), accept=lambda model: False)
    assert hub.requests == []
    assert (again.path, again.files, again.downloaded_bytes) == (first.path, first.files, 0)


def test_a_line_that_breaks_is_taken_up_again(hub: Hub, models: Path) -> None:
    hub.faults.cut = 2
    assert is_whole(bring(models).path, hub)
    assert hub.ranges("model.safetensors") == [None, "bytes=100000-", "bytes=200000-"]


def test_another_process_goes_on_where_one_was_stopped(hub: Hub, models: Path) -> None:
    def stop(done: int, total: int) -> None:
        if done > 100_000:
            raise KeyboardInterrupt

    hub.faults.cut, hub.faults.cut_after = 1, 120_000
    with pytest.raises(KeyboardInterrupt):
        pull(PullRequest(JINA, models), accept=lambda model: True, show=stop)
    assert find_model("jina-clip-v2", models) is None
    hub.requests.clear()
    assert is_whole(bring(models).path, hub)
    (asked,) = hub.ranges("model.safetensors")
    assert asked is not None
    assert int(asked[6:-1]) > 0


def test_a_line_that_never_holds_keeps_what_arrived(hub: Hub, models: Path) -> None:
    hub.faults.cut, hub.faults.cut_after = 1000, 0
    with pytest.raises(HubUnreachable):
        bring(models)
    hub.faults.cut = 0
    hub.requests.clear()
    assert is_whole(bring(models).path, hub)
    assert hub.ranges("config.json") == []


def test_a_mirror_that_knows_no_ranges(hub: Hub, models: Path) -> None:
    hub.faults.cut, hub.faults.ignores_ranges = 1, True
    assert is_whole(bring(models).path, hub)


def test_a_wrong_byte_is_found_and_not_kept(hub: Hub, models: Path) -> None:
    hub.faults.wrong_byte = True
    with pytest.raises(DownloadDamaged, match=r"model\.safetensors"):
        bring(models)
    assert find_model("jina-clip-v2", models) is None
    assert not list(models.rglob("model.safetensors*"))
    hub.faults.wrong_byte = False
    assert is_whole(bring(models).path, hub)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, HubRefused),
        (403, HubRefused),
        (404, HubLacksModel),
        (429, HubBusy),
        (500, HubUnreachable),
    ],
)
@pytest.mark.parametrize("of_files", [False, True], ids=["listing", "file"])
def test_each_answer_of_the_hub_is_a_fact_of_its_own(
    hub: Hub, models: Path, status: int, kind: type[Exception], of_files: bool
) -> None:
    if of_files:
        hub.faults.status_of_files = status
    else:
        hub.faults.status = status
    with pytest.raises(PullFailed) as caught:
        bring(models)
    assert type(caught.value) is kind
    assert str(status) in str(caught.value)
    assert find_model("jina-clip-v2", models) is None


def test_nobody_listens(models: Path) -> None:
    with pytest.raises(HubUnreachable):
        bring(models, endpoint="http://127.0.0.1:9")


def test_the_token_goes_to_the_hub(hub: Hub, models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    bring(models)
    assert {authorization for _, _, authorization in hub.requests} == {"Bearer hf_secret"}


def test_the_licence_comes_first(hub: Hub, models: Path) -> None:
    asked: list[KnownModel] = []

    def refuse(model: KnownModel) -> bool:
        asked.append(model)
        return False

    with pytest.raises(LicenceNotAccepted, match="CC BY-NC"):
        pull(PullRequest(JINA, models), accept=refuse)
    assert asked == [JINA]
    assert hub.requests == []
    assert not models.exists()


def test_room_on_the_disk_is_looked_at_first(
    hub: Hub, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = type("Usage", (), {"free": 1_000_000})
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    with pytest.raises(DownloadTooLarge) as caught:
        bring(models)
    assert caught.value.free_mb == 1
    assert caught.value.needed_mb > 1
    assert hub.ranges("model.safetensors") == []


def test_a_folder_that_cannot_be_written(hub: Hub, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(PullFailed, match="file"):
        bring(tmp_path / "file" / "models")


def test_two_pulls_at_once(hub: Hub, models: Path) -> None:
    with pytest.raises(PullFailed, match="under way"):
        pull(PullRequest(JINA, models), accept=lambda model: True, show=lambda *_: bring(models))


def test_a_damaged_model_is_mended_and_the_rest_kept(hub: Hub, models: Path) -> None:
    folder = bring(models).path
    weights = bytearray((folder / "model.safetensors").read_bytes())
    weights[5000] ^= 1
    (folder / "model.safetensors").write_bytes(weights)
    (folder / "tokenizer.json").unlink()
    assert damaged(folder) == ("tokenizer.json", "model.safetensors")
    hub.requests.clear()
    assert is_whole(bring(models).path, hub)
    assert damaged(folder) == ()
    assert hub.ranges("config.json") == []


def test_weights_of_another_model_are_never_put_in_place(hub: Hub, models: Path) -> None:
    config = json.loads(hub.files["config.json"])
    config["vision_config"]["layers"] += 1
    hub.files["config.json"] = json.dumps(config).encode()
    with pytest.raises(CheckpointMismatch):
        bring(models)
    assert find_model("jina-clip-v2", models) is None


def test_only_pickled_weights(hub: Hub, models: Path) -> None:
    hub.files["pytorch_model.bin"] = hub.files.pop("model.safetensors")
    with pytest.raises(NotDownloadable, match="safetensors"):
        bring(models)


def test_a_revision_the_hub_does_not_have(hub: Hub, models: Path) -> None:
    with pytest.raises(HubLacksModel):
        bring(models, revision="v9")


def test_the_bundled_model_and_a_converted_copy_are_not_downloaded(hub: Hub, models: Path) -> None:
    with pytest.raises(NotDownloadable):
        pull(PullRequest(known_model("bundled"), models), accept=lambda model: True)
    (models / "jina-clip-v2").mkdir(parents=True)
    (models / "jina-clip-v2" / "conversion.json").write_text('{"layout": "paddle"}')
    with pytest.raises(NotDownloadable, match="converted"):
        bring(models)
    assert hub.requests == []


def test_what_was_pulled_is_read_as_published(hub: Hub, models: Path) -> None:
    assert JinaClipConfig.from_folder(bring(models).path).layout == "torch"

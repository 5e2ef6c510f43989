"""`searchapp caption` as a person uses it: captions brought, found, written, given away."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.captioner.conftest import mono_folder  # noqa: F401 - a fixture
from tests.e2e.conftest import SAMPLES, Ended

Run = Callable[..., Ended]
PICTURES = ("animals/cheetah.jpg", "animals/dog.jpg", "animals/red-panda.jpg")


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Three sample pictures and a file with one caption each."""
    folder = tmp_path / "photos"
    folder.mkdir()
    present = [name for name in PICTURES if (SAMPLES / name).is_file()]
    lines = []
    for number, name in enumerate(present):
        shutil.copy(SAMPLES / name, folder)
        said = {"en": [f"Zyzzyva number {number}"]}
        lines.append(json.dumps({"image": Path(name).name, "captions": said}))
    (folder / "captions.jsonl").write_text("\n".join(lines), encoding="utf-8")
    assert len(present) >= 2
    return folder


def test_captions_from_a_file_to_a_search_and_out_again(searchapp: Run, photos: Path) -> None:
    count = len(list(photos.glob("*.jpg")))
    before = {path.name: path.read_bytes() for path in photos.glob("*.jpg")}
    assert searchapp("index", str(photos)).code == 0
    brought = searchapp("caption", "--import", str(photos / "captions.jsonl"), "--json")
    assert brought.document["captioned"] == count
    again = searchapp("caption", "--import", str(photos / "captions.jsonl"), "--json")
    assert again.document["captioned"] == 0

    found = searchapp("search", "zyzzyva 1", "--json").document["hits"][0]
    assert found["caption"] == "Zyzzyva number 1"
    assert "caption" in found["matched_by"]

    vectors = searchapp("caption", "--vectors", "--json")
    assert (vectors.document["encoded"], vectors.document["unchanged"]) == (count, 0)
    assert searchapp("caption", "--vectors", "--json").document["unchanged"] == count
    assert searchapp("search", "zyzzyva", "--json").code == 0
    models = searchapp("status", "--json").document["models"]
    assert [model["state"] for model in models] == ["active"]

    assert searchapp("caption", "--export-xmp", "--json").document["captioned"] == count
    assert "Zyzzyva" in (photos / "dog.jpg.xmp").read_text(encoding="utf-8")
    assert {path.name: path.read_bytes() for path in photos.glob("*.jpg")} == before
    assert searchapp("verify", "--json").code == 0


def test_a_captioner_describes_what_nobody_described(
    searchapp: Run,
    photos: Path,
    mono_folder: Path,  # noqa: F811
) -> None:
    count = len(list(photos.glob("*.jpg")))
    searchapp("index", str(photos))
    command = ("caption", "--captioner", str(mono_folder), "--prompt", "What?", "--json")
    first = searchapp(*command, "--limit", "1")
    assert (first.code, first.document["captioned"] + first.document["failed"]) == (0, 1)
    rest = searchapp(*command, "--int4")
    assert (
        rest.document["captioned"] + rest.document["failed"] == count - first.document["captioned"]
    )

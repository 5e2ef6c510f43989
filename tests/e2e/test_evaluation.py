"""`searchapp eval` as a person runs it: the bundled model on a few of the sample pictures."""

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.conftest import COMMAND, PROJECT, SAMPLES, Ended

Run = Callable[..., Ended]
PICTURES = ("animals/bee.jpg", "animals/cow.jpg", "animals/duck.jpg", "animals/goat.jpg")
LANGUAGES = ("de", "en")


@pytest.fixture
def captions(tmp_path: Path) -> Path:
    """Four sample pictures with their captions in two languages."""
    lines = []
    for line in (SAMPLES / "captions.jsonl").read_text("utf-8").splitlines():
        entry = json.loads(line)
        if entry["image"] in PICTURES:
            shutil.copy(SAMPLES / entry["image"], tmp_path)
            told = {code: entry["captions"][code] for code in LANGUAGES}
            lines.append(json.dumps({"image": Path(entry["image"]).name, "captions": told}))
    path = tmp_path / "captions.jsonl"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def test_a_report_a_document_and_an_interrupted_run(
    captions: Path, searchapp: Run, tmp_path: Path
) -> None:
    cache = {"XDG_CACHE_HOME": str(tmp_path / "cache"), "SEARCHAPP_MODEL": "bundled"}
    started = subprocess.Popen(
        [str(COMMAND), "eval", str(captions)],
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=PROJECT,
        env={**os.environ, **cache, "SEARCHAPP_LIBRARY": str(tmp_path / "library")},
    )
    assert started.stderr is not None
    for line in started.stderr:
        if line.startswith("reading pictures"):
            started.send_signal(signal.SIGINT)
            break
    printed, said = started.communicate(timeout=120)
    assert started.returncode == 1
    assert "The same command goes on" in said and "Traceback" not in said
    assert printed == ""

    report = tmp_path / "report"
    ended = searchapp("eval", str(captions), "--json", "--report", str(report), **cache)
    assert ended.code == 0, ended.stderr
    document = ended.document
    assert document["provenance"]["pictures"] == len(PICTURES)
    assert {row["language"] for row in document["rows"]} == set(LANGUAGES)
    assert json.loads((report / "results.json").read_text("utf-8"))["rows"] == document["rows"]
    assert "report.html" in ended.stderr

    again = searchapp("eval", str(captions), "--tolerate", "50%", **cache)
    assert again.code == 0, again.stderr
    assert "numbers look enough" in again.stdout
    assert "To switch: searchapp index --dim" in again.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("nothing.jsonl",), 1, "nothing.jsonl cannot be read as captions"),
        (("--preset", "coco"), 2, "needs its captions"),
        (("--queries", "nowhere.txt"), 2, "does not exist"),
        (("nothing.jsonl", "--tolerate", "much"), 2, "not a share"),
    ],
)
def test_mistakes_are_one_sentence(
    searchapp: Run, arguments: tuple[str, ...], code: int, words: str
) -> None:
    ended = searchapp("eval", *arguments, COLUMNS="200")
    assert (ended.code, ended.stdout) == (code, "")
    assert words in " ".join(ended.stderr.split())
    assert "Traceback" not in ended.stderr

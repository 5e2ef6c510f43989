"""A captioner in its own process: a crash costs one picture, an idle process goes away."""

import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from captioner import registry
from captioner.errors import (
    CaptionerCrashed,
    CaptionerMissing,
    CaptionerNotStarted,
    CaptionerUnknown,
    CaptionFailed,
)
from captioner.options import GenerationOptions
from captioner.process import CaptionerProcess

SHORT = GenerationOptions(max_new_tokens=4)
PROMPT = "Describe."


@pytest.fixture
def captioner(mono_folder: Path) -> Iterator[CaptionerProcess]:
    entry, folder = registry.find(str(mono_folder), mono_folder.parent)
    process = CaptionerProcess(entry, folder)
    yield process
    process.close()


def wait_until(true: Callable[[], bool]) -> None:
    """Waits for something another process or thread does."""
    deadline = time.monotonic() + 20
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_another_process_says_what_this_one_would(
    captioner: CaptionerProcess, mono_folder: Path, pictures: Sequence[Image.Image]
) -> None:
    assert captioner.process_id is None
    here = registry.load(mono_folder).caption(pictures, PROMPT, SHORT)
    assert captioner.caption(pictures, PROMPT, SHORT) == here
    assert captioner.process_id not in (None, os.getpid())


def test_a_crash_costs_one_picture(
    captioner: CaptionerProcess, pictures: Sequence[Image.Image]
) -> None:
    (before,) = captioner.caption(pictures[:1], PROMPT, SHORT)
    first = captioner.process_id
    assert first is not None

    class KillsTheProcess(Image.Image):
        """Sees to it that the process ends after it was found running."""

        def convert(self, *_: object, **__: object) -> Image.Image:
            os.kill(first, signal.SIGKILL)
            return pictures[0]

    with pytest.raises(CaptionerCrashed) as caught:
        captioner.caption([KillsTheProcess()], PROMPT, SHORT)
    assert "-9" in caught.value.detail
    assert captioner.caption(pictures[:1], PROMPT, SHORT) == [before]
    assert captioner.process_id != first


def test_ctrl_c_reaches_the_program_only(
    captioner: CaptionerProcess, pictures: Sequence[Image.Image]
) -> None:
    """The terminal signals a whole session; the picture in hand must be finished."""
    captioner.caption(pictures[:1], PROMPT, SHORT)
    assert captioner.process_id is not None
    assert os.getsid(captioner.process_id) != os.getsid(0)


def test_a_picture_that_fails_leaves_the_process_running(
    captioner: CaptionerProcess, pictures: Sequence[Image.Image]
) -> None:
    captioner.caption(pictures[:1], PROMPT, SHORT)
    process = captioner.process_id
    with pytest.raises(CaptionFailed) as caught:
        captioner.caption(pictures[:1], "x" * 600, SHORT)
    assert "PromptTooLong" in caught.value.detail
    captioner.caption(pictures[:1], PROMPT, SHORT)
    assert captioner.process_id == process


def test_an_idle_process_ends_and_comes_back(
    mono_folder: Path, pictures: Sequence[Image.Image]
) -> None:
    entry, folder = registry.find(str(mono_folder), mono_folder.parent)
    captioner = CaptionerProcess(entry, folder, idle_seconds=0.05)
    try:
        captioner.caption(pictures[:1], PROMPT, SHORT)
        wait_until(lambda: captioner.process_id is None)
        assert captioner.caption(pictures[:1], PROMPT, SHORT)
    finally:
        captioner.close()


def test_a_checkpoint_that_does_not_load_says_why(
    mono_folder: Path, tmp_path: Path, pictures: Sequence[Image.Image]
) -> None:
    entry, _ = registry.find(str(mono_folder), mono_folder.parent)
    (tmp_path / "config.json").write_text('{"model_type": "internvl_chat"}')
    captioner = CaptionerProcess(entry, tmp_path)
    with pytest.raises(CaptionerNotStarted) as caught:
        captioner.caption(pictures[:1], PROMPT, SHORT)
    assert "TokenizerMissing" in caught.value.detail


def test_weights_that_are_not_here_are_described(tmp_path: Path) -> None:
    with pytest.raises(CaptionerMissing) as caught:
        registry.find("minicpm-v-2.6", tmp_path)
    assert (caught.value.size_gb, caught.value.licence) == (16.2, "MiniCPM Model License")


def test_an_unknown_captioner_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CaptionerUnknown):
        registry.find("blip", tmp_path)


def test_auto_takes_what_is_here(mono_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "mono-internvl-2b").symlink_to(mono_folder)
    entry, folder = registry.find("auto", tmp_path)
    assert (entry.name, folder) == ("mono-internvl-2b", tmp_path / "mono-internvl-2b")


def test_the_environment_can_be_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(registry.PYTHON_VARIABLE, "/opt/caption/bin/python")
    minicpm, mono = registry.CAPTIONERS
    assert registry.interpreter(minicpm) == "/opt/caption/bin/python"
    assert registry.interpreter(mono) != "/opt/caption/bin/python"
    assert registry.interpreter(replace(mono, own_environment=True)) == "/opt/caption/bin/python"

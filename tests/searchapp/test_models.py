"""What the service tells of a model's engines reaches the person who runs the command."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pd_clip.runtimes.openvino import OpenVinoSession
from searchapp.service import SearchService
from searchapp.settings import Settings
from tests.pd_clip.conftest import TINY


def test_an_engine_that_answers_wrongly_is_replaced_and_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEARCHAPP_CACHE", str(tmp_path / "cache"))
    said: list[str] = []

    def same(self: OpenVinoSession, *inputs: Any) -> Any:
        return np.ones((len(inputs[0]), 64), np.float32)

    monkeypatch.setattr(OpenVinoSession, "__call__", same)
    service = SearchService(Settings(library=tmp_path / "library"), said.append)
    encoder = service.encoder(str(TINY))
    pictures = np.random.default_rng(0).integers(0, 256, (2, 62, 62, 3), np.uint8)
    one, other = encoder.encode_images(pictures)
    assert abs(float(one @ other)) < 0.99999
    told = [sentence for sentence in said if "instead" in sentence]
    assert len(told) == 1
    assert "one answer to different inputs" in told[0]

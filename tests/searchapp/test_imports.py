"""Importing a room is cheap: nothing heavy is loaded before it is needed."""

import subprocess
import sys

import pytest

HEAVY = ("paddle", "faiss", "gradio", "openvino", "torch", "uvicorn", "matplotlib")


@pytest.mark.parametrize("room", ["searchapp", "indexer", "pd_clip", "captioner", "ui"])
def test_a_room_imports_without_heavy_libraries(room: str) -> None:
    loaded = subprocess.run(
        [sys.executable, "-c", f"import {room}, sys; print(' '.join(sys.modules))"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert not [name for name in HEAVY if name in loaded]


def test_help_loads_neither_models_nor_databases() -> None:
    program = (
        "import sys; sys.argv = ['searchapp', '--help']\n"
        "from searchapp.cli.__main__ import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "print('LOADED', ' '.join(sys.modules))"
    )
    printed = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout
    loaded = printed.rsplit("LOADED", 1)[1].split()
    assert "Find a picture" in printed
    assert not [name for name in (*HEAVY, "numpy", "sqlalchemy", "fastapi") if name in loaded]

"""Choosing a folder of the computer that runs the program."""

import os
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from searchapp import folders
from searchapp.api.app import create_app
from searchapp.service import SearchService
from searchapp.settings import Settings

FOLDERS = "/api/v1/folders"


@pytest.fixture
def client(tmp_path: Path) -> TestClient:
    settings = Settings(library=tmp_path / "library")
    app = create_app(SearchService(settings), settings)
    return TestClient(app, base_url="http://127.0.0.1:7860")


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    place = tmp_path / "pictures"
    for name in ("Winter", "été", "autumn", ".hidden"):
        (place / name).mkdir(parents=True)
    for name in ("a.jpg", "b.PNG", "letter.txt", ".c.jpg"):
        (place / name).touch()
    return place


def test_folders_and_the_number_of_pictures_are_told(client: TestClient, pictures: Path) -> None:
    assert client.get(FOLDERS, params={"path": str(pictures)}).json() == {
        "path": str(pictures),
        "parent": str(pictures.parent),
        "folders": [str(pictures / name) for name in ("autumn", "Winter", "été")],
        "pictures": 2,
    }


def test_there_is_nothing_above_the_top(client: TestClient) -> None:
    assert client.get(FOLDERS, params={"path": "/"}).json()["parent"] is None


def test_it_begins_with_ones_pictures_or_at_home(
    client: TestClient, pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(pictures.parent))
    monkeypatch.setattr(folders.platformdirs, "user_pictures_dir", lambda: str(pictures))
    assert client.get(FOLDERS).json()["path"] == str(pictures)
    assert client.get(FOLDERS, params={"path": "~/pictures"}).json()["path"] == str(pictures)
    monkeypatch.setattr(folders.platformdirs, "user_pictures_dir", lambda: "/nowhere")
    assert client.get(FOLDERS).json()["path"] == str(pictures.parent)


@pytest.mark.parametrize("path", ["/nowhere", "a.jpg", "\x00", "~nobody-of-that-name"])
def test_what_is_no_folder_is_said(client: TestClient, pictures: Path, path: str) -> None:
    answer = client.get(FOLDERS, params={"path": os.path.join(pictures, path)})
    assert answer.status_code == 404
    assert answer.json()["type"] == "FolderMissing"


def test_a_folder_that_may_not_be_read_is_said(
    client: TestClient, pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(folders.os, "scandir", refused)
    answer = client.get(FOLDERS, params={"path": str(pictures)})
    assert answer.status_code == 403
    assert "Permission denied" in answer.json()["detail"]

"""What a scan meets: odd names, links, devices, rules."""

import os
import socket
from pathlib import Path

import pytest

from indexer.catalogue.stored_path import from_stored, to_stored
from indexer.scan import Scan, ScanRules
from tests.indexer.conftest import Runner, draw


def names(root: Path, under: str = "", **rules: object) -> list[str]:
    scan = Scan(str(root), ScanRules(**rules))  # type: ignore[arg-type]
    return [found.path for found in scan.files(under)]


def touch(root: Path, *paths: str) -> None:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).touch()


def test_paths_come_in_byte_order(tmp_path: Path) -> None:
    touch(tmp_path, "a/z.jpg", "a.jpg", "a-b/1.jpg", "a0.jpg", "B.jpg", "é/1.jpg", "z/é.jpg")
    found = names(tmp_path)
    assert found == sorted(found, key=lambda path: path.encode())
    assert len(found) == 7


def test_only_names_of_pictures(tmp_path: Path) -> None:
    touch(tmp_path, "a.JPG", "b.Jpeg", "c.txt", "d", "e.svg", "f.heic", "jpg")
    scan = Scan(str(tmp_path))
    assert [f.path for f in scan.files()] == ["a.JPG", "b.Jpeg", "f.heic"]
    assert scan.skipped == {"not_a_picture": 4}


def test_hidden_and_nomedia_folders_are_left_out(tmp_path: Path) -> None:
    touch(tmp_path, ".hidden/a.jpg", ".b.jpg", "private/.nomedia", "private/deep/c.jpg", "d.jpg")
    assert names(tmp_path) == ["d.jpg"]
    assert names(tmp_path, under="private/deep/") == []
    assert names(tmp_path, hidden=True) == [".b.jpg", ".hidden/a.jpg", "d.jpg"]


def test_excludes_have_gitignore_semantics(tmp_path: Path) -> None:
    touch(tmp_path, "raw/a.jpg", "x/raw/b.jpg", "keep.png", "x/c.png", "x/keep.png")
    assert names(tmp_path, excludes=("/raw/",)) == [
        "keep.png", "x/c.png", "x/keep.png", "x/raw/b.jpg",
    ]  # fmt: skip
    assert names(tmp_path, excludes=("raw/", "*.png", "!keep.png")) == ["keep.png", "x/keep.png"]


def test_ignore_files_reach_downwards_and_the_nearer_wins(tmp_path: Path) -> None:
    touch(tmp_path, "a.png", "sub/b.png", "sub/c.jpg", "sub/deep/d.png")
    (tmp_path / ".searchappignore").write_text("*.png\n")
    (tmp_path / "sub" / ".searchappignore").write_text("!b.png\n")
    assert names(tmp_path) == ["sub/b.png", "sub/c.jpg"]
    assert names(tmp_path, under="sub/deep/") == []


def test_links_are_not_followed_unless_asked_and_loops_end(tmp_path: Path) -> None:
    touch(tmp_path, "real/a.jpg")
    (tmp_path / "link.jpg").symlink_to(tmp_path / "real" / "a.jpg")
    (tmp_path / "real" / "loop").symlink_to(tmp_path)
    (tmp_path / "broken.jpg").symlink_to("nowhere")
    assert names(tmp_path) == ["real/a.jpg"]
    assert names(tmp_path, follow_symlinks=True) == ["link.jpg", "real/a.jpg"]


def test_devices_pipes_and_sockets_are_never_listed(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "socket.jpg"))
        scan = Scan(str(tmp_path))
        assert list(scan.files()) == []
    assert scan.skipped == {"special": 2}


def test_a_deep_tree_does_not_end_the_scan(tmp_path: Path) -> None:
    here = os.open(tmp_path, os.O_RDONLY)
    try:
        for _ in range(1500):
            os.mkdir("deep", dir_fd=here)
            below = os.open("deep", os.O_RDONLY, dir_fd=here)
            os.close(here)
            here = below
    finally:
        os.close(here)
    touch(tmp_path, "z.jpg")
    scan = Scan(str(tmp_path))
    assert [f.path for f in scan.files()] == ["z.jpg"]
    assert [place.detail for place in scan.unreadable] == ["File name too long"]
    os.system(f"rm -rf '{tmp_path}/deep'")


ODD = [
    b"not-utf8-\xff\xfe.png",
    b"new\nline.png",
    b"%2F//.png".replace(b"/", b"_"),
    b"\xc3\x28.png",
]


@pytest.mark.parametrize("name", [*ODD, ("ü" * 125).encode() + b".png", b" .png", b"'\";--.png"])
def test_names_of_any_bytes_are_indexed_and_found_again(
    run: Runner, photos: Path, catalogue: object, name: bytes
) -> None:
    draw(photos / "plain.png", 1)
    draw(photos / "other.png", 2).rename(os.path.join(photos, os.fsdecode(name)))
    draw(photos / os.fsdecode(b"dir\xff") / "inner.png", 3)
    assert run().indexed == 3
    assert run().unchanged == 3
    os.unlink(os.path.join(os.fsencode(photos), name))
    assert run().missing == 1


def test_stored_paths_come_back_as_they_were() -> None:
    for path in ("a/b.jpg", "ü/%41.jpg", "a\udcff/b%20.jpg", "\udc80", "/abs\udcfe/x"):
        stored = to_stored(path)
        stored.encode("utf-8")
        assert from_stored(stored) == path

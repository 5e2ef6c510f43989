"""Pictures over HTTP: only those of the catalogue, by id, with ETag and ranges."""

import os
import shutil
from pathlib import Path

import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient

from indexer.catalogue.tables import Caption, Embedding, Location, Picture
from searchapp.service import SearchService
from tests.searchapp.api.conftest import Made

FILE = "/api/v1/images/1/file"


def test_a_file_is_given_out_as_it_lies_on_disk(client: TestClient, made: Made) -> None:
    answer = client.get(FILE)
    assert answer.content == (made.photos / "dog.jpg").read_bytes()
    assert answer.headers["content-type"] == "image/jpeg"
    assert "private" in answer.headers["cache-control"]
    thumbnail = client.get("/api/v1/images/1/thumbnail")
    assert thumbnail.headers["content-type"] == "image/webp"


def test_an_unchanged_file_is_not_sent_again(client: TestClient, made: Made) -> None:
    tag = client.get(FILE).headers["etag"]
    for known in (tag, f'"other", W/{tag}', "*"):
        again = client.get(FILE, headers={"If-None-Match": known})
        assert (again.status_code, again.content) == (304, b"")
    assert client.get(FILE, headers={"If-None-Match": '"other"'}).status_code == 200
    os.utime(made.photos / "dog.jpg", (1, 1))
    assert client.get(FILE).headers["etag"] != tag


def test_ranges_are_understood(client: TestClient, made: Made) -> None:
    whole = (made.photos / "dog.jpg").read_bytes()
    part = client.get(FILE, headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, whole[10:20])
    assert part.headers["content-range"] == f"bytes 10-19/{len(whole)}"
    assert client.get(FILE, headers={"Range": "bytes=-5"}).content == whole[-5:]
    beyond = client.get(FILE, headers={"Range": f"bytes={len(whole) + 5}-"})
    assert beyond.status_code == 416


def test_many_ranges_are_refused(client: TestClient) -> None:
    ranges = ",".join(f"{i}-{i}" for i in range(0, 200, 2))
    assert client.get(FILE, headers={"Range": f"bytes={ranges}"}).status_code == 416


def test_text_is_compressed_and_pictures_are_not(client: TestClient) -> None:
    accepting = {"Accept-Encoding": "gzip"}
    assert client.get("/api/v1/search", headers=accepting).headers["content-encoding"] == "gzip"
    assert "content-encoding" not in client.get(FILE, headers=accepting).headers
    ranged = client.get(FILE, headers={**accepting, "Range": "bytes=0-9"})
    assert len(ranged.content) == 10


@pytest.mark.parametrize(
    "path",
    [
        "../../../etc/passwd",
        "..%2f..%2f..%2fetc%2fpasswd",
        "%2e%2e/%2e%2e/library.db",
        "....//....//etc/passwd",
        "/etc/passwd",
        "%2Fetc%2Fpasswd",
        "1%2f..%2f..%2flibrary.db",
        "1;/etc/passwd",
        "1%00",
        "1/file%00.jpg",
        "-1/file",
        "0x1/file",
        "9223372036854775808/file",
    ],
)
def test_nothing_is_reached_by_path(client: TestClient, path: str) -> None:
    for prefix in ("/api/v1/images/", "/api/v1/images/1/", "/ui/static/"):
        answer = client.get(prefix + path)
        assert answer.status_code in (400, 404, 405, 422), answer.text
        assert b"root:" not in answer.content
        assert b"SQLite format" not in answer.content


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
def test_null_bytes_are_refused(client: TestClient, method: str) -> None:
    assert client.request(method, "/api/v1/images/%00").status_code == 400


def test_a_picture_that_left_the_catalogue_is_not_reached(
    client: TestClient, service: SearchService
) -> None:
    with service.catalogue().write() as connection:
        for table in (Location, Embedding, Caption):
            connection.execute(sa.delete(table).where(table.picture_id == 2))
        connection.execute(sa.delete(Picture).where(Picture.id == 2))
    for path in ("", "/file", "/thumbnail", "/similar", "/duplicates"):
        answer = client.get(f"/api/v1/images/2{path}")
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"


def test_a_file_that_is_away_is_said_so(client: TestClient, made: Made) -> None:
    (made.photos / "dog.jpg").unlink()
    answer = client.get(FILE)
    assert answer.status_code == 410
    assert answer.headers["cache-control"] == "no-store"  # a browser would keep it for ever
    assert client.get("/api/v1/images/1/thumbnail").status_code == 200


def test_a_link_to_elsewhere_gives_nothing_out(
    client: TestClient, made: Made, tmp_path: Path
) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("a secret")
    picture = made.photos / "dog.jpg"
    picture.unlink()
    picture.symlink_to(secret)
    assert client.get(FILE).status_code == 410
    other = tmp_path / "elsewhere"
    shutil.move(made.photos / "beach", other)
    (other / "dog on the beach.jpg").write_text("another secret")
    (made.photos / "beach").symlink_to(other)
    assert client.get("/api/v1/images/2/file").status_code == 410


def test_a_folder_that_moved_behind_a_link_is_still_the_same_file(
    client: TestClient, made: Made, tmp_path: Path
) -> None:
    shutil.move(made.photos / "beach", tmp_path / "elsewhere")
    (made.photos / "beach").symlink_to(tmp_path / "elsewhere")
    assert client.get("/api/v1/images/2/file").status_code == 200


def test_an_archive_holds_the_files(client: TestClient) -> None:
    answer = client.post("/api/v1/archive", json={"ids": [1, 3, 3]})
    assert answer.status_code == 200
    assert answer.content[:2] == b"PK"
    assert client.post("/api/v1/archive", json={"ids": [1, 999]}).status_code == 404

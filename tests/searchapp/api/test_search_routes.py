"""Searching over HTTP: the same words, filters, pages and mistakes as elsewhere."""

import io
import json
from typing import Any

import pytest
from fastapi.testclient import TestClient
from PIL import Image

SEARCH = "/api/v1/search"


def ids(answer: Any) -> list[int]:
    assert answer.status_code == 200, answer.text
    return [hit["id"] for hit in answer.json()["hits"]]


def picture() -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (8, 8), "white").save(stream, "PNG")
    return stream.getvalue()


def test_a_text_finds_its_picture_and_says_why(client: TestClient) -> None:
    answer = client.get(SEARCH, params={"q": "dog beach"})
    assert ids(answer)[0] == 2
    assert answer.json()["hits"][0]["matched_by"] == ["vector", "name", "folder"]


def test_several_texts_are_averaged(client: TestClient) -> None:
    assert ids(client.get(SEARCH, params={"q": "dog", "more": ["beach"], "hybrid": False}))[0] == 2


def test_words_keep_away(client: TestClient) -> None:
    answer = client.get(SEARCH, params={"q": "dog", "not": ["beach"], "hybrid": False})
    assert ids(answer)[0] == 1


def test_filters_beside_the_text_and_in_it(client: TestClient) -> None:
    beside = client.get(SEARCH, params={"q": "dog", "filter": ["folder:beach"]})
    within = client.get(SEARCH, params={"q": "dog folder:beach"})
    assert ids(beside) == ids(within) == [2]
    assert beside.json()["filters"] == within.json()["filters"] == ["folder:beach"]


def test_a_picture_finds_pictures(client: TestClient) -> None:
    answer = client.post(SEARCH, files={"picture": picture()}, data={"k": "3"})
    assert ids(answer)[0] == 3  # the encoder of these tests takes every picture for snow
    mixed = client.post(
        SEARCH, files={"picture": picture()}, data={"q": "dog", "text_weight": "0.95"}
    )
    assert ids(mixed)[0] == 1


def test_pictures_of_the_library_find_others(client: TestClient) -> None:
    assert ids(client.get("/api/v1/images/1/similar"))[0] == 2
    averaged = client.get(SEARCH, params={"like": [1, 3], "k": 3})
    assert not {1, 3} & set(ids(averaged))


def test_pages_follow_each_other(client: TestClient) -> None:
    seen: list[int] = []
    cursor = None
    while True:
        params = {"q": "", "k": 5} | ({"cursor": cursor} if cursor else {})
        answer = client.get(SEARCH, params=params)
        seen += ids(answer)
        cursor = answer.json()["next_cursor"]
        if cursor is None:
            break
    assert seen == list(range(12, 0, -1))  # by date, newest first


def test_a_cursor_beyond_the_end_is_an_empty_page(client: TestClient) -> None:
    assert ids(client.get(SEARCH, params={"q": "dog", "cursor": "50-999999999"})) == []


def test_sorting_by_date(client: TestClient) -> None:
    assert ids(client.get(SEARCH, params={"q": "dog", "sort": "date", "k": 3})) == [12, 11, 10]


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"q": "dog colour:mauve"}, "colour:mauve"),
        ({"q": "dog colr:red"}, "did you mean colour"),
        ({"q": "dog after:yesterdy"}, "after:2023-01"),
        ({"filter": "sunset"}, "no filter is called sunset"),
        ({"q": "dog", "dim": 17}, "16 numbers"),
        ({"q": "dog", "cursor": "nonsense"}, "nonsense"),
        ({"k": 0}, "greater than or equal to 1"),
        ({"min_relevance": 2}, "less than or equal to 1"),
        ({"like": [2**63]}, "like"),
    ],
)
def test_a_mistake_is_named(client: TestClient, params: dict[str, Any], words: str) -> None:
    answer = client.get(SEARCH, params=params)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert words in answer.json()["detail"]


def test_no_error_names_a_folder_of_the_server(client: TestClient) -> None:
    answer = client.post(SEARCH, files={"picture": b"no picture"})
    assert answer.status_code == 422
    assert "/" not in answer.json()["detail"].replace("searchapp search --image FILE", "")


@pytest.mark.parametrize("path", ["/no/such", "~nobody-of-that-name/x", "a\0b", "\ud800"])
def test_a_folder_that_is_not_there_is_said(client: TestClient, path: str) -> None:
    answer = client.post(
        "/api/v1/index",
        content=json.dumps({"paths": [path]}),
        headers={"Content-Type": "application/json"},
    )
    assert 400 <= answer.status_code < 500
    assert answer.headers["content-type"] == "application/problem+json"


def test_duplicates_are_listed(client: TestClient) -> None:
    answer = client.get("/api/v1/duplicates")
    assert answer.status_code == 200
    assert answer.json()["compared"] == 12
    assert client.get("/api/v1/duplicates", params={"kind": "odd"}).status_code == 422

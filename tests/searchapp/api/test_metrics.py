"""`/metrics` counts what happened and gives nothing away."""

import re

import sqlalchemy as sa
from fastapi.testclient import TestClient

from indexer.catalogue.tables import Picture, State
from searchapp.service import SearchService


def numbers(client: TestClient) -> dict[str, float]:
    answer = client.get("/metrics")
    assert answer.status_code == 200
    lines = [line for line in answer.text.splitlines() if line and line[0] != "#"]
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


def test_requests_and_stages_are_counted(client: TestClient) -> None:
    for _ in range(3):
        client.get("/api/v1/search", params={"q": "a secret wish"})
    client.get("/api/v1/images/1/thumbnail")
    client.get("/api/v1/images/77/thumbnail")
    found = numbers(client)
    key = 'searchapp_requests_total{method="GET",route="%s",status="%d"}'
    assert found[key % ("/api/v1/search", 200)] == 3
    assert found[key % ("/api/v1/images/{picture_id}/thumbnail", 200)] == 1
    assert found[key % ("/api/v1/images/{picture_id}/thumbnail", 404)] == 1
    for stage in ("encode", "search", "total"):
        assert found[f'searchapp_search_seconds_count{{stage="{stage}"}}'] == 3
    assert found["searchapp_index_pictures"] == 12
    assert found["searchapp_queue_texts"] == 0
    assert found["searchapp_indexing"] == 0


def test_a_change_that_the_index_lacks_shows(client: TestClient, service: SearchService) -> None:
    client.get("/api/v1/search", params={"q": "dog"})
    assert numbers(client)["searchapp_index_generations_behind"] == 0
    with service.catalogue().write() as connection:
        connection.execute(sa.update(Picture).where(Picture.id == 3).values(live=False, change=51))
        connection.execute(sa.update(State).where(State.key == "generation").values(value="51"))
    assert numbers(client)["searchapp_index_generations_behind"] >= 1
    client.get("/api/v1/search", params={"q": "dog"})
    assert numbers(client)["searchapp_index_generations_behind"] == 0


def test_neither_paths_nor_queries_are_in_it(client: TestClient) -> None:
    client.get("/api/v1/search", params={"q": "unspeakable"})
    client.get("/unspeakable/path")
    client.request("UNSPEAKABLE", "/healthz")
    text = client.get("/metrics").text.lower()
    assert "unspeakable" not in text
    assert not re.search(r"dog|/photos", text)

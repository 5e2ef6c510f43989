"""What one request, and one client, may ask for."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from fastapi.testclient import TestClient

from searchapp.api import limits
from searchapp.api.limits import BODY_LIMIT, PICTURE_LIMIT, Limits
from tests.searchapp.api.conftest import MakeClient


def pieces(size: int) -> Iterator[bytes]:
    """A body whose length is not said beforehand."""
    for start in range(0, size, 2**16):
        yield b" " * min(2**16, size - start)


def test_a_large_body_is_refused_by_its_length(client: TestClient) -> None:
    answer = client.post("/api/v1/index", content=b" " * (BODY_LIMIT + 1))
    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_large_body_without_a_length_is_refused_as_it_comes(client: TestClient) -> None:
    answer = client.post("/api/v1/archive", content=pieces(BODY_LIMIT + 2**17))
    assert answer.status_code == 413
    assert "1 MB" in answer.json()["detail"]


def test_a_picture_may_be_larger_than_other_bodies(client: TestClient) -> None:
    sent = client.post("/api/v1/search", files={"picture": b" " * (2 * BODY_LIMIT)})
    assert sent.status_code == 422  # it arrived, and is no picture
    assert "cannot be read" in sent.json()["detail"]
    claimed = client.post("/api/v1/search", headers={"Content-Length": str(PICTURE_LIMIT + 1)})
    assert claimed.status_code == 413


@pytest.mark.parametrize("length", ["-1", "1e3", "²", "12x"])
def test_a_length_that_is_no_number_is_refused(client: TestClient, length: str) -> None:
    answer = client.post("/api/v1/index", headers={b"Content-Length": length.encode("latin-1")})
    assert answer.status_code == 400


def test_large_headers_are_refused(client: TestClient) -> None:
    assert client.get("/healthz", headers={"X-Long": "x" * 40_000}).status_code == 431


@pytest.fixture
def low(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "BURST", 20.0)
    monkeypatch.setattr(limits, "REQUESTS_A_SECOND", 10.0)


@pytest.mark.usefixtures("low")
def test_a_client_from_elsewhere_is_slowed_down(make_client: MakeClient) -> None:
    now = [0.0]
    client = make_client(client=("10.0.0.5", 1))
    clocked(client, lambda: now[0])
    answers = [client.get("/healthz").status_code for _ in range(21)]
    assert answers[:-1] == [200] * 20
    refused = client.get("/healthz")
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) >= 1
    now[0] += 2.0
    again = [client.get("/healthz").status_code for _ in range(21)]
    assert again.count(200) == 20


@pytest.mark.usefixtures("low")
def test_this_machine_is_not_slowed_down(client: TestClient) -> None:
    assert {client.get("/healthz").status_code for _ in range(30)} == {200}


def clocked(client: TestClient, clock: Any) -> None:
    """Give the limits of the client's server another clock."""
    app: Any = client.app
    client.get("/healthz", headers={"Host": "refused.example"})  # builds the middleware
    layer = app.middleware_stack
    while not isinstance(layer, Limits):
        layer = layer.app
    layer._clock = clock


def test_a_body_that_does_not_come_ends_the_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "PIECE_SECONDS", 0.01)
    sent: list[Any] = []

    async def never() -> Any:
        await asyncio.Event().wait()

    async def send(message: Any) -> None:
        sent.append(message)

    async def reads_on(scope: Any, receive: Any, send: Any) -> None:
        await receive()

    scope = {"type": "http", "path": "/", "method": "POST", "headers": [], "client": ("::1", 1)}
    with ThreadPoolExecutor(1) as thread:  # a browser's tests leave a loop on this one
        thread.submit(lambda: asyncio.run(Limits(reads_on)(scope, never, send))).result(30)
    assert sent[0]["status"] == 408

"""No page of another site can use the server of a person's pictures (Host, Origin, Fetch)."""

from collections.abc import Callable

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from tests.searchapp.api.conftest import ADDRESS, MakeClient

METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS")
OWN = {"Origin": ADDRESS, "Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors"}
FOREIGN = {
    "rebound name": {"Host": "evil.example"},
    "rebound name with our port": {"Host": "evil.example:7860"},
    "rebound name, own origin": {"Host": "evil.example", "Origin": "http://evil.example"},
    "name that starts like ours": {"Host": "127.0.0.1.evil.example"},
    "other address": {"Host": "192.168.1.9"},
    "no host": {"Host": ""},
    "brackets left open": {"Host": "[::1"},
    "other origin": {"Origin": "https://evil.example"},
    "other origin, six-bracket host": {"Host": "[::1]:7860", "Origin": "https://evil.example"},
    "other port": {"Origin": "http://127.0.0.1:9999"},
    "null origin": {"Origin": "null"},
    "broken origin": {"Origin": "http://["},
    "cross-site": {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"},
    "same site, other origin": {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "cors"},
    "in a frame": {
        "Sec-Fetch-Site": "cross-site",
        "Sec-Fetch-Mode": "navigate",
        "Sec-Fetch-Dest": "iframe",
    },
}
FORM = {
    "Sec-Fetch-Site": "cross-site",
    "Sec-Fetch-Mode": "navigate",
    "Sec-Fetch-Dest": "document",
}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("headers", FOREIGN.values(), ids=FOREIGN.keys())
def test_foreign_requests_are_refused(
    client: TestClient, method: str, headers: dict[str, str]
) -> None:
    for path in ("/api/v1/search", "/api/v1/images/1/file", "/healthz", "/", "/no/such"):
        answer = client.request(method, path, headers=headers)
        assert answer.status_code in (400, 403), path
        assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("headers", FOREIGN.values(), ids=FOREIGN.keys())
def test_foreign_websockets_are_closed(
    make_app: Callable[..., FastAPI], headers: dict[str, str]
) -> None:
    app = make_app()

    @app.websocket("/socket")
    async def talk(socket: WebSocket) -> None:
        await socket.accept()
        await socket.send_text("hello")
        await socket.close()

    client = TestClient(app, base_url=ADDRESS)
    with (
        pytest.raises(WebSocketDisconnect) as caught,
        client.websocket_connect("/socket", headers=headers),
    ):
        pass
    assert caught.value.code == 1008
    with client.websocket_connect("/socket", headers={**OWN, "Host": "127.0.0.1:7860"}) as open_one:
        assert open_one.receive_text() == "hello"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_a_form_of_another_site_is_refused(client: TestClient, method: str) -> None:
    assert client.request(method, "/api/v1/index", headers=FORM).status_code == 403


def test_a_link_of_another_site_opens_the_page(client: TestClient) -> None:
    assert client.get("/healthz", headers=FORM).status_code == 200


@pytest.mark.parametrize("host", ["127.0.0.1:7860", "localhost:7860", "LOCALHOST", "[::1]:7860"])
def test_our_own_names_are_answered(client: TestClient, host: str) -> None:
    answer = client.get("/healthz", headers={"Host": host, "Origin": f"http://{host.lower()}"})
    assert answer.status_code == 200


def test_two_host_headers_are_refused(client: TestClient) -> None:
    answer = client.get("/healthz", headers=[("Host", "127.0.0.1"), ("Host", "evil.example")])
    assert answer.status_code == 400


def test_a_further_name_must_be_allowed(make_client: MakeClient) -> None:
    address = "http://photos.lan"
    refused = make_client(address=address).get("/healthz")
    assert refused.status_code == 400
    assert "SEARCHAPP_HOST_NAMES" in refused.json()["detail"]
    allowed = make_client(address=address, host_names=("Photos.lan",))
    assert allowed.get("/healthz").status_code == 200


def test_the_address_of_the_connection_is_ours(make_client: MakeClient) -> None:
    client = make_client(address="http://192.168.1.7:7860")
    assert client.get("/healthz").status_code == 200
    assert client.get("/healthz", headers={"Host": "192.168.1.8:7860"}).status_code == 400


def test_no_origin_is_ever_allowed_by_cors(client: TestClient) -> None:
    answer = client.options(
        "/api/v1/search",
        headers={**OWN, "Access-Control-Request-Method": "GET"},
    )
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize(
    "path",
    ["/healthz", "/api/v1/search", "/api/v1/images/1/thumbnail", "/api/v1/images/99", "/no/such"],
)
def test_every_answer_has_the_headers(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-frame-options"] == "DENY"
    policy = dict(
        part.strip().partition(" ")[::2] for part in headers["content-security-policy"].split(";")
    )
    assert policy["default-src"] == "'self'"
    assert policy["object-src"] == "'none'"
    assert policy["frame-ancestors"] == "'none'"
    # Nothing that the page runs can send anything elsewhere.
    for part in ("connect-src", "img-src", "script-src", "form-action"):
        assert not {"*", "http:", "https:", "ws:", "wss:"} & set(policy[part].split())
    refused = client.get(path, headers={"Host": "evil.example"}).headers
    assert refused["x-content-type-options"] == "nosniff"

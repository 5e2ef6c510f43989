"""The password: who comes in, for how long, and how guessing is slowed down."""

import json

import pytest
from fastapi.testclient import TestClient

from searchapp.api.passwords import (
    FREE_TRIES,
    IDLE_SECONDS,
    SESSION_SECONDS,
    Guesses,
    Password,
    Sessions,
    Tokens,
    hash_password,
    make_token,
)
from searchapp.errors import PasswordHashInvalid
from searchapp.settings import Settings
from tests.searchapp.api.conftest import ADDRESS, MakeClient

SECRET = "correct horse, battery"
SESSION = "/api/v1/session"


@pytest.fixture
def guarded(make_client: MakeClient) -> TestClient:
    return make_client(auth=SECRET, tokens=("a token of a script", make_token()[1]))


def test_nothing_is_shown_without_the_password(guarded: TestClient) -> None:
    for path in ("/api/v1/search", "/api/v1/status", "/metrics", "/api/v1/images/1/thumbnail", "/"):
        answer = guarded.get(path)
        assert answer.status_code == 401
        assert "picture" not in answer.text.lower()
    assert guarded.get("/healthz").status_code == 200


def test_a_browser_is_sent_to_the_password_page(guarded: TestClient) -> None:
    answer = guarded.get("/", headers={"Accept": "text/html"})
    assert answer.status_code == 303
    assert answer.headers["location"] == "/ui/login"


@pytest.mark.parametrize("auth", [SECRET, hash_password(SECRET)], ids=["plain", "hashed"])
def test_the_password_opens_a_session_and_leaving_ends_it(
    make_client: MakeClient, auth: str
) -> None:
    client = make_client(auth=auth)
    assert client.post(SESSION, json={"password": SECRET + "x"}).status_code == 401
    answer = client.post(SESSION, json={"password": SECRET})
    assert answer.status_code == 204
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert client.get("/api/v1/status").status_code == 200
    stolen = dict(client.cookies)
    assert client.delete(SESSION).status_code == 204
    client.cookies.update(stolen)
    assert client.get("/api/v1/status").status_code == 401


@pytest.mark.parametrize(
    "header",
    ["Bearer", "Bearer ", "Bearer wrong", "Basic YTpi", "Bearer a token of a script extra"],
)
def test_other_tokens_are_refused(guarded: TestClient, header: str) -> None:
    assert guarded.get("/api/v1/status", headers={"Authorization": header}).status_code == 401


def test_a_token_serves_a_script(make_client: MakeClient) -> None:
    plain, hashed = make_token()
    client = make_client(auth=SECRET, tokens=("as it is", hashed))
    for token in ("as it is", plain):
        headers = {"Authorization": f"Bearer {token}"}
        assert client.get("/api/v1/status", headers=headers).status_code == 200
    # The hash itself, should it leak, opens nothing.
    leaked = {"Authorization": f"Bearer {hashed}"}
    assert client.get("/api/v1/status", headers=leaked).status_code == 401


def test_guessing_the_password_is_slowed_down(guarded: TestClient) -> None:
    for _ in range(FREE_TRIES):
        assert guarded.post(SESSION, json={"password": "guess"}).status_code == 401
    refused = guarded.post(SESSION, json={"password": SECRET})
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) >= 1


def test_guessing_tokens_is_slowed_down(guarded: TestClient) -> None:
    wrong = {"Authorization": "Bearer guess"}
    answers = [guarded.get("/api/v1/status", headers=wrong).status_code for _ in range(8)]
    assert answers == [401] * FREE_TRIES + [429] * (8 - FREE_TRIES)
    right = {"Authorization": "Bearer a token of a script"}
    assert guarded.get("/api/v1/status", headers=right).status_code == 200


def test_each_wrong_try_waits_twice_as_long() -> None:
    now = [0.0]
    guesses = Guesses(clock=lambda: now[0])
    assert [guesses.begin("a") for _ in range(FREE_TRIES)] == [0.0] * FREE_TRIES
    for expected in (1.0, 2.0, 4.0, 8.0):
        assert guesses.begin("a") == pytest.approx(expected)
        now[0] += expected
        assert guesses.begin("a") == 0.0
    assert guesses.begin("b") == 0.0  # another client is not made to wait
    guesses.forgive("a")
    assert guesses.begin("a") == 0.0


def test_tries_at_once_are_counted_before_they_end() -> None:
    guesses = Guesses(clock=lambda: 0.0)
    begun = [guesses.begin("a") for _ in range(50)]
    assert begun.count(0.0) == FREE_TRIES


def test_sessions_expire() -> None:
    now = [0.0]
    sessions = Sessions(clock=lambda: now[0])
    idle, used = sessions.begin(), sessions.begin()
    while now[0] < SESSION_SECONDS:
        assert sessions.is_open(used)
        now[0] += IDLE_SECONDS * 0.9
    assert not sessions.is_open(idle)
    assert not sessions.is_open(used)
    assert not sessions.is_open("never begun")


def test_neither_password_nor_token_is_kept_as_it_is() -> None:
    held = json.dumps([vars(Password(SECRET)), vars(Tokens([SECRET]))], default=repr)
    assert SECRET not in held
    assert SECRET not in repr(Settings(auth=SECRET, tokens=(SECRET,)))
    assert hash_password(SECRET) != hash_password(SECRET)  # salted


@pytest.mark.parametrize("given", ["scrypt:", "scrypt:abc", "scrypt:a:b:c", "scrypt:é:é"])
def test_a_damaged_hash_is_said_at_once(given: str) -> None:
    with pytest.raises(PasswordHashInvalid):
        Password(given)


def test_an_empty_password_is_none() -> None:
    assert Settings(auth="").auth is None


def test_the_cookie_is_for_https_alone_where_there_is_https(make_client: MakeClient) -> None:
    secure = make_client(address=ADDRESS.replace("http", "https"), auth=SECRET)
    answer = secure.post(SESSION, json={"password": SECRET})
    assert "secure" in answer.headers["set-cookie"].lower()

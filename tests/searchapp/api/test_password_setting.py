"""The password as it is set, changed and taken away in the browser."""

import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from searchapp.api.app import create_app
from searchapp.api.kept_password import FILE
from searchapp.api.passwords import FREE_TRIES
from searchapp.cli import server
from searchapp.cli.server import ServerOptions, serve
from searchapp.errors import PasswordHashInvalid, PasswordNeeded
from searchapp.service import SearchService
from searchapp.settings import Settings
from tests.searchapp.api.conftest import ADDRESS, Made, MakeClient

SECRET, OTHER = "correct horse", "battery staple"
SESSION, SETTING = "/api/v1/session", "/api/v1/session/password"
STATUS = "/api/v1/status"
MakeApp = Callable[..., FastAPI]


def browser(app: FastAPI) -> TestClient:
    """A browser with cookies of its own."""
    return TestClient(app, base_url=ADDRESS)


def entered(app: FastAPI, password: str) -> TestClient:
    """A browser that gave the password."""
    client = browser(app)
    assert client.post(SESSION, json={"password": password}).status_code == 204
    return client


@pytest.fixture
def guarded(make_app: MakeApp) -> FastAPI:
    """A server whose password was set in the browser."""
    app = make_app()
    assert browser(app).put(SETTING, json={"password": SECRET}).status_code == 204
    return app


def test_whoever_sets_it_stays_and_others_are_asked(make_app: MakeApp) -> None:
    app = make_app()
    first, second = browser(app), browser(app)
    assert second.get(STATUS).status_code == 200
    assert first.put(SETTING, json={"password": SECRET}).status_code == 204
    assert first.get(STATUS).status_code == 200
    assert second.get(STATUS).status_code == 401
    assert second.post(SESSION, json={"password": SECRET}).status_code == 204
    assert second.get(STATUS).status_code == 200


def test_it_outlives_the_program_as_a_hash_for_its_owner_alone(
    guarded: FastAPI, make_app: MakeApp, made: Made
) -> None:
    assert browser(make_app()).get(STATUS).status_code == 401
    file = made.folder / FILE
    assert SECRET not in file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in made.folder.glob(f"{FILE}*")] == [FILE]


def test_only_who_knows_it_changes_it_and_all_others_must_say_it_anew(guarded: FastAPI) -> None:
    mine, theirs = entered(guarded, SECRET), entered(guarded, SECRET)
    for current in (None, "guess"):
        refused = mine.put(SETTING, json={"current": current, "password": OTHER})
        assert refused.status_code == 403
        assert refused.json()["detail"] == "This is not the password."
    assert mine.put(SETTING, json={"current": SECRET, "password": OTHER}).status_code == 204
    assert mine.get(STATUS).status_code == 200
    assert theirs.get(STATUS).status_code == 401
    assert theirs.post(SESSION, json={"password": SECRET}).status_code == 401
    assert theirs.post(SESSION, json={"password": OTHER}).status_code == 204


def test_a_stranger_cannot_even_try(guarded: FastAPI) -> None:
    answer = browser(guarded).put(SETTING, json={"current": SECRET, "password": OTHER})
    assert answer.status_code == 401


def test_it_can_be_taken_away(guarded: FastAPI, make_app: MakeApp) -> None:
    mine = entered(guarded, SECRET)
    assert mine.put(SETTING, json={"password": None}).status_code == 403
    assert mine.put(SETTING, json={"current": SECRET, "password": None}).status_code == 204
    assert browser(guarded).get(STATUS).status_code == 200
    assert browser(make_app()).get(STATUS).status_code == 200


def test_guessing_is_slowed_down(guarded: FastAPI) -> None:
    mine = entered(guarded, SECRET)
    for _ in range(FREE_TRIES):
        guess = mine.put(SETTING, json={"current": "guess", "password": OTHER})
        assert guess.status_code == 403
    refused = mine.put(SETTING, json={"current": SECRET, "password": OTHER})
    assert refused.status_code == 429


def test_one_of_the_environment_is_changed_there(make_client: MakeClient) -> None:
    client = make_client(auth=SECRET)
    client.post(SESSION, json={"password": SECRET})
    answer = client.put(SETTING, json={"current": SECRET, "password": OTHER})
    assert answer.status_code == 409
    assert "SEARCHAPP_AUTH" in answer.json()["detail"]
    assert client.get(SESSION).json() == {"password": True, "changeable": False, "needed": False}


def test_it_stays_where_others_are_let_in(guarded: FastAPI, service: SearchService) -> None:
    app = create_app(service, service.settings, open_to_others=True)
    mine = entered(app, SECRET)
    answer = mine.put(SETTING, json={"current": SECRET, "password": None})
    assert answer.status_code == 409
    assert mine.get(SESSION).json() == {"password": True, "changeable": True, "needed": True}


def test_a_short_one_is_refused(make_app: MakeApp) -> None:
    app = make_app()
    assert browser(app).put(SETTING, json={"password": "1234567"}).status_code == 422
    assert browser(app).get(STATUS).status_code == 200


@pytest.mark.parametrize("content", ["", "correct horse", "scrypt:", "scrypt:ä"])
def test_a_damaged_file_lets_nobody_in(make_app: MakeApp, made: Made, content: str) -> None:
    (made.folder / FILE).write_text(content, encoding="utf-8")
    with pytest.raises(PasswordHashInvalid):
        make_app()


def test_with_it_the_program_may_let_others_in(
    guarded: FastAPI, made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Listening(Exception):
        pass

    def listen(*_: object) -> None:
        raise Listening

    monkeypatch.setattr(server, "listen", listen)
    everywhere = ServerOptions(host="0.0.0.0")
    with pytest.raises(Listening):
        serve(Settings(library=made.folder), everywhere, print)
    with pytest.raises(PasswordNeeded):
        serve(Settings(library=tmp_path / "another"), everywhere, print)

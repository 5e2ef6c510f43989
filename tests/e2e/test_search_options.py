"""Searching from the command line with everything it takes; a server that ends as it should."""

import os
import signal
import subprocess
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from searchapp.api.passwords import Password
from tests.e2e.conftest import COMMAND, PROJECT, Ended

Run = Callable[..., Ended]


def test_pages_follow_each_other(in_samples: Run) -> None:
    first = in_samples("search", "a boat", "-k", "3", "--min-relevance", "0", "--json").document
    second = in_samples(
        "search", "a boat", "-k", "3", "--min-relevance", "0", "--json",
        "--cursor", first["next_cursor"],
    ).document  # fmt: skip
    assert [hit["rank"] for hit in second["hits"]] == [4, 5, 6]
    assert not {hit["id"] for hit in first["hits"]} & {hit["id"] for hit in second["hits"]}


def test_every_option_at_once(in_samples: Run) -> None:
    ended = in_samples(
        "search", "a cat", "--also", "a kitten", "--not", "people", "--filter", "type:jpg",
        "--sort", "date", "--no-hybrid", "--no-collapse", "--exact", "--min-relevance", "0", "-k",
        "5", "--json",
    )  # fmt: skip
    assert ended.code == 0, ended.stderr
    hits = ended.document["hits"]
    assert len(hits) == 5
    assert all(hit["matched_by"] == ["vector", "filter"] for hit in hits)
    assert ended.document["filters"] == ["type:jpg"]


@pytest.mark.parametrize(
    ("query", "words"),
    [("cat colour:mauve", "colour: takes one of red"), ("cat folde:x", "did you mean folder")],
)
def test_a_mistake_in_a_query_is_one_sentence(in_samples: Run, query: str, words: str) -> None:
    ended = in_samples("search", query)
    assert ended.code == 2
    assert words in ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1


def test_copies_are_listed(in_samples: Run) -> None:
    groups = in_samples("duplicates", "--kind", "exact", "--json").document["groups"]
    names = [{Path(file["path"]).name for file in group["files"]} for group in groups]
    assert {"chelsea-the-cat.jpg", "chelsea-again.jpg"} in names
    assert in_samples("duplicates", "--kind", "odd").code == 2


def test_a_password_is_hashed_from_standard_input(tmp_path: Path) -> None:
    ended = subprocess.run(
        [str(COMMAND), "password"], input="correct horse\n", capture_output=True, text=True
    )
    assert ended.returncode == 0, ended.stderr
    assert Password(ended.stdout.strip()).matches("correct horse")
    nothing = subprocess.run([str(COMMAND), "password"], input="", capture_output=True, text=True)
    assert nothing.returncode == 2


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
def test_the_server_ends_when_asked(sample_library: Path, ending: signal.Signals) -> None:
    server = subprocess.Popen(
        [str(COMMAND), "ui", "--port", "28460", "--library", str(sample_library)],
        stderr=subprocess.PIPE,
        text=True,
        cwd=PROJECT,
        env={**os.environ},
    )
    assert server.stderr is not None
    try:
        address = next(line.split()[1] for line in server.stderr if line.startswith("Ready: "))
        with urllib.request.urlopen(f"{address}/api/v1/search?q=a%20cat", timeout=120) as answer:
            assert answer.status == 200
        server.send_signal(ending)
        rest = server.stderr.read()
        assert server.wait(60) == 0, rest
        assert "Traceback" not in rest
    finally:
        server.kill()
        server.wait()

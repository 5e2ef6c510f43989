"""The command line as a person meets it: results, JSON, exit codes, one-sentence errors."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.conftest import SAMPLES, Ended

Run = Callable[..., Ended]

INDEX_KEYS = {
    "indexed",
    "unchanged",
    "updated",
    "moved",
    "missing",
    "failed",
    "skipped",
    "seen",
    "failures",
    "seconds",
    "images_per_second",
    "model",
    "dim",
}
HIT_KEYS = {
    "rank",
    "score",
    "relevance",
    "path",
    "id",
    "width",
    "height",
    "taken_at",
    "caption",
    "matched_by",
}


@pytest.fixture
def few_pictures(tmp_path: Path) -> Path:
    """A folder of its own with three photographs."""
    folder = tmp_path / "photos"
    folder.mkdir()
    chosen = sorted((SAMPLES / "animals").glob("*.jpg"))[:3]
    for picture in chosen:
        shutil.copy(picture, folder)
    return folder


def is_one_sentence(text: str) -> bool:
    return len(text.strip().splitlines()) == 1 and "Traceback" not in text


def test_a_sentence_finds_its_picture(in_samples: Run) -> None:
    ended = in_samples("search", "a cat", "--json")
    assert ended.code == 0, ended.stderr
    document = ended.document
    assert {"query", "hits", "seconds", "model", "dim"} <= set(document)
    assert {"encode", "search", "total"} <= set(document["seconds"])
    assert all(set(hit) >= HIT_KEYS for hit in document["hits"])
    assert "cat" in Path(document["hits"][0]["path"]).name
    assert document["model"] == "bundled"


@pytest.mark.parametrize("query", ["eine Katze", "un chat", "кошка", "猫", "قطة", "बिल्ली"])
def test_other_languages_find_the_same_picture(in_samples: Run, query: str) -> None:
    hits = in_samples("search", query, "--json", "--min-relevance", "0").document["hits"]
    assert any("cat" in Path(hit["path"]).name for hit in hits[:3])


def test_results_go_to_stdout_and_messages_to_stderr(in_samples: Run) -> None:
    ended = in_samples("search", "a cat", "-k", "3")
    assert ended.code == 0
    assert len(ended.stdout.strip().splitlines()) <= 3
    assert "bundled" in ended.stderr


def test_a_second_index_embeds_nothing(searchapp: Run, few_pictures: Path) -> None:
    first = searchapp("index", str(few_pictures), "--json")
    assert first.code == 0, first.stderr
    assert set(first.document) >= INDEX_KEYS
    assert first.document["indexed"] == 3
    second = searchapp("index", str(few_pictures), "--json").document
    assert (second["indexed"], second["unchanged"]) == (0, 3)


def test_the_broken_file_is_named_and_stops_nothing(in_samples: Run) -> None:
    listed = in_samples("status", "--failures", "--json").document["failures"]
    assert listed
    assert all(failure["reason"] and failure["path"] for failure in listed)
    assert in_samples("search", "--json").document["total"] > 40


def test_strict_makes_a_failure_an_exit_code(searchapp: Run, few_pictures: Path) -> None:
    (few_pictures / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 not a picture")
    relaxed = searchapp("index", str(few_pictures))
    assert relaxed.code == 0
    assert "broken.jpg" in relaxed.stderr
    assert searchapp("index", str(few_pictures), "--strict", "--retry-failed").code == 1


def test_a_vanished_file_leaves_the_results_and_returns(
    searchapp: Run, few_pictures: Path, tmp_path: Path
) -> None:
    searchapp("index", str(few_pictures))
    gone = sorted(few_pictures.iterdir())[0]
    shutil.move(gone, tmp_path / "elsewhere.jpg")
    assert searchapp("index", str(few_pictures), "--json").document["missing"] == 1
    assert searchapp("search", "--json").document["total"] == 2
    shutil.move(tmp_path / "elsewhere.jpg", gone)
    again = searchapp("index", str(few_pictures), "--json").document
    assert again["indexed"] == 0
    assert searchapp("search", "--json").document["total"] == 3


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("index", "/no/such/folder"), "no folder /no/such/folder"),
        (("search", "a cat"), "has no pictures yet"),
        (("ui", "--host", "0.0.0.0"), "SEARCHAPP_AUTH"),
    ],
    ids=["no-folder", "empty-library", "no-password"],
)
def test_errors_are_one_sentence(searchapp: Run, arguments: tuple[str, ...], words: str) -> None:
    ended = searchapp(*arguments)
    assert ended.code in (1, 2)
    assert words in ended.stderr
    assert is_one_sentence(ended.stderr), ended.stderr
    assert ended.stdout == ""


def test_an_empty_folder_has_its_own_sentence(searchapp: Run, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    ended = searchapp("index", str(tmp_path / "empty"), "--model", "bundled")
    assert ended.code == 1
    assert "No picture was found" in ended.stderr
    assert is_one_sentence(ended.stderr)


def test_a_width_the_model_does_not_have(in_samples: Run, searchapp: Run) -> None:
    for ended in (
        in_samples("search", "a cat", "--dim", "4096"),
        searchapp("index", str(SAMPLES), "--dim", "4096", "--model", "bundled"),
    ):
        assert ended.code == 2
        assert "4096" in ended.stderr
        assert is_one_sentence(ended.stderr)


def test_json_errors_are_one_document(searchapp: Run) -> None:
    ended = searchapp("search", "a cat", "--json")
    assert ended.code == 1
    assert "no pictures yet" in ended.document["error"]["message"]


def test_wrong_usage_exits_with_two(searchapp: Run) -> None:
    assert searchapp("search", "--no-such-option").code == 2
    assert searchapp("index", "--workers", "0", ".").code == 2


def test_debug_shows_the_traceback(searchapp: Run) -> None:
    ended = searchapp("search", "a cat", "--debug")
    assert ended.code == 1
    assert "Traceback" in ended.stderr


def test_status_knows_the_library(in_samples: Run, sample_library: Path) -> None:
    document = in_samples("status", "--json").document
    assert document["library"] == str(sample_library)
    assert document["pictures"] > 40
    assert document["models"][0]["name"] == "bundled"
    assert document["models"][0]["lacking"] == 0
    assert re.search(r"SQLite \d+\.\d+", document["database"])
    assert document["index"]["count"] == document["pictures"]


def test_status_states_no_recall_of_an_exact_search(in_samples: Run) -> None:
    index = in_samples("status", "--json").document["index"]
    assert (index["exact"], index["recall_at_10"], index["recall_samples"]) == (True, None, 0)
    (line,) = [line for line in in_samples("status").stdout.splitlines() if "Flat" in line]
    assert "exact: every vector is read" in line and "recall" not in line


def test_model_list_names_licences(searchapp: Run) -> None:
    models = searchapp("model", "list", "--json").document["models"]
    by_name = {model["name"]: model for model in models}
    assert by_name["bundled"]["present"]
    assert "NC" in by_name["jina-clip-v2"]["licence"]


def test_a_library_is_exported_and_taken_into_another(
    in_samples: Run, sample_library: Path, searchapp: Run, tmp_path: Path
) -> None:
    written = in_samples("export", str(tmp_path / "out"), "--json").document
    assert written["vectors"] > 100 and (tmp_path / "out" / "vectors.npy").exists()
    taken = searchapp("import", str(sample_library), "--json").document
    assert (taken["source"], taken["known"], taken["damaged"]) == ("library", 0, 0)
    assert taken["pictures"] >= written["vectors"]
    assert searchapp("import", str(tmp_path / "out"), "--json").document["vectors"] == 0
    hits = searchapp("search", "a cat", "--json").document["hits"]
    assert "cat" in Path(hits[0]["path"]).name


def test_what_is_neither_export_nor_library_is_said_so(searchapp: Run, tmp_path: Path) -> None:
    ended = searchapp("import", str(tmp_path))
    assert ended.code == 1 and is_one_sentence(ended.stderr)
    assert "searchapp export" in ended.stderr

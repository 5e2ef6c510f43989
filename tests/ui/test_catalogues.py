"""The words of the interface: complete, current, and read as gettext means them."""

import re
from gettext import c2py
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from ui import catalogues
from ui.static_files import STATIC

TRANSLATED = [code for code in catalogues.languages() if code != catalogues.SOURCE_LANGUAGE]
PLACEHOLDER = re.compile(r"\{\w+\}")


def messages_of_the_modules() -> dict[str, int]:
    """Every message with its number of forms in English, found by Babel."""
    found = extract_from_dir(
        str(STATIC),
        method_map=[("**.js", "javascript")],
        keywords={"t": None, "tn": (1, 2)},
        options_map={"**.js": {"encoding": "utf-8"}},
    )
    return {
        message if isinstance(message, str) else message[0]: 1 if isinstance(message, str) else 2
        for _, _, message, _, _ in found
    }


MESSAGES = messages_of_the_modules()


def test_at_least_twelve_languages() -> None:
    promised = {"en", "zh", "es", "fr", "de", "ja", "ru", "ar", "pt", "hi", "ko", "uk"}
    promised |= catalogues.RIGHT_TO_LEFT
    assert set(catalogues.languages()) >= promised


def test_messages_are_found() -> None:
    assert len(MESSAGES) > 200


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_message_is_translated_and_none_is_stale(language: str) -> None:
    translated = catalogues.load(language).messages
    assert MESSAGES.keys() - translated.keys() == set(), "not translated"
    assert translated.keys() - MESSAGES.keys() == set(), "no longer used"


@pytest.mark.parametrize("language", TRANSLATED)
def test_the_reader_agrees_with_babel(language: str) -> None:
    with catalogues.catalogue_path(language).open("rb") as file:
        theirs = read_po(file)
    ours = catalogues.load(language).messages
    for message in theirs:
        if not message.id:
            continue
        key = message.id if isinstance(message.id, str) else message.id[0]
        forms = [message.string] if isinstance(message.string, str) else list(message.string)
        assert ours[key] == forms


@pytest.mark.parametrize("language", TRANSLATED)
def test_placeholders_survive_translation(language: str) -> None:
    for key, forms in catalogues.load(language).messages.items():
        for form in forms:
            # A form for exactly one or two may say the number in words.
            assert set(PLACEHOLDER.findall(form)) <= set(PLACEHOLDER.findall(key)), (key, form)
        assert any(
            set(PLACEHOLDER.findall(form)) == set(PLACEHOLDER.findall(key)) for form in forms
        ), key


@pytest.mark.parametrize("language", TRANSLATED)
def test_each_count_has_its_form(language: str) -> None:
    catalogue = catalogues.load(language)
    forms = {len(catalogue.messages[key]) for key, count in MESSAGES.items() if count == 2}
    assert forms == {max(catalogue.plural()) + 1}


@pytest.mark.parametrize(
    ("language", "count", "expected"),
    [
        ("ru", 1, "{n} результат"),
        ("ru", 3, "{n} результата"),
        ("ru", 5, "{n} результатов"),
        ("ru", 21, "{n} результат"),
        ("ru", 111, "{n} результатов"),
        ("ar", 0, "{n} نتيجة"),
        ("ar", 2, "نتيجتان"),
        ("ar", 7, "{n} نتائج"),
        ("ar", 103, "{n} نتائج"),
        ("de", 1, "{n} Ergebnis"),
        ("de", 0, "{n} Ergebnisse"),
        ("fr", 0, "{n} résultat"),
        ("ja", 1, "{n} 件の結果"),
        ("he", 1, "תוצאה אחת"),
        ("he", 2, "שתי תוצאות"),
        ("he", 102, "{n} תוצאות"),
        ("fa", 0, "{n} نتیجه"),
        ("ur", 1, "{n} نتیجہ"),
        ("ur", 5, "{n} نتائج"),
    ],
)
def test_plural_rules(language: str, count: int, expected: str) -> None:
    catalogue = catalogues.load(language)
    assert catalogue.messages["{n} result"][catalogue.plural()[count]] == expected


@pytest.mark.parametrize("language", TRANSLATED)
def test_large_counts_follow_their_last_two_digits(language: str) -> None:
    catalogue = catalogues.load(language)
    rule = catalogue.header["Plural-Forms"].partition("plural=")[2].split(";")[0]
    plural, table = c2py(rule), catalogue.plural()
    for count in (200, 201, 202, 211, 305, 1000, 1001, 12_345, 1_000_002):
        assert plural(count) == table[100 + count % 100]


@pytest.mark.parametrize("language", TRANSLATED)
def test_machine_made_translations_say_so(language: str) -> None:
    text = catalogues.catalogue_path(language).read_text(encoding="utf-8")
    assert "Machine-made translation" in text.split('msgid ""')[0]
    assert catalogues.load(language).header["X-Translation"] == "machine"


def test_untranslated_and_fuzzy_entries_fall_back_to_english() -> None:
    messages, header = catalogues.parse(
        'msgid ""\nmsgstr "Language: xx\\n"\n\n'
        'msgid "one"\nmsgstr ""\n\n'
        '#, fuzzy\nmsgid "two"\nmsgstr "zwei"\n\n'
        'msgid "three"\nmsgstr ""\n"dr"\n"ei"\n'
    )
    assert messages == {"three": ["drei"]}
    assert header == {"Language": "xx"}


def test_no_module_builds_markup_from_text() -> None:
    for module in Path(STATIC).glob("*.js"):
        source = module.read_text(encoding="utf-8")
        assert not re.search(r"\binnerHTML\b|\bouterHTML\b|insertAdjacentHTML", source), module.name

"""captions.jsonl: one line per picture, in every language the default model reads."""

import unicodedata
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

# The 93 codes of jina-clip-v2's 89 languages.
CODES = (
    "af am ar as az be bg bn br bs ca cs cy da de el en eo es et eu fa fi fr fy ga gd gl gu ha he "
    "hi hr hu hy id is it ja jv ka kk km kn ko ku ky la lo lt lv mg mk ml mn mr ms my ne nl no om "
    "or pa pl ps pt ro ru sa sd si sk sl so sq sr su sv sw ta te th tl tr ug uk ur uz vi xh yi zh"
)
LANGUAGES = set(CODES.split())
WRITTEN_FIRST = "en zh es fr de ja ru ar pt hi ko uk it tr vi pl nl id th fa"
FIRST_TWENTY = set(WRITTEN_FIRST.split())
SCRIPTS = {
    "ru": "CYRILLIC",
    "uk": "CYRILLIC",
    "el": "GREEK",
    "he": "HEBREW",
    "ar": "ARABIC",
    "fa": "ARABIC",
    "hi": "DEVANAGARI",
    "th": "THAI",
    "ko": "HANGUL",
    "zh": "CJK",
    "ka": "GEORGIAN",
    "hy": "ARMENIAN",
    "ta": "TAMIL",
    "te": "TELUGU",
    "bn": "BENGALI",
    "km": "KHMER",
    "lo": "LAO",
    "am": "ETHIOPIC",
    "si": "SINHALA",
}


def test_every_sound_picture_but_the_copy_is_captioned_once(
    rows: list[dict[str, Any]], sound: dict[str, Path]
) -> None:
    captioned = [row["image"] for row in rows]
    assert len(captioned) == len(set(captioned))
    assert set(captioned) == {name for name in sound if not name.startswith("copies/")}


def test_a_row_has_the_documented_keys(rows: list[dict[str, Any]]) -> None:
    for row in rows:
        assert set(row) == {"image", "captions", "machine_made"}
        assert set(row["machine_made"]) < set(row["captions"]) <= LANGUAGES
        for texts in row["captions"].values():
            assert texts and all(isinstance(text, str) and text.strip() == text for text in texts)


def test_all_languages_are_there(rows: list[dict[str, Any]]) -> None:
    counted = Counter(language for row in rows for language in row["captions"])
    assert set(counted) == LANGUAGES
    assert [language for language, count in counted.items() if count < 0.85 * len(rows)] == []


def test_the_first_twenty_languages_are_written_by_hand_for_every_picture(
    rows: list[dict[str, Any]],
) -> None:
    for row in rows:
        assert set(row["captions"]) >= FIRST_TWENTY, row["image"]
        assert not FIRST_TWENTY & set(row["machine_made"]), row["image"]


def test_no_two_pictures_share_a_caption_written_by_hand(rows: list[dict[str, Any]]) -> None:
    seen: Counter[tuple[str, str]] = Counter()
    for row in rows:
        for language in set(row["captions"]) - set(row["machine_made"]):
            seen.update((language, text.casefold()) for text in row["captions"][language])
    assert [key for key, count in seen.items() if count > 1] == []


@pytest.mark.parametrize(("language", "script"), SCRIPTS.items())
def test_a_caption_is_in_the_script_of_its_language(
    rows: list[dict[str, Any]], language: str, script: str
) -> None:
    for row in rows:
        for text in row["captions"].get(language, ()):
            letters = [char for char in text if char.isalpha() and char not in "ABC"]
            inside = sum(script in unicodedata.name(char) for char in letters)
            # Proper names may stay in Latin letters.
            assert inside >= 1, (row["image"], text)


def test_captions_are_short_sentences(rows: list[dict[str, Any]]) -> None:
    for row in rows:
        for texts in row["captions"].values():
            assert all(1 < len(text) <= 120 or len(text) == 1 for text in texts), row["image"]


def test_text_is_composed_the_usual_way(rows: list[dict[str, Any]]) -> None:
    for row in rows:
        for texts in row["captions"].values():
            assert all(unicodedata.is_normalized("NFC", text) for text in texts), row["image"]


def test_the_file_stays_small(samples: Path) -> None:
    assert (samples / "captions.jsonl").stat().st_size <= 2_500_000

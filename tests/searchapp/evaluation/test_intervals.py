"""Intervals: against ranking again on resampled pictures, their coverage, pairing and seeds."""

import numpy as np
import pytest

from searchapp.evaluation.bootstrap import (
    hidden_loss,
    interval,
    mean_samples,
    median_samples,
    resample_counts,
)
from searchapp.evaluation.measure import LanguageVectors, Sampling, judge, measure
from searchapp.evaluation.results import MEAN


def unit(vectors):
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def noisy_texts(pictures, owner, noise, seed):
    generator = np.random.default_rng(seed)
    return unit(pictures[owner] + noise * generator.standard_normal((len(owner), 32)))


@pytest.fixture
def pictures():
    return unit(np.random.default_rng(0).standard_normal((60, 32)))


def measured(pictures, languages, widths=(4, 8, 32), resamples=400, seed=3):
    fetchers = {code: (lambda value=value: value) for code, value in languages.items()}
    return measure(pictures, fetchers, Sampling(widths, resamples, seed))


@pytest.fixture
def two_languages(pictures):
    owner = np.repeat(np.arange(60), 2)
    return {
        "de": LanguageVectors(noisy_texts(pictures, owner, 0.15, 1), owner),
        "hi": LanguageVectors(noisy_texts(pictures, owner, 0.9, 2), owner),
    }


def test_resampled_means_equal_means_over_the_drawn_queries():
    generator = np.random.default_rng(4)
    owner = np.sort(generator.integers(0, 10, 35))
    values = generator.random(35)
    sums = np.bincount(owner, values, minlength=10)[:, None]
    texts = np.bincount(owner, minlength=10)
    counts = resample_counts(10, 50, seed=1)
    samples = mean_samples(counts, sums, texts)[:, 0]
    for row, sample in zip(counts.astype(int), samples, strict=True):
        drawn = [value for value, at in zip(values, owner, strict=True) for _ in range(row[at])]
        assert sample == pytest.approx(np.mean(drawn), rel=1e-5)


@pytest.mark.parametrize("spread", [3, 400])
def test_resampled_medians_equal_medians_of_the_drawn_queries(spread):
    generator = np.random.default_rng(spread)
    owner = np.sort(generator.integers(0, 40, 90))
    ranks = generator.integers(1, spread, 90)
    counts = resample_counts(40, 80, seed=2)
    samples = median_samples(counts, ranks, owner)
    for row, sample in zip(counts.astype(int), samples, strict=True):
        drawn = np.sort(np.repeat(ranks, row[owner]))
        assert sample == drawn[(len(drawn) - 1) // 2]


def test_every_resample_draws_as_many_pictures_as_there_are():
    counts = resample_counts(37, 20, seed=0)
    assert (counts.sum(axis=1) == 37).all()


def test_a_resample_without_any_query_is_left_out():
    counts = np.array([[2, 0], [0, 2], [1, 1]], np.float32)
    samples = mean_samples(counts, np.array([[0.5], [0.0]]), np.array([1, 0]))
    assert np.isnan(samples[1, 0])
    assert [float(edge[0]) for edge in interval(samples)] == [0.5, 0.5]


def test_the_same_seed_gives_the_same_rows_and_another_seed_others(pictures, two_languages):
    first = measured(pictures, two_languages)
    again = measured(pictures, two_languages)
    assert (again.rows, again.verdicts) == (first.rows, first.verdicts)
    assert measured(pictures, two_languages, seed=4).rows != first.rows


def test_values_lie_within_their_intervals(pictures, two_languages):
    found = measured(pictures, two_languages)
    for row in found.rows + found.summary:
        assert row.ci_low - 1e-6 <= row.value <= row.ci_high + 1e-6


def test_the_mean_counts_every_language_the_same(pictures, two_languages):
    found = measured(pictures, two_languages)
    chosen = {
        row.language: row.value
        for row in found.rows + found.summary
        if (row.direction, row.dim, row.metric) == ("text_to_image", 32, "hit@5")
    }
    assert chosen[MEAN] == pytest.approx((chosen["de"] + chosen["hi"]) / 2)


def test_scripts_are_summed_up_only_where_several_languages_share_one(pictures, two_languages):
    languages = {**two_languages, "fr": two_languages["de"]}
    names = {row.language for row in measured(pictures, languages).summary}
    assert names == {MEAN, "script Latin"}


def test_paired_differences_are_narrower_than_unpaired_ones(pictures, two_languages):
    found = measured(pictures, two_languages, widths=(24, 32), resamples=1000)
    verdict = next(v for v in found.verdicts if (v.language, v.metric) == ("hi", "hit@5"))
    rows = [r for r in found.rows if (r.language, r.metric) == ("hi", "hit@5")]
    unpaired = np.hypot(*(row.ci_high - row.ci_low for row in rows[:2]))
    assert verdict.ci_high - verdict.ci_low < 0.8 * unpaired


def test_cutting_far_loses_and_cutting_nothing_does_not(pictures, two_languages):
    german = {"de": two_languages["de"]}
    found = measured(pictures, german, widths=(2, 31, 32))
    verdicts = {
        v.dim: v.verdict
        for v in found.verdicts
        if (v.direction, v.metric) == ("text_to_image", "hit@1")
    }
    assert verdicts == {2: "loses", 31: "no measurable loss"}


def test_judgement_needs_the_whole_interval_on_one_side():
    assert judge(-0.2, -0.01) == "loses"
    assert judge(0.01, 0.2) == "gains"
    assert judge(-0.2, 0.0) == "no measurable loss"


def test_intervals_cover_the_truth_about_as_often_as_they_say():
    """200 samples of 80 pictures with two queries each that hit with probability 0.6."""
    generator = np.random.default_rng(12)
    covered = 0
    for seed in range(200):
        sums = generator.binomial(2, 0.6, 80).astype(float)[:, None]
        low, high = interval(mean_samples(resample_counts(80, 300, seed), sums, np.full(80, 2)))
        covered += bool(low[0] <= 0.6 <= high[0])
    assert 180 <= covered <= 198


def test_a_sample_without_losses_still_admits_a_small_one():
    assert hidden_loss(300) == pytest.approx(0.01)
    assert hidden_loss(2) == 1.0


def test_languages_are_fetched_one_after_the_other(pictures, two_languages):
    seen = []

    def fetch(code):
        seen.append(code)
        return two_languages[code]

    steps = []
    measure(
        pictures,
        {code: (lambda code=code: fetch(code)) for code in two_languages},
        Sampling((32,), 10, 0),
        lambda done, total: steps.append((done, total, len(seen))),
    )
    assert steps == [(0, 2, 0), (1, 2, 1)]


def test_pictures_without_a_caption_stay_in_the_gallery_but_are_not_asked(pictures):
    owner = np.array([0, 1, 2])
    language = {"en": LanguageVectors(pictures[owner], owner)}
    found = measured(pictures, language)
    assert found.ranks["en"].shape == (3, 3)
    hits = [r.value for r in found.rows if (r.dim, r.metric) == (32, "hit@1")]
    assert hits == [1.0, 1.0]

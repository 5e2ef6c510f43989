"""Agreement without captions, against SciPy and the definition of rank-biased overlap."""

import numpy as np
import pytest
from scipy import stats

from searchapp.errors import LibraryTooSmall
from searchapp.evaluation.agreement import (
    AgreementOptions,
    agreement,
    kendall,
    overlap,
    rank_biased_overlap,
    spearman,
)


def random_unit(rows, seed, width=32):
    vectors = np.random.default_rng(seed).standard_normal((rows, width))
    vectors *= 0.93 ** np.arange(width)
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture
def scores():
    generator = np.random.default_rng(2)
    left = generator.standard_normal((6, 80))
    return left, left + generator.standard_normal((6, 80))


def test_rank_correlations_equal_those_of_scipy(scores):
    left, right = scores
    for row in range(len(left)):
        assert spearman(left, right)[row] == pytest.approx(
            stats.spearmanr(left[row], right[row]).statistic, abs=1e-12
        )
        assert kendall(left, right)[row] == pytest.approx(
            stats.kendalltau(left[row], right[row]).statistic, abs=1e-12
        )


def test_kendall_counts_ties_as_scipy_does():
    left = np.array([[1.0, 1.0, 2.0, 3.0, 3.0, 4.0]])
    right = np.array([[2.0, 1.0, 2.0, 5.0, 3.0, 3.0]])
    assert kendall(left, right)[0] == pytest.approx(stats.kendalltau(left[0], right[0]).statistic)


def naive_rbo(first, second, persistence, depth):
    total = 0.0
    for d in range(1, depth + 1):
        total += len(set(first[:d]) & set(second[:d])) / d * persistence**d
    shared = len(set(first[:depth]) & set(second[:depth])) / depth
    return shared * persistence**depth + (1 - persistence) / persistence * total


@pytest.mark.parametrize("count", [30, 250])
def test_rank_biased_overlap_follows_its_definition(count):
    generator = np.random.default_rng(count)
    first = np.array([generator.permutation(count) for _ in range(4)])
    second = first.copy()
    second[:, :20] = generator.permuted(second[:, :20], axis=1)
    second[3] = generator.permutation(count)
    places = np.argsort(first, axis=1)
    found = rank_biased_overlap(places, second)
    for row in range(4):
        expected = naive_rbo(first[row], second[row], 0.9, min(100, count))
        assert found[row] == pytest.approx(expected)
    assert overlap(places, first, 10).tolist() == [1.0] * 4
    assert rank_biased_overlap(places, first) == pytest.approx([1.0] * 4)


def test_overlap_is_the_share_of_the_first_ten():
    order = np.arange(40)[None]
    moved = np.concatenate([np.arange(5, 40), np.arange(5)])[None]
    assert overlap(np.argsort(order, axis=1), moved, 10)[0] == 0.5


def test_agreement_rises_with_width_and_is_within_its_interval():
    found = agreement(random_unit(400, 0), random_unit(50, 1), (4, 8, 16, 31, 32))
    for metric in ("overlap@10", "rbo", "spearman", "kendall"):
        values = [row.value for row in found.rows if row.metric == metric]
        assert values == sorted(values)
        assert values[-1] > 0.9
    assert {row.dim for row in found.rows} == {4, 8, 16, 31}, "the full width agrees with itself"
    assert all(row.ci_low <= row.value <= row.ci_high for row in found.rows)
    assert found.queries_are == "texts"


def test_overlap_equals_sorting_by_hand():
    vectors, queries = random_unit(60, 3), random_unit(7, 4)
    found = agreement(vectors, queries, (6,), AgreementOptions(resamples=10))
    shares = []
    for query in queries:
        full = np.argsort(-(vectors @ query))[:10]
        short = vectors[:, :6] / np.linalg.norm(vectors[:, :6], axis=1, keepdims=True)
        narrow = np.argsort(-(short @ query[:6]))[:10]
        shares.append(len(set(full) & set(narrow)) / 10)
    assert found.rows[0].value == pytest.approx(np.mean(shares))


def test_a_picture_that_asks_is_no_answer():
    """With itself counted, the first answer would always agree."""
    vectors = random_unit(100, 5)
    own = np.arange(0, 100, 4)
    alone = agreement(vectors, vectors[own], (4,), AgreementOptions(own))
    counted = agreement(vectors, vectors[own], (4,))
    assert alone.queries_are == "pictures"
    assert alone.rows[0].value < counted.rows[0].value
    assert all(np.isfinite(row.value) for row in alone.rows)


def test_the_smallest_width_keeps_nine_of_ten():
    found = agreement(random_unit(300, 6), random_unit(40, 7), (2, 8, 24, 30))
    kept = {row.dim: row.value for row in found.rows if row.metric == "overlap@10"}
    assert found.smallest == min((dim for dim in kept if kept[dim] >= 0.9), default=32)
    assert agreement(random_unit(300, 6), random_unit(40, 7), (2,)).smallest == 32


def test_the_same_seed_gives_the_same_rows():
    vectors, queries = random_unit(400, 0), random_unit(30, 1)
    assert agreement(vectors, queries, (8,)) == agreement(vectors, queries, (8,))


@pytest.mark.parametrize(("pictures", "queries"), [(10, 5), (50, 0)])
def test_too_little_to_compare(pictures, queries):
    with pytest.raises(LibraryTooSmall):
        agreement(random_unit(pictures, 0), random_unit(5, 1)[:queries], (4,))

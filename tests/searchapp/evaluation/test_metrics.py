"""Ranks and metrics against a naive implementation and against ranx, ties included."""

import numpy as np
import pytest

from searchapp.evaluation.metrics import MEAN_METRICS, median_rank, query_metrics
from searchapp.evaluation.ranking import Prefixes, paired_ranks, target_ranks
from tests.searchapp.evaluation import naive

WIDTHS = (4, 8, 16)


def coarse_vectors(rows, seed, dim=16):
    """Vectors with few different values, so that equal scores are common."""
    values = np.random.default_rng(seed).integers(-1, 2, (rows, dim)).astype(np.float32)
    values[:, 0] += 3
    return values


@pytest.fixture(params=[0, 1, 2], ids=lambda seed: f"seed {seed}")
def tied_set(request):
    pictures = coarse_vectors(12, request.param)
    picture_of_text = np.sort(np.random.default_rng(request.param).integers(0, 12, 30))
    picture_of_text[:12] = np.arange(12)
    picture_of_text = np.sort(picture_of_text)
    texts = pictures[picture_of_text] + 0.0
    texts[::3] = coarse_vectors(len(texts[::3]), request.param + 100)
    return texts, pictures, picture_of_text


@pytest.mark.parametrize("position", range(len(WIDTHS)))
def test_ranks_equal_the_naive_ones_at_every_width(tied_set, position):
    texts, pictures, picture_of_text = tied_set
    ranks = paired_ranks(Prefixes.of(texts, WIDTHS), Prefixes.of(pictures, WIDTHS), picture_of_text)
    to_image = naive.text_to_image(texts, pictures, picture_of_text, WIDTHS[position])
    assert ranks.text_to_image[position].tolist() == [rank for (rank,) in to_image]
    to_text = naive.image_to_text(texts, pictures, picture_of_text, WIDTHS[position])
    assert [sorted(row[row > 0].tolist()) for row in ranks.image_to_text[position]] == to_text


def test_ties_really_occur_and_stand_before_the_right_answer():
    pictures = np.array([[1, 0], [1, 0], [0, 1]], np.float32)
    texts = np.array([[1, 0]], np.float32)
    ranks = paired_ranks(Prefixes.of(texts, (2,)), Prefixes.of(pictures, (2,)), np.array([0]))
    assert ranks.text_to_image.tolist() == [[2]]


def test_texts_of_one_picture_are_not_in_each_others_way():
    pictures = np.eye(3, dtype=np.float32)
    texts = pictures[[0, 0, 0, 1]]
    ranks = paired_ranks(
        Prefixes.of(texts, (3,)), Prefixes.of(pictures, (3,)), np.array([0, 0, 0, 1])
    )
    assert ranks.image_to_text[0].tolist() == [[1, 2, 3], [1, 0, 0], [0, 0, 0]]


def test_ranks_do_not_depend_on_the_block_size(monkeypatch):
    generator = np.random.default_rng(5)
    pictures = generator.standard_normal((50, 64)).astype(np.float32)
    owner = np.repeat(np.arange(50), 3)
    texts = pictures[owner] + generator.standard_normal((150, 64)).astype(np.float32)
    widths = (16, 64)
    whole = paired_ranks(Prefixes.of(texts, widths), Prefixes.of(pictures, widths), owner)
    monkeypatch.setattr("searchapp.evaluation.ranking.BLOCK", 7)
    parts = paired_ranks(Prefixes.of(texts, widths), Prefixes.of(pictures, widths), owner)
    assert (whole.text_to_image == parts.text_to_image).all()
    assert (whole.image_to_text == parts.image_to_text).all()


def test_equal_vectors_tie_wherever_they_stand():
    """Sums in another order may differ in the last bit; the rank may not."""
    generator = np.random.default_rng(9)
    one = generator.standard_normal(257).astype(np.float32)
    pictures = np.tile(one, (1037, 1))
    texts = generator.standard_normal((3, 257)).astype(np.float32)
    ranks = paired_ranks(
        Prefixes.of(texts, (257,)), Prefixes.of(pictures, (257,)), np.array([0, 500, 1036])
    )
    assert ranks.text_to_image.tolist() == [[1037, 1037, 1037]]


def test_target_ranks_equal_the_naive_ones():
    pictures = naive.cut(coarse_vectors(20, 3), 16).astype(np.float32)
    queries = naive.cut(coarse_vectors(15, 4), 16).astype(np.float32)
    targets = np.arange(15)
    expected = naive.text_to_image(queries, pictures, targets, 16)
    assert target_ranks(queries, pictures, targets).tolist() == [rank for (rank,) in expected]


def random_ranks(seed, queries=60, answers=5):
    generator = np.random.default_rng(seed)
    rows = []
    for _ in range(queries):
        count = generator.integers(1, answers + 1)
        row = np.sort(generator.choice(np.arange(1, 25), count, replace=False))
        rows.append(np.pad(row, (0, answers - count)))
    return np.stack(rows).astype(np.int32)


def test_metrics_equal_the_naive_ones():
    ranks = random_ranks(7)
    values = query_metrics(ranks)
    for query, row in enumerate(ranks):
        expected = naive.metrics(row[row > 0].tolist())
        for which, metric in enumerate(MEAN_METRICS):
            assert values[which, query] == pytest.approx(expected[metric], abs=1e-6), metric


def test_a_query_without_an_answer_scores_nothing():
    assert query_metrics(np.zeros((1, 3), np.int32)).tolist() == [[0.0]] * len(MEAN_METRICS)


def test_median_rank_is_one_that_half_the_queries_reach():
    assert median_rank(np.array([[1, 9, 2, 4]])).tolist() == [2]
    assert median_rank(np.array([[1, 9, 2]])).tolist() == [2]


def test_metrics_agree_with_ranx_on_random_data_with_ties(monkeypatch):
    monkeypatch.setenv("NUMBA_DISABLE_JIT", "1")  # compiling takes longer than running plainly
    ranx = pytest.importorskip("ranx")
    generator = np.random.default_rng(11)
    pictures = coarse_vectors(24, 20)
    owner = np.sort(np.concatenate([np.arange(24), generator.integers(0, 24, 40)]))
    texts = pictures[owner] + 0.0
    texts[::2] = coarse_vectors(len(texts[::2]), 21)
    ranks = paired_ranks(Prefixes.of(texts, (16,)), Prefixes.of(pictures, (16,)), owner)
    ours = query_metrics(ranks.image_to_text[0])

    scores = naive.cut(pictures, 16) @ naive.cut(texts, 16).T
    right = {p: {t for t, at in enumerate(owner) if at == p} for p in range(24)}
    qrels = ranx.Qrels({f"p{p}": {f"t{t}": 1 for t in texts_of} for p, texts_of in right.items()})
    # ranx breaks ties as it likes: the pessimistic order is written into the scores it gets.
    run = ranx.Run(
        {
            f"p{p}": {
                f"t{t}": float(np.round(score, 7)) - (1e-5 if t in right[p] else 0.0)
                for t, score in enumerate(row)
            }
            for p, row in enumerate(scores)
        }
    )
    names = {
        **{f"hit@{k}": f"hit_rate@{k}" for k in (1, 5, 10)},
        **{f"recall@{k}": f"recall@{k}" for k in (1, 5, 10)},
        "mrr": "mrr",
        "ndcg@10": "ndcg@10",
    }
    theirs = ranx.evaluate(qrels, run, list(names.values()))
    for metric, name in names.items():
        assert ours[MEAN_METRICS.index(metric)].mean() == pytest.approx(theirs[name], abs=1e-6)
    for count in sorted({len(texts_of) for texts_of in right.values()}):
        chosen = [p for p in right if len(right[p]) == count]
        part = ranx.Qrels({f"p{p}": {f"t{t}": 1 for t in right[p]} for p in chosen})
        part_run = ranx.Run({f"p{p}": run[f"p{p}"] for p in chosen})
        their_map = ranx.evaluate(part, part_run, f"map@{count}")
        our_map = ours[MEAN_METRICS.index("map@r")][chosen].mean()
        assert our_map == pytest.approx(their_map, abs=1e-6)

    theirs = ranx.evaluate(
        ranx.Qrels({f"t{t}": {f"p{at}": 1} for t, at in enumerate(owner)}),
        ranx.Run(
            {
                f"t{t}": {
                    f"p{p}": float(np.round(scores[p, t], 7)) - (1e-5 if p == at else 0.0)
                    for p in range(24)
                }
                for t, at in enumerate(owner)
            }
        ),
        list(names.values()),
    )
    ours = query_metrics(ranks.text_to_image[0][:, None])
    for metric, name in names.items():
        assert ours[MEAN_METRICS.index(metric)].mean() == pytest.approx(theirs[name], abs=1e-6)

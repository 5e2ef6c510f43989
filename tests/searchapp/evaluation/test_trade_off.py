"""Codecs against FAISS, reranking against the obvious way, Pareto fronts, held-out pictures."""

import faiss
import numpy as np
import pytest

from searchapp.evaluation import codecs
from searchapp.evaluation.captions import PictureFile
from searchapp.evaluation.codecs import Unmade, unit
from searchapp.evaluation.dataset import Dataset, Texts
from searchapp.evaluation.encoding import EncodedDataset
from searchapp.evaluation.index_recall import index_recall
from searchapp.evaluation.measure import Sampling
from searchapp.evaluation.results import Setting
from searchapp.evaluation.trade_off import Sample, draw, ranks_with, trade_off, with_fronts

WIDTH = 64


def random_unit(rows, seed, width=WIDTH):
    return unit(np.random.default_rng(seed).standard_normal((rows, width)))


@pytest.fixture
def sample():
    pictures = random_unit(300, 0)
    targets = np.arange(120)
    queries = unit(pictures[targets] + 0.9 * random_unit(120, 1))
    return Sample(pictures, queries, targets, random_unit(600, 2), 300)


def found_by(index, queries, targets):
    """Ranks by a FAISS index that returns everything, best first; ties as it likes."""
    _, ids = index.search(queries, index.ntotal)
    return np.argmax(ids == targets[:, None], axis=1) + 1


def test_half_precision_prefix_ranks_as_faiss_does(sample):
    index = faiss.IndexScalarQuantizer(
        32, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT
    )
    index.add(unit(sample.pictures[:, :32]))
    ours = ranks_with(codecs.prefix(32), sample)
    assert np.abs(ours - found_by(index, unit(sample.queries[:, :32]), sample.targets)).max() <= 1


def test_product_quantiser_ranks_as_faiss_does(sample):
    codec = codecs.product_quantiser(8, sample.fit_vectors, seed=0)
    assert codec.bytes_per_picture == 8
    index = faiss.IndexPQ(WIDTH, 8, 8, faiss.METRIC_INNER_PRODUCT)
    index.pq.cp.seed, index.pq.cp.min_points_per_centroid = 0, 1
    index.train(sample.fit_vectors)
    index.add(sample.pictures)
    ours, theirs = ranks_with(codec, sample), found_by(index, sample.queries, sample.targets)
    # FAISS may put equal codes in another order; ours counts them against us.
    assert (ours >= theirs).all()
    assert np.mean(ours - theirs) < 0.2


def test_binary_ranks_by_hamming_distance_with_ties_against_us(sample):
    def bits(vectors):
        return np.packbits(vectors > 0, axis=1)

    index = faiss.IndexBinaryFlat(WIDTH)
    index.add(bits(sample.pictures))
    distances, ids = index.search(bits(sample.queries), index.ntotal)
    ranks = ranks_with(codecs.binary(WIDTH), sample)
    for row, target in enumerate(sample.targets):
        own = distances[row][ids[row] == target][0]
        assert ranks[row] == np.count_nonzero(distances[row] <= own)


def test_int8_is_nearly_exact_and_pca_of_all_directions_is(sample):
    exact = ranks_with(codecs.prefix(WIDTH), sample)
    assert np.mean(ranks_with(codecs.int8(WIDTH, sample.fit_vectors), sample) == exact) > 0.9
    turned = codecs.pca(WIDTH, sample.fit_vectors)
    products = turned.queries(sample.queries) @ turned.pictures(sample.pictures).T
    assert np.abs(products - sample.queries @ sample.pictures.T).max() < 1e-5


def test_pca_beats_random_directions_where_there_are_few(sample):
    """Vectors that live in 8 of 64 directions, turned so that no prefix holds them."""
    turn, _ = np.linalg.qr(np.random.default_rng(5).standard_normal((WIDTH, WIDTH)))
    pictures = unit(random_unit(200, 6, 8) @ turn[:8])
    queries = unit(pictures[:80] + 0.3 * random_unit(80, 7, 8) @ turn[:8])
    fit = unit(random_unit(300, 8, 8) @ turn[:8])
    few = Sample(pictures.astype(np.float32), queries.astype(np.float32), np.arange(80), fit, 300)
    learnt = ranks_with(codecs.pca(8, few.fit_vectors), few).mean()
    assert learnt < ranks_with(codecs.random_projection(8, WIDTH, 0), few).mean()
    assert learnt == pytest.approx(ranks_with(codecs.prefix(WIDTH), few).mean(), abs=0.1)


@pytest.mark.parametrize("codec", [codecs.prefix(16, 20), codecs.binary(64, 20)])
def test_reranking_equals_the_obvious_way(sample, codec):
    coarse = codec.queries(sample.queries) @ codec.pictures(sample.pictures).T
    exact = sample.queries @ sample.pictures.T
    ranks = ranks_with(codec, sample)
    for row, target in enumerate(sample.targets):
        own = coarse[row, target]
        if np.count_nonzero(coarse[row] >= own - 1e-6) > 20:
            assert ranks[row] == len(sample.pictures)
            continue
        border = np.sort(coarse[row])[-20]
        rivals = [
            picture
            for picture in np.flatnonzero(coarse[row] >= border)
            if picture != target and exact[row, picture] >= exact[row, target] - 1e-6
        ]
        assert ranks[row] == len(rivals) + 1


def test_what_cannot_be_learnt_is_left_out_with_its_reason():
    few = random_unit(10, 0)
    assert codecs.pca(16, few) == Unmade("pca 16", "10 vectors to learn from, 16 needed")
    assert "256 needed" in codecs.product_quantiser(8, few, 0).reason
    assert "do not divide" in codecs.product_quantiser(48, random_unit(300, 0), 0).reason


def setting(name, cost, value, time=1.0):
    return Setting(name, "prefix", 1, cost, time, value, value, value)


def test_pareto_fronts_are_those_that_nothing_beats():
    settings = with_fronts(
        [
            setting("cheap", 1, 0.2, 9), setting("middle", 2, 0.5, 3), setting("worse", 3, 0.4, 2),
            setting("best", 4, 0.9, 4), setting("twin", 4, 0.9, 5), setting("dear", 5, 0.9, None),
        ]
    )  # fmt: skip
    assert [s.name for s in settings if s.pareto_bytes] == ["cheap", "middle", "best", "twin"]
    assert [s.name for s in settings if s.pareto_time] == ["middle", "worse", "best"]


def encoded(count, languages=("de", "en")):
    pictures = random_unit(count, 3)
    owner = np.arange(count)
    files = tuple(PictureFile(str(n), None) for n in range(count))
    texts = {code: Texts(tuple(map(str, owner)), owner) for code in languages}
    vectors = unit(np.tile(pictures, (len(languages), 1)) + 0.5 * random_unit(2 * count, 4))
    rows = {code: at * count + owner for at, code in enumerate(languages)}
    contents = tuple(map(str, owner))
    dataset = Dataset("s", "f", "0" * 64, files, contents, texts)
    return EncodedDataset(dataset, pictures, vectors, rows)


def test_no_held_out_picture_taught_anything():
    data = encoded(90)
    sample = draw(data, seed=1)
    assert (len(sample.pictures), sample.fit_pictures) == (60, 30)
    taught = {row.tobytes() for row in sample.fit_vectors}
    assert not taught & {row.tobytes() for row in np.vstack([sample.pictures, sample.queries])}
    for row, target in enumerate(sample.targets):
        assert sample.queries[row] @ sample.pictures[target] > 0.5


def test_queries_are_taken_evenly_from_languages(monkeypatch):
    monkeypatch.setattr("searchapp.evaluation.trade_off.MOST_QUERIES", 20)
    assert len(draw(encoded(90), seed=1).queries) == 20


def test_every_family_is_measured_on_the_same_pictures():
    compared = trade_off(encoded(600), Sampling((16, 32, WIDTH), 100, 0))
    families = {s.family for s in compared.settings}
    assert families == {
        "prefix", "int8", "pca", "random projection", "binary", "binary + rerank", "pq",
    } | ({"two-stage"} if WIDTH > 64 else set())  # fmt: skip
    by_name = {s.name: s for s in compared.settings}
    assert by_name["prefix 64"].value >= by_name["prefix 16"].value
    assert by_name["prefix 32"].bytes_per_picture == by_name["int8 64"].bytes_per_picture
    for one in compared.settings:
        assert one.ci_low <= one.value <= one.ci_high
        assert one.milliseconds > 0
    assert compared.skipped == ()


def test_an_exact_index_at_full_width_finds_everything():
    recalls = index_recall(random_unit(1500, 9), "library", Sampling((8, WIDTH), 100, 0))
    found = {(recall.family, recall.dim): recall for recall in recalls}
    assert found["scan", WIDTH].recall == pytest.approx(1.0, abs=0.002)
    assert found["scan", 8].recall < found["scan", WIDTH].recall
    assert found["inverted lists", WIDTH].recall > found["inverted lists", 8].recall
    assert found["inverted lists", WIDTH].bytes_per_picture == WIDTH / 8 + 8
    assert all(recall.measured_on == "library, 1500 vectors" for recall in recalls)


def test_a_handful_of_vectors_is_no_index():
    assert index_recall(random_unit(10, 0), "library", Sampling((WIDTH,), 10, 0)) == []

"""Whether captions raise recall: the ranks are those of a search, and nothing finds itself."""

import numpy as np
import pytest

from searchapp.evaluation import EvaluationRequest, evaluate
from searchapp.evaluation.enrichment import ranks_with_captions
from searchapp.evaluation.measure import LanguageVectors
from searchapp.query.fusion import fuse


def units(generator, count, width=8):
    vectors = generator.normal(size=(count, width)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@pytest.mark.parametrize("seed", range(3))
def test_ranks_are_the_places_in_a_search(seed):
    generator = np.random.default_rng(seed)
    images, captions, queries = (units(generator, count) for count in (30, 30, 400))
    told = generator.random(30) < 0.6
    right = generator.integers(0, 30, 400)
    alone, fused = ranks_with_captions(LanguageVectors(queries, right), images, captions, told)
    for query, picture, rank_alone, rank_fused in zip(queries, right, alone, fused, strict=True):
        scores = images @ query
        by_image = np.argsort(-scores, kind="stable")
        described = np.flatnonzero(told)
        by_caption = described[np.argsort(-(captions[described] @ query), kind="stable")]
        found = fuse(by_image, scores[by_image], np.zeros(30, np.float32), [], by_caption)
        assert rank_alone == by_image.tolist().index(picture) + 1
        assert rank_fused == found.ids.tolist().index(picture) + 1


def evaluated(captioned, encoder, captions_of):
    request = EvaluationRequest(captions=captioned, compare=False, languages=("de",), resamples=200)
    return evaluate(request, encoder, captions_of=captions_of)


class HalfBlind:
    """A tiny encoder to which every other picture looks alike."""

    def __init__(self, encoder):
        self._encoder = encoder

    def __getattr__(self, name):
        return getattr(self._encoder, name)

    def encode_images(self, batch):
        vectors = self._encoder.encode_images(batch).copy()
        vectors[::2] = vectors[0]
        return vectors


def test_captions_help_where_the_picture_says_little(captioned, tiny_encoder):
    def captions_of(files):
        lines = captioned.read_text(encoding="utf-8").splitlines()
        english = [line.split('"en": ["')[1].split('"')[0] for line in lines]
        return [(f"{english[int(file.name[:3]) - 1]} somewhere",) for file in files]

    found = evaluated(captioned, HalfBlind(tiny_encoder), captions_of).enrichment
    assert (found.pictures, found.described, found.captions, found.left_out) == (36, 36, 36, 0)
    (hit,) = [row for row in found.rows if row.metric == "hit@5"]
    assert hit.with_captions > hit.pictures_only
    assert hit.difference == pytest.approx(hit.with_captions - hit.pictures_only)
    assert hit.ci_low <= hit.difference <= hit.ci_high
    assert hit.verdict == "gains"


def test_a_caption_that_is_its_own_query_is_left_out(captioned, tiny_encoder):
    queries = {}

    def captions_of(files):
        result = evaluated(captioned, tiny_encoder, None)
        assert result.enrichment is None
        lines = captioned.read_text(encoding="utf-8").splitlines()
        for line in lines:
            name = line.split('"image": "')[1].split('"')[0]
            queries[name] = line.split('"de": ["')[1].split('"')[0]
        return [(f" {queries[file.name].upper()}. ",) for file in files]

    found = evaluated(captioned, tiny_encoder, captions_of).enrichment
    assert (found.described, found.captions, found.left_out) == (0, 0, 36)
    assert all(row.difference == 0 for row in found.rows)
    assert {row.verdict for row in found.rows} == {"no measurable loss"}

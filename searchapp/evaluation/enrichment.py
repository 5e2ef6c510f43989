"""Do captions of the library raise recall? The same queries with and without their vectors.

What a search does (`searchapp.query.fusion`) is done to every query: the ranking by the vectors
of pictures and that by the vectors of captions become one by reciprocal rank fusion. A caption
that says the same as one of its picture's queries takes no part: it would find itself.
"""

from collections.abc import Callable, Sequence

import numpy as np

from searchapp.captioning.vectors import mean_of_captions
from searchapp.evaluation.bootstrap import interval, mean_samples, resample_counts
from searchapp.evaluation.captions import PictureFile
from searchapp.evaluation.encoding import EncodedDataset
from searchapp.evaluation.measure import LanguageVectors, Sampling, judge
from searchapp.evaluation.metrics import MEAN_METRICS, query_metrics
from searchapp.evaluation.results import Enrichment, EnrichmentRow
from searchapp.query.fusion import RANK_OFFSET

CaptionsOf = Callable[[Sequence[PictureFile]], list[tuple[str, ...]]]
"""What the library says of each of these pictures; nothing for those it does not have."""
EncodeTexts = Callable[[list[str]], np.ndarray]

_QUERIES = 256
_SAME_SCORE = 1e-6


def enrich(
    encoded: EncodedDataset,
    captions: Sequence[tuple[str, ...]],
    encode_texts: EncodeTexts,
    sampling: Sampling,
) -> Enrichment:
    """Compare both ways to search at full width, per language.

    captions: of each picture of the data set [P].
    """
    own = _own_texts(encoded)
    kept = [
        tuple(text for text in texts if _bare(text) not in queries)
        for texts, queries in zip(captions, own, strict=True)
    ]
    every = sorted({text for texts in kept for text in texts}, key=len)
    row_of = {text: row for row, text in enumerate(every)}
    width = encoded.image_vectors.shape[1]
    vectors = encode_texts(every) if every else np.empty((0, width), np.float32)
    told = np.array([bool(texts) for texts in kept])
    caption_vectors = np.zeros_like(encoded.image_vectors)
    for place in np.flatnonzero(told):
        rows = [row_of[text] for text in kept[place]]
        caption_vectors[place] = mean_of_captions(vectors[rows])
    counts = resample_counts(len(told), sampling.resamples, sampling.seed)
    return Enrichment(
        pictures=len(told),
        described=int(told.sum()),
        captions=sum(map(len, kept)),
        left_out=sum(map(len, captions)) - sum(map(len, kept)),
        rows=tuple(
            row
            for code in encoded.rows
            for row in _rows(
                code,
                encoded.language(code),
                ranks_with_captions(
                    encoded.language(code), encoded.image_vectors, caption_vectors, told
                ),
                counts,
            )
        ),
    )


def ranks_with_captions(
    texts: LanguageVectors, image_vectors: np.ndarray, caption_vectors: np.ndarray, told: np.ndarray
) -> np.ndarray:
    """Ranks [2, T] of each query's picture: by pictures alone, and fused with captions.

    image_vectors, caption_vectors: [P, D]; told: bool [P], which pictures have captions.
    """
    ranks = np.empty((2, len(texts.vectors)), np.int64)
    described = np.flatnonzero(told)
    for start in range(0, len(texts.vectors), _QUERIES):
        part = slice(start, start + _QUERIES)
        queries, right = texts.vectors[part], texts.picture_of_text[part]
        scores = queries @ image_vectors.T
        each = np.arange(len(right))
        reached = scores >= scores[each, right][:, None] - _SAME_SCORE
        ranks[0, part] = reached.sum(axis=1)
        places = _places(scores)
        weights = 1.0 / (RANK_OFFSET + places)
        by_captions = _places(queries @ caption_vectors[described].T)
        weights[:, described] += 1.0 / (RANK_OFFSET + by_captions)
        wanted = weights[each, right][:, None]
        better = weights > wanted + 1e-12
        # Of equal weights the nearer picture comes first, as in a search.
        level = (np.abs(weights - wanted) <= 1e-12) & (places <= places[each, right][:, None])
        ranks[1, part] = (better | level).sum(axis=1)
    return ranks


def _places(scores: np.ndarray) -> np.ndarray:
    """Scores [Q, P] -> the place of each, 0 for the highest of its row."""
    order = np.argsort(-scores, axis=1, kind="stable")
    places = np.empty_like(order)
    np.put_along_axis(places, order, np.arange(scores.shape[1])[None], axis=1)
    return places


def _rows(
    language: str, texts: LanguageVectors, ranks: np.ndarray, counts: np.ndarray
) -> list[EnrichmentRow]:
    values = query_metrics(ranks[:, :, None])  # [M, 2, T]
    per_query = np.moveaxis(values, -1, 0).reshape(len(texts.vectors), -1)
    sums = np.zeros((counts.shape[1], per_query.shape[1]), np.float32)
    np.add.at(sums, texts.picture_of_text, per_query)
    queries_of = np.bincount(texts.picture_of_text, minlength=counts.shape[1])
    samples = mean_samples(counts, sums, queries_of).reshape(len(counts), -1, 2)
    means = sums.sum(axis=0, dtype=np.float64).reshape(-1, 2) / queries_of.sum()
    lows, highs = interval(samples[:, :, 1] - samples[:, :, 0])
    return [
        EnrichmentRow(
            language, metric, float(alone), float(fused), float(fused - alone), float(low),
            float(high), judge(float(low), float(high)),
        )
        for metric, (alone, fused), low, high in zip(MEAN_METRICS, means, lows, highs, strict=True)
    ]  # fmt: skip


def _own_texts(encoded: EncodedDataset) -> list[set[str]]:
    own: list[set[str]] = [set() for _ in encoded.dataset.files]
    for spoken in encoded.dataset.texts.values():
        for text, place in zip(spoken.captions, spoken.picture_of_text, strict=True):
            own[int(place)].add(_bare(text))
    return own


def _bare(text: str) -> str:
    return text.casefold().strip().rstrip(".!")

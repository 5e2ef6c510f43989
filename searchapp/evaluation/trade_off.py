"""Quality against bytes against time: widths beside other ways to spend the same bytes."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from searchapp.evaluation import codecs
from searchapp.evaluation.bootstrap import interval, mean_samples, resample_counts
from searchapp.evaluation.codecs import Codec, Unmade, unit
from searchapp.evaluation.encoding import EncodedDataset
from searchapp.evaluation.latency import GALLERY, Stopwatch
from searchapp.evaluation.measure import Sampling
from searchapp.evaluation.ranking import BLOCK, TIE, target_ranks
from searchapp.evaluation.results import Setting, TradeOff

FIT_SHARE = 3
"""One picture in so many teaches PCA, int8 and PQ and is measured by none of them."""
MOST_QUERIES = 4000
MOST_FIT_VECTORS = 20_000
RERANKED = 200
"""Candidates the program reranks; on small sets a tenth of the pictures, so that some are not."""
COARSE_WIDTHS = (64, 256)
LEAST_BINARY = 64
METRIC = "hit@5"
CUT = 5


@dataclass(frozen=True)
class Sample:
    """Held-out pictures [N, D], queries [Q, D], each one's picture [Q]; vectors to learn from."""

    pictures: np.ndarray
    queries: np.ndarray
    targets: np.ndarray
    fit_vectors: np.ndarray
    fit_pictures: int


def trade_off(
    encoded: EncodedDataset,
    sampling: Sampling,
    advance: Callable[[int, int], None] = lambda done, total: None,
) -> TradeOff:
    """Measure every setting on the same held-out pictures."""
    sample = draw(encoded, sampling.seed)
    counts = resample_counts(len(sample.pictures), sampling.resamples, sampling.seed)
    texts = np.bincount(sample.targets, minlength=len(sample.pictures))
    stopwatch = Stopwatch(sampling.seed)
    full_dim = sampling.widths[-1]
    made = list(settings_for(sample, sampling.widths, sampling.seed))
    settings: list[Setting] = []
    skipped: list[tuple[str, str]] = []
    for done, codec in enumerate(made):
        advance(done, len(made))
        if isinstance(codec, Unmade):
            skipped.append((codec.name, codec.reason))
            continue
        hits = (ranks_with(codec, sample) <= CUT).astype(np.float32)
        sums = np.bincount(sample.targets, hits, minlength=len(sample.pictures))
        low, high = interval(mean_samples(counts, sums[:, None], texts)[:, 0])
        settings.append(
            Setting(
                codec.name, codec.family, codec.dim, float(codec.bytes_per_picture),
                stopwatch.milliseconds(codec, full_dim), float(hits.mean()),
                float(low), float(high),
            )
        )  # fmt: skip
    return TradeOff(
        METRIC,
        len(sample.pictures),
        sample.fit_pictures,
        GALLERY,
        tuple(with_fronts(settings)),
        tuple(skipped),
    )


def draw(encoded: EncodedDataset, seed: int) -> Sample:
    """Split the pictures, and take queries evenly from all languages."""
    picture_count = len(encoded.image_vectors)
    order = np.random.default_rng(seed).permutation(picture_count)
    fit = np.sort(order[: picture_count // FIT_SHARE])
    held_out = np.sort(order[picture_count // FIT_SHARE :])
    place = np.full(picture_count, -1)
    place[held_out] = np.arange(len(held_out))
    queries, targets, fit_texts = [], [], []
    share = max(1, MOST_QUERIES // len(encoded.rows))
    for code in encoded.rows:
        language = encoded.language(code)
        at = place[language.picture_of_text]
        asked = np.flatnonzero(at >= 0)
        asked = asked[np.linspace(0, len(asked) - 1, min(share, len(asked))).astype(int)]
        queries.append(language.vectors[asked])
        targets.append(at[asked])
        fit_texts.append(language.vectors[at < 0])
    texts = np.concatenate(fit_texts)
    taught = min(len(texts), MOST_FIT_VECTORS)
    chosen = np.random.default_rng(seed).permutation(len(texts))[:taught]
    return Sample(
        unit(encoded.image_vectors[held_out]),
        unit(np.concatenate(queries)),
        np.concatenate(targets),
        unit(np.concatenate([encoded.image_vectors[fit], texts[chosen]])),
        len(fit),
    )


def settings_for(sample: Sample, widths: tuple[int, ...], seed: int) -> Iterator[Codec | Unmade]:
    """Every setting that is compared."""
    full = widths[-1]
    reranked = min(RERANKED, max(2 * CUT, len(sample.pictures) // 10))
    for dim in widths:
        yield codecs.prefix(dim)
        yield codecs.int8(dim, sample.fit_vectors)
        if dim < full:
            yield codecs.pca(dim, sample.fit_vectors)
            yield codecs.random_projection(dim, full, seed)
        if dim >= LEAST_BINARY and dim % 8 == 0:
            yield codecs.binary(dim)
            yield codecs.binary(dim, reranked)
        code_bytes = codecs.FLOAT16_BYTES * dim
        if code_bytes < full:
            yield codecs.product_quantiser(code_bytes, sample.fit_vectors, seed)
    for dim in COARSE_WIDTHS:
        if dim < full:
            yield codecs.prefix(dim, reranked)


def ranks_with(codec: Codec, sample: Sample) -> np.ndarray:
    """Ranks [Q] of the right pictures when they are stored by `codec`."""
    stored = codec.pictures(sample.pictures)
    queries = codec.queries(sample.queries)
    if not codec.rerank:
        return target_ranks(queries, stored, sample.targets)
    ranks = np.empty(len(queries), np.int32)
    for start in range(0, len(queries), BLOCK):
        block = slice(start, min(start + BLOCK, len(queries)))
        ranks[block] = _reranked(
            queries[block] @ stored.T,
            sample.queries[block] @ sample.pictures.T,
            sample.targets[block],
            codec.rerank,
        )
    return ranks


def _reranked(
    coarse: np.ndarray, exact: np.ndarray, targets: np.ndarray, candidates: int
) -> np.ndarray:
    """Ranks after reranking; a picture that is no candidate comes last. Ties count against us."""
    rows = np.arange(len(targets))
    last = coarse.shape[1]
    candidates = min(candidates, last)
    own_coarse = coarse[rows, targets][:, None]
    own_exact = exact[rows, targets][:, None]
    border = np.partition(coarse, last - candidates, axis=1)[:, last - candidates, None]
    rivals = coarse >= border
    rivals[rows, targets] = False
    is_candidate = np.count_nonzero(coarse >= own_coarse - TIE, axis=1) <= candidates
    before = np.count_nonzero(rivals & (exact >= own_exact - TIE), axis=1)
    return np.asarray(np.where(is_candidate, before + 1, last), np.int32)


def with_fronts(settings: list[Setting]) -> list[Setting]:
    """The settings with the Pareto fronts of bytes and of time marked."""
    return [
        replace(
            setting,
            pareto_bytes=not any(
                _beats(other, setting, other.bytes_per_picture, setting.bytes_per_picture)
                for other in settings
            ),
            pareto_time=setting.milliseconds is not None
            and not any(
                other.milliseconds is not None
                and _beats(other, setting, other.milliseconds, setting.milliseconds)
                for other in settings
            ),
        )
        for setting in settings
    ]


def _beats(other: Setting, setting: Setting, other_cost: float, cost: float) -> bool:
    no_worse = other.value >= setting.value and other_cost <= cost
    return no_worse and (other.value > setting.value or other_cost < cost)

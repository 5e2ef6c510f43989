"""From vectors to rows: ranks, metrics, intervals and paired differences of every language."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from searchapp.evaluation.bootstrap import (
    hidden_loss,
    interval,
    mean_samples,
    median_samples,
    resample_counts,
)
from searchapp.evaluation.metrics import (
    MEAN_METRICS,
    MEDIAN_RANK,
    median_rank,
    query_metrics,
)
from searchapp.evaluation.ranking import Prefixes, paired_ranks
from searchapp.evaluation.results import DIRECTIONS, MEAN, SCRIPT, Judgement, Row, Verdict
from searchapp.query.language import script_of_language


@dataclass(frozen=True)
class LanguageVectors:
    """Texts of one language: vectors [T, D] float32, and each one's picture [T] int64."""

    vectors: np.ndarray
    picture_of_text: np.ndarray


@dataclass(frozen=True)
class Sampling:
    """Widths (rising, the last is the full one), number of resamples and seed."""

    widths: tuple[int, ...]
    resamples: int = 1000
    seed: int = 0


@dataclass
class Measurement:
    """What was measured. `ranks`: language -> text to image ranks [W, T] int32."""

    rows: list[Row] = field(default_factory=list)
    summary: list[Row] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)
    ranks: dict[str, np.ndarray] = field(default_factory=dict)


@dataclass(frozen=True)
class _Estimate:
    """Values [W, M] of one direction with their resamples [B, W, M], metrics as MEAN_METRICS."""

    values: np.ndarray
    samples: np.ndarray
    pictures: int


def measure(
    image_vectors: np.ndarray,
    languages: Mapping[str, Callable[[], LanguageVectors]],
    sampling: Sampling,
    advance: Callable[[int, int], None] = lambda done, total: None,
) -> Measurement:
    """Measure all languages against image_vectors [P, D].

    Each language's vectors are fetched when their turn comes, so that only one is in memory.
    """
    pictures = Prefixes.of(image_vectors, sampling.widths)
    counts = resample_counts(len(image_vectors), sampling.resamples, sampling.seed)
    found = Measurement()
    groups: dict[tuple[str, str], list[_Estimate]] = {}
    for done, (language, fetch) in enumerate(languages.items()):
        advance(done, len(languages))
        for direction, estimate in _one_language(
            language, fetch(), pictures, counts, found
        ).items():
            _add_rows(found.rows, found.verdicts, (language, direction), estimate, sampling)
            for group in (MEAN, SCRIPT + script_of_language(language)):
                groups.setdefault((group, direction), []).append(estimate)
    for key, members in groups.items():
        if len(members) > 1:
            _add_rows(found.summary, found.verdicts, key, _mean(members), sampling)
    return found


def _one_language(
    language: str,
    texts: LanguageVectors,
    pictures: Prefixes,
    counts: np.ndarray,
    found: Measurement,
) -> dict[str, _Estimate]:
    widths = pictures.widths
    picture_count = len(pictures.vectors)
    prefixes = Prefixes.of(texts.vectors, widths)
    ranks = paired_ranks(prefixes, pictures, texts.picture_of_text)
    found.ranks[language] = ranks.text_to_image
    captioned = np.unique(texts.picture_of_text)
    queries = {
        DIRECTIONS[0]: (ranks.text_to_image[:, :, None], texts.picture_of_text),
        DIRECTIONS[1]: (ranks.image_to_text[:, captioned], captioned),
    }
    estimates: dict[str, _Estimate] = {}
    for direction, (answer_ranks, picture_of_query) in queries.items():
        values = np.moveaxis(query_metrics(answer_ranks), 0, -1)  # [W, Q, M]
        per_width = np.swapaxes(values, 0, 1).reshape(len(picture_of_query), -1)
        sums = np.zeros((picture_count, per_width.shape[1]), np.float32)
        np.add.at(sums, picture_of_query, per_width)
        queries_of = np.bincount(picture_of_query, minlength=picture_count)
        samples = mean_samples(counts, sums, queries_of)
        shape = (len(widths), len(MEAN_METRICS))
        means = (sums.sum(axis=0, dtype=np.float64) / queries_of.sum()).reshape(shape)
        estimates[direction] = _Estimate(means, samples.reshape(-1, *shape), len(captioned))
        firsts = np.where(answer_ranks > 0, answer_ranks, np.iinfo(np.int32).max).min(axis=2)
        for position, (width, median) in enumerate(zip(widths, median_rank(firsts), strict=True)):
            low, high = interval(median_samples(counts, firsts[position], picture_of_query))
            found.rows.append(
                Row(
                    language, direction, width, MEDIAN_RANK,
                    float(median), float(low), float(high),
                )
            )  # fmt: skip
    return estimates


def _mean(members: list[_Estimate]) -> _Estimate:
    values = np.mean([member.values for member in members], axis=0)
    samples = sum(member.samples for member in members) / len(members)
    return _Estimate(values, np.asarray(samples), max(member.pictures for member in members))


def _add_rows(
    rows: list[Row],
    verdicts: list[Verdict],
    key: tuple[str, str],
    estimate: _Estimate,
    sampling: Sampling,
) -> None:
    lows, highs = interval(estimate.samples)
    changes = estimate.values - estimate.values[-1:]
    change_lows, change_highs = interval(estimate.samples - estimate.samples[:, -1:])
    for at, width in enumerate(sampling.widths):
        for which, metric in enumerate(MEAN_METRICS):
            place = (at, which)
            rows.append(
                Row(
                    *key, width, metric, float(estimate.values[place]),
                    float(lows[place]), float(highs[place]),
                )
            )  # fmt: skip
            if width == sampling.widths[-1]:
                continue
            bounds = float(change_lows[place]), float(change_highs[place])
            verdicts.append(
                Verdict(
                    *key, width, metric, float(changes[place]), *bounds,
                    judge(*bounds), hidden_loss(estimate.pictures),
                )
            )  # fmt: skip


def judge(ci_low: float, ci_high: float) -> Judgement:
    """A verdict on a difference from its interval."""
    if ci_high < 0:
        return "loses"
    return "gains" if ci_low > 0 else "no measurable loss"

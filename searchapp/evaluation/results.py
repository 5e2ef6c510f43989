"""What an evaluation answers: frozen values, plain enough for JSON."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Direction = Literal["text_to_image", "image_to_text"]
Judgement = Literal["loses", "gains", "no measurable loss"]
DIRECTIONS: tuple[Direction, Direction] = ("text_to_image", "image_to_text")
MEAN = "mean"
"""In place of a language: the mean over all measured languages, each counting the same."""
SCRIPT = "script "
"""Prefix in place of a language: the mean over the languages written in one script."""


@dataclass(frozen=True)
class Row:
    """One measured value with its 95 % interval. Shares are 0 to 1, ranks begin at 1.

    language: BCP 47 code; in `summary`, `mean` or `script NAME`.
    """

    language: str
    direction: str
    dim: int
    metric: str
    value: float
    ci_low: float
    ci_high: float


@dataclass(frozen=True)
class Verdict:
    """One width against the full one on the same pictures; negative differences are losses.

    hidden: the loss that this number of pictures could still hide, 0 to 1.
    """

    language: str
    direction: str
    dim: int
    metric: str
    difference: float
    ci_low: float
    ci_high: float
    verdict: Judgement
    hidden: float


@dataclass(frozen=True)
class Advice:
    """The smallest width that a person who tolerates `tolerance` should use.

    loss: measured loss of `metric` at that width; at_most: the loss that cannot be excluded.
    assured: whether `at_most` is within the tolerance, and not only `loss`.
    bytes_saved, milliseconds_saved: for `pictures` pictures, against the full width.
    command: switches the library; None when nothing would change.
    losing: single languages that measurably lose at that width, the greatest loss first.
    """

    dim: int
    full_dim: int
    metric: str
    tolerance: float
    loss: float
    at_most: float
    assured: bool
    pictures: int
    bytes_saved: int
    milliseconds_saved: float | None
    command: str | None
    sentence: str
    losing: tuple[Verdict, ...] = ()


@dataclass(frozen=True)
class Setting:
    """One way to store vectors: quality against bytes against time.

    family: prefix, pca, random projection, int8, binary, binary + rerank, pq, two-stage.
    bytes_per_picture: what the search reads for every picture; vectors for reranking lie beside.
    milliseconds: one query against `SettingScale.gallery` pictures, median; None if not measured.
    pareto_bytes, pareto_time: no other setting is at least as good in both, and better in one.
    """

    name: str
    family: str
    dim: int
    bytes_per_picture: float
    milliseconds: float | None
    value: float
    ci_low: float
    ci_high: float
    pareto_bytes: bool = False
    pareto_time: bool = False


@dataclass(frozen=True)
class TradeOff:
    """All settings on the same held-out pictures; `fitted_on` pictures taught PCA, int8 and PQ.

    skipped: (setting, reason) of those that could not be made.
    """

    metric: str
    pictures: int
    fitted_on: int
    gallery: int
    settings: tuple[Setting, ...]
    skipped: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Loss:
    """A query that a narrow width no longer answers among the first five.

    lost_at: the widest width at which it is lost. ranks: width -> rank.
    """

    picture: str
    language: str
    text: str
    lost_at: int
    ranks: dict[int, int]


@dataclass(frozen=True)
class RankChange:
    """How ranks move from the full width to `dim`: queries per class of change."""

    dim: int
    counts: dict[str, int]


@dataclass(frozen=True)
class Comparison:
    """A published value beside ours. agrees: whether the published value is in our interval."""

    source: str
    language: str
    direction: str
    dim: int
    metric: str
    published: float
    ours: float
    ci_low: float
    ci_high: float
    agrees: bool


@dataclass(frozen=True)
class IndexRecall:
    """Share of the exact first ten (full width) that an index with reranking finds.

    measured_on: `library` or `data set`, and how many vectors that is.
    """

    family: str
    dim: int
    recall: float
    ci_low: float
    ci_high: float
    milliseconds: float
    bytes_per_picture: float
    measured_on: str


@dataclass(frozen=True)
class EnrichmentRow:
    """One metric, text to image at full width, with and without vectors of captions.

    difference: what captions add, with its 95 % interval, paired over pictures.
    """

    language: str
    metric: str
    pictures_only: float
    with_captions: float
    difference: float
    ci_low: float
    ci_high: float
    verdict: Judgement


@dataclass(frozen=True)
class Enrichment:
    """What captions of the library do for queries that they were not made from.

    described: pictures of the data set with captions in the library. captions: how many took
    part. left_out: those that say the same as a query of their picture.
    """

    pictures: int
    described: int
    captions: int
    left_out: int
    rows: tuple[EnrichmentRow, ...]


@dataclass(frozen=True)
class Protocol:
    """How the figures came about; printed with every one of them."""

    captions: str
    gallery: int
    ties: str = "pessimistic: equal scores (within 1e-6) count as ranked before the right answer"
    duplicates: str = "byte-equal pictures are one answer"
    hit: str = "hit@k: any right answer among the first k (recall as in the CLIP papers)"
    recall: str = "recall@k: share of all right answers among the first k"
    intervals: str = "95 % percentile bootstrap over pictures, paired between widths"


@dataclass(frozen=True)
class Provenance:
    """Everything needed to make the figures again."""

    model: str
    fingerprint: str
    dataset: str
    dataset_format: str
    dataset_digest: str
    pictures: int
    captions: dict[str, int]
    missing: tuple[str, ...]
    unreadable: tuple[str, ...]
    duplicates: tuple[tuple[str, str], ...]
    widths: tuple[int, ...]
    resamples: int
    seed: int
    protocol: Protocol
    environment: dict[str, str]
    command: str
    created_at: str
    seconds: dict[str, float]


@dataclass(frozen=True)
class EvaluationResult:
    """The answer to `evaluate`.

    rows: per language; summary: mean over languages and per script, same shape.
    worst_languages: text to image hit@5 at full width, lowest first.
    weak: languages whose queries deserve a quiet notice.
    mean_of_recalls: language -> mean of hit@1, hit@5 and hit@10, text to image, full width, in
        the form in which immich's documentation compares models.
    peers: other model -> language -> the same mean as published, in percent; with a preset only.
    notes: sentences on what was left out or could not be kept.
    enrichment: with and without vectors of captions, where that was asked for.
    thumbnails: name -> small JPEG as a data address, for the report; not part of results.json.
    """

    rows: tuple[Row, ...]
    summary: tuple[Row, ...]
    verdicts: tuple[Verdict, ...]
    advice: Advice
    worst_languages: tuple[Row, ...]
    weak: tuple[str, ...]
    mean_of_recalls: dict[str, float]
    trade_off: TradeOff | None
    rank_changes: tuple[RankChange, ...]
    losses: tuple[Loss, ...]
    published: tuple[Comparison, ...]
    index_recall: tuple[IndexRecall, ...]
    notes: tuple[str, ...]
    provenance: Provenance
    peers: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    thumbnails: dict[str, str] = field(default_factory=dict, repr=False)
    enrichment: Enrichment | None = None

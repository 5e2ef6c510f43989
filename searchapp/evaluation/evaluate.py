"""One evaluation from captions to result."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from searchapp.errors import CaptionsUnknown, WidthNotAllowed
from searchapp.evaluation.advice import METRIC, advise
from searchapp.evaluation.cache import VectorCache
from searchapp.evaluation.captions import Captions
from searchapp.evaluation.dataset import Dataset, prepare
from searchapp.evaluation.decoding import thumbnails
from searchapp.evaluation.encoding import EncodedDataset, encode_dataset, encode_texts
from searchapp.evaluation.enrichment import CaptionsOf, enrich
from searchapp.evaluation.environment import environment
from searchapp.evaluation.index_recall import index_recall
from searchapp.evaluation.languages import weak_among
from searchapp.evaluation.loaders import LoadOptions, load_captions
from searchapp.evaluation.losses import rank_changes, worst_losses
from searchapp.evaluation.measure import Measurement, Sampling, measure
from searchapp.evaluation.metrics import CUTS
from searchapp.evaluation.presets import Preset, compare, departures, preset
from searchapp.evaluation.progress import EvaluationProgress, Reporter
from searchapp.evaluation.request import EvaluationRequest
from searchapp.evaluation.results import (
    EvaluationResult,
    IndexRecall,
    Loss,
    Protocol,
    Provenance,
    Row,
    TradeOff,
)
from searchapp.evaluation.trade_off import trade_off

if TYPE_CHECKING:
    from pd_clip.encoder import Encoder

TEXT_TO_IMAGE = "text_to_image"
LEAST_COMPARED = 12
"""Below so many pictures a held-out part says nothing, and the comparison is left out."""


@dataclass
class _Clock:
    """Seconds spent in each part of an evaluation."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        begin = time.perf_counter()
        yield
        self.seconds[name] = round(time.perf_counter() - begin, 3)


def evaluate(
    request: EvaluationRequest,
    encoder: "Encoder",
    progress: Callable[[EvaluationProgress], None] = lambda _: None,
    stop: Callable[[], bool] = lambda: False,
    library: np.ndarray | None = None,
    captions_of: CaptionsOf | None = None,
) -> EvaluationResult:
    """Measure what every width costs on captioned pictures.

    library: vectors [N, D] of the user's library, on which indexes are measured; without it, the
    data set's own pictures serve.
    captions_of: what the library says of pictures; then searching by that too is measured.
    Raises CaptionsUnknown, CaptionsDamaged, CaptionedPicturesMissing, WidthNotAllowed,
    EvaluationStopped.
    """
    reporter = Reporter(progress, stop)
    clock = _Clock()
    chosen = preset(request.preset, encoder.dimensions) if request.preset else None
    request = _with_preset(request, chosen)
    sampling = Sampling(widths_for(request, encoder), request.resamples, request.seed)
    with clock.part("read"):
        captions = load_captions(
            request.captions,
            LoadOptions(request.images, request.language, request.split, request.machine_made),
            request.format,
        )
        dataset = prepare(_only(captions, request.languages), request.caption_choice, reporter)
    cache = VectorCache(request.cache, encoder.fingerprint)
    with clock.part("encode"):
        encoded = encode_dataset(dataset, encoder, cache, reporter)
    with clock.part("measure"):
        measured = measure(
            encoded.image_vectors,
            {code: partial(encoded.language, code) for code in encoded.rows},
            sampling,
            lambda done, total: reporter.advance("measuring languages", done, total),
        )
    with clock.part("compare"):
        compared, index = _compare(request, encoded, sampling, library, reporter)
    enrichment = None
    if captions_of is not None:
        with clock.part("captions"):
            enrichment = enrich(
                encoded,
                captions_of(encoded.dataset.files),
                lambda texts: encode_texts(texts, encoder, cache, reporter),
                sampling,
            )
    losses = worst_losses(encoded.dataset, measured.ranks, sampling.widths)
    with clock.part("thumbnails"):
        small = _thumbnails(encoded.dataset, losses, encoder) if request.thumbnails else {}
    return EvaluationResult(
        **_findings(request, encoded, sampling, measured, compared),
        losses=losses,
        published=tuple(
            compare(chosen.published if chosen else (), [*measured.rows, *measured.summary])
        ),
        peers=dict(chosen.peers) if chosen else {},
        index_recall=tuple(index),
        notes=(
            *(departures(chosen, encoder.name, len(encoded.dataset.files)) if chosen else ()),
            *_notes(request, encoded.dataset, cache, compared),
        ),
        provenance=_provenance(request, encoder, encoded.dataset, sampling, clock),
        thumbnails=small,
        enrichment=enrichment,
    )


def widths_for(request: EvaluationRequest, encoder: "Encoder") -> tuple[int, ...]:
    """The widths asked for, or the model's own, rising, with the full one at the end.

    Raises WidthNotAllowed.
    """
    full = encoder.dimensions
    for dim in request.dims:
        if not 0 < dim <= full:
            raise WidthNotAllowed(dim, encoder.matryoshka, full)
    return tuple(sorted({*(request.dims or encoder.matryoshka), full}))


def _with_preset(request: EvaluationRequest, chosen: Preset | None) -> EvaluationRequest:
    if chosen is None:
        return request
    return replace(
        request,
        caption_choice=chosen.captions,
        languages=request.languages or chosen.languages,
        dims=request.dims or chosen.widths,
        language="en" if chosen.name == "coco" else request.language,
    )


def _only(captions: Captions, languages: tuple[str, ...]) -> Captions:
    if not languages:
        return captions
    pictures = tuple(
        replace(
            picture,
            captions={code: texts for code, texts in picture.captions.items() if code in languages},
        )
        for picture in captions.pictures
    )
    if not any(picture.captions for picture in pictures):
        raise CaptionsUnknown(captions.source, f"it has no captions in {', '.join(languages)}")
    return replace(captions, pictures=pictures)


def _compare(
    request: EvaluationRequest,
    encoded: EncodedDataset,
    sampling: Sampling,
    library: np.ndarray | None,
    reporter: Reporter,
) -> tuple[TradeOff | None, list[IndexRecall]]:
    if not request.compare or len(encoded.image_vectors) < LEAST_COMPARED:
        return None, []
    compared = trade_off(
        encoded,
        sampling,
        lambda done, total: reporter.advance("comparing ways to store vectors", done, total),
    )
    in_library = library is not None and len(library) > 0
    vectors = library if library is not None and in_library else encoded.image_vectors
    recalls = index_recall(
        vectors,
        "library" if in_library else "data set",
        sampling,
        lambda done, total: reporter.advance("measuring the index", done, total),
    )
    return compared, recalls


def _findings(
    request: EvaluationRequest,
    encoded: EncodedDataset,
    sampling: Sampling,
    measured: Measurement,
    compared: TradeOff | None,
) -> dict[str, Any]:
    """The fields of a result that follow from what was measured."""
    full = sampling.widths[-1]
    languages = tuple(encoded.rows)
    at_full = [
        row
        for row in measured.rows
        if (row.direction, row.dim, row.metric) == (TEXT_TO_IMAGE, full, METRIC)
    ]
    pictures = request.library_pictures or len(encoded.image_vectors)
    return dict(
        rows=tuple(measured.rows),
        summary=tuple(measured.summary),
        verdicts=tuple(measured.verdicts),
        advice=advise(measured.verdicts, languages, full, request.tolerance, pictures, compared),
        worst_languages=tuple(sorted(at_full, key=lambda row: (row.value, row.language))),
        weak=tuple(
            weak_among(
                {row.language: row.value for row in at_full},
                {row.language: row.ci_high for row in at_full},
            )
        ),
        mean_of_recalls=mean_of_recalls(measured.rows, full),
        trade_off=compared,
        rank_changes=rank_changes(measured.ranks, sampling.widths),
    )


def mean_of_recalls(rows: list[Row], full_dim: int) -> dict[str, float]:
    """Language -> mean of hit@1, hit@5 and hit@10, text to image at full width."""
    wanted = {f"hit@{cut}" for cut in CUTS}
    sums: dict[str, float] = {}
    for row in rows:
        if (row.direction, row.dim) == (TEXT_TO_IMAGE, full_dim) and row.metric in wanted:
            sums[row.language] = sums.get(row.language, 0.0) + row.value / len(CUTS)
    return sums


def weak_languages(result: EvaluationResult) -> tuple[str, ...]:
    """Languages that measured so weakly that a query in them deserves a quiet notice."""
    return result.weak


def _thumbnails(dataset: Dataset, losses: tuple[Loss, ...], encoder: "Encoder") -> dict[str, str]:
    names = {loss.picture for loss in losses}
    return thumbnails(tuple(file for file in dataset.files if file.name in names), encoder)


def _notes(
    request: EvaluationRequest, dataset: Dataset, cache: VectorCache, compared: TradeOff | None
) -> Iterator[str]:
    if cache.note:
        yield cache.note
    if dataset.set_aside:
        yield (
            f"{dataset.set_aside} machine-made captions were left out; "
            "searchapp eval --machine-made takes them too."
        )
    if request.compare and compared is None:
        yield (
            f"{len(dataset.files)} pictures are too few to hold some out, so other ways to store "
            f"vectors were not compared ({LEAST_COMPARED} are needed)."
        )


def _provenance(
    request: EvaluationRequest,
    encoder: "Encoder",
    dataset: Dataset,
    sampling: Sampling,
    clock: _Clock,
) -> Provenance:
    captions = "first caption of each picture and language"
    if request.caption_choice == "all":
        captions = "all captions"
    return Provenance(
        model=encoder.name,
        fingerprint=encoder.fingerprint,
        dataset=dataset.name,
        dataset_format=dataset.format,
        dataset_digest=dataset.digest,
        pictures=len(dataset.files),
        captions={code: len(spoken.captions) for code, spoken in dataset.texts.items()},
        missing=dataset.missing,
        unreadable=dataset.unreadable,
        duplicates=dataset.duplicates,
        widths=sampling.widths,
        resamples=sampling.resamples,
        seed=sampling.seed,
        protocol=Protocol(captions, len(dataset.files)),
        environment=environment(),
        command=request.command,
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        seconds=clock.seconds,
    )

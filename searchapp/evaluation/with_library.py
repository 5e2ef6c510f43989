"""Evaluations on a person's library: the service's encoder, vectors and folders around them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from searchapp.errors import LibraryTooSmall
from searchapp.evaluation.agreement import (
    LEAST_PICTURES,
    AgreementOptions,
    AgreementResult,
    agreement,
)
from searchapp.evaluation.captions import PictureFile
from searchapp.evaluation.evaluate import evaluate
from searchapp.evaluation.index_recall import index_recall, library_vectors
from searchapp.evaluation.kept import keep
from searchapp.evaluation.measure import Sampling
from searchapp.evaluation.notice import LanguageNotices, remember
from searchapp.evaluation.progress import EvaluationProgress, Reporter
from searchapp.evaluation.request import EvaluationRequest
from searchapp.evaluation.results import EvaluationResult

if TYPE_CHECKING:
    from indexer.catalogue import Catalogue
    from indexer.vectors import VectorSource
    from pd_clip.encoder import Encoder
    from searchapp.service import SearchService
    from searchapp.settings import Settings

Show = Callable[[EvaluationProgress], None]
Stop = Callable[[], bool]
ASKED_PICTURES = 200


@dataclass(frozen=True)
class AgreementRequest:
    """Compare widths without captions.

    dims: empty is the model's own. queries: texts a person searches for; without any, sampled
    pictures of the library are the queries.
    """

    dims: tuple[int, ...] = ()
    queries: tuple[str, ...] = ()
    resamples: int = 1000
    seed: int = 0


def cache_folder(settings: "Settings") -> Path:
    """Where vectors of data sets are kept between runs."""
    return settings.cache / "evaluation"


def evaluate_with(
    service: "SearchService", request: EvaluationRequest, model: str, show: Show, stop: Stop
) -> EvaluationResult:
    """Evaluate captioned pictures with a model; the library, where it has that model's vectors,
    gives the size that the advice speaks of and the vectors that indexes are measured on.
    """
    encoder = service.encoder(model)
    source = _source(service, encoder)
    library = None
    if source is not None and source.count() > 0:
        request = replace(request, library_pictures=source.count())
        library = library_vectors(source) if request.compare else None
    if request.cache is None:
        request = replace(request, cache=cache_folder(service.settings))
    captions_of = None
    if request.with_captions:
        captions_of = partial(_captions_of, service.catalogue())
    result = evaluate(request, encoder, show, stop, library, captions_of)
    if service.library.exists:
        remember(service.library.folder, result)
        keep(service.library.folder, result)
    return result


def _captions_of(catalogue: "Catalogue", files: Sequence[PictureFile]) -> list[tuple[str, ...]]:
    from blake3 import blake3

    from indexer.batch import known_pictures
    from indexer.caption_batches import captions_of

    hashes = [blake3(file.read()).digest() for file in files]
    with catalogue.read() as connection:
        known = known_pictures(connection, hashes)
    said = captions_of(catalogue, list(known.values()))
    return [
        tuple(dict.fromkeys(caption.text for caption in said.get(known.get(each, 0), ())))
        for each in hashes
    ]


def agreement_with(
    service: "SearchService", request: AgreementRequest, show: Show, stop: Stop
) -> AgreementResult:
    """Compare widths on the library's own vectors, without captions.

    Raises LibraryEmpty, LibraryTooSmall, EvaluationStopped.
    """
    reporter = Reporter(show, stop)
    active = service.active_model()
    source = service.catalogue().vector_source(active.fingerprint)
    if source.count() < LEAST_PICTURES:
        raise LibraryTooSmall(source.count(), LEAST_PICTURES)
    vectors = library_vectors(source)
    own = None
    if request.queries:
        queries = service.encoder(active.name).encode_texts(list(request.queries))
    else:
        own = np.linspace(0, len(vectors) - 1, min(ASKED_PICTURES, len(vectors))).astype(int)
        queries = vectors[own]
    dims = request.dims or tuple(active.matryoshka)
    found = agreement(
        vectors,
        queries,
        dims,
        AgreementOptions(own, request.resamples, request.seed),
        lambda done, total: reporter.advance("comparing widths", done, total),
    )
    widths = tuple(sorted({row.dim for row in found.rows} | {found.full_dim}))
    return replace(
        found,
        model=active.name,
        fingerprint=active.fingerprint,
        index_recall=tuple(
            index_recall(
                vectors,
                "library",
                Sampling(widths, request.resamples, request.seed),
                lambda done, total: reporter.advance("measuring the index", done, total),
            )
        ),
    )


def language_notices(service: "SearchService") -> LanguageNotices:
    """Notices for queries in languages that measured weak in this library or in a model's card."""

    def card(fingerprint: str) -> dict[str, float]:
        from pd_clip.calibration import load_calibration
        from pd_clip.registry import find_model

        place = service.model_place(service.active_model())
        folder = find_model(place, service.settings.models)
        calibration = None if folder is None else load_calibration(folder, fingerprint)
        found = {} if calibration is None else calibration.languages
        return {code: known.r5 for code, known in found.items() if known.r5 is not None}

    return LanguageNotices(service.library.folder, card)


def _source(service: "SearchService", encoder: "Encoder") -> "VectorSource | None":
    if not service.library.exists:
        return None
    from sqlalchemy import select

    from indexer.catalogue.tables import Model

    with service.catalogue().session() as session:
        known = session.scalars(
            select(Model.id).where(Model.fingerprint == encoder.fingerprint)
        ).first()
    if known is None:
        return None
    return service.catalogue().vector_source(encoder.fingerprint)

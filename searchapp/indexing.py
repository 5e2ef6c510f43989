"""One run of the indexer from request to outcome: model, catalogue, pipeline, vector index."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from searchapp.errors import LibraryEmpty, NoPictures, WidthNotAllowed
from searchapp.models import remember_place
from searchapp.requests import IndexRequest
from searchapp.results import FileFailure, IndexOutcome

if TYPE_CHECKING:
    from indexer.pipeline import IndexOptions, IndexReport
    from pd_clip.encoder import Encoder
    from searchapp.service import SearchService, Show, Stop


def run(
    service: "SearchService", request: IndexRequest, show: "Show", stop: "Stop"
) -> IndexOutcome:
    """Bring the library up to date with the folders of `request`, or with all known ones.

    Raises NoPictures, WidthNotAllowed, LibraryUnwritable and the indexer's errors.
    """
    request = with_folders(service, request)
    report, dim = _index_once(service, request, show, stop)
    return _outcome(report, dim)


def watch(
    service: "SearchService",
    request: IndexRequest,
    show: "Show",
    stop: "Stop",
    rest: Callable[[IndexOutcome], None] = lambda _: None,
) -> IndexOutcome:
    """Index the folders of `request`, then go on with what changes in them until `stop`.

    rest: told the outcome of each run that has read all there was. Returns the outcome of the
    last run. Raises as `run` does.
    """
    from indexer import watch as watching

    request = with_folders(service, request)
    last: tuple[IndexReport, int] | None = None
    notices: set[str] = set()

    def index(folders: tuple[Path, ...]) -> "IndexReport":
        nonlocal last
        last = _index_once(service, replace(request, paths=folders), show, stop)
        outcome = _outcome(*last)
        rest(replace(outcome, notices=(*outcome.notices, *notices)))
        return last[0]

    def say(sentence: str) -> None:
        if sentence not in notices:
            service.say(sentence)
        notices.add(sentence)

    watching.watch(request.paths, index, stop, say=say)
    return run(service, request, show, stop) if last is None else _outcome(*last)


def _index_once(
    service: "SearchService", request: IndexRequest, show: "Show", stop: "Stop"
) -> "tuple[IndexReport, int]":
    """The report of the run and the width of the vector index after it.

    A run that was stopped leaves the index to the next search or run: Ctrl-C must not wait for it.
    """
    from indexer.pipeline import index

    wanted = model_wanted(service, request)
    encoder = service.encoder(wanted, request.image_size)
    check_width(request.dim, encoder)
    catalogue = service.make_catalogue()
    report = index(
        catalogue, service.library.folder, options(service, request), encoder, show, stop
    )
    # Of a folder that is away the notices say so: to ask for another one would mislead.
    nothing = not (report.seen or report.missing or report.interrupted or report.notices)
    if nothing and service.pictures().count() == 0:
        raise NoPictures(request.paths)
    remember_place(catalogue, encoder.fingerprint, wanted)
    if report.interrupted:
        return report, request.dim or encoder.dimensions
    return report, service.bring_index_up_to_date(request.dim)


def with_folders(service: "SearchService", request: IndexRequest) -> IndexRequest:
    """The request with its folders made absolute; all known folders when it names none.

    Raises LibraryEmpty when it names none and none is known.
    """
    from indexer.catalogue.tables import Root

    if request.paths:
        # Not resolved: a folder that is a link keeps the name that its owner gave it.
        absolute = tuple(Path.cwd() / path.expanduser() for path in request.paths)
        return replace(request, paths=absolute)
    with service.catalogue().read() as connection:
        known = tuple(Path(path) for path in connection.scalars(sa.select(Root.path)))
    if not known:
        raise LibraryEmpty(service.library.folder)
    return replace(request, paths=known)


def model_wanted(service: "SearchService", request: IndexRequest) -> str:
    """The model to index with.

    `auto` stays with the model the library has, unless that is the bundled one and the real one
    has come to this machine since.
    """
    if request.model != "auto" or service.settings.model != "auto":
        return request.model
    try:
        active = service.active_model()
    except LibraryEmpty:
        return request.model
    return "auto" if active.name == "bundled" else service.model_place(active)


def check_width(dim: int | None, encoder: "Encoder") -> None:
    """Raises WidthNotAllowed for a width that the model's vectors do not have."""
    if dim is not None and not 1 <= dim <= encoder.dimensions:
        raise WidthNotAllowed(dim, encoder.matryoshka, encoder.dimensions)


def options(service: "SearchService", request: IndexRequest) -> "IndexOptions":
    """The indexer's own options of a request with absolute folders. Raises PatternInvalid."""
    from indexer.pipeline import IndexOptions
    from searchapp.exclusions import check_patterns

    check_patterns(request.excludes)
    return IndexOptions(
        paths=request.paths,
        excludes=(*service.exclusions(), *request.excludes),
        workers=request.workers,
        prune=request.prune,
        accept_loss=request.accept_loss,
        follow_symlinks=request.follow_symlinks,
        retry_failed=request.retry_failed,
        discard_old=request.discard_old,
        pixel_limit=request.pixel_limit or service.settings.pixel_limit,
    )


def _outcome(report: "IndexReport", dim: int) -> IndexOutcome:
    return IndexOutcome(
        indexed=report.indexed,
        unchanged=report.unchanged,
        updated=report.updated,
        moved=report.moved,
        missing=report.missing,
        failed=report.failed,
        skipped=report.skipped,
        seen=report.seen,
        failures=tuple(FileFailure(*failure) for failure in report.failures),
        seconds=report.seconds,
        images_per_second=report.images_per_second,
        model=report.model,
        dim=dim,
        interrupted=report.interrupted,
        notices=report.notices,
    )

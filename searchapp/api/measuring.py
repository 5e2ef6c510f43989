"""`/dimensions` and `/evaluation`: what each vector width costs, measured in the background."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse
from pydantic import BaseModel, ConfigDict, Field

from searchapp.api.access import Service
from searchapp.error_table import ROOM_BASES, sentence_for
from searchapp.errors import EvaluationStopped, NothingMeasured
from searchapp.evaluation.kept import PAGE, RESULTS, kept_file, kept_summary, summary_of
from searchapp.results import as_document
from searchapp.service import SearchService

router = APIRouter(tags=["measuring"])

Show = Callable[[Any], None]
Stop = Callable[[], bool]
PlotName = Literal[
    "recall_by_width", "languages", "bytes", "latency", "rank_changes", "index_recall"
]


@dataclass(frozen=True)
class MeasuringState:
    """How a measurement stands; `result` is that of the last one that reached its end."""

    running: bool = False
    progress: Any = None
    result: Any = None
    error: str | None = None


class Measurement:
    """One measurement at a time, on a thread of its own."""

    def __init__(self) -> None:
        self.state = MeasuringState()
        self._lock = threading.Lock()
        self._stop = threading.Event()

    def start(self, measure: Callable[[Show, Stop], Any]) -> None:
        """Begin, unless one is under way."""
        with self._lock:
            if self.state.running:
                return
            self._stop.clear()
            self.state = MeasuringState(running=True, result=self.state.result)
        threading.Thread(target=self._work, args=(measure,), name="measure", daemon=True).start()

    def stop(self) -> None:
        """Ask it to end; the result of the one before stays."""
        self._stop.set()

    def _work(self, measure: Callable[[Show, Stop], Any]) -> None:
        before = self.state.result
        try:
            result = measure(self._show, self._stop.is_set)
            self.state = MeasuringState(result=result)
        except EvaluationStopped:
            self.state = MeasuringState(result=before)
        except ROOM_BASES as error:
            self.state = MeasuringState(result=before, error=sentence_for(error))
        except Exception as error:  # whatever ends a measurement, the page shows it
            self.state = MeasuringState(result=before, error=repr(error))

    def _show(self, progress: Any) -> None:
        self.state = replace(self.state, progress=progress)


class EvaluationBody(BaseModel):
    """Captions of pictures, a file or folder in one of the known formats, and what to measure.

    images: folder of the pictures, where it is not beside the captions. dims: widths; none is the
    model's own. tolerance: share of searches whose loss is accepted. compare: whether to measure
    other ways to store vectors and the index too.
    """

    model_config = ConfigDict(extra="forbid")

    captions: Annotated[str, Field(min_length=1, max_length=4096)]
    images: Annotated[str, Field(max_length=4096)] | None = None
    model: str = "auto"
    dims: tuple[int, ...] = ()
    languages: tuple[str, ...] = ()
    tolerance: Annotated[float, Field(ge=0, le=1)] = 0.01
    machine_made: bool = False
    compare: bool = True


def _measurement(request: Request, name: str) -> Measurement:
    known: dict[str, Measurement] = request.app.state.__dict__.setdefault("measurements", {})
    return known.setdefault(name, Measurement())


@router.get("/dimensions")
def dimensions(request: Request) -> dict[str, Any]:
    """Agreement of narrower widths with the full one, or how its measurement stands."""
    document: dict[str, Any] = as_document(_measurement(request, "dimensions").state)
    return document


@router.post("/dimensions", status_code=202)
def measure_dimensions(request: Request, service: Service) -> dict[str, Any]:
    """Compare the widths on the library's own pictures; it needs no captions."""
    from searchapp.evaluation.with_library import AgreementRequest

    service.active_model()  # an empty library is said at once
    _measurement(request, "dimensions").start(
        lambda show, stop: service.agreement(AgreementRequest(), show, stop)
    )
    return dimensions(request)


@router.delete("/dimensions", status_code=202)
def stop_dimensions(request: Request) -> dict[str, Any]:
    """Stop comparing."""
    _measurement(request, "dimensions").stop()
    return dimensions(request)


@router.get("/evaluation")
def evaluation(request: Request, service: Service) -> dict[str, Any]:
    """Recall at each width, or how its measurement stands.

    `result` is a summary of the last evaluation of this library, through whichever door it was
    made; `/evaluation/results` has all of it.
    """
    document: dict[str, Any] = as_document(_measurement(request, "evaluation").state)
    document["result"] = kept_summary(service.library.folder) or document["result"]
    return document


@router.post("/evaluation", status_code=202)
def evaluate(request: Request, service: Service, body: EvaluationBody) -> dict[str, Any]:
    """Measure recall on captioned pictures."""
    from searchapp.evaluation.report import document_of
    from searchapp.evaluation.request import EvaluationRequest

    asked = EvaluationRequest(
        captions=Path(body.captions).expanduser(),
        images=None if body.images is None else Path(body.images).expanduser(),
        dims=body.dims,
        languages=body.languages,
        tolerance=body.tolerance,
        machine_made=body.machine_made,
        compare=body.compare,
        thumbnails=True,
        command="POST /api/v1/evaluation",
    )
    _measurement(request, "evaluation").start(
        lambda show, stop: summary_of(document_of(service.evaluate(asked, body.model, show, stop)))
    )
    return evaluation(request, service)


@router.delete("/evaluation", status_code=202)
def stop_evaluation(request: Request, service: Service) -> dict[str, Any]:
    """Stop measuring."""
    _measurement(request, "evaluation").stop()
    return evaluation(request, service)


@router.get("/evaluation/report", response_class=FileResponse)
def report(service: Service) -> FileResponse:
    """The last evaluation of this library as a page that needs nothing else."""
    return FileResponse(_kept(service, PAGE), media_type="text/html")


@router.get("/evaluation/results", response_class=FileResponse)
def results(service: Service) -> FileResponse:
    """All figures of the last evaluation of this library."""
    return FileResponse(_kept(service, RESULTS), media_type="application/json")


@router.get("/evaluation/plots/{name}", response_class=Response)
def plot(service: Service, name: PlotName, theme: Literal["light", "dark"] = "light") -> Response:
    """A plot of the last evaluation as SVG."""
    from searchapp.evaluation.report.plots import darkened

    drawing = _kept(service, f"{name}.svg").read_text(encoding="utf-8")
    if theme == "dark":
        drawing = darkened(drawing)
    return Response(drawing, media_type="image/svg+xml")


def _kept(service: SearchService, name: str) -> Path:
    path = kept_file(service.library.folder, name)
    if path is None:
        raise NothingMeasured
    return path

"""`/dimensions` and `/evaluation`: what each vector width costs, measured in the background."""

import os
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from searchapp.api.access import Service
from searchapp.error_table import ROOM_BASES, sentence_for
from searchapp.errors import EvaluationStopped
from searchapp.results import as_document

router = APIRouter(tags=["measuring"])

Show = Callable[[Any], None]
Stop = Callable[[], bool]


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
    """Captions of pictures: a file or folder in one of the known formats."""

    model_config = ConfigDict(extra="forbid")

    captions: Annotated[str, Field(min_length=1, max_length=4096)]
    model: str = "auto"


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
def evaluation(request: Request) -> dict[str, Any]:
    """Recall at each width, or how its measurement stands."""
    document: dict[str, Any] = as_document(_measurement(request, "evaluation").state)
    return document


@router.post("/evaluation", status_code=202)
def evaluate(request: Request, service: Service, body: EvaluationBody) -> dict[str, Any]:
    """Measure recall on captioned pictures."""
    from searchapp.evaluation.request import EvaluationRequest

    asked = EvaluationRequest(captions=Path(os.path.expanduser(body.captions)), compare=False)
    _measurement(request, "evaluation").start(
        lambda show, stop: service.evaluate(asked, body.model, show, stop)
    )
    return evaluation(request)


@router.delete("/evaluation", status_code=202)
def stop_evaluation(request: Request) -> dict[str, Any]:
    """Stop measuring."""
    _measurement(request, "evaluation").stop()
    return evaluation(request)

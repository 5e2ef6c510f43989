"""The last evaluation of a library, kept in its folder, so that a page can show it at any time."""

import functools
import json
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from searchapp.evaluation.advice import METRIC
from searchapp.evaluation.results import EvaluationResult

FOLDER = "evaluation"
PAGE = "report.html"
RESULTS = "results.json"
SHOWN = (
    "advice", "weak", "worst_languages", "mean_of_recalls", "published", "peers", "enrichment",
    "index_recall", "losses", "notes",
)  # fmt: skip
"""Fields of a result that a page shows whole."""
SHOWN_OF_PROVENANCE = ("model", "fingerprint", "dataset", "pictures", "widths", "created_at")


def keep(library: Path, result: EvaluationResult) -> None:
    """Keep a report in a library folder in place of the one before.

    A folder that cannot be written keeps none: the result itself is not lost by it.
    """
    from searchapp.evaluation.report import write_report

    try:
        made = Path(tempfile.mkdtemp(prefix=f".{FOLDER}-", dir=library))
    except OSError:
        return
    try:
        write_report(result, made, bitmaps=False)
        place = library / FOLDER
        if place.exists():
            # A reader either finds the report of before or, for an instant, none.
            place.rename(made / "before")
        made.rename(place)
        shutil.rmtree(place / "before", ignore_errors=True)
    except OSError:
        shutil.rmtree(made, ignore_errors=True)


def kept_file(library: Path, name: str) -> Path | None:
    """A file of the kept report by its plain name; None when there is none."""
    path = library / FOLDER / name
    return path if Path(name).name == name and path.is_file() else None


def kept_summary(library: Path) -> dict[str, Any] | None:
    """`summary_of` the kept results; None when there are none that can be read."""
    path = kept_file(library, RESULTS)
    if path is None:
        return None
    try:
        return _read_summary(path, path.stat().st_mtime_ns)
    except (OSError, ValueError, KeyError):
        return None


@functools.lru_cache(maxsize=4)
def _read_summary(path: Path, _changed: int) -> dict[str, Any]:
    plots = sorted(drawing.stem for drawing in path.parent.glob("*.svg"))
    return summary_of(json.loads(path.read_text(encoding="utf-8")), plots)


def summary_of(document: dict[str, Any], plots: Sequence[str] = ()) -> dict[str, Any]:
    """What a page shows of a result's document: hit@5 of its thousands of rows, and what fits.

    plots: names of the drawings that are kept.
    """
    provenance = document["provenance"]
    return {
        "rows": [row for row in document["rows"] if row["metric"] == METRIC],
        "summary": [row for row in document["summary"] if row["metric"] == METRIC],
        "plots": list(plots),
        **{name: document[name] for name in SHOWN},
        **{name: provenance[name] for name in SHOWN_OF_PROVENANCE},
    }

"""A report on disk: one page, the plots, results.json and tables for a spreadsheet."""

import csv
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from searchapp.evaluation.agreement import AgreementResult, AgreementRow
from searchapp.evaluation.results import EvaluationResult, Loss, Row, Setting, Verdict
from searchapp.results import as_document

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")
"""A spreadsheet takes text that begins so for a formula."""


def document_of(result: EvaluationResult | AgreementResult) -> dict[str, Any]:
    """The result as plain JSON values, without pictures; what is not a number is null."""
    document: dict[str, Any] = _plain(as_document(result))
    document.pop("thumbnails", None)
    return document


def write_report(
    result: EvaluationResult | AgreementResult, folder: Path, bitmaps: bool = True
) -> Path:
    """Write the report into `folder` and return its page; without `bitmaps`, plots only as SVG."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(document_of(result), ensure_ascii=False, indent=1, allow_nan=False)
    (folder / "results.json").write_text(text + "\n", encoding="utf-8")
    if isinstance(result, AgreementResult):
        return _write_agreement(result, folder, bitmaps)
    from searchapp.evaluation.report.page import page
    from searchapp.evaluation.report.plots import plots

    _table(folder / "rows.csv", Row, [*result.rows, *result.summary])
    _table(folder / "verdicts.csv", Verdict, result.verdicts)
    if result.trade_off is not None:
        _table(folder / "settings.csv", Setting, result.trade_off.settings)
    if result.losses:
        _table(folder / "losses.csv", Loss, result.losses)
    figures = plots(result)
    _write_plots(figures, folder, bitmaps)
    path = folder / "report.html"
    path.write_text(page(result, figures), encoding="utf-8")
    return path


def _write_agreement(result: AgreementResult, folder: Path, bitmaps: bool) -> Path:
    from searchapp.evaluation.report.agreement_page import agreement_page, agreement_plots

    _table(folder / "agreement.csv", AgreementRow, result.rows)
    figures = agreement_plots(result)
    _write_plots(figures, folder, bitmaps)
    path = folder / "report.html"
    path.write_text(agreement_page(result, figures), encoding="utf-8")
    return path


def _write_plots(figures: Mapping[str, "Figure"], folder: Path, bitmaps: bool) -> None:
    from searchapp.evaluation.report.plots import png, svg

    for name, figure in figures.items():
        (folder / f"{name}.svg").write_text(svg(figure), encoding="utf-8")
        if bitmaps:
            (folder / f"{name}.png").write_bytes(png(figure))


def _table(path: Path, kind: type[Any], rows: Iterable[Any]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow([field.name for field in fields(kind)])
        writer.writerows(_cells(astuple(row)) for row in rows)


def _cells(values: Sequence[Any]) -> list[Any]:
    return [_harmless(value) if isinstance(value, str) else value for value in values]


def _harmless(text: str) -> str:
    text = text.encode("utf-8", "backslashreplace").decode("utf-8")
    return f"'{text}" if text.startswith(FORMULA_SIGNS) else text


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value

"""Results as tables, plots, files, and one page that needs nothing else."""

from searchapp.evaluation.report.files import document_of, write_report
from searchapp.evaluation.report.tables import (
    agreement_table,
    aligned,
    losing_languages,
    mean_of_recalls_rows,
    width_table,
)

__all__ = [
    "agreement_table",
    "aligned",
    "document_of",
    "losing_languages",
    "mean_of_recalls_rows",
    "width_table",
    "write_report",
]

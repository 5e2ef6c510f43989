"""Results as tables, plots, files, and one page that needs nothing else."""

from searchapp.evaluation.report.files import document_of, write_report
from searchapp.evaluation.report.tables import agreement_table, width_table

__all__ = ["agreement_table", "document_of", "width_table", "write_report"]

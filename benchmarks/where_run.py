"""On what a benchmark ran: kept beside its figures."""

import os

from searchapp.evaluation.environment import environment


def where_run() -> dict[str, object]:
    """The machine and versions, and how busy it was in the minute before this is called.

    load: processes that ran or waited for a processor, the benchmark's own included.
    """
    load = round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None
    return {**environment(), "load": load}

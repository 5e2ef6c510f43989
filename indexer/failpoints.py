"""Named places at which a test can kill this process, as a power cut or `kill -9` would.

`SEARCHAPP_FAILPOINT=name:n` ends the process by SIGKILL when the place `name` is passed for the
n-th time. `SEARCHAPP_FAILPOINT=:n` does so at the n-th place of any name. Without the variable
a place costs one comparison.
"""

import os
import signal

VARIABLE = "SEARCHAPP_FAILPOINT"

_name, _, _count = os.environ.get(VARIABLE, "").partition(":")
_remaining = int(_count or 0)


def failpoint(name: str) -> None:
    """Pass the place `name`."""
    global _remaining
    if _remaining and _name in ("", name):
        _remaining -= 1
        if _remaining == 0:
            os.kill(os.getpid(), signal.SIGKILL)

"""Gives pages of a mapped weights file back once an engine has its own copy of them.

OpenVINO maps the exported weights and, at the first inference, packs them the way its kernels
want. From then on the mapped pages only count as resident: 0.6 GB for the text tower. They stay
in the system's file cache, so the next start still finds them; touching one maps it again.
"""

import ctypes
import mmap
from pathlib import Path
from typing import Final

MAPS: Final = Path("/proc/self/maps")


def release_pages(weights: Path) -> None:
    """Let go of this process's pages of a file that is mapped read-only; elsewhere do nothing.

    Only Linux tells which files are mapped where. A mapping that can be written is left alone:
    its pages may differ from the file.
    """
    advice = getattr(mmap, "MADV_DONTNEED", None)
    if advice is None:
        return
    try:
        lines = MAPS.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
        library = ctypes.CDLL(None, use_errno=True)
    except OSError:
        return
    path = str(weights.resolve())
    for line in lines:
        fields = line.split(maxsplit=5)
        if len(fields) == 6 and fields[5] == path and fields[1][:2] == "r-":
            start, end = (int(part, 16) for part in fields[0].split("-"))
            library.madvise(ctypes.c_void_p(start), ctypes.c_size_t(end - start), advice)

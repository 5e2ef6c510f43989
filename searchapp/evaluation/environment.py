"""The machine and the versions that figures were made with."""

import os
import platform
from importlib import metadata

PACKAGES = ("searchapp", "numpy", "faiss-cpu", "paddlepaddle", "openvino", "pillow")


def environment() -> dict[str, str]:
    """Names and versions, for a report; nothing that names the person or the machine's owner."""
    versions = {}
    for package in PACKAGES:
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            versions[package] = "not installed"
    return {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "processor": _processor(),
        "cores": str(os.cpu_count()),
        **versions,
    }


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:
            for line in lines:
                if line.startswith("model name"):
                    return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or "unknown"

"""Engines that run a tower: one file each behind the protocol in `base`."""

from pd_clip.runtimes.base import InputSpec, Runtime, Session, Tower
from pd_clip.runtimes.selection import RUNTIMES, available_runtimes, open_session

__all__ = [
    "RUNTIMES",
    "InputSpec",
    "Runtime",
    "Session",
    "Tower",
    "available_runtimes",
    "open_session",
]

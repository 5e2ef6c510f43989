"""The small set of reasons for which a file is not indexed."""

from enum import StrEnum


class Reason(StrEnum):
    """Why a file failed; stored in the catalogue and shown by `status --failures`."""

    EMPTY = "empty"
    NOT_A_PICTURE = "not_a_picture"
    TRUNCATED = "truncated"
    DAMAGED = "damaged"
    UNSUPPORTED = "unsupported"
    TOO_MANY_PIXELS = "too_many_pixels"
    TOO_LARGE = "too_large"
    OUT_OF_MEMORY = "out_of_memory"
    TOO_SLOW = "too_slow"
    DECODER_DIED = "decoder_died"
    UNREADABLE = "unreadable"


class Skip(StrEnum):
    """Why a file was left for the next run: nothing is wrong with it, only the moment."""

    VANISHED = "vanished"
    CHANGING = "changing"


class PictureUnreadable(Exception):
    """Raised inside a decoding process; becomes a row of the failure table."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail

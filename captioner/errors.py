"""Errors of this room."""


class CaptionerError(Exception):
    """Base of every error that this room raises on purpose; subclasses carry facts."""

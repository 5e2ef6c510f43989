"""Errors of this room."""


class SearchappError(Exception):
    """Base of every error that this room raises on purpose; subclasses carry facts."""

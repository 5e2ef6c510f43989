"""Versions of the catalogue's schema, in order."""

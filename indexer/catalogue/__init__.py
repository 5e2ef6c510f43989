"""The catalogue: everything known about a library's pictures, in one database."""

from indexer.catalogue.store import Catalogue

__all__ = ["Catalogue"]

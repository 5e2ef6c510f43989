"""Indexes a folder in a process of its own, so that a test can kill it at a failpoint."""

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from indexer.catalogue import Catalogue
from indexer.catalogue.snapshots import make_snapshot
from indexer.pipeline import IndexOptions, index
from indexer.vectors import VectorIndex
from tests.indexer.encoder import GridEncoder


@dataclass
class NotingEncoder(GridEncoder):
    """Notes every picture it encodes in a file at once, so that a kill cannot hide it."""

    noted: Path = Path("encoded")

    def encode_images(self, batch: np.ndarray) -> np.ndarray:
        vectors = super().encode_images(batch)
        with open(self.noted, "a", encoding="ascii") as file:
            file.write("x" * len(batch))
        return vectors


def main(library: Path, photos: Path) -> None:
    library.mkdir(mode=0o700, exist_ok=True)
    with Catalogue.open(library / "library.db", create=True) as catalogue:
        encoder = NotingEncoder(noted=library / "encoded")
        index(catalogue, library, IndexOptions((photos,), workers=1, batch_size=4), encoder)
        source = catalogue.vector_source(encoder.fingerprint)
        VectorIndex.open(library / "vectors", source).close()
        make_snapshot(library / "library.db")
    sys.stdout.write(str(encoder.encoded))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))

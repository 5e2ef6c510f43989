"""Indexes a folder in a process of its own, so that a test can kill it at a failpoint."""

import sys
from pathlib import Path

from indexer.catalogue import Catalogue
from indexer.pipeline import IndexOptions, index
from indexer.snapshots import make_snapshot
from tests.indexer.encoder import GridEncoder


def main(library: Path, photos: Path) -> None:
    with Catalogue.open(library / "library.db", create=True) as catalogue:
        encoder = GridEncoder()
        index(catalogue, library, IndexOptions((photos,), workers=1, batch_size=4), encoder)
        make_snapshot(library / "library.db")
    sys.stdout.write(str(encoder.encoded))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))

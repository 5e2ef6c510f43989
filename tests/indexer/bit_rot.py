"""Damages the files of a small library, one place at a time, and looks at what it answers then."""

import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

import pd_clip
from indexer.catalogue import Catalogue
from indexer.errors import IndexerError
from indexer.pipeline import IndexOptions, index
from indexer.thumbnails import thumbnail_fault
from indexer.vectors import VectorIndex
from indexer.verify import verify
from pd_clip.fingerprint import weights_digest
from tests.indexer.conftest import draw
from tests.indexer.encoder import GridEncoder

WEIGHTS = Path(pd_clip.__file__).parent / "bundled" / "model.safetensors"
KINDS = ("bit", "eight bytes", "cut")
PICTURES = 24

Truth = dict[int, np.ndarray]


def damage(path: Path, kind: str, chance: random.Random) -> None:
    """Change one place of a file; its time of change stays, as when a disk rots."""
    before = path.stat()
    content = bytearray(path.read_bytes())
    place = chance.randrange(len(content))
    if kind == "bit":
        content[place] ^= 1 << chance.randrange(8)
    elif kind == "eight bytes":
        content[place : place + 8] = chance.randbytes(len(content[place : place + 8]))
    else:
        del content[place:]
    path.write_bytes(content)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


class Rot:
    """A library in `folder`: a catalogue, its log before that became part of it, index, thumbnails.

    Each method damages one place and says what became of the answers: `same`; `refused` with an
    error; `less`, with vectors left out and named by `verify`; `older`, those of an earlier commit
    (of the log, whose frames SQLite checks). Anything else is an AssertionError.
    """

    def __init__(self, folder: Path) -> None:
        self.whole, self.scratch = folder / "whole", folder / "scratch"
        photos, made = folder / "photos", folder / "made"
        for number in range(PICTURES):
            draw(photos / f"{number % 3}" / f"{number}.png", number)
        asked = IndexOptions((photos,), workers=1, batch_size=4)
        with Catalogue.open(made / "library.db", create=True) as catalogue:
            index(catalogue, made, IndexOptions((photos / "0",), workers=1), GridEncoder())
        with Catalogue.open(made / "library.db") as catalogue:
            index(catalogue, made, asked, GridEncoder())
            source = catalogue.vector_source(GridEncoder().fingerprint)
            VectorIndex.open(made / "vectors", source).close()
            self.truth: Truth = {
                int(picture): vector.astype(np.float32)
                for ids, vectors in source.batches()
                for picture, vector in zip(ids, vectors, strict=True)
            }
            # Copied while it is open: once closed, the log is part of the catalogue.
            shutil.copytree(made, self.whole, ignore=shutil.ignore_patterns("*-shm", "*.lock*"))
        self.merged = made

    def catalogue(self, kind: str, chance: random.Random) -> str:
        self._copy(self.merged)
        damage(self.scratch / "library.db", kind, chance)
        return self._searched()

    def log(self, kind: str, chance: random.Random) -> str:
        self._copy(self.whole)
        damage(self.scratch / "library.db-wal", kind, chance)
        return self._searched(log=True)

    def index(self, kind: str, chance: random.Random) -> str:
        self._copy(self.merged)
        names = sorted(p for p in (self.scratch / "vectors").iterdir() if p.stat().st_size)
        damage(chance.choice(names), kind, chance)
        return self._searched()

    def thumbnail(self, kind: str, chance: random.Random) -> str:
        whole = chance.choice(sorted((self.merged / "thumbnails").rglob("*.webp")))
        copy = self.scratch.with_suffix(".webp")
        shutil.copyfile(whole, copy)
        damage(copy, kind, chance)
        if thumbnail_fault(copy) is not None:
            return "refused"
        with Image.open(whole) as one, Image.open(copy) as other:
            assert one.tobytes() == other.tobytes(), "another picture is shown"
        return "same"

    def _copy(self, library: Path) -> None:
        shutil.rmtree(self.scratch, ignore_errors=True)
        shutil.copytree(library, self.scratch, ignore=shutil.ignore_patterns("thumbnails"))

    def weights(self, kind: str, chance: random.Random) -> str:
        """Their bytes are part of the fingerprint that every vector is kept under."""
        copy, cache = self.scratch.with_suffix(".safetensors"), self.scratch.with_suffix(".cache")
        shutil.copyfile(WEIGHTS, copy)
        whole = weights_digest([copy], cache)
        damage(copy, kind, chance)
        assert weights_digest([copy], cache) != whole, "other weights under the same fingerprint"
        return "refused"

    def _searched(self, log: bool = False) -> str:
        """What the library answers; fails when any of it is wrong."""
        try:
            with Catalogue.open(self.scratch / "library.db") as catalogue:
                source = catalogue.vector_source(GridEncoder().fingerprint)
                found = VectorIndex.open(self.scratch / "vectors", source)
                present = sorted(key for key in self.truth if found.present(np.array([key]))[0])
                assert found.count == len(present), "pictures that never were"
                self._check(found, present)
                if len(present) == len(self.truth):
                    return "same"
                faults = verify(catalogue, self.scratch).problems
                if {fault.kind for fault in faults} - {"thumbnail"}:
                    return "less"
                assert log and present == list(self.truth)[: len(present)], "lost without a word"
                return "older"
        except IndexerError:
            return "refused"

    def _check(self, found: VectorIndex, present: list[int]) -> None:
        """Every search gives what reading all present vectors gives."""
        if not present:
            return
        vectors = np.stack([self.truth[key] for key in present])
        queries = np.stack(list(self.truth.values()))
        wanted = -np.sort(-(queries @ vectors.T), axis=1)[:, :3]
        ids, scores = found.search(queries, 3)
        np.testing.assert_allclose(scores[:, : wanted.shape[1]], wanted, atol=2e-3)
        for query, row, own in zip(queries, ids, scores, strict=True):
            for key, score in zip(row[row >= 0], own, strict=False):
                assert abs(float(self.truth[int(key)] @ query) - score) < 2e-3, "a wrong vector"

    def targets(self) -> dict[str, Callable[[str, random.Random], str]]:
        return {
            "catalogue": self.catalogue,
            "its log (WAL)": self.log,
            "vector index and manifest": self.index,
            "thumbnails": self.thumbnail,
            "weights": self.weights,
        }

"""Which index for how many vectors of what width, and how it searches."""

import math
from dataclasses import dataclass, replace

FLAT = "Flat,fp16"
# Up to here exact search over full-width rows in memory is as quick as anything else (1.5 ms a
# query at 20,000 x 1024) and always right; benchmarks/vector_search.py has the figures.
FLAT_UP_TO = 20_000
# Wider vectors are cut for the coarse stage. Beginnings rank pictures well for a picture and less
# well for a text: among 240,000 vectors of 384 numbers made from the bundled model's, captions find
# 0.967 of their ten nearest with 256 numbers and 0.99 with all (benchmarks/bundled_vectors.py).
COARSE_DIMENSIONS, WHOLE_UP_TO = 256, 384
# (nprobe, candidates). Texts lie apart from pictures and have nearer ties than the stored vectors
# that settings are tuned with, so as many are taken from the start as texts need; of a million
# wide vectors that would take too long.
SETTINGS, THOROUGH = (64, 200), (128, 1000)
THOROUGH_UP_TO = 250_000
RECALL_GOAL = 0.99


@dataclass(frozen=True)
class Family:
    """How an index is made and searched.

    spec: FLAT, or a FAISS factory string. coarse_dimensions: width of what it holds.
    nprobe: inverted lists visited a query. candidates: hits reranked at full width.
    """

    spec: str
    coarse_dimensions: int
    nprobe: int = 0
    candidates: int = 0

    @property
    def exact(self) -> bool:
        return self.spec == FLAT

    @property
    def lists(self) -> int:
        """Inverted lists; 0 when exact."""
        return 0 if self.exact else int(self.spec.removeprefix("IVF").split(",")[0])

    @property
    def parameters(self) -> str:
        if self.exact:
            return f"all vectors at {self.coarse_dimensions} dimensions"
        return (
            f"{self.coarse_dimensions} dimensions, nprobe {self.nprobe}, rerank {self.candidates}"
        )


def choose(count: int, dimensions: int, dim: int | None = None, flat_up_to: int = 0) -> Family:
    """The family for `count` vectors of `dimensions`; `dim` fixes the coarse width.

    flat_up_to: how many a GPU reads as a whole, where there is one.
    """
    if count <= max(FLAT_UP_TO, flat_up_to):
        return Family(FLAT, min(dim or dimensions, dimensions), candidates=SETTINGS[1])
    is_narrow = dimensions <= WHOLE_UP_TO
    coarse = min(dim or (dimensions if is_narrow else COARSE_DIMENSIONS), dimensions)
    # About 4 sqrt(N) lists keep a list near 250 vectors, so that a probe is a few microseconds.
    lists = 2 ** round(math.log2(4 * math.sqrt(count)))
    nprobe, candidates = THOROUGH if is_narrow or count <= THOROUGH_UP_TO else SETTINGS
    return Family(f"IVF{lists},RaBitQfs", coarse, nprobe, candidates)


def widen(family: Family) -> list[Family]:
    """Ever more thorough settings of a family, to be tried until recall is good enough."""
    return [
        replace(
            family,
            nprobe=max(nprobe, family.nprobe),
            candidates=max(candidates, family.candidates),
        )
        for nprobe, candidates in (SETTINGS, (96, 300), (128, 400), (256, 600), (512, 1000))
    ]

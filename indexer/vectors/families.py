"""Which index for how many vectors of what width, and how it searches."""

import math
from dataclasses import dataclass, replace

FLAT = "Flat,fp16"
# Up to here exact search over full-width rows in memory is as quick as anything else (1.5 ms a
# query at 20,000 x 1024) and always right; benchmarks/vector_search.py has the figures.
FLAT_UP_TO = 20_000
COARSE_DIMENSIONS = 256
# Texts lie apart from pictures and have nearer ties than the stored vectors that settings are tuned
# with: captions find 0.969 of their ten nearest among 200 candidates, 0.991 among 600 (24,000
# vectors of the bundled model, benchmarks/bundled_vectors.py). At a million that takes too long.
CANDIDATES, MANY_CANDIDATES = 200, 600
MANY_UP_TO = 250_000
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
        return Family(FLAT, min(dim or dimensions, dimensions), candidates=CANDIDATES)
    coarse = min(dim or COARSE_DIMENSIONS, dimensions)
    # About 4 sqrt(N) lists keep a list near 250 vectors, so that a probe is a few microseconds.
    lists = 2 ** round(math.log2(4 * math.sqrt(count)))
    candidates = MANY_CANDIDATES if count <= MANY_UP_TO else CANDIDATES
    return Family(f"IVF{lists},RaBitQfs", coarse, nprobe=64, candidates=candidates)


def widen(family: Family) -> list[Family]:
    """Ever more thorough settings of a family, to be tried until recall is good enough."""
    return [
        replace(family, nprobe=nprobe, candidates=max(candidates, family.candidates))
        for nprobe, candidates in ((64, 200), (96, 300), (128, 400), (256, 600), (512, 1000))
    ]

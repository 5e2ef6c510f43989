"""What the text tower is pulled towards: its own target, away from the others."""

from collections.abc import Sequence

import torch
from torch.nn import functional

# Targets closer than this to the right one are no negatives; what lies between two meanings is
# this near to both.
NEAR = 0.7


def lesson_loss(
    vectors: torch.Tensor,
    targets: torch.Tensor,
    bank: torch.Tensor,
    widths: Sequence[int],
    temperature: float,
) -> torch.Tensor:
    """Mean over prefixes of cosine distance and contrast (Kusupati et al. 2022, arXiv 2205.13147).

    vectors [N, D] are the tower's, targets [N, D] what they should be, bank [M, D] other
    meanings; for each prefix of `widths` everything is cut and brought to length 1 again. The
    other lessons' targets and the bank are negatives unless they mean about the same.
    """
    meanings = torch.cat([targets, bank])  # [N + M, D]
    near = functional.normalize(targets) @ functional.normalize(meanings).T > NEAR
    near.fill_diagonal_(False)
    losses = []
    for width in widths:
        cut = functional.normalize(vectors[:, :width])
        others = functional.normalize(meanings[:, :width])
        cosines = cut @ others.T
        right = torch.arange(len(cut))
        logits = (cosines / temperature).masked_fill(near, -1e4)
        distance = 1 - cosines[right, right]
        losses.append(functional.cross_entropy(logits, right) + distance.mean())
    return torch.stack(losses).mean()

"""Which queries move, how far, and which are lost at narrow widths."""

from collections.abc import Mapping

import numpy as np

from searchapp.evaluation.dataset import Dataset
from searchapp.evaluation.results import Loss, RankChange

FOUND = 5
"""A query is answered when its picture is among the first five."""
MOST_LOSSES = 24
CHANGES = (
    ("better by over 10", -np.inf, -11),
    ("better by 2 to 10", -10, -2),
    ("better by 1", -1, -1),
    ("the same", 0, 0),
    ("worse by 1", 1, 1),
    ("worse by 2 to 10", 2, 10),
    ("worse by over 10", 11, np.inf),
)
"""Class of a change of rank, with its least and greatest change."""


def rank_changes(
    ranks: Mapping[str, np.ndarray], widths: tuple[int, ...]
) -> tuple[RankChange, ...]:
    """Classes of change from full width, all languages together. ranks: language -> [W, T]."""
    together = np.concatenate(list(ranks.values()), axis=1)
    changes = []
    for position, dim in enumerate(widths[:-1]):
        moved = together[position] - together[-1]
        counts = {
            name: int(np.count_nonzero((moved >= low) & (moved <= high)))
            for name, low, high in CHANGES
        }
        changes.append(RankChange(dim, counts))
    return tuple(changes)


def worst_losses(
    dataset: Dataset, ranks: Mapping[str, np.ndarray], widths: tuple[int, ...]
) -> tuple[Loss, ...]:
    """Queries answered at full width and lost at a narrower one, lost earliest first.

    Among those lost at the same width, the one that fell farthest comes first; every picture is
    shown at most once, so that one odd picture does not fill the list.
    """
    candidates: list[tuple[int, int, str, int]] = []
    for language, table in ranks.items():
        lost = (table[:-1] > FOUND) & (table[-1] <= FOUND)
        for text in np.flatnonzero(lost.any(axis=0)).tolist():
            widest = int(np.flatnonzero(lost[:, text]).max())
            candidates.append((-widest, -int(table[widest, text]), language, text))
    losses: list[Loss] = []
    shown: set[int] = set()
    for widest, _, language, at in sorted(candidates):
        spoken = dataset.texts[language]
        picture = int(spoken.picture_of_text[at])
        if picture in shown:
            continue
        shown.add(picture)
        by_width = dict(zip(widths, ranks[language][:, at].tolist(), strict=True))
        losses.append(
            Loss(
                dataset.files[picture].name,
                language,
                spoken.captions[at],
                widths[-widest],
                by_width,
            )
        )
        if len(losses) == MOST_LOSSES:
            break
    return tuple(losses)

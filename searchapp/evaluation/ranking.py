"""Ranks of the right answers at every width, from blocks of one matrix product.

The product of two vectors cut to d numbers is a partial sum of the full product, so all widths
cost one product: the sums are taken width by width and divided by the lengths of the cut vectors
(slice, then normalise again).

Ties count against us: an answer whose score is within `TIE` of the right one stands before it.
`TIE` is wider than what float32 sums in another order can differ by (1e-7 for unit vectors), so
ranks do not depend on block size, threads or machine.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

TIE = 1e-6
BLOCK = 512
TINY = 1e-12


@dataclass(frozen=True)
class Ranks:
    """Ranks from 1 of the right answers, 0 where there is none.

    text_to_image: [W, T] int32, of each text's picture among all pictures.
    image_to_text: [W, P, R] int32, of each picture's texts among all texts of the language,
        rising; R is the greatest number of texts of one picture.
    """

    text_to_image: np.ndarray
    image_to_text: np.ndarray


@dataclass(frozen=True)
class Prefixes:
    """Vectors [N, D] float32 with the lengths [W, N] of their prefixes."""

    vectors: np.ndarray
    lengths: np.ndarray
    widths: tuple[int, ...]

    @classmethod
    def of(cls, vectors: np.ndarray, widths: tuple[int, ...]) -> "Prefixes":
        """Prefixes of `vectors` [N, D] at rising widths."""
        squares = [
            np.einsum("nd,nd->n", vectors[:, start:stop], vectors[:, start:stop])
            for start, stop in segments(widths)
        ]
        lengths = np.sqrt(np.cumsum(np.stack(squares), axis=0, dtype=np.float64))
        return cls(vectors, np.maximum(lengths, TINY).astype(np.float32), widths)

    def rows(self, chosen: slice | np.ndarray) -> "Prefixes":
        """A part of the vectors."""
        return Prefixes(self.vectors[chosen], self.lengths[:, chosen], self.widths)


def segments(widths: tuple[int, ...]) -> list[tuple[int, int]]:
    """The stretches between neighbouring widths, from 0."""
    return list(zip((0, *widths[:-1]), widths, strict=True))


def cosines(queries: Prefixes, gallery: Prefixes) -> Iterator[tuple[int, np.ndarray]]:
    """(position of the width, cosine [Q, N] float32); the array is used again for the next."""
    total = np.zeros((len(queries.vectors), len(gallery.vectors)), np.float32)
    scores = np.empty_like(total)
    for position, (start, stop) in enumerate(segments(queries.widths)):
        total += queries.vectors[:, start:stop] @ gallery.vectors[:, start:stop].T
        np.divide(total, queries.lengths[position][:, None], out=scores)
        scores /= gallery.lengths[position][None, :]
        yield position, scores


def own_cosines(left: Prefixes, right: Prefixes) -> np.ndarray:
    """Cosine [W, N] of each row of `left` with the same row of `right`."""
    products = [
        np.einsum("nd,nd->n", left.vectors[:, start:stop], right.vectors[:, start:stop])
        for start, stop in segments(left.widths)
    ]
    sums = np.cumsum(np.stack(products), axis=0, dtype=np.float64)
    return np.asarray(sums / (left.lengths * right.lengths), np.float32)


def paired_ranks(texts: Prefixes, pictures: Prefixes, picture_of_text: np.ndarray) -> Ranks:
    """Ranks in both directions of one language's texts [T, D] and all pictures [P, D].

    picture_of_text [T] int64 names each text's picture. Other texts of the same picture never
    stand in each other's way.
    """
    width_count, text_count = texts.lengths.shape
    own = own_cosines(texts, pictures.rows(picture_of_text))
    slots = slot_scores(own, picture_of_text, len(pictures.vectors))
    before_text = np.zeros((width_count, text_count), np.int32)
    before_slot = np.zeros(slots.shape, np.int32)
    for start in range(0, text_count, BLOCK):
        block = slice(start, min(start + BLOCK, text_count))
        targets = picture_of_text[block]
        for position, scores in cosines(texts.rows(block), pictures):
            scores[np.arange(len(targets)), targets] = -np.inf
            least = own[position, block, None] - TIE
            before_text[position, block] = np.count_nonzero(scores >= least, axis=1)
            for slot in range(slots.shape[2]):
                least = slots[position, None, :, slot] - TIE
                before_slot[position, :, slot] += np.count_nonzero(scores >= least, axis=0)
    order = np.arange(1, slots.shape[2] + 1, dtype=np.int32)
    image_to_text = np.where(np.isfinite(slots), before_slot + order, 0)
    return Ranks(before_text + 1, image_to_text.astype(np.int32))


def slot_scores(own: np.ndarray, picture_of_text: np.ndarray, pictures: int) -> np.ndarray:
    """Scores [W, P, R] of each picture's own texts, falling; +inf where a picture has fewer."""
    counts = np.bincount(picture_of_text, minlength=pictures)
    most = int(counts.max())
    falling = np.full((len(own), pictures, most), np.inf, np.float32)
    starts = np.concatenate(([0], np.cumsum(counts)[:-1]))
    place = np.arange(len(picture_of_text)) - np.repeat(starts, counts)
    for position, scores in enumerate(own):
        order = np.lexsort((-scores, picture_of_text))
        falling[position, picture_of_text[order], place] = scores[order]
    return falling


def target_ranks(
    queries: np.ndarray, gallery: np.ndarray, targets: np.ndarray, tie: float = TIE
) -> np.ndarray:
    """Ranks [Q] from 1 of `targets` [Q] by plain inner product with `gallery` [N, D]."""
    ranks = np.empty(len(queries), np.int32)
    for start in range(0, len(queries), BLOCK):
        block = slice(start, min(start + BLOCK, len(queries)))
        scores = queries[block] @ gallery.T
        rows = np.arange(len(scores))
        least = scores[rows, targets[block]][:, None] - tie
        scores[rows, targets[block]] = -np.inf
        ranks[block] = 1 + np.count_nonzero(scores >= least, axis=1)
    return ranks

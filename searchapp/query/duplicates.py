"""Near duplicates: the same picture edited, as opposed to a similar picture.

Vectors and hashes propose, the perceptual hash decides: vectors see that two pictures show the
same thing, the hash whether in the same way. The hash keeps the signs of the lowest frequencies,
so that of a turned or mirrored picture follows from it: turning swaps rows and columns and flips
every second sign. benchmarks/near_duplicates.py measures the limits on generated edits.
"""

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Ids = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]
Bits = npt.NDArray[np.bool_]

SIDE = 8
# Of 64 bits, beside vectors that agree too; and with no vector to vouch for it (grey and turned
# pictures look different to a model). docs/search.md has what each limit finds and mistakes.
LIMIT = 12
LIMIT_ALONE = 8
NEIGHBOURS = 20
LEAST_COSINE = 0.8
# Hashes that share a quarter are compared; a quarter that very many share (plain sky) is not.
_CROWD = 64
_BATCH = 256
_ROWS = 128

Vectors = Callable[[Ids], Floats]
Nearest = Callable[[Floats, int], tuple[Ids, Floats]]


@dataclass(frozen=True)
class DuplicateGroup:
    """Pictures that are one picture edited, the first by id first; bits: the largest distance
    between two that were joined, of 64.
    """

    ids: tuple[int, ...]
    bits: int


class Hashes(NamedTuple):
    """Perceptual hashes of pictures: words [N], each valid where `there` [N] is true."""

    words: npt.NDArray[np.uint64]
    there: Bits


def bits_of(perceptual_hash: str) -> Bits:
    """The 64 signs of a hash of 16 hex digits, as [8, 8]."""
    number = np.array([int(perceptual_hash, 16)], dtype=">u8")
    return np.unpackbits(number.view(np.uint8)).astype(bool).reshape(SIDE, SIDE)


def distance(left: str, right: str) -> int:
    """Bits that differ between two hashes, the second turned and mirrored as suits best."""
    other = bits_of(left)
    return min(int((other != turned).sum()) for turned in _turned(bits_of(right)))


def is_edit(bits: int, cosine: float | None) -> bool:
    """Whether two pictures are one, edited; cosine None where vectors were not compared."""
    return bits <= LIMIT_ALONE or (bits <= LIMIT and (cosine or 0.0) >= LEAST_COSINE)


def near_duplicates(
    hashes: dict[int, str], vectors: Vectors, nearest: Nearest
) -> list[DuplicateGroup]:
    """Groups among the pictures with a hash, largest first.

    vectors(ids) gives [N, D], nearest(queries, k) gives ids [Q, k] and cosines [Q, k].
    """
    joined = _Groups()
    proposals = itertools.chain(
        _by_vector(hashes, vectors, nearest), ((*pair, None) for pair in _by_hash(hashes))
    )
    for left, right, cosine in proposals:
        bits = distance(hashes[left], hashes[right])
        if is_edit(bits, cosine):
            joined.join(left, right, bits)
    return joined.groups()


def _by_vector(
    hashes: dict[int, str], vectors: Vectors, nearest: Nearest
) -> Iterator[tuple[int, int, float | None]]:
    ids = np.array(sorted(hashes), dtype=np.int64)
    for start in range(0, len(ids), _BATCH):
        batch = ids[start : start + _BATCH]
        found, cosines = nearest(vectors(batch), NEIGHBOURS + 1)
        places, columns = np.nonzero((cosines >= LEAST_COSINE) & (found >= 0))
        for place, column in zip(places.tolist(), columns.tolist(), strict=True):
            left, right = int(batch[place]), int(found[place, column])
            if left != right and right in hashes:
                yield left, right, float(cosines[place, column])


def _by_hash(hashes: dict[int, str]) -> Iterator[tuple[int, int]]:
    """Pairs whose hashes share a quarter, one of them turned or mirrored."""
    buckets: dict[tuple[int, int], list[int]] = {}
    for picture_id, text in hashes.items():
        for band in _bands(bits_of(text)):
            buckets.setdefault(band, []).append(picture_id)
    for picture_id, text in hashes.items():
        for turned in _turned(bits_of(text)):
            for band in _bands(turned):
                others = buckets.get(band, ())
                if len(others) <= _CROWD:
                    yield from ((picture_id, other) for other in others if other < picture_id)


def _bands(bits: Bits) -> Iterator[tuple[int, int]]:
    words = np.packbits(bits).view(">u2")
    yield from enumerate(words.tolist())


class Collapsed(NamedTuple):
    """Of a ranking, the places [M] that stay, and for how many others each stands [M]."""

    places: Ids
    stands_for: Ids


def collapse(
    ids: Ids,
    hashes: Hashes,
    bursts: Sequence[Sequence[int]] = (),
    limit: int = LIMIT_ALONE,
) -> Collapsed:
    """Each picture of a ranking [N], best first, only once; of each burst the best stays.

    Hashes are compared upright only, which is quick enough for every page.
    """
    burst_of = {number: place for place, run in enumerate(bursts) for number in run}
    alike = _alike(hashes, limit)
    # Most of a ranking is like nothing before it and has nothing to be looked at.
    concerned = {*alike, *np.flatnonzero(np.isin(ids, list(burst_of))).tolist()}
    first_of_burst: dict[int, int] = {}
    stays = np.ones(len(ids), dtype=np.bool_)
    stands_for = np.zeros(len(ids), dtype=np.int64)
    for place in sorted(concerned):
        burst = burst_of.get(int(ids[place]), -1)
        first = first_of_burst.get(burst)
        if first is None:
            first = next((before for before in alike.get(place, ()) if stays[before]), None)
        if first is not None:
            stays[place] = False
            stands_for[first] += 1
        elif burst >= 0:
            first_of_burst[burst] = place
    places = np.flatnonzero(stays)
    return Collapsed(places, stands_for[places])


def _alike(hashes: Hashes, limit: int) -> dict[int, list[int]]:
    """Of each place in a ranking, the places before it whose hash is within `limit` bits."""
    places = np.flatnonzero(hashes.there)
    words = hashes.words[places]
    found: dict[int, list[int]] = {}
    for start in range(0, len(places), _ROWS):
        # Only what stands before; counted bit by bit, for a matrix product wakes every core.
        until = words[: start + _ROWS]
        close = np.bitwise_count(words[start : start + _ROWS, None] ^ until) <= limit
        later, earlier = np.divmod(np.flatnonzero(close), len(until))
        before = earlier < later + start
        for right, left in zip(
            places[later[before] + start].tolist(), places[earlier[before]].tolist(), strict=True
        ):
            found.setdefault(right, []).append(left)
    return found


class _Groups:
    """Disjoint sets."""

    def __init__(self) -> None:
        self._parent: dict[int, int] = {}
        self._bits: dict[int, int] = {}

    def join(self, left: int, right: int, bits: int) -> None:
        first, second = sorted((self._top(left), self._top(right)))
        self._parent[second] = first
        self._bits[first] = max(self._bits.get(first, 0), self._bits.get(second, 0), bits)

    def groups(self) -> list[DuplicateGroup]:
        members: dict[int, list[int]] = {}
        for picture_id in sorted(self._parent):
            members.setdefault(self._top(picture_id), []).append(picture_id)
        found = [DuplicateGroup(tuple(ids), self._bits[top]) for top, ids in members.items()]
        return sorted(found, key=lambda group: (-len(group.ids), group.ids))

    def _top(self, picture_id: int) -> int:
        parent = self._parent.setdefault(picture_id, picture_id)
        while parent != picture_id:
            picture_id, parent = parent, self._parent[parent]
        return picture_id


def _turned(bits: Bits) -> Iterator[Bits]:
    # Mirroring left-right negates the odd horizontal frequencies, top-bottom the odd vertical.
    odd = np.arange(SIDE) % 2 == 1
    for base in (bits, bits.T):
        for across in (False, True):
            for down in (False, True):
                flips = (odd & across)[None, :] ^ (odd & down)[:, None]
                yield base ^ flips

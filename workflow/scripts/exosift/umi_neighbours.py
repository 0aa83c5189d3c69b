"""Which pairs of insert and UMI lie one base apart, found by sorting.

Two UMIs differ in one base if they are the same once that base is left out, and two inserts if,
moreover, one half of both is the same; what is the same lies together after sorting. Each sort is
of one array of numbers, which hold the key in their upper bits and the row in the lower ones.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.int64]
Rows = npt.NDArray[np.int32]
Words = npt.NDArray[np.uint64]

LONGEST_UMI = 12
TOGETHER = 1 << 20  # pairs that are sorted together: their numbers have room for a UMI of 12 nt
MIX = tuple(np.uint64(odd) for odd in (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9))
CHILD, PARENT = 1, 2
HALF = np.uint64(32)


@dataclass(frozen=True)
class Lineage:
    """Pairs of insert and UMI that can be children and parents of one another.

    Attributes
    ----------
    rows
        The pairs that have a neighbour, by their row: the possible children, then the others.
    children
        How many are possible children.
    child, parent
        The two ends of each kinship, as places in `rows`.
    in_umi
        How many kinships, the first ones, are by the UMI; the others are by the insert.
    tie
        The kinships whose two ends have equally many reads, in which either may be the child.
    """

    rows: Integers
    children: int
    child: Rows
    parent: Rows
    in_umi: int
    tie: Integers


def lineage(
    inserts: Integers,
    umis: Integers,
    reads: Integers,
    umi_length: int,
    sequences: Words | None = None,
) -> Lineage:
    """Find all neighbours, and which of two can be the child of the other.

    That is the one of fewer reads; at a tie, the one whose insert has fewer reads. The arguments
    are those of `one_base_in_umi` and `one_base_in_insert`; `sequences` of None leaves the
    neighbours in inserts out.
    """
    one, other = one_base_in_umi(inserts, umis, umi_length)
    in_umi = len(one)
    if sequences is not None:
        first, second = one_base_in_insert(inserts, umis, sequences)
        one, other = np.concatenate([one, first]), np.concatenate([other, second])
    of_insert = np.bincount(inserts, reads)
    role = np.zeros(len(inserts), np.int8)
    ties = [np.empty(0, np.int64)]
    for begin in range(0, len(one), TOGETHER):
        part = slice(begin, begin + TOGETHER)
        mine, theirs = one[part].copy(), other[part].copy()
        older = reads[mine] > reads[theirs]
        tie = np.flatnonzero(reads[mine] == reads[theirs])
        difference = of_insert[inserts[mine[tie]]] - of_insert[inserts[theirs[tie]]]
        older[tie] = (difference > 0) | ((difference == 0) & (mine[tie] < theirs[tie]))
        ties.append(tie + begin)
        one[part], other[part] = np.where(older, theirs, mine), np.where(older, mine, theirs)
        role[mine] = role[theirs] = PARENT
    role[one] = CHILD
    rows = np.concatenate([np.flatnonzero(role == kind) for kind in (CHILD, PARENT)])
    place = np.empty(len(inserts), np.int32)
    place[rows] = np.arange(len(rows), dtype=np.int32)
    children = int((role == CHILD).sum())
    return Lineage(rows, children, place[one], place[other], in_umi, np.concatenate(ties))


def one_base_in_umi(inserts: Integers, umis: Integers, umi_length: int) -> tuple[Rows, Rows]:
    """Find the pairs of one insert whose UMIs differ in one base.

    Parameters
    ----------
    inserts
        Number of the insert of each row, shape (rows,), not decreasing.
    umis
        UMIs, two bits a base, shape (rows,).
    umi_length
        Length of the UMIs in nt, at most 12.

    Returns
    -------
    The two rows of each pair of neighbours, each pair of rows once.
    """
    found = []
    for first, stop in _whole_inserts(inserts):
        part = inserts[first:stop]
        label = np.zeros(len(part), np.uint64)
        np.cumsum(part[1:] != part[:-1], out=label[1:])
        keys = label << np.uint64(2 * umi_length) | umis[first:stop].astype(np.uint64)
        for base in range(umi_length):
            left_out = np.uint64(3 << 2 * base)
            one, other = _same_keys(keys & ~left_out)
            found.append((one + np.int32(first), other + np.int32(first)))
    return _joined(found)


def one_base_in_insert(inserts: Integers, umis: Integers, sequences: Words) -> tuple[Rows, Rows]:
    """Find the pairs of one UMI whose inserts are of one length and differ in one base.

    Parameters
    ----------
    inserts, umis
        As in `one_base_in_umi`.
    sequences
        The sequence of each insert, shape (inserts, 4): three planes of bits, bit i for base i (the
        two bits of A 0, C 1, G 2, T 3; then 1 for an N), and a word whose lowest byte is the
        length in nt.

    Returns
    -------
    The two rows of each pair of neighbours, each pair of rows once.
    """
    planes, lengths = sequences[:, :3], sequences[:, 3] & np.uint64(0xFF)
    half = (np.uint64(1) << lengths // np.uint64(2)) - np.uint64(1)
    parts = [np.arange(len(inserts), dtype=np.int32)]
    if len(inserts) > TOGETHER:
        parts = [np.flatnonzero(umis & 3 == base).astype(np.int32) for base in range(4)]
    found = []
    for kept in (half, ~half):
        hashed = lengths.copy()
        for plane in planes.T:
            hashed = _mixed(hashed ^ (plane & kept))
        for rows in parts:
            keys = _mixed(hashed[inserts[rows]] ^ umis[rows].astype(np.uint64) * MIX[1])
            bits = np.uint64(len(rows).bit_length())
            one, other = (rows[found_] for found_ in _same_keys(keys >> bits))
            same = umis[one] == umis[other]
            one, other = one[same], other[same]
            first, second = inserts[one], inserts[other]
            differ = np.bitwise_or.reduce(planes[first] ^ planes[second], axis=1)
            single = (differ != 0) & (differ & (differ - np.uint64(1)) == 0)
            single &= lengths[first] == lengths[second]
            found.append((one[single], other[single]))
    return _joined(found)


def _whole_inserts(inserts: Integers) -> list[tuple[int, int]]:
    """Divide the rows into parts of about `TOGETHER`, each of whole inserts."""
    cuts = [0]
    while cuts[-1] < len(inserts):
        stop = min(cuts[-1] + TOGETHER, len(inserts))
        begin = int(np.searchsorted(inserts, inserts[stop - 1], side="left"))
        if stop < len(inserts) and inserts[stop] == inserts[stop - 1] and begin > cuts[-1]:
            stop = begin
        elif stop < len(inserts):
            stop = int(np.searchsorted(inserts, inserts[stop - 1], side="right"))
        cuts.append(stop)
    return list(pairwise(cuts))


def _same_keys(keys: Words) -> tuple[Rows, Rows]:
    """Find all pairs of rows whose keys, which leave room for a row's number, are the same."""
    rows = len(keys)
    bits = np.uint64(max((rows - 1).bit_length(), 1))
    ordered = keys << bits | np.arange(rows, dtype=np.uint64)
    ordered.sort()
    row = (ordered & ((np.uint64(1) << bits) - np.uint64(1))).astype(np.int32)
    ordered >>= bits
    at = np.flatnonzero(ordered[1:] == ordered[:-1])
    found, step = [], 1
    while len(at):
        found.append((row[at], row[at + step]))
        step += 1
        at = at[at + step < rows]
        at = at[ordered[at + step] == ordered[at]]
    return _joined(found)


def _mixed(values: Words) -> Words:
    """Spread the bits of numbers over all bits."""
    values = (values ^ values >> HALF) * MIX[0]
    return (values ^ values >> HALF) * MIX[2]


def _joined(found: list[tuple[Rows, Rows]]) -> tuple[Rows, Rows]:
    none = np.empty(0, np.int32)
    return (
        np.concatenate([none, *(one for one, _ in found)]),
        np.concatenate([none, *(other for _, other in found)]),
    )

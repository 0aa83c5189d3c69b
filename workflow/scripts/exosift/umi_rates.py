"""The rate of errors in UMIs, and the sizes of the families of reads that it is seen in."""

from dataclasses import dataclass

import numpy as np

from exosift.umi_neighbours import Integers, Lineage
from exosift.umi_space import Floats, UmiSpace

LARGEST = 64  # families of more reads are not told apart
SMOOTHING = 20.0  # molecules that weigh as much as the belief that `a` reads leave `a` behind
RATED = 200_000  # pairs that the rate is estimated from
OVERWHELMING = 1000  # reads of a pair, from which on its errors come more than once
AT_ONCE = 1 << 14


@dataclass(frozen=True)
class Families:
    """How many reads the molecules of the library have.

    Attributes
    ----------
    share
        Of the molecules that have a number of reads, shape (LARGEST + 2,); the last place stands
        for each number above LARGEST.
    astray
        Reads per unit of the error rate that a molecule is expected to have lost, by the number of
        those it has left, shape (LARGEST + 1,).
    """

    share: Floats
    astray: Floats

    @classmethod
    def of(cls, sizes: Floats) -> "Families":
        """Take them from how many molecules have each number of reads, more than LARGEST last."""
        number = np.arange(LARGEST + 1.0)
        lost = (number + 1) * sizes[1:] + number * SMOOTHING
        astray = lost / (sizes[:-1] + SMOOTHING)
        astray[[0, LARGEST]] = 0.0, LARGEST
        share = (sizes + 1e-3) / (sizes[1:] + 1e-3).sum()
        share[LARGEST + 1] /= 4 * LARGEST
        return cls(share, astray)

    def lost(self, reads: Integers) -> Floats:
        """Expect how many reads molecules have lost, per unit of the error rate."""
        lost = self.astray[np.minimum(reads, LARGEST)]
        large = reads > LARGEST
        lost[large] = reads[large]
        return lost


class Excess:
    """Pairs of one read beside pairs of two reads or more, which show the rate of errors in UMIs.

    The presence of a pair of one read at a place of the UMI space is regressed on the reads that
    its neighbours have lost. Were there no errors, it would depend on nothing but the frequency of
    the UMI and on how full the space is, so the slope is the rate, however many true pairs of one
    read there are.

    Parameters
    ----------
    inserts, umis, reads
        The pairs of insert and UMI, shape (pairs,).
    kin
        Their neighbours.
    space
        All UMIs.
    singles
        Pairs of one read of each insert, shape (inserts,).
    """

    def __init__(
        self,
        inserts: Integers,
        umis: Integers,
        reads: Integers,
        kin: Lineage,
        space: UmiSpace,
        singles: Floats,
    ) -> None:
        rows = np.flatnonzero((reads >= 2) & (reads <= OVERWHELMING))
        rows = rows[:: len(rows) // RATED + 1]
        mine = reads[kin.rows]
        child, parent = kin.child[: kin.in_umi], kin.parent[: kin.in_umi]
        beside = np.zeros(len(reads), np.int16)
        beside[kin.rows] = np.bincount(parent[mine[child] == 1], minlength=len(kin.rows))
        self.space = space
        self.seen = beside[rows]
        self.insert, self.reads = inserts[rows], reads[rows]
        self.singles = singles[self.insert]
        self.likely = space.likelihood(umis[rows])
        self.umis = umis[rows]

    def rate(
        self, families: Families, filling: Floats, true_singles: Floats, lost: Floats, before: float
    ) -> tuple[float, float]:
        """Estimate the rate, to one certain other base, and the variance of the estimate.

        Parameters
        ----------
        filling, true_singles, lost
            Of each insert: molecules per UMI, true pairs of one read, and reads lost per unit of
            the rate.
        before
            The rate of the round before.
        """
        space, insert = self.space, self.insert
        mine = families.lost(self.reads)
        mean = lost[insert] / space.size
        full = filling[insert]
        empty, once, neighbours = self._surroundings(full)
        share = once / np.interp(full, space.filling, space.once)
        chance = self.singles / space.size * share
        free = empty - true_singles[insert] / space.size * share
        uneven = neighbours - np.interp(full, space.filling, space.beside) * share
        alone = np.exp(-2 * before * 3 * len(space.frequencies) * mean)
        reached = (mine * np.exp(-before * mine) - mean * self.likely) * free + mean * uneven
        crowding = full * families.share[1] * self.likely
        weight = mine / (crowding + max(before, 1e-5) * mine)
        information = float((weight * reached * alone).sum())
        if information <= 0:
            return 0.0, 1.0
        variance = float((weight**2 * (chance + before * mine * free)).sum()) / information**2
        return float((weight * (self.seen - chance)).sum()) / information, variance

    def _surroundings(self, filling: Floats) -> tuple[Floats, Floats, Floats]:
        """Sum over the UMIs beside each pair's what they add to `UmiSpace.once` and `beside`.

        Returns
        -------
        The sums of the chances to have no molecule; of these times the likelihood; and times the
        likelihood of all neighbours.
        """
        sums = np.empty((3, len(filling)))
        for begin in range(0, len(filling), AT_ONCE):
            part = slice(begin, begin + AT_ONCE)
            likely, beside = self.space.around(self.umis[part])
            empty = np.exp(-likely * filling[part, None].astype(np.float32))
            for row, factor in enumerate((1, likely, beside)):
                sums[row, part] = (factor * empty).sum(axis=1)
        return sums[0], sums[1], sums[2]

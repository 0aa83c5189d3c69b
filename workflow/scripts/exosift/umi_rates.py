"""The rate of errors in UMIs, and the sizes of the families of reads that it is seen in."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from exosift.umi_neighbours import Integers, Lineage

Floats = npt.NDArray[np.float64]

LARGEST = 64  # families of more reads are not told apart
SMOOTHING = 20.0  # molecules that weigh as much as the belief that `a` reads leave `a` behind
RATED = 400_000  # pairs that the rate is estimated from
FULLEST = 0.98


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
        return np.where(reads > LARGEST, reads, self.astray[np.minimum(reads, LARGEST)])


class Excess:
    """Pairs of one read beside pairs of two reads or more, which show the rate of errors in UMIs.

    The presence of a pair of one read at a place of the UMI space is regressed on the reads that
    its neighbours have lost. True pairs are as frequent beside a large family as anywhere else, so
    the slope is the rate, however many there are.

    Parameters
    ----------
    inserts, umis, reads
        The pairs of insert and UMI, shape (pairs,).
    kin
        Their neighbours.
    frequencies
        Of the four bases at each place of the UMI, its last base first, shape (umi_length, 4).
    singles
        Pairs of one read of each insert, shape (inserts,).
    """

    def __init__(
        self,
        inserts: Integers,
        umis: Integers,
        reads: Integers,
        kin: Lineage,
        frequencies: Floats,
        singles: Floats,
    ) -> None:
        self.space = 4.0 ** len(frequencies)
        self.places = 3 * len(frequencies)
        rows = np.flatnonzero(reads >= 2)
        rows = rows[:: len(rows) // RATED + 1]
        mine = reads[kin.rows]
        child, parent = kin.child[: kin.in_umi], kin.parent[: kin.in_umi]
        beside = np.zeros(len(reads), np.int16)
        beside[kin.rows] = np.bincount(parent[mine[child] == 1], minlength=len(kin.rows))
        self.insert, self.reads = inserts[rows], reads[rows]
        likely = np.zeros(len(rows))
        for base, frequency in enumerate(frequencies):
            own = frequency[umis[rows] >> 2 * base & 3]
            likely += (1 - own) / own
        likely *= likelihood(umis[rows], frequencies)
        chance = singles[self.insert] / self.space
        self.noise = self.places * chance
        self.excess = beside[rows] - likely * chance

    def rate(
        self, families: Families, true: Floats, singles: Floats, lost: Floats, before: float
    ) -> tuple[float, float]:
        """Estimate the rate, to one certain other base, and the variance of the estimate.

        Parameters
        ----------
        true, singles, lost
            Of each insert: true pairs, those of one read, and reads lost per unit of the rate.
        before
            The rate of the round before.
        """
        mine = families.lost(self.reads)
        mean = lost / self.space
        free = np.clip(1 - (true + singles) / self.space, 1 - FULLEST, 1)
        free *= np.exp(-2 * before * self.places * mean)
        crowding = (true / self.space * families.share[1])[self.insert]
        weight = mine / (crowding + max(before, 1e-5) * mine)
        exposed = weight * free[self.insert] * self.places
        reached = mine * np.exp(-before * mine) - mean[self.insert]
        information = float((exposed * reached).sum())
        if information <= 0:
            return 0.0, 1.0
        spread = weight * free[self.insert] * weight * self.noise + before * weight * exposed * mine
        variance = float(spread.sum()) / information**2
        return float((weight * self.excess).sum()) / information, variance


def likelihood(umis: Integers, frequencies: Floats) -> Floats:
    """Compare the chance of UMIs with that of the average one: 1 if all bases are as frequent."""
    likely = np.ones(len(umis))
    for base, frequency in enumerate(frequencies):
        likely *= 4 * frequency[umis >> 2 * base & 3]
    return likely

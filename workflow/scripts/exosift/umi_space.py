"""How molecules fill the space of UMIs, which are not all as frequent.

The frequency of a UMI is taken for the product of those of its bases at their places. Of `n`
molecules of an insert, a UMI of the frequency `p` has a number that is Poisson distributed with the
mean `n p`; so an insert shows `sum over all UMIs of 1 - exp(-n p)` pairs of insert and UMI. Where
all UMIs are as frequent, this is `K (1 - exp(-n / K))`, and backwards `n = -K ln(1 - pairs / K)`
(Fu et al. 2018, doi:10.1186/s12864-018-4933-1).
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from exosift.umi_neighbours import Integers

Floats = npt.NDArray[np.float64]

EVEN = 100.0  # reads that weigh as much as the belief that all bases are as frequent
ENOUGH = 1_000_000  # pairs that frequencies are counted in
CLASSES = 512  # of UMIs of like frequency
GRID = 2000
FEWEST, MOST = 1e-6, 12.0  # molecules per UMI: at the most, all UMIs are taken


@dataclass(frozen=True)
class UmiSpace:
    """All UMIs of a length, by their frequency.

    Attributes
    ----------
    frequencies
        Of the four bases at each place, the last base first, shape (umi_length, 4).
    filling
        Molecules per UMI, a grid from 0 up, for which the following were calculated.
    taken
        Share of the UMIs that have a molecule.
    once
        Mean over all UMIs of the likelihood times the chance to have no molecule. The mean share of
        UMIs that have exactly one is `filling * once`.
    beside
        The same for the likelihood of all neighbours instead of the UMI's own.
    """

    frequencies: Floats
    filling: Floats
    taken: Floats
    once: Floats
    beside: Floats

    @classmethod
    def of(cls, frequencies: Floats) -> "UmiSpace":
        """Calculate how the space fills."""
        many, likely, odds = _classes(frequencies)
        filling = np.concatenate([[0.0], np.geomspace(FEWEST, MOST, GRID)])
        share = many / 4.0 ** len(frequencies)
        empty = np.exp(-likely[:, None] * filling)
        taken = share @ -np.expm1(-likely[:, None] * filling)
        return cls(
            frequencies, filling, taken, (share * likely) @ empty, (share * likely * odds) @ empty
        )

    @classmethod
    def seen_in(cls, umis: Integers, reads: Integers, umi_length: int) -> "UmiSpace":
        """Find the frequencies in a library.

        Reads are counted, not pairs: in a full space, rare UMIs catch up in pairs, not in reads.
        """
        frequencies = np.full((umi_length, 4), 0.25)
        step = len(umis) // ENOUGH + 1
        umis, reads = umis[::step], reads[::step]
        weight = float(reads.sum()) ** 2 / max(float((reads.astype(float) ** 2).sum()), 1.0)
        for base in range(umi_length if len(umis) else 0):
            counted = np.bincount(umis >> 2 * base & 3, reads, 4)
            frequencies[base] = (weight * counted / counted.sum() + EVEN / 4) / (weight + EVEN)
        return cls.of(frequencies)

    @property
    def size(self) -> float:
        """Number of UMIs."""
        return 4.0 ** len(self.frequencies)

    @property
    def effective_size(self) -> float:
        """Number of UMIs, were all as frequent, in which as many molecules would collide."""
        return float(np.prod(1 / (self.frequencies**2).sum(axis=1)))

    def molecules(self, pairs: Floats) -> Floats:
        """Expect the molecules that have made pairs of insert and UMI, by insert."""
        molecules_per_pair = np.ones(len(self.taken))
        molecules_per_pair[1:] = self.filling[1:] / self.taken[1:]
        return np.asarray(pairs * np.interp(pairs / self.size, self.taken, molecules_per_pair))

    def likelihood(self, umis: Integers) -> Floats:
        """Compare the frequency of UMIs with that of the average one."""
        likely = np.ones(len(umis))
        for base, frequency in enumerate(self.frequencies):
            likely *= 4 * frequency[umis >> 2 * base & 3]
        return likely

    def around(self, umis: Integers) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """Describe the UMIs that differ from each of some by one base, each by 3 L columns.

        Returns
        -------
        Their likelihoods, and the sum of the likelihoods of their own neighbours; both have the
        shape (umis, 3 * umi_length).
        """
        mine = self.likelihood(umis)
        bases = [umis >> 2 * base & 3 for base in range(len(self.frequencies))]
        odds = np.zeros(len(umis))
        for base, frequency in zip(bases, self.frequencies, strict=True):
            odds += 1 / frequency[base] - 1
        likely = np.empty((len(umis), 3 * len(bases)), np.float32)
        beside = np.empty_like(likely)
        for place, (base, frequency) in enumerate(zip(bases, self.frequencies, strict=True)):
            for shift in range(1, 4):
                own, other = frequency[base], frequency[base ^ shift]
                column = 3 * place + shift - 1
                likely[:, column] = mine * other / own
                beside[:, column] = likely[:, column] * (odds + 1 / other - 1 / own)
        return likely, beside


def _classes(frequencies: Floats) -> tuple[Floats, Floats, Floats]:
    """Sort all UMIs into classes of like frequency.

    Returns
    -------
    How many UMIs each class has, their likelihood (1: that of the average UMI), and how many times
    as likely as they are all their neighbours together.
    """
    many, likely, odds = np.ones(1), np.ones(1), np.zeros(1)
    for frequency in frequencies:
        likely = np.outer(likely, 4 * frequency).ravel()
        odds = np.add.outer(odds, 1 / frequency - 1).ravel()
        many = np.repeat(many, 4)
        order = np.argsort(likely, kind="stable")
        many, likely, odds = many[order], likely[order], odds[order]
        if len(many) > CLASSES:
            ends = np.searchsorted(np.cumsum(many), many.sum() * np.arange(1, CLASSES) / CLASSES)
            first = np.unique(np.concatenate([[0], ends]))
            mass = np.add.reduceat(many * likely, first)
            odds = np.add.reduceat(many * likely * odds, first) / mass
            many = np.add.reduceat(many, first)
            likely = mass / many
    return many, likely, odds

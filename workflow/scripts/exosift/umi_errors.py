"""How many pairs of insert and UMI only sequencing errors have made.

A wrong base in the UMI, or in the insert, gives a read of a molecule a pair of its own. Such a pair
lies one base from its parent; so do, by chance, pairs of other molecules, the more the fuller the
space of UMIs is. A threshold on read counts cannot tell the two apart. Instead each pair that has a
neighbour gets the probability that it is spurious, and an insert has as many molecules as its pairs
have probability left. The probability weighs

- errors: the reads that are expected to have gone astray from all neighbours to this place. From a
  molecule of which `a` reads are right, these are `(a + 1) g(a + 1) / g(a)` times the error rate
  (Robbins' formula), where `g` is the distribution of the reads of a molecule: where most molecules
  were sequenced once, one that was seen once has no read left to go astray;
- molecules: the density, in the space of UMIs, of true pairs of this insert with as many reads.

Densities, family sizes and rates are estimated from the library, in turns, until they agree
(expectation and maximisation). The rate of errors in UMIs comes from the excess of pairs of one
read beside pairs of more, over what independence predicts, so that it does not depend on what is
believed of the density. Reads with two errors lie two bases from their parent; their expected
number follows from the rate, and is taken off.
"""

from dataclasses import dataclass

import numpy as np

from exosift.umi_neighbours import Integers, Words, lineage
from exosift.umi_rates import FULLEST, LARGEST, Excess, Families, Floats, likelihood

OWN = 4  # pairs of fewer reads have a density of their own in each insert
SHRINKAGE = 5.0  # pairs of an insert that weigh as much as the family sizes of the library
FIRST_RATE = 1e-3  # errors per base, to begin with
ROUNDS = 40
AGREED = 5e-5  # share of the pairs by which a round may still move
TINY = 1e-300


@dataclass(frozen=True)
class Explained:
    """What errors explain in a library.

    Attributes
    ----------
    true_pairs
        Pairs of each insert that are no errors, shape (inserts,); in general no whole numbers.
    umi_error_rate, insert_error_rate
        Wrong bases per base read.
    """

    true_pairs: Floats
    umi_error_rate: float
    insert_error_rate: float


def explain_errors(
    inserts: Integers,
    umis: Integers,
    reads: Integers,
    umi_length: int,
    frequencies: Floats,
    sequences: Words | None = None,
) -> Explained:
    """Estimate how many pairs of each insert are no errors.

    Parameters
    ----------
    inserts, umis, reads
        The pairs: number of the insert (not decreasing), UMI and reads, shape (pairs,), one pair or
        more.
    umi_length
        In nt.
    frequencies
        Of the four bases at each place of the UMI, its last base first, shape (umi_length, 4).
    sequences
        Of the inserts, as in `one_base_in_insert`; None leaves errors in inserts alone.
    """
    model = _Model(inserts, umis, reads, umi_length, frequencies, sequences)
    for done in range(ROUNDS):
        if model.update() < AGREED * len(reads) and done > 2:
            break
    in_umi, in_insert = 3 * model.rates
    return Explained(model.true_pairs(), float(in_umi), float(in_insert))


class _Model:
    """Which pairs are spurious, how likely, and all that this depends on.

    Pairs that cannot be children are never spurious. Arrays have a place for each possible child,
    if nothing else is said.
    """

    def __init__(
        self,
        inserts: Integers,
        umis: Integers,
        reads: Integers,
        umi_length: int,
        frequencies: Floats,
        sequences: Words | None,
    ) -> None:
        self.umi_length = umi_length
        self.space = 4.0**umi_length
        self.kin = kin = lineage(inserts, umis, reads, umi_length, sequences)
        self.spurious = np.zeros(kin.children)
        self.in_umi = np.zeros(kin.children)  # share of what explains it that is errors in UMIs
        self.rates = np.full(2, FIRST_RATE / 3)  # in UMIs, in inserts: to one certain other base

        self._describe_inserts(inserts, reads, sequences)
        self.excess = Excess(inserts, umis, reads, kin, frequencies, self.singles)
        self.kin_reads = reads[kin.rows]  # of children, then of the other parents
        self.parent_insert = inserts[kin.rows][kin.parent[kin.tie]]
        rows = kin.rows[: kin.children]
        self.insert, self.reads = inserts[rows], self.kin_reads[: kin.children]
        self.size = np.minimum(self.reads, LARGEST + 1)
        self.length = self.lengths[self.insert]
        self.likely = likelihood(umis[rows], frequencies)
        logarithms = np.log(np.maximum(np.arange(int(self.reads.max(initial=0)) + 1), 1))
        self.factorial = np.cumsum(logarithms)[self.reads]

        self.crowded, self.label = np.unique(self.insert, return_inverse=True)
        self.cell = self.label * OWN + np.minimum(self.reads, OWN - 1)
        self.few = np.flatnonzero(self.reads < OWN)
        label = np.full(len(self.pairs), -1, np.int32)
        label[self.crowded] = np.arange(len(self.crowded))
        rows = np.flatnonzero(reads < OWN)
        rows = rows[label[inserts[rows]] >= 0]
        cells = label[inserts[rows]] * OWN + reads[rows]
        self.cells = np.bincount(cells, minlength=OWN * len(self.crowded)).astype(float)

    def _describe_inserts(
        self, inserts: Integers, reads: Integers, sequences: Words | None
    ) -> None:
        """Sum up the pairs of each insert, and of the library by their reads."""
        number = int(inserts[-1]) + 1
        self.pairs = np.bincount(inserts, minlength=number).astype(float)
        self.singles = np.bincount(inserts[reads == 1], minlength=number).astype(float)
        self.losable = np.bincount(inserts, reads, number) - self.singles
        self.lengths = np.zeros(number)
        if sequences is not None:
            self.lengths = (sequences[:number, 3] & np.uint64(0xFF)).astype(float)
        sizes = np.minimum(reads, LARGEST + 1)
        self.sizes = np.bincount(sizes, minlength=LARGEST + 2).astype(float)
        self.bases = np.bincount(sizes, self.lengths[inserts], LARGEST + 2)
        large = reads > LARGEST
        self.bases_of_large = float((reads[large] * self.lengths[inserts[large]]).sum())

    def update(self) -> float:
        """Make all estimates once more; give how many pairs changed sides."""
        true = self._true()
        sizes = self.sizes - np.bincount(self.size, self.spurious, LARGEST + 2)
        families = Families.of(np.maximum(sizes, 0))
        spurious = np.bincount(self.cell, self.spurious, len(self.cells))
        cells: Floats = np.maximum(self.cells - spurious, 0)
        self._update_umi_rate(families, true, cells[1::OWN])
        astray = self._astray(families, true)
        here = true[self.insert] / self.space
        by_error = (1 - np.minimum(here, FULLEST)) * np.exp(
            self.reads * np.log(astray) - self.factorial
        )
        here *= self.likely
        mixed = here * families.share[self.size - 1]
        mixed[self.size == 1] = 0
        by_molecule = self._density(families, here, cells) + mixed * astray
        spurious = by_error / (by_error + by_molecule + TINY)
        moved = float(np.abs(spurious - self.spurious).sum())
        self.spurious = spurious
        self._update_insert_rate(families)
        return moved

    def _astray(self, families: Families, true: Floats) -> Floats:
        """Expect the reads that have gone astray to each child."""
        kin = self.kin
        weight = families.lost(self.kin_reads)
        weight[: kin.children] *= 1 - self.spurious
        astray = weight[kin.parent]
        astray[: kin.in_umi] *= self.rates[0]
        astray[kin.in_umi :] *= self.rates[1]
        mine, theirs = true[self.insert[kin.child[kin.tie]]], true[self.parent_insert]
        astray[kin.tie] *= 1 + np.minimum(mine, theirs) / np.maximum(theirs, TINY)
        in_umi = np.bincount(kin.child[: kin.in_umi], astray[: kin.in_umi], kin.children)
        total: Floats = np.maximum(np.bincount(kin.child, astray, kin.children), TINY)
        self.in_umi = in_umi / total
        return total

    def _density(self, families: Families, here: Floats, cells: Floats) -> Floats:
        """Expect true pairs of as many reads, per UMI."""
        density = here * families.share[self.size]
        few = self.few
        true = here[few] * self.space / self.likely[few]
        own = cells[self.cell[few]] / self.space * self.likely[few]
        density[few] = (density[few] * SHRINKAGE + own * true) / (true + SHRINKAGE)
        return density

    def _true(self) -> Floats:
        """Count the pairs of each insert that are not spurious."""
        true = self.pairs.copy()
        spurious = np.bincount(self.label, self.spurious, len(self.crowded))
        true[self.crowded] = np.maximum(true[self.crowded] - spurious, 0)
        return true

    def _update_umi_rate(self, families: Families, true: Floats, singles: Floats) -> None:
        """Estimate the rate of errors in UMIs; where pairs say little, it is that of inserts."""
        all_singles = self.singles.copy()
        all_singles[self.crowded] = singles
        rate, variance = self.excess.rate(families, true, all_singles, self.losable, self.rates[0])
        if self.lengths.any():
            prior = self.rates[1] ** 2
            rate = (rate * prior + self.rates[1] * variance) / (prior + variance + TINY)
        self.rates[0] = max(rate, 0.0)

    def _update_insert_rate(self, families: Families) -> None:
        """Estimate the rate of errors in inserts from the reads that are held for such."""
        wrong = float((self.spurious * (1 - self.in_umi) * self.reads).sum())
        bases = self.bases - np.bincount(self.size, self.spurious * self.length, LARGEST + 2)
        lost = float(bases[: LARGEST + 1] @ families.astray) + self.bases_of_large
        self.rates[1] = (wrong + 0.1) / (3 * max(lost, 0.0) + 300)

    def true_pairs(self) -> Floats:
        """Count the true pairs of each insert, without those expected from two errors.

        A pair that is spurious for its insert can have another error in its UMI, and one that is
        spurious for its UMI a second one there, which half as many reads have. Where an insert has
        too few pairs to show whether these are among them, all such inserts are looked at together.
        """
        true = self._true()
        in_umi = np.bincount(self.label, self.spurious * self.in_umi, len(self.crowded))
        in_insert = np.bincount(self.label, self.spurious, len(self.crowded)) - in_umi
        wrong = 1 - (1 - 3 * self.rates[0]) ** self.umi_length
        twice = wrong * (in_umi / 2 + in_insert)
        left = true[self.crowded]
        few = (twice > 0) & (left < twice + 3 * np.sqrt(twice) + 3)
        share = min(float(twice[few].sum()) / max(float(left[few].sum()), TINY), 1.0)
        true[self.crowded] = np.where(few, left * (1 - share), left - twice)
        return true

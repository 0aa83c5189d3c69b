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
from exosift.umi_rates import LARGEST, Excess, Families
from exosift.umi_space import Floats, UmiSpace

OWN = 4  # pairs of fewer reads have a density of their own in each insert
SHRINKAGE = 5.0  # pairs of an insert that weigh as much as the family sizes of the library
ALIKE = 0.7  # how much the rate in UMIs may differ from that in inserts, as its share
LEAST_DIFFERENCE = 1e-4  # and how much more, per base
FIRST_RATE = 1e-3  # errors per base, to begin with
ROUNDS = 40
AGREED = 5e-5  # share of the pairs by which a round may still move
AT_ONCE = 1 << 17
CERTAIN = 600.0  # an exponent that float64 still holds
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
    space: UmiSpace,
    sequences: Words | None = None,
) -> Explained:
    """Estimate how many pairs of each insert are no errors.

    Parameters
    ----------
    inserts, umis, reads
        The pairs: number of the insert (not decreasing), UMI and reads, shape (pairs,), one pair or
        more.
    space
        All UMIs of this length.
    sequences
        Of the inserts, as in `one_base_in_insert`; None leaves errors in inserts alone.
    """
    model = _Model(inserts, umis, reads, space, sequences)
    for done in range(ROUNDS):
        if model.update() < AGREED * len(reads) and done > 2:
            break
    in_umi, in_insert = 3 * model.rates
    return Explained(model.true_pairs(), float(in_umi), float(in_insert))


@dataclass
class _Spurious:
    """How many pairs are held for spurious, by what the estimates are made from.

    Attributes
    ----------
    sizes
        By reads, LARGEST + 1 for more than LARGEST, shape (LARGEST + 2,).
    bases
        The same, times the length of the insert.
    cells
        By the insert and its reads, OWN - 1 for more than that, shape (crowded inserts, OWN).
    in_umi
        Share that errors in UMIs explain, by the insert, shape (crowded inserts,).
    reads_by_insert
        Reads that errors in inserts explain.
    """

    sizes: Floats
    bases: Floats
    cells: Floats
    in_umi: Floats
    reads_by_insert: float

    @classmethod
    def none(cls, crowded: int) -> "_Spurious":
        """Begin with no pair at all."""
        sizes, bases = np.zeros((2, LARGEST + 2))
        return cls(sizes, bases, np.zeros((crowded, OWN)), np.zeros(crowded), 0.0)

    @property
    def by_insert(self) -> Floats:
        """All of each crowded insert."""
        return np.asarray(self.cells.sum(axis=1))


class _Model:
    """Which pairs are spurious, how likely, and all that this depends on.

    Pairs that cannot be children are never spurious. An insert that has a possible child is
    crowded.
    """

    def __init__(
        self,
        inserts: Integers,
        umis: Integers,
        reads: Integers,
        space: UmiSpace,
        sequences: Words | None,
    ) -> None:
        self.space = space
        self.umi_length = len(space.frequencies)
        self.kin = kin = lineage(inserts, umis, reads, self.umi_length, sequences)
        self.rates = np.full(2, FIRST_RATE / 3)  # in UMIs, in inserts: to one certain other base
        self._describe_inserts(inserts, reads, sequences)
        self.excess = Excess(inserts, umis, reads, kin, space, self.singles)

        self.kin_reads = reads[kin.rows]  # of children, then of the other parents
        self.parent_insert = inserts[kin.rows[kin.parent[kin.tie]]]
        rows = kin.rows[: kin.children]
        self.likely = space.likelihood(umis[rows])
        self.crowded, self.label = np.unique(inserts[rows], return_inverse=True)
        label = np.full(len(self.pairs), -1, np.int32)
        label[self.crowded] = np.arange(len(self.crowded))
        rows = np.flatnonzero(reads < OWN)
        rows = rows[label[inserts[rows]] >= 0]
        cells = np.bincount(
            label[inserts[rows]] * OWN + reads[rows], minlength=OWN * len(self.crowded)
        )
        self.cells = cells.reshape(-1, OWN).astype(float)
        largest = int(self.kin_reads[: kin.children].max(initial=1))
        self.factorial = np.cumsum(np.log(np.maximum(np.arange(largest + 1), 1)))
        self.spurious = np.zeros(kin.children)
        self.held = _Spurious.none(len(self.crowded))
        self.rounds = 0

    def _describe_inserts(
        self, inserts: Integers, reads: Integers, sequences: Words | None
    ) -> None:
        """Sum up the pairs of each insert, and of the library by their reads."""
        number = int(inserts[-1]) + 1
        self.pairs = np.bincount(inserts, minlength=number).astype(float)
        self.singles = np.bincount(inserts[reads == 1], minlength=number).astype(float)
        self.filling = self.space.molecules(self.pairs) / self.space.size  # molecules per UMI
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
        held = self.held
        true = self._true()
        families = Families.of(np.maximum(self.sizes - held.sizes, 0))
        cells: Floats = np.maximum(self.cells - held.cells, 0)
        self.filling[self.crowded] = self.space.molecules(true[self.crowded]) / self.space.size
        self._update_rates(families, cells[:, 1])
        self.rounds += 1
        astray, in_umi = self._astray(families, true)
        self.held = _Spurious.none(len(self.crowded))
        moved = 0.0
        for begin in range(0, self.kin.children, AT_ONCE):
            part = slice(begin, begin + AT_ONCE)
            spurious = self._judged(part, families, true[self.crowded], cells, astray[part])
            moved += float(np.abs(spurious - self.spurious[part]).sum())
            self.spurious[part] = spurious
            self._hold(part, in_umi[part])
        return moved

    def _true(self) -> Floats:
        """Count the pairs of each insert that are not spurious."""
        true = self.pairs.copy()
        true[self.crowded] = np.maximum(true[self.crowded] - self.held.by_insert, 0)
        return true

    def _update_rates(self, families: Families, singles: Floats) -> None:
        """Estimate the rates of errors.

        In inserts, from the reads that are held for such errors; in UMIs, from the excess of single
        pairs, and where these say little, from the rate in inserts.
        """
        if self.rounds:
            bases = self.bases - self.held.bases
            lost = float(bases[: LARGEST + 1] @ families.astray) + self.bases_of_large
            self.rates[1] = (self.held.reads_by_insert + 0.1) / (3 * max(lost, 0.0) + 300)
        all_singles = self.singles.copy()
        all_singles[self.crowded] = singles
        rate, variance = self.excess.rate(
            families, self.filling, all_singles, self.losable, self.rates[0]
        )
        if self.lengths.any():
            prior = (ALIKE * self.rates[1] + LEAST_DIFFERENCE / 3) ** 2
            rate = (rate * prior + self.rates[1] * variance) / (prior + variance + TINY)
        self.rates[0] = max(rate, 0.0)

    def _astray(self, families: Families, true: Floats) -> tuple[Floats, Floats]:
        """Expect the reads gone astray to each child, and the share that errors in UMIs make."""
        kin = self.kin
        weight = families.lost(self.kin_reads)
        weight[: kin.children] *= 1 - self.spurious
        astray = weight[kin.parent]
        astray[: kin.in_umi] *= self.rates[0]
        astray[kin.in_umi :] *= self.rates[1]
        mine, theirs = true[self.crowded][self.label[kin.child[kin.tie]]], true[self.parent_insert]
        astray[kin.tie] *= 1 + np.minimum(mine, theirs) / np.maximum(theirs, TINY)
        in_umi = np.bincount(kin.child[: kin.in_umi], astray[: kin.in_umi], kin.children)
        total: Floats = np.maximum(np.bincount(kin.child, astray, kin.children), TINY)
        return total, in_umi / total

    def _judged(
        self, part: slice, families: Families, true: Floats, cells: Floats, astray: Floats
    ) -> Floats:
        """Give the probability that pairs are spurious.

        Parameters
        ----------
        part
            Which of the children.
        true, cells
            True pairs of each crowded insert, and by their reads as in `_Spurious.cells`.
        astray
            Reads expected to have gone astray to each of the children.
        """
        label, likely = self.label[part], self.likely[part]
        reads = self.kin_reads[: self.kin.children][part]
        size = np.minimum(reads, LARGEST + 1)
        filling = self.filling[self.crowded[label]]
        empty = np.exp(-filling * likely)
        exponent = reads * np.log(astray) - self.factorial[reads]
        by_error = empty * np.exp(np.minimum(exponent, CERTAIN))
        # What a true pair has here, if it has it in the whole space.
        here = likely * empty / np.interp(filling, self.space.filling, self.space.once)
        here /= self.space.size
        true = true[label]
        alike = true * families.share[size]
        own = cells[label, np.minimum(reads, OWN - 1)] * true
        few = reads < OWN
        alike[few] = ((alike * SHRINKAGE + own) / (true + SHRINKAGE))[few]
        mixed = np.where(size > 1, true * families.share[size - 1], 0) * astray
        return np.asarray(by_error / (by_error + here * (alike + mixed) + TINY))

    def _hold(self, part: slice, in_umi: Floats) -> None:
        """Add up what is spurious of some children."""
        held, label, spurious = self.held, self.label[part], self.spurious[part]
        reads = self.kin_reads[: self.kin.children][part]
        size = np.minimum(reads, LARGEST + 1)
        lengths = self.lengths[self.crowded[label]]
        held.sizes += np.bincount(size, spurious, LARGEST + 2)
        held.bases += np.bincount(size, spurious * lengths, LARGEST + 2)
        cell = label * OWN + np.minimum(reads, OWN - 1)
        held.cells += np.bincount(cell, spurious, held.cells.size).reshape(held.cells.shape)
        held.in_umi += np.bincount(label, spurious * in_umi, len(held.in_umi))
        held.reads_by_insert += float((spurious * (1 - in_umi) * reads).sum())

    def true_pairs(self) -> Floats:
        """Count the true pairs of each insert, without those expected from two errors.

        A pair that is spurious for its insert can have another error in its UMI, and one that is
        spurious for its UMI a second one there, which half as many reads have. Where an insert has
        too few pairs to show whether these are among them, all such inserts are looked at together.
        """
        true = self._true()
        in_umi = self.held.in_umi
        in_insert = self.held.by_insert - in_umi
        wrong = 1 - (1 - 3 * self.rates[0]) ** self.umi_length
        twice = wrong * (in_umi / 2 + in_insert)
        left = true[self.crowded]
        few = (twice > 0) & (left < twice + 3 * np.sqrt(twice) + 3)
        share = min(float(twice[few].sum()) / max(float(left[few].sum()), TINY), 1.0)
        true[self.crowded] = np.where(few, left * (1 - share), left - twice)
        return true

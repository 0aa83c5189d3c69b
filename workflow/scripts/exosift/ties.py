"""Ties: sharing the reads that fit several miRNAs equally well.

An equal split gives a silent sibling half of its busy sister's reads; giving all to the likeliest
one silences real siblings. So a read is shared by how likely each miRNA is to have made it: by the
reads that the library holds of it, estimated in turn (expectation and maximisation, as in RSEM; Li
and Dewey 2011, doi:10.1186/1471-2105-12-323), and by how far the ends lie off the mature's.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

LIKELIHOOD_5P = 0.05
"""How much less likely each nt makes a shift of the 5' end, which holds the seed."""

LIKELIHOOD_3P = 0.5
"""The same for the 3' end, which is trimmed and extended all the time."""

ROUNDS = 50
UNIT = 1_000_000
"""Shares are whole parts of a million, so that they sum to the reads exactly."""


@dataclass(frozen=True, order=True)
class Isomir:
    """What an insert is to a mature: its name, and how far the ends lie off.

    Attributes
    ----------
    mirna
        Name of the mature.
    shift_5p, shift_3p
        nt by which the insert begins, and its template ends, behind the mature's own ends; negative
        before them.
    """

    mirna: str
    shift_5p: int
    shift_3p: int

    @property
    def likelihood(self) -> float:
        """How likely the mature makes such ends, up to a factor that all matures share."""
        return float(LIKELIHOOD_5P ** abs(self.shift_5p) * LIKELIHOOD_3P ** abs(self.shift_3p))


Tie = tuple[Isomir, ...]
"""The matures that an insert fits equally well, each once, sorted by name."""


def estimate(ties: Mapping[Tie, int], alone: Mapping[str, int]) -> dict[str, float]:
    """Estimate how many reads of the library each tied miRNA made.

    Parameters
    ----------
    ties
        Reads per tie.
    alone
        Reads that fit one miRNA only.

    Examples
    --------
    >>> tie = (Isomir("miR-320a-3p", 0, 2), Isomir("miR-320c", 0, 0))
    >>> reads = estimate({tie: 100}, {"miR-320a-3p": 9900})
    >>> round(reads["miR-320a-3p"]), round(reads["miR-320c"])
    (10000, 0)
    """
    names = sorted({*alone, *(isomir.mirna for tie in ties for isomir in tie)})
    if not ties:
        return {name: float(alone[name]) for name in names}
    number = {name: place for place, name in enumerate(names)}
    sizes = [len(tie) for tie in ties]
    tie_of = np.repeat(np.arange(len(sizes)), sizes)
    mirnas = np.array([number[isomir.mirna] for tie in ties for isomir in tie])
    likelihood = np.array([isomir.likelihood for tie in ties for isomir in tie])
    counts = np.fromiter(ties.values(), float, len(ties))[tie_of]
    evenly = 1 / np.array(sizes, float)[tie_of]
    sure = np.array([alone.get(name, 0) for name in names], float)
    reads = np.ones(len(names))  # at first the ends alone decide
    for _ in range(ROUNDS + 1):
        weights = reads[mirnas] * likelihood
        totals = np.bincount(tie_of, weights)[tie_of]
        shares = np.divide(weights, totals, out=evenly.copy(), where=totals > 0)
        reads = sure + np.bincount(mirnas, counts * shares, len(names))
    return dict(zip(names, reads.tolist(), strict=True))


def shares(tie: Tie, reads: Mapping[str, float]) -> dict[str, Fraction]:
    """Share an insert between the miRNAs of its tie; the shares sum to one exactly.

    Parameters
    ----------
    tie
        What the insert fits.
    reads
        What `estimate` found; empty for equal shares.
    """
    weights = [reads.get(isomir.mirna, 0.0) * isomir.likelihood for isomir in tie]
    total = sum(weights)
    if total <= 0:
        return {isomir.mirna: Fraction(1, len(tie)) for isomir in tie}
    parts = {isomir.mirna: round(UNIT * w / total) for isomir, w in zip(tie, weights, strict=True)}
    whole = sum(parts.values())
    return {mirna: Fraction(part, whole) for mirna, part in parts.items() if part}

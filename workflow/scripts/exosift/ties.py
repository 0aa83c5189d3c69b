"""Ties: sharing the reads that fit several miRNAs equally well.

An equal split gives a silent sibling half of its busy sister's reads; giving all to the likeliest
one silences real siblings. So a read is shared by how likely each miRNA is to have made it: by the
reads that the library holds of it, estimated in turn (expectation and maximisation, as in RSEM; Li
and Dewey 2011, doi:10.1186/1471-2105-12-323), and by how far the ends lie off the mature's.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

LIKELIHOOD_5P = 0.05
"""How much less likely each nt makes a shift of the 5' end, which holds the seed."""

LIKELIHOOD_3P = 0.5
"""The same for the 3' end, which is trimmed and extended all the time."""

ROUNDS = 50
UNIT = 1_000_000
"""Shares are whole parts of a million, so that they sum to the reads exactly."""


@dataclass(frozen=True, order=True)
class Isomir:
    """What an insert is to a mature: its name, and how far the ends lie off (nt, unsigned)."""

    mirna: str
    shift_5p: int
    shift_3p: int

    @property
    def likelihood(self) -> float:
        """How likely the mature makes such ends, up to a factor that all matures share."""
        return float(LIKELIHOOD_5P**self.shift_5p * LIKELIHOOD_3P**self.shift_3p)


Tie = tuple[Isomir, ...]
"""The matures that an insert fits equally well, sorted by name."""


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
    reads = _share_out(ties, alone, None)
    for _ in range(ROUNDS):
        reads = _share_out(ties, alone, reads)
    return reads


def shares(tie: Tie, reads: Mapping[str, float]) -> dict[str, Fraction]:
    """Share an insert between the miRNAs of its tie; the shares sum to one exactly.

    Parameters
    ----------
    tie
        What the insert fits.
    reads
        What `estimate` found; empty for equal shares.
    """
    weights = _weights(tie, reads)
    total = sum(weights)
    if total <= 0:
        return {isomir.mirna: Fraction(1, len(tie)) for isomir in tie}
    parts = {isomir.mirna: round(UNIT * w / total) for isomir, w in zip(tie, weights, strict=True)}
    whole = sum(parts.values())
    return {mirna: Fraction(part, whole) for mirna, part in parts.items() if part}


def _share_out(
    ties: Mapping[Tie, int], alone: Mapping[str, int], before: Mapping[str, float] | None
) -> dict[str, float]:
    """Add to what fits one miRNA alone the shares of the ties, by what was estimated before."""
    reads: defaultdict[str, float] = defaultdict(float, alone)
    for tie, count in ties.items():
        weights = _weights(tie, before)
        total = sum(weights)
        for isomir, weight in zip(tie, weights, strict=True):
            reads[isomir.mirna] += count * (weight / total if total > 0 else 1 / len(tie))
    return reads


def _weights(tie: Tie, reads: Mapping[str, float] | None) -> list[float]:
    """Weigh the miRNAs of a tie by their reads, or by their ends alone if none are known yet."""
    if reads is None:
        return [isomir.likelihood for isomir in tie]
    return [reads.get(isomir.mirna, 0.0) * isomir.likelihood for isomir in tie]


def closest(isomirs: Iterable[Isomir]) -> Tie:
    """Keep the closest reading of each miRNA, which may lie on several hairpins; sort by name."""
    best: dict[str, Isomir] = {}
    for isomir in isomirs:
        rival = best.get(isomir.mirna)
        if rival is None or isomir.likelihood > rival.likelihood:
            best[isomir.mirna] = isomir
    return tuple(best[mirna] for mirna in sorted(best))

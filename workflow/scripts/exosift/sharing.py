"""Sharing: whose reads those are that fit several features.

A read of one miRNA can look like one of its sibling: cut short, with a non-templated tail that the
sibling's template happens to hold, or with a changed base. An equal split would give a silent
sibling half of its busy sister's reads; giving all to the best alignment would give it her tails
and her sequencing errors. So a read is shared by how likely each miRNA is to have made it: by the
reads that the library holds of it, estimated in turn (expectation and maximisation, as in RSEM; Li
and Dewey 2011, doi:10.1186/1471-2105-12-323), and by how often reads have such ends, tails and
mismatches, which the library's own unambiguous reads tell.
"""

from dataclasses import dataclass

import numpy as np

from exosift.kernel.layout import KIND_MISMATCH, KIND_TAIL, KINDS_OF_MIRNA, LONGEST_READ_TAIL

UNIT = 1_000_000
"""Shares are whole parts of a million, so that they sum to the reads exactly."""

ROUNDS = 100
SPARSE = 0.01
SHIFT = 6

PRIOR_5P = {0: 0.88, 1: 0.05, 2: 0.01, 3: 0.005}
PRIOR_3P = {0: 0.4, 1: 0.14, 2: 0.07, 3: 0.03, 4: 0.015, 5: 0.01}
"""What is taken for the shares of shifts, in nt either way, before the library has spoken."""
PRIOR_TAILS = (0.85, 0.1, 0.04, 0.01)
"""The same for tails of 0 to 3 nt."""
PRIOR_BASES = (0.45, 0.1, 0.1, 0.35)
"""The same for the bases A, C, G and T of a tail."""
PRIOR_MISMATCH = 0.02
PRIOR_READS = 200.0
"""Reads that weigh as much as all that."""

MOST_READS = 200.0
"""Reads of one miRNA that count for how reads look: the most abundant one shall not speak alone."""

PLACES = 60.0
"""Changed bases that a read of some 20 nt can have: each one is as rare as its share of them."""

CENTRE = 128


@dataclass(frozen=True)
class Habits:
    """How the reads of a library's miRNAs look.

    Attributes
    ----------
    shifts_5p, shifts_3p
        (256,): share of reads whose ends lie so far off the mature's, at the shift plus 128.
    kinds
        (89,): how likely one certain sequence of that kind is; see `exosift.kernel.layout`.
    """

    shifts_5p: np.ndarray
    shifts_3p: np.ndarray
    kinds: np.ndarray

    def likelihood(self, codes: np.ndarray) -> np.ndarray:
        """Say how likely a miRNA makes such a read, for each call."""
        return np.asarray(
            self.shifts_5p[codes >> 8 & 255]
            * self.shifts_3p[codes & 255]
            * self.kinds[codes >> 16 & 255]
        )


def learn(codes: np.ndarray, reads: np.ndarray) -> Habits:
    """Learn from the reads that fit one miRNA only how reads look.

    Parameters
    ----------
    codes
        Calls, (n,), each once.
    reads
        How many reads have each call.
    """
    features, feature = np.unique(codes >> 24, return_inverse=True)
    of_feature = np.bincount(feature, reads, len(features))
    weights = reads * np.minimum(MOST_READS / np.maximum(of_feature, 1.0), 1.0)[feature]
    kinds = codes >> 16 & 255
    return Habits(
        _shares(codes >> 8 & 255, weights, PRIOR_5P),
        _shares(codes & 255, weights, PRIOR_3P),
        _kinds(kinds, weights),
    )


def _shares(shifts: np.ndarray, weights: np.ndarray, prior: dict[int, float]) -> np.ndarray:
    """Count shifts, the prior included."""
    counted = np.zeros(256)
    for shift, share in prior.items():
        counted[[CENTRE - shift, CENTRE + shift]] = PRIOR_READS * share
    counted += np.bincount(shifts, weights, 256)
    return np.asarray(counted / counted.sum())


def _kinds(kinds: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Find how likely each tail and a certain mismatch are."""
    seen = np.bincount(kinds, weights, KINDS_OF_MIRNA)
    lengths, letters = _tails()
    tails = PRIOR_READS * np.array(PRIOR_TAILS)
    tails += np.bincount(lengths, seen[:KIND_MISMATCH], LONGEST_READ_TAIL + 1)
    bases = PRIOR_READS * np.array(PRIOR_BASES)
    bases += np.array([seen[:KIND_MISMATCH] @ (letters == base).sum(axis=1) for base in range(4)])
    mismatched = PRIOR_READS * PRIOR_MISMATCH + seen[KIND_MISMATCH]
    rate = mismatched / (PRIOR_READS + seen.sum()) / PLACES
    tails /= tails.sum()
    bases /= bases.sum()
    chances = np.where(letters < 0, 1.0, bases[letters]).prod(axis=1)
    plain = tails[lengths] * chances
    return np.concatenate([plain, rate * tails])


def _tails() -> tuple[np.ndarray, np.ndarray]:
    """Give the length of the tail of each kind, and its bases (-1 behind its end)."""
    lengths = [0]
    letters = [[-1] * LONGEST_READ_TAIL]
    for length in range(1, LONGEST_READ_TAIL + 1):
        for number in range(4**length):
            digits = [number >> 2 * place & 3 for place in reversed(range(length))]
            lengths.append(length)
            letters.append(digits + [-1] * (LONGEST_READ_TAIL - length))
    assert len(lengths) == KIND_MISMATCH
    assert lengths[KIND_TAIL] == 1
    return np.array(lengths), np.array(letters)


def share_by_evidence(
    codes: np.ndarray, group: np.ndarray, reads: np.ndarray, likelihood: np.ndarray
) -> np.ndarray:
    """Share groups of reads between the miRNAs that may have made them.

    Parameters
    ----------
    codes
        Calls of all groups, (n,): each feature once in a group.
    group
        Number of the group of each call, from 0, not decreasing.
    reads
        Reads of each group.
    likelihood
        How likely the feature makes such reads, for each call.

    Returns
    -------
    Parts of `UNIT` that each call gets; those of a group sum to it.
    """
    _, feature = np.unique(codes >> 24, return_inverse=True)
    counts = reads.astype(float)[group]
    amounts: np.ndarray = np.ones(int(feature.max(initial=-1)) + 1)
    sizes = np.bincount(group, minlength=len(reads))
    # A group of one is its feature's, whatever the others are.
    sure = np.bincount(feature, np.where(sizes[group] == 1, counts, 0.0), len(amounts))
    tied = sizes[group] > 1
    tied_feature, tied_group = feature[tied], group[tied]
    tied_counts, tied_likelihood = counts[tied], likelihood[tied]
    evenly = 1 / sizes[tied_group]
    for _ in range(ROUNDS):
        weights = expected_weight(amounts)[tied_feature] * tied_likelihood
        totals = np.bincount(tied_group, weights, len(reads))[tied_group]
        shares = np.divide(weights, totals, out=evenly.copy(), where=totals > 0)
        amounts = sure + np.bincount(tied_feature, tied_counts * shares, len(amounts))
    every = np.ones(len(codes))
    every[tied] = shares if tied.any() else 1.0
    return whole_parts(every, group, len(reads))


def expected_weight(amounts: np.ndarray) -> np.ndarray:
    """Weigh features by their reads as variational Bayes does, with a sparse prior.

    The weight is exp(digamma(reads + 0.01)): half a read less than the reads, and next to nothing
    below one. So what nothing but shares speaks for falls silent instead of fading slowly (Salmon's
    way; Patro 2017, doi:10.1038/nmeth.4197).
    """
    values = amounts + SPARSE
    steps = (1 / (values + step) for step in range(SHIFT))
    beyond = values + SHIFT
    digamma = np.log(beyond) - 1 / (2 * beyond) - 1 / (12 * beyond**2) - sum(steps)
    return np.asarray(np.exp(digamma))


def share_equally(group: np.ndarray, groups: int) -> np.ndarray:
    """Share groups of reads in equal parts between all that they fit."""
    sizes = np.bincount(group, minlength=groups)
    return whole_parts(1 / sizes[group], group, groups)


def whole_parts(shares: np.ndarray, group: np.ndarray, groups: int) -> np.ndarray:
    """Turn shares into whole parts of `UNIT`; what rounding leaves goes to the largest of a group.

    Examples
    --------
    >>> whole_parts(np.array([1 / 3, 1 / 3, 1 / 3]), np.array([0, 0, 0]), 1).tolist()
    [333334, 333333, 333333]
    """
    parts = np.floor(UNIT * shares).astype(np.int64)
    missing = UNIT - np.bincount(group, parts, groups).astype(np.int64)
    # The largest share of each group stands first once sorted by group and falling share.
    order = np.lexsort((-shares, group))
    first = order[np.flatnonzero(np.diff(group[order], prepend=-1))]
    parts[first] += missing[group[first]]
    return parts

"""Molecules instead of reads, where the protocol names each molecule by random bases (UMI).

Copies of a molecule that PCR has made share insert and UMI, so reads are deduplicated per pair of
insert and UMI. Two things stand between the pairs and the molecules of an insert:

- sequencing errors make pairs that no molecule had: `exosift.umi_errors` estimates how many;
- molecules that share insert and UMI by chance make one pair: of `n` molecules an insert shows
  `K - sum over all K UMIs of (1 - p)^n` pairs, which is solved for `n`. For UMIs that are all as
  frequent that is `n = -K ln(1 - pairs / K)` (Fu et al. 2018, doi:10.1186/s12864-018-4933-1); the
  frequencies `p` are products of those of the bases at each place, found in the library.

Reads without a whole UMI, which were cut off in it or have an N in it, cannot be deduplicated: each
counts as one molecule. Bases that a kit adds against ligation bias (4N ends) are never UMIs: they
are far too few for the abundant miRNAs.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from exosift.umi_errors import explain_errors
from exosift.umi_neighbours import Integers, Words
from exosift.umi_rates import Floats

CROWDED = 0.1  # occupancy above which the inserts are counted for the summary
EVEN = 400.0  # reads that weigh as much as the belief that all bases are as frequent
ENOUGH = 1_000_000  # pairs that frequencies are counted in
CLASSES = 512  # of UMIs of like frequency
GRID = 2000
BEYOND = 12.0  # molecules per UMI, at which all UMIs are taken


@dataclass(frozen=True)
class Molecules:
    """The molecules of a library, by insert.

    Attributes
    ----------
    counts
        Molecules of each insert, shape (inserts,), one for each read without a whole UMI included;
        at most as many as reads. 0 for an insert that sequencing errors explain altogether.
    without_umi
        Reads of each insert without a whole UMI, shape (inserts,).
    summary
        What the library's JSON tells, see `deduplicate`.
    """

    counts: Integers
    without_umi: Integers
    summary: dict[str, Any]


def deduplicate(
    inserts: Integers,
    umis: Integers,
    reads: Integers,
    umi_length: int,
    sequences: Words | None = None,
) -> Molecules:
    """Count the molecules behind the reads of each insert.

    Parameters
    ----------
    inserts
        Number of the insert of each pair of insert and UMI, from 0, not decreasing, shape (pairs,).
    umis
        UMI of each pair: two bits a base (A 0, C 1, G 2, T 3), the first base uppermost; -1 for
        reads without a whole UMI. No pair stands twice.
    reads
        Reads of each pair, 1 or more.
    umi_length
        Length of the UMI in nt, 1 to 12.
    sequences
        Of the inserts, shape (inserts, 4): three planes of bits, bit i for base i (the two bits of
        the base; then 1 for an N), and a word whose lowest byte is the length in nt. Without them,
        errors in inserts are not seen, and each makes a molecule.

    Returns
    -------
    The molecules. Their `summary` has `length` (of the UMI, nt), `reads` (with a whole UMI),
    `reads_without`, `pairs`, `molecules` (of the reads with a UMI), `duplicates` (reads less
    molecules), `error_share` (of the pairs, that errors have made), `error_rate` (in the UMI, wrong
    bases per base), `insert_error_rate` (likewise; None without sequences), `effective_umis` (UMIs,
    were all as frequent, with as many collisions), `collisions` (molecules that share their pair
    with another), `highest_occupancy` (share of the UMIs that one insert takes),
    `crowded_inserts` (above 10%) and `saturation` (duplicates as share of the reads: what more
    sequencing would bring no molecule).
    """
    number = int(inserts[-1]) + 1 if len(inserts) else 0
    whole = umis >= 0
    without = np.bincount(inserts[~whole], reads[~whole], number).astype(np.int64)
    if not whole.all():
        inserts, umis, reads = inserts[whole], umis[whole], reads[whole]
    total = np.bincount(inserts, reads, number).astype(np.int64)
    frequencies = base_frequencies(umis, reads, umi_length)
    pairs = np.zeros(number)
    rates = 0.0, 0.0
    if len(inserts):
        explained = explain_errors(inserts, umis, reads, umi_length, frequencies, sequences)
        pairs[: len(explained.true_pairs)] = explained.true_pairs
        rates = explained.umi_error_rate, explained.insert_error_rate
    space = 4.0**umi_length
    molecules = np.minimum(molecules_of(pairs, frequencies), total)
    counts = whole_numbers(molecules)
    found, read = int(counts.sum()), int(total.sum())
    summary = {
        "length": umi_length,
        "reads": read,
        "reads_without": int(without.sum()),
        "pairs": len(inserts),
        "molecules": found,
        "duplicates": read - found,
        "error_share": 1 - float(pairs.sum()) / len(inserts) if len(inserts) else 0.0,
        "error_rate": rates[0],
        "insert_error_rate": None if sequences is None else rates[1],
        "effective_umis": round(float(np.prod(1 / (frequencies**2).sum(axis=1)))),
        "collisions": round(float((molecules - np.minimum(pairs, molecules)).sum())),
        "highest_occupancy": float(pairs.max(initial=0.0)) / space,
        "crowded_inserts": int((pairs > CROWDED * space).sum()),
        "saturation": 1 - found / read if read else 0.0,
    }
    return Molecules(counts + without, without, summary)


def base_frequencies(umis: Integers, reads: Integers, umi_length: int) -> Floats:
    """Find how frequent the four bases are at each place of the UMI.

    Reads are counted, not pairs: in a full space the rare UMIs catch up in pairs, not in reads.

    Returns
    -------
    Shape (umi_length, 4), the last base first; each row sums to 1.
    """
    frequencies = np.full((umi_length, 4), 0.25)
    step = len(umis) // ENOUGH + 1
    umis, reads = umis[::step], reads[::step]
    weight = float(reads.sum()) ** 2 / max(float((reads.astype(float) ** 2).sum()), 1.0)
    for base in range(umi_length if len(umis) else 0):
        counted = np.bincount(umis >> 2 * base & 3, reads, 4)
        frequencies[base] = (weight * counted / counted.sum() + EVEN / 4) / (weight + EVEN)
    return frequencies


def molecules_of(pairs: Floats, frequencies: Floats) -> Floats:
    """Correct pairs of insert and UMI for molecules that share a pair.

    Parameters
    ----------
    pairs
        Pairs of each insert, shape (inserts,), at most one for each UMI.
    frequencies
        As `base_frequencies` gives them.

    Returns
    -------
    Molecules of each insert that are expected to make as many pairs, shape (inserts,).
    """
    space = 4.0 ** len(frequencies)
    many, relative = _umi_classes(frequencies)
    per_umi = np.concatenate([[0.0], np.geomspace(1e-6, BEYOND, GRID)])
    taken = many @ -np.expm1(-relative[:, None] * per_umi) / space
    molecules_per_pair = np.ones(len(taken))
    molecules_per_pair[1:] = per_umi[1:] / taken[1:]
    return np.asarray(pairs * np.interp(pairs / space, taken, molecules_per_pair))


def _umi_classes(frequencies: Floats) -> tuple[Floats, Floats]:
    """Sort all UMIs into classes: how many each has, and how frequent these are (1: the mean)."""
    many, relative = np.ones(1), np.ones(1)
    for frequency in frequencies:
        relative = np.outer(relative, 4 * frequency).ravel()
        many = np.repeat(many, 4)
        order = np.argsort(relative, kind="stable")
        relative, many = relative[order], many[order]
        if len(many) > CLASSES:
            ends = np.searchsorted(np.cumsum(many), many.sum() * np.arange(1, CLASSES) / CLASSES)
            first = np.unique(np.concatenate([[0], ends]))
            mass = np.add.reduceat(many * relative, first)
            many = np.add.reduceat(many, first)
            relative = mass / many
    return many, relative


def whole_numbers(amounts: Floats) -> Integers:
    """Round amounts to whole numbers that sum to the rounded sum, by the largest remainders."""
    lower = np.floor(amounts + 1e-9)
    rest = np.round(amounts - lower, 6)
    short = max(round(float(amounts.sum() - lower.sum())), 0)
    counts = lower.astype(np.int64)
    counts[np.argsort(-rest, kind="stable")[:short]] += 1
    return counts

"""Molecules instead of reads, where the protocol names each molecule by random bases (UMI).

Copies of a molecule that PCR has made share insert and UMI, so reads are deduplicated per pair of
insert and UMI. Two things stand between the pairs and the molecules of an insert:

- sequencing errors make pairs that no molecule had: `exosift.umi_errors` estimates how many;
- molecules that share insert and UMI by chance make one pair: `exosift.umi_space` corrects this.

Reads without a whole UMI, which were cut off in it or have an N in it, cannot be deduplicated: each
counts as one molecule. Bases that a kit adds against ligation bias (4N ends) are never UMIs: they
are far too few for the abundant miRNAs.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from exosift.umi_errors import explain_errors
from exosift.umi_neighbours import Integers, Words
from exosift.umi_space import Floats, UmiSpace

CROWDED = 0.1  # occupancy above which the inserts are counted for the summary


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
    space = UmiSpace.seen_in(umis, reads, umi_length)
    pairs = np.zeros(number)
    rates = 0.0, 0.0
    if len(inserts):
        explained = explain_errors(inserts, umis, reads, space, sequences)
        pairs[: len(explained.true_pairs)] = explained.true_pairs
        rates = explained.umi_error_rate, explained.insert_error_rate
    molecules = np.minimum(space.molecules(pairs), total)
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
        "effective_umis": round(space.effective_size),
        "collisions": round(float((molecules - np.minimum(pairs, molecules)).sum())),
        "highest_occupancy": float(pairs.max(initial=0.0)) / space.size,
        "crowded_inserts": int((pairs > CROWDED * space.size).sum()),
        "saturation": 1 - found / read if read else 0.0,
    }
    return Molecules(counts + without, without, summary)


def whole_numbers(amounts: Floats) -> Integers:
    """Round amounts to whole numbers that sum to the rounded sum, by the largest remainders."""
    lower = np.floor(amounts + 1e-9)
    rest = np.round(amounts - lower, 6)
    short = max(round(float(amounts.sum() - lower.sum())), 0)
    counts = lower.astype(np.int64)
    counts[np.argsort(-rest, kind="stable")[:short]] += 1
    return counts

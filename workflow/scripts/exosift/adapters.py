"""Which 3' adapter the reads of a library show, known or not.

A known adapter is sought by two words of it, its first eight bases and the eight behind them, so
that one wrong base leaves at least one of them; what is found is held against the whole adapter,
as far as the read shows it. In each read the first adapter counts, since the construct behind it
can hold the adapter of another kit. An unknown adapter is what follows many different sequences at
many different places: neither an RNA nor a run of one base does.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from exosift.first_reads import (
    WORD,
    Codes,
    FirstReads,
    Flags,
    Integers,
    Words,
    encode,
    spelt,
    twelve_from,
    word_of,
)

LEAST_OVERLAP = 10  # bases of an adapter that must be seen, nt
ERROR_RATE = 0.1
MISMATCH_COST = 4  # places further behind at which another adapter would have to begin
NOWHERE = 1 << 20
POLY_A = "A" * 10
LONGEST_ADAPTER = 24
_MANY = 400  # reads that a consensus needs at most
_CONSTANT = 0.75  # share of the commonest base in a column of the construct
FEW = 10
_FURTHEST = 48  # places before an adapter at which another one is looked for
_CANDIDATES = 40
_LEAST_SHARE = 0.08
_LEAST_READS = 20
_LEAST_CONTEXTS = 12.0
_LEAST_PLACES = 2.5


@dataclass(frozen=True)
class Sighting:
    """Where each read shows which adapter.

    Attributes
    ----------
    adapters
        The adapters that were sought.
    which
        The one that each read shows first, or -1; shape (reads,).
    place
        Where it begins, shape (reads,); `NOWHERE` without one.
    """

    adapters: tuple[str, ...]
    which: Integers
    place: Integers

    def shares(self) -> dict[str, float]:
        """Give the share of the reads that show each adapter first."""
        total = max(len(self.which), 1)
        return {
            adapter: int(np.count_nonzero(self.which == number)) / total
            for number, adapter in enumerate(self.adapters)
        }


def families(adapters: Iterable[str]) -> tuple[str, ...]:
    """List adapters, the longest only of those of which one is the beginning of another."""
    kept: list[str] = []
    for adapter in sorted(set(adapters), key=lambda one: (-len(one), one)):
        if len(adapter) >= WORD and not any(other.startswith(adapter) for other in kept):
            kept.append(adapter)
    return tuple(kept)


def akin(one: str, other: str) -> bool:
    """Tell whether two adapters are the same as far as the shorter one goes."""
    return bool(one) == bool(other) and (one.startswith(other) or other.startswith(one))


def sight(reads: FirstReads, adapters: tuple[str, ...]) -> Sighting:
    """Find the first adapter of each read."""
    which = np.full(len(reads), -1, dtype=np.int64)
    place = np.full(len(reads), NOWHERE, dtype=np.int64)
    cost = np.full(len(reads), NOWHERE, dtype=np.int64)
    seeds: dict[int, list[tuple[int, int]]] = {}
    codes = [encode(adapter) for adapter in adapters]
    for number, adapter in enumerate(codes):
        for offset in range(0, min(len(adapter) - WORD, WORD) + 1, WORD):
            seeds.setdefault(word_of(adapter[offset:]), []).append((number, offset))
    marks = np.zeros(1 << 2 * WORD, dtype=np.uint8)
    marks[list(seeds)] = np.arange(1, len(seeds) + 1)
    seen = marks[reads.words]
    hits = np.flatnonzero(seen)
    mark = seen.ravel()[hits]
    for number_of_word, word in enumerate(seeds, start=1):
        row, column = np.divmod(hits[mark == number_of_word], reads.words.shape[1])
        first = np.ones(len(row), dtype=bool)
        first[1:] = row[1:] != row[:-1]
        for number, offset in sorted(seeds[word], key=lambda pair: pair[1]):
            rows, begin = row[first], column[first] - offset
            mismatches = _mismatches(reads, codes[number], rows, begin, known=offset)
            right = (begin >= 0) & (mismatches >= 0)
            rows, begin = rows[right], begin[right]
            price = begin + MISMATCH_COST * mismatches[right]
            better = price < cost[rows]
            rows = rows[better]
            which[rows], place[rows], cost[rows] = number, begin[better], price[better]
    return Sighting(adapters, which, place)


def _mismatches(
    reads: FirstReads, adapter: Codes, rows: Integers, begin: Integers, known: int
) -> Integers:
    """Count mismatches of an adapter that begins at a place of each row; -1 where it is none.

    The word that stands `known` bases behind its beginning is known to fit.
    """
    overlap = np.minimum(len(adapter), reads.lengths[rows] - begin)
    found = np.zeros(len(rows), dtype=np.int64)
    columns = np.maximum(begin, 0)
    last = reads.codes.shape[1] - 1
    for step in range(len(adapter)):
        if known <= step < known + WORD:
            continue
        base = reads.codes[rows, np.minimum(columns + step, last)]
        found += (base != adapter[step]) & (step < overlap)
    least = min(LEAST_OVERLAP, len(adapter))
    wrong = (overlap < least) | (found > (overlap * ERROR_RATE).astype(np.int64))
    return np.where(wrong, -1, found)


def foreshadowed(reads: FirstReads, place: Integers) -> bool:
    """Tell if something constant stands before an adapter: then it is only the end of a construct.

    Parameters
    ----------
    place
        Where the adapter begins in each read, shape (reads,); `NOWHERE` where it is not seen.
    """
    row = np.flatnonzero(place < NOWHERE)
    row = one_of_each_beginning(reads, row)
    constant = 0
    for step in range(1, _FURTHEST):
        there = row[place[row] >= step]
        base = reads.codes[there, place[there] - step]
        constant += len(base) >= FEW and _agreed(base)
    return constant >= WORD


def discover(reads: FirstReads, mirna_end: Integers, limit: Integers) -> str:
    """Find an adapter that nobody named; "" if there is none.

    Parameters
    ----------
    reads
        The first reads.
    mirna_end
        Where the known miRNA of a read ends, shape (reads,); -1 in reads without one.
    limit
        Before which place it must begin in each read, shape (reads,).

    Notes
    -----
    Words are taken as candidates by how many reads hold them; first words behind known miRNAs, then
    all. A candidate must stand at several places and behind many different words. From it the
    consensus is extended to both sides as far as the reads agree.
    """
    column = np.arange(reads.words.shape[1])[None, :]
    inside = column <= np.minimum(reads.lengths, limit)[:, None] - WORD
    behind = (column >= mirna_end[:, None] - 2) & (mirna_end >= 0)[:, None]
    for among in (behind & inside, inside):
        common = np.bincount(reads.words[among], minlength=1 << 2 * WORD)
        best = np.argsort(-common, kind="stable")[:_CANDIDATES]
        least = max(_LEAST_READS, _LEAST_SHARE * len(reads))
        for word in best[common[best] >= least].tolist():
            adapter = _grown(reads, among, word)
            if adapter:
                return adapter
    return ""


def _grown(reads: FirstReads, among: Flags, word: int) -> str:
    """Extend a word to the adapter that it is part of; "" if it is part of none."""
    letters = np.array([word >> 2 * place & 3 for place in range(WORD)])
    if len(np.unique(letters)) < 3:
        return ""
    row, column = np.nonzero((reads.words == word) & among)
    first = np.ones(len(row), dtype=bool)
    first[1:] = row[1:] != row[:-1]
    row, column = row[first], column[first]
    if (
        len(row) < max(_LEAST_READS, _LEAST_SHARE * len(reads))
        or perplexity(column) < _LEAST_PLACES
    ):
        return ""
    # One read of each beginning, or an abundant RNA would be taken for a part of the adapter.
    kept = np.isin(row, one_of_each_beginning(reads, row))
    row, column = row[kept][:_MANY], column[kept][:_MANY]
    begin = 0
    while begin > -_FURTHEST:
        there = column + begin > 0
        base = reads.codes[row[there], column[there] + begin - 1]
        if len(base) < FEW or not _agreed(base):
            break
        begin -= 1
    upstream = column + begin >= WORD
    contexts = reads.words[row[upstream], column[upstream] + begin - WORD]
    if perplexity(contexts) < _LEAST_CONTEXTS:
        return ""
    bases = []
    for step in range(begin, begin + LONGEST_ADAPTER):
        there = column + step < reads.lengths[row]
        base = reads.codes[row[there], column[there] + step]
        if len(base) < FEW or not _agreed(base):
            break
        bases.append(int(np.bincount(base).argmax()))
    return spelt(np.array(bases, dtype=np.uint8)) if len(bases) >= LEAST_OVERLAP else ""


def one_of_each_beginning(reads: FirstReads, rows: Integers) -> Integers:
    """Choose one of the reads that begin with the same twelve bases."""
    return rows[np.sort(np.unique(twelve_from(reads, rows, 0), return_index=True)[1])]


def _agreed(bases: Codes) -> bool:
    return bool(np.bincount(bases).max(initial=0) >= _CONSTANT * len(bases))


def perplexity(values: Integers | Words) -> float:
    """Give the effective number of different values: 2 to the power of their entropy."""
    _, counts = np.unique(values, return_counts=True)
    shares = counts / counts.sum()
    return float(np.exp(-(shares * np.log(shares)).sum())) if len(counts) else 0.0


def random_behind(reads: FirstReads, place: Integers, size: int) -> tuple[int, int]:
    """Count the random bases behind an adapter.

    Parameters
    ----------
    place
        Where the adapter begins in each read, shape (reads,).
    size
        Its length, nt.

    Returns
    -------
    random, seen
        How many bases in a row are random, and how many bases behind the adapter are seen in 30
        reads or more. If both are the same, the random bases may go on.
    """
    begin = place + size
    random = 0
    for step in range(32):
        rows = np.flatnonzero(begin + step < reads.lengths)
        if len(rows) < 30:
            return random, step
        base = np.bincount(reads.codes[rows, begin[rows] + step])
        if base.max() >= 0.6 * len(rows):
            return random, step + 1
        random += 1
    return random, 32

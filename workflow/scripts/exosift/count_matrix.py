"""Count matrices of many libraries, of which each fills few of the rows.

A cohort of a thousand libraries has millions of counts; what is kept of each library are two
arrays, and the matrix is spread out in blocks of rows when it is written.
"""

from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np

from exosift.files import replacing

BLOCK = 4096
"""Rows that are spread out at once: 32 MB for a thousand libraries."""


def largest_remainder(names: Sequence[str], shares: Sequence[str]) -> list[int]:
    """Round shares to integers that keep their sum.

    Every share is cut to its whole part; what is missing from the sum goes, one by one, to those
    with the largest remainder (ties: the larger share, then the name).

    Parameters
    ----------
    names, shares
        Exact shares as text, `7` or `7/2`, and what gets them. The sum must be whole; of another
        the rest is cut.

    Examples
    --------
    >>> largest_remainder(["a", "b", "c"], ["5/2", "1/2", "2"])
    [3, 0, 2]
    """
    whole = [0 if "/" in share else int(share) for share in shares]
    rests = []
    missing: defaultdict[int, int] = defaultdict(int)
    for at in [at for at, share in enumerate(shares) if "/" in share]:
        over, _, under = shares[at].partition("/")
        parts = int(under)
        whole[at], rest = divmod(int(over), parts)
        missing[parts] += rest
        rests.append((-rest / parts, -whole[at], names[at], at))
    rests.sort()
    for *_, at in rests[: int(sum(Fraction(rest, parts) for parts, rest in missing.items()))]:
        whole[at] += 1
    return whole


class CountMatrix:
    """Whole counts, row x library, filled library by library.

    Attributes
    ----------
    samples
        The libraries, in the order in which they came.
    rows
        Names of the rows and their numbers, in the order in which they were met.
    """

    def __init__(self) -> None:
        self.samples: list[str] = []
        self.rows: dict[str, int] = defaultdict(count().__next__)
        self._columns: list[tuple[array[int], array[int]]] = []

    def add(self, sample: str, names: Iterable[str], counts: Iterable[int]) -> None:
        """Add a library with the names and counts of its rows, each named once."""
        numbers = array("i", map(self.rows.__getitem__, names))
        self.samples.append(sample)
        self._columns.append((numbers, array("q", counts)))

    def totals(self) -> np.ndarray:
        """Sum each row over the libraries; int64, in the order of `rows`."""
        totals = np.zeros(len(self.rows), np.int64)
        for numbers, reads in self._columns:
            totals[np.asarray(numbers)] += np.asarray(reads)
        return totals

    def grouped(self, group: Callable[[str], str]) -> "CountMatrix":
        """Add up the rows that `group` gives one name."""
        made = CountMatrix()
        group_of = np.array([made.rows[group(name)] for name in self.rows], dtype=np.int64)
        made.samples = list(self.samples)
        for numbers, reads in self._columns:
            # Sums of reads stay far below the integers that a float64 holds exactly.
            sums = np.bincount(group_of[np.asarray(numbers)], np.asarray(reads), len(made.rows))
            filled = np.flatnonzero(sums)
            whole = sums[filled].astype(np.int64)
            made._columns.append((array("i", filled.tolist()), array("q", whole.tolist())))
        return made

    def lines(self, names: Sequence[str]) -> Iterator[tuple[str, np.ndarray]]:
        """Walk over some rows; those that no library filled are zero.

        Yields
        ------
        name, counts
            The counts are int64, one per library.
        """
        place = np.full(len(self.rows), -1, np.int64)
        for at, name in enumerate(names):
            if name in self.rows:
                place[self.rows[name]] = at
        columns = [_sorted(place[np.asarray(numbers)], reads) for numbers, reads in self._columns]
        for start in range(0, len(names), BLOCK):
            block = names[start : start + BLOCK]
            spread = np.zeros((len(block), len(self.samples)), np.int64)
            for at, (places, reads) in enumerate(columns):
                first, last = np.searchsorted(places, (start, start + len(block)))
                spread[places[first:last] - start, at] = reads[first:last]
            yield from zip(block, spread, strict=True)

    def write(self, path: Path, names: Sequence[str], heading: Sequence[str]) -> None:
        """Write some rows as a table.

        Parameters
        ----------
        path
            Where it goes, tab-separated.
        names
            The rows, in order.
        heading
            The columns before the libraries; a name holds as many parts, separated by tabs.
        """
        with replacing(path) as part, part.open("w", encoding="utf-8", newline="\n") as handle:
            handle.write("\t".join([*heading, *self.samples]) + "\n")
            for name, counts in self.lines(names):
                handle.write("\t".join([name, *_cells(counts)]) + "\n")


def _sorted(places: np.ndarray, reads: Any) -> tuple[np.ndarray, np.ndarray]:
    order = np.argsort(places, kind="stable")
    return places[order], np.asarray(reads)[order]


def _cells(counts: np.ndarray) -> list[str]:
    """Write a row of counts as text; most are zero in a large cohort."""
    cells = ["0"] * len(counts)
    filled = np.flatnonzero(counts)
    for at, number in zip(filled.tolist(), counts[filled].tolist(), strict=True):
        cells[at] = str(number)
    return cells

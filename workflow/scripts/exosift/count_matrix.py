"""Count matrices of many libraries, of which each fills few of the rows.

A cohort of a thousand libraries has millions of counts; what is kept of each library are two
arrays, and the matrix is spread out in blocks of rows when it is written.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from pathlib import Path

import numpy as np

from exosift.files import replacing

UNIT = 1_000_000
"""Shares of reads are whole millionths, so that sums are exact and the same in any order."""

BLOCK = 4096
"""Rows that are spread out at once: 32 MB for a thousand libraries."""


def largest_remainder(shares: np.ndarray) -> np.ndarray:
    """Round shares to integers that keep their sum.

    Every share is cut to its whole part; what is missing from the sum goes, one by one, to those
    with the largest remainder (ties: the larger share, then the first).

    Parameters
    ----------
    shares
        In parts of `UNIT`, int64. The sum must be whole; of another the rest is cut.

    Returns
    -------
    int64, in the same order.

    Examples
    --------
    >>> largest_remainder(read_shares(["5/2", "1/2", "2"])).tolist()
    [3, 0, 2]
    """
    whole, rest = np.divmod(shares, UNIT)
    parts = np.flatnonzero(rest)
    order = parts[np.lexsort((-whole[parts], -rest[parts]))]
    whole[order[: int(rest.sum()) // UNIT]] += 1
    return np.asarray(whole)


def read_shares(cells: Sequence[str]) -> np.ndarray:
    """Read exact shares, such as `7` or `7/2`, in parts of `UNIT`; int64."""
    at = [place for place, cell in enumerate(cells) if "/" in cell]
    fractions = [cells[place].split("/") for place in at]
    if at:
        cells = list(cells)
        for place in at:
            cells[place] = "0"
    shares = np.fromstring(" ".join(cells), np.int64, sep=" ") * UNIT
    shares[at] = [int(over) * UNIT // int(under) for over, under in fractions]
    return shares


class CountMatrix:
    """Whole counts, row x library, filled library by library.

    Attributes
    ----------
    samples
        The libraries, in the order in which they came.
    rows
        Names of the rows and their numbers, in the order in which they were met; a new name gets
        the next number when it is asked for.
    """

    def __init__(self) -> None:
        self.samples: list[str] = []
        self.rows: dict[str, int] = defaultdict(count().__next__)
        self._columns: list[tuple[np.ndarray, np.ndarray]] = []

    def add(self, sample: str, numbers: np.ndarray, counts: np.ndarray) -> None:
        """Add a library: the numbers in `rows` and the counts (int64) of its rows, each once."""
        filled = np.flatnonzero(counts)
        self.samples.append(sample)
        self._columns.append((numbers[filled].astype(np.int32), counts[filled]))

    def totals(self) -> np.ndarray:
        """Sum each row over the libraries; int64, in the order of `rows`."""
        totals = np.zeros(len(self.rows), np.int64)
        for numbers, reads in self._columns:
            totals[numbers] += reads
        return totals

    def grouped(self, group: Callable[[str], str]) -> "CountMatrix":
        """Add up the rows that `group` gives one name."""
        made = CountMatrix()
        group_of = np.array([made.rows[group(name)] for name in self.rows], dtype=np.int64)
        made.samples = list(self.samples)
        for numbers, reads in self._columns:
            # Sums of reads stay far below the integers that a float64 holds exactly.
            sums = np.bincount(group_of[numbers], reads, len(made.rows))
            filled = np.flatnonzero(sums)
            made._columns.append((filled.astype(np.int32), sums[filled].astype(np.int64)))
        return made

    def lines(self, names: Sequence[str]) -> Iterator[tuple[str, np.ndarray]]:
        """Walk over some rows; those that no library filled are zero.

        Yields
        ------
        name, counts
            The counts are int64, one per library.
        """
        place = np.full(len(self.rows), -1, np.int32)
        for at, name in enumerate(names):
            if name in self.rows:
                place[self.rows[name]] = at
        columns = [_sorted(place[numbers], reads) for numbers, reads in self._columns]
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


def _sorted(places: np.ndarray, reads: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    shown = np.flatnonzero(places >= 0)
    order = shown[np.argsort(places[shown], kind="stable")]
    return places[order], reads[order]


def _cells(counts: np.ndarray) -> list[str]:
    """Write a row of counts as text; most are zero in a large cohort."""
    cells = ["0"] * len(counts)
    filled = np.flatnonzero(counts)
    for at, number in zip(filled.tolist(), counts[filled].tolist(), strict=True):
        cells[at] = str(number)
    return cells

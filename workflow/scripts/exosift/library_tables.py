"""Tables of single libraries, as quantification wrote them: quick to read, for there are many."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from exosift.biotypes import MIRNA
from exosift.count_matrix import read_shares
from exosift.errors import UserError

COUNT_COLUMNS = (
    *("class", "feature", "kind", "reads", "inserts"),
    *("ambiguous", "shared", "mismatched", "tailed"),
)
ISOMIR_COLUMNS = ("mirna", "variant", "shift_5p", "reads", "inserts")

DOUBTS = ("ambiguous", "shared", "mismatched", "tailed")
"""Reads of a miRNA that are less certain than the others.

`ambiguous` ones fit an RNA of another class as well, `shared` ones several miRNAs; the others have
a mismatch or a non-templated tail.
"""


@dataclass(frozen=True)
class LibraryCounts:
    """The counts of one library.

    Attributes
    ----------
    names, shares
        By class: its features, and the share of the reads of each in parts of `UNIT`. A feature
        with a kind is named `feature|kind`.
    evidence
        (miRNAs, 1 + doubts), int64: the reads of each miRNA in the order of `names`, then those of
        each kind of `DOUBTS`, in parts of `UNIT`.
    """

    names: dict[str, list[str]]
    shares: dict[str, np.ndarray]
    evidence: np.ndarray


def read_counts(path: Path) -> LibraryCounts:
    """Read `quantified/{sample}.tsv`.

    Raises
    ------
    UserError
        If it has other columns.
    """
    names: defaultdict[str, list[str]] = defaultdict(list)
    cells: defaultdict[str, list[str]] = defaultdict(list)
    evidence: list[str] = []
    for line in _lines(path, COUNT_COLUMNS):
        rna, feature, kind, reads, _, *doubts = line.split("\t")
        names[rna].append(f"{feature}|{kind}" if kind else feature)
        cells[rna].append(reads)
        if rna == MIRNA:
            evidence.append(reads)
            evidence += doubts
    shares = {rna: read_shares(found) for rna, found in cells.items()}
    table = read_shares(evidence).reshape(-1, 1 + len(DOUBTS))
    return LibraryCounts(dict(names), shares, table)


def read_isomirs(path: Path, rows: Mapping[str, int]) -> tuple[np.ndarray, np.ndarray]:
    """Read `isomirs/{sample}.tsv`.

    Parameters
    ----------
    path
        The table.
    rows
        Gives the number of a row, also of a new one; see `CountMatrix`. Its name are `mirna`,
        `variant` and `shift_5p`, joined by tabs.

    Returns
    -------
    numbers, shares
        The row of each isomiR, and its share of reads in parts of `UNIT`.
    """
    numbers, cells = [], []
    # Not by a list of rows: Python's collector of garbage would walk over it again and again.
    for line in _lines(path, ISOMIR_COLUMNS):
        name, reads, _ = line.rsplit("\t", 2)
        numbers.append(rows[name])
        cells.append(reads)
    return np.array(numbers, np.int32), read_shares(cells)


def check_sum(path: Path, rna: str, counted: int, said: int) -> None:
    """Compare the reads of a class in a table with those that the summary of the library tells.

    Raises
    ------
    UserError
        If they differ.
    """
    if counted != said:
        raise UserError(
            f"{path} holds {counted} reads of {rna}, but the summary of the library tells of "
            f"{said}: they are not of the same run. Delete both and run again."
        )


def _lines(path: Path, columns: tuple[str, ...]) -> list[str]:
    lines = path.read_text(encoding="utf-8").splitlines()
    if not lines or tuple(lines[0].split("\t")) != columns:
        raise UserError(
            f"{path} does not begin with the columns {', '.join(columns)}: another version of "
            "exosift wrote it. Delete it and run again."
        )
    return lines[1:]

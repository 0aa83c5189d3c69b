"""Matrices: the counts of all libraries side by side, as integers that keep their sums."""

from pathlib import Path

import pandas as pd

from exosift.table_files import read_run_table, write_run_table

FATES = (
    *("adapter_dimer", "no_adapter", "too_short"),
    *("too_long", "low_quality", "low_complexity"),
)

UMI_DUPLICATE = "umi_duplicate"
"""The fate that only libraries with UMIs know."""

ALL_FATES = (*FATES, UMI_DUPLICATE)
NO_CLASSES = ("sample", "status", "reads_in", *ALL_FATES)
"""Columns of `class_counts.tsv` that are no class of RNA."""

COUNTED, AMBIGUOUS, FRAGMENT_DERIVED = "counted", "ambiguous", "fragment_derived"
STATUSES = (COUNTED, AMBIGUOUS, FRAGMENT_DERIVED)
"""What may be said of a miRNA by the reads that fit an RNA of another class as well.

A `counted` one has few of them. An `ambiguous` one has more and is counted all the same. Of a
`fragment_derived` one most reads fit the other RNA, so it has a table of its own.
"""


def write_matrix(matrix: pd.DataFrame, counts: Path, cpm: Path) -> None:
    """Write raw counts, and counts per million of each library's miRNA reads."""
    write_run_table("counts", matrix, counts)
    sums = matrix.sum()
    write_run_table("cpm", matrix * 1e6 / sums.where(sums > 0), cpm)


def read_matrix(path: str | Path) -> pd.DataFrame:
    """Read a matrix that `write_matrix` wrote."""
    return read_run_table("counts", path)

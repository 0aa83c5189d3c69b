"""Matrices: the counts of all libraries side by side, as integers that keep their sums."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pandas as pd

from exosift.errors import Problems, UserError
from exosift.files import write_table
from exosift.sheets import split_cell

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

NO_NAMES = ("", "na", "n/a", "#n/a", "<na>", "nan", "null", "none")
"""What programs write for a row whose name they do not know."""


def write_matrix(matrix: pd.DataFrame, counts: Path, cpm: Path) -> None:
    """Write raw counts, and counts per million of each library's miRNA reads."""
    write_table(matrix, counts, index=True)
    sums = matrix.sum()
    write_table(matrix * 1e6 / sums.where(sums > 0), cpm, index=True)


def read_matrix(path: str | Path) -> pd.DataFrame:
    """Read a matrix that `write_matrix` wrote."""
    return pd.read_csv(path, sep="\t", index_col="mirna")


def import_counts(
    path: str | Path,
    samples: Iterable[str],
    features: Path,
    *,
    mirna_counts: Path,
    mirna_cpm: Path,
    feature_table: Path,
) -> list[str]:
    """Start a run from a count matrix that somebody else made.

    Parameters
    ----------
    path
        Tab-separated (plain or gzip), rows miRNA names, columns samples, whole numbers.
    samples
        The samples of the sheet; all must be columns of the matrix.
    features
        Every miRNA feature of the reference. Names of the matrix that are not among them keep
        their row, without annotation.

    Returns
    -------
    Notes for the user: names without annotation, columns that the sheet does not use.

    Raises
    ------
    UserError
        With every cell, row or column that cannot be used.
    """
    matrix, notes = check_counts(path, samples)
    reference = pd.read_csv(features, sep="\t", dtype=str, keep_default_na=False)
    by_name = {
        name: row for row, names in enumerate(reference["names"]) for name in names.split(";")
    }
    by_name |= {name: row for row, name in enumerate(reference["mirna"])}
    found = [_row_of(name, by_name) for name in matrix.index]
    unknown = [name for name, row in zip(matrix.index, found, strict=True) if row is None]
    if unknown:
        notes.append(
            f"{len(unknown)} of {len(matrix)} names are not miRBase 22 matures and stay without "
            f"annotation: {_some(unknown)}."
        )
    annotation = reference.drop(columns="mirna").reindex(
        [-1 if row is None else row for row in found]
    )
    annotation.insert(0, "mirna", matrix.index)
    write_matrix(matrix, mirna_counts, mirna_cpm)
    write_table(annotation.fillna(""), feature_table)
    return notes


def _row_of(name: str, by_name: Mapping[str, int]) -> int | None:
    """Find the feature of a name, which may list several matures of one sequence by `;`."""
    rows = {by_name.get(part) for part in split_cell(name, ";")}
    return rows.pop() if len(rows) == 1 else None


def check_counts(path: str | Path, samples: Iterable[str]) -> tuple[pd.DataFrame, list[str]]:
    """Read a foreign count matrix and check every cell; see `import_counts`."""
    try:
        table = pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False, index_col=0)
    except FileNotFoundError:
        raise UserError(f"There is no {path}. `counts` in the configuration names it.") from None
    except (UnicodeDecodeError, pd.errors.ParserError, OSError, EOFError) as error:
        reason = " ".join(str(error).split())
        raise UserError(f"{path} is not a tab-separated table: {reason}") from None
    wanted = list(samples)
    problems = Problems()
    where = str(path)
    missing = [name for name in wanted if name not in table.columns]
    if missing:
        problems.add(
            where,
            f"{len(missing)} samples of the sheet have no column: {_some(missing)}",
            "Take them out of the sheet, or rename the columns.",
        )
    nameless = [name for name in table.index if name.strip().lower() in NO_NAMES]
    if nameless:
        problems.add(
            where,
            f"{len(nameless)} rows are named {_some(sorted(map(repr, set(nameless))))}",
            "Every row needs the name of a miRNA; delete rows that have none.",
        )
    for what, names in (("row", table.index), ("column", table.columns)):
        twice = names[names.duplicated()].unique()
        if len(twice):
            problems.add(where, f"{what} names stand there twice: {_some(list(twice))}")
    problems.raise_if_any()
    table = table[wanted]
    numbers = table.apply(pd.to_numeric, errors="coerce")
    bad = numbers.isna() | (numbers < 0) | (numbers % 1 != 0)
    for row, column in [(r, c) for c in bad.columns for r in bad.index[bad[c]]][:20]:
        problems.add(
            f"{where}, row {row!r}, column {column!r}",
            f"found {table.at[row, column]!r}",
            "Counts are whole numbers of reads, not normalised values.",
        )
    if bad.to_numpy().sum() > 20:
        problems.add(where, f"{bad.to_numpy().sum() - 20} more cells are no counts")
    problems.raise_if_any()
    notes = []
    idle = pd.read_csv(path, sep="\t", nrows=0, index_col=0).columns.difference(wanted)
    if len(idle):
        notes.append(f"{len(idle)} columns of {path} are not in the sample sheet and are left out.")
    matrix = numbers.astype("int64")
    matrix.index.name = "mirna"
    return matrix, notes


def _some(names: Sequence[str], limit: int = 5) -> str:
    shown = ", ".join(names[:limit])
    return f"{shown} and {len(names) - limit} more" if len(names) > limit else shown

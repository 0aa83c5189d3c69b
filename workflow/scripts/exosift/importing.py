"""Importing: a run that starts from a count matrix that somebody else made."""

import zlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from lzma import LZMAError
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import pandas as pd

from exosift.errors import Problems, UserError
from exosift.matrices import write_matrix
from exosift.names import AMBIGUOUS, DEAD, MERGED, RENAMED, UNKNOWN, Decision, Names
from exosift.table_files import read_run_table, write_run_table

NO_NAMES = ("", "na", "n/a", "#n/a", "<na>", "nan", "null", "none")
"""What programs write for a row whose name they do not know."""

WANTED = "It takes a tab-separated table: a row for each miRNA, a column for each sample."

UNREADABLE = (ValueError, OSError, EOFError, ImportError, zlib.error, LZMAError, BadZipFile)
"""What pandas raises for a file that is no table, or is packed in a way that it cannot read."""

MOST_READS = 2**53
"""Beyond it a float no longer holds every whole number."""


def import_counts(
    path: str | Path,
    samples: Iterable[str],
    features: Path,
    history: str | Path = "",
    *,
    mirna_counts: Path,
    mirna_cpm: Path,
    feature_table: Path,
    imported_names: Path,
) -> list[str]:
    """Start a run from a count matrix that somebody else made.

    Parameters
    ----------
    path
        Tab-separated (plain or gzip), rows miRNA names, columns samples, whole numbers.
    samples
        The samples of the sheet; all must be columns of the matrix.
    features
        Every miRNA feature of the reference. Rows that mean one of them are counted under its name
        and added up; the others keep their row, without annotation.
    history
        Names of older releases of miRBase, if the user has them; see `names.read_history`.
    mirna_counts, mirna_cpm, feature_table
        Where the matrix, the same per million, and the annotation of its rows go.
    imported_names
        Where it goes what became of each name, with its reads.

    Returns
    -------
    Notes for the user: names without annotation, columns that the sheet does not use.

    Raises
    ------
    UserError
        With every cell, row or column that cannot be used.
    """
    matrix, notes = check_counts(path, samples)
    renamed, decisions, more = under_our_names(matrix, features, history)
    reference = read_run_table("reference_features", features)
    annotation = reference.set_index("mirna").reindex(renamed.index).fillna("")
    reads = matrix.sum(axis=1).tolist()
    write_matrix(renamed, mirna_counts, mirna_cpm)
    write_run_table("features", annotation, feature_table)
    decided = pd.DataFrame(decisions).assign(reads=reads)
    write_run_table("imported_names", decided, imported_names)
    return [*notes, *more]


def under_our_names(
    matrix: pd.DataFrame, features: Path, history: str | Path = ""
) -> tuple[pd.DataFrame, list[Decision], list[str]]:
    """Give a foreign matrix the names of the reference.

    Parameters
    ----------
    matrix : DataFrame of int, shape (miRNAs, libraries)
        By the names of whoever made it.
    features, history
        As in `import_counts`.

    Returns
    -------
    The matrix with a row for each feature, what became of each name, and that in sentences.
    """
    decisions = Names.of_features(features, history).decide(list(matrix.index))
    return rename(matrix, decisions), decisions, name_notes(matrix, decisions, bool(history))


def rename(matrix: pd.DataFrame, decisions: Sequence[Decision]) -> pd.DataFrame:
    """Add up the rows of each feature; features come in the order of their first row."""
    renamed = matrix.groupby([one.feature for one in decisions], sort=False).sum()
    renamed.index.name = matrix.index.name
    return renamed


def name_notes(
    matrix: pd.DataFrame, decisions: Sequence[Decision], with_history: bool
) -> list[str]:
    """Tell in sentences what became of the names, with their share of the reads."""
    reads = matrix.sum(axis=1)
    by_how: dict[str, list[str]] = defaultdict(list)
    for one in decisions:
        by_how[one.how].append(one.name)
    rows: dict[str, list[str]] = defaultdict(list)
    for one in decisions:
        rows[one.feature].append(one.name)
    notes = []
    if by_how[RENAMED]:
        moved = [f"{one.name} is {one.feature}" for one in decisions if one.how == RENAMED]
        notes.append(f"{len(moved)} of {len(matrix)} rows have another name now: {some(moved)}.")
    merged = {feature: names for feature, names in rows.items() if len(names) > 1}
    if merged:
        sums = [f"{' + '.join(names)} to {feature}" for feature, names in merged.items()]
        notes.append(f"{len(by_how[MERGED])} rows were added up: {some(sums)}.")
    twice = [
        " and ".join(names)
        for names in merged.values()
        if (matrix.loc[names] == matrix.loc[names[0]]).all(axis=None) and reads[names[0]]
    ]
    if twice:
        notes.append(
            f"WARNING: rows that were added up are identical: {some(twice)}. Their maker counted "
            "each read under all names, so the sum counts it as often."
        )
    for how, meaning in LEFT.items():
        names = sorted(by_how[how], key=lambda name: -reads[name])
        if names:
            share = reads[names].sum() / max(1, reads.sum())
            notes.append(
                f"WARNING: {len(names)} of {len(matrix)} names {meaning} and stay rows of their "
                f"own, without annotation, with {share:.2%} of the reads: {some(names)}."
            )
    if (by_how[UNKNOWN] or by_how[AMBIGUOUS]) and not with_history:
        notes.append("`name_history` in the configuration would tell what older names mean.")
    return notes


LEFT = {
    DEAD: "were withdrawn from miRBase",
    AMBIGUOUS: "may mean several miRNAs",
    UNKNOWN: "are not known",
}
"""Names that mean no feature, in words."""


def check_counts(path: str | Path, samples: Iterable[str]) -> tuple[pd.DataFrame, list[str]]:
    """Read a foreign count matrix and check every cell; see `import_counts`."""
    header, table = _read(path)
    wanted = list(samples)
    problems = Problems()
    where = str(path)
    missing = [name for name in wanted if name not in table.columns]
    if missing:
        problems.add(
            where,
            f"{len(missing)} samples of the sheet have no column: {some(missing)}",
            "Take them out of the sheet, or rename the columns.",
        )
    nameless = [name for name in table.index if name.strip().lower() in NO_NAMES]
    if nameless:
        problems.add(
            where,
            f"{len(nameless)} rows are named {some(sorted(map(repr, set(nameless))))}",
            "Every row needs the name of a miRNA; delete rows that have none.",
        )
    for what, names in (("row", table.index), ("column", header)):
        twice = names[names.duplicated()].unique()
        if len(twice):
            problems.add(where, f"{what} names stand there twice: {some(list(twice))}")
    problems.raise_if_any()
    idle = table.columns.difference(wanted)
    table = table[wanted]
    if not all(dtype == "int64" for dtype in table.dtypes) or (table < 0).any(axis=None):
        table = _numbers(table, where)
    notes = []
    if len(idle):
        notes.append(f"{len(idle)} columns of {path} are not in the sample sheet and are left out.")
    matrix = table.astype("int64")
    matrix.index.name = "mirna"
    return matrix, notes


def _read(path: str | Path) -> tuple[pd.Index, pd.DataFrame]:
    """Read a matrix: the names in its first line as they stand there, and the table.

    Columns hold whole numbers where all their cells are, else text.
    """
    layout: dict[str, Any] = {"sep": "\t", "keep_default_na": False}
    try:
        header = pd.read_csv(path, nrows=1, header=None, dtype=str, **layout)
        table = pd.read_csv(path, index_col=0, low_memory=False, **layout)
        if not (table.dtypes == "int64").all():
            # What pandas makes of a cell that is no count must not stand in a message.
            table = pd.read_csv(path, index_col=0, dtype=str, **layout)
    except FileNotFoundError:
        raise UserError(f"There is no {path}. `counts` in the configuration names it.") from None
    except pd.errors.EmptyDataError:
        raise UserError(f"{path} is empty. {WANTED}") from None
    except UNREADABLE as error:
        reason = " ".join(str(error).split()).rstrip(".")
        raise UserError(f"{path} is not a tab-separated table: {reason}. {WANTED}") from None
    if not table.shape[1]:
        raise UserError(f"{path} has one column alone: no tabs. {WANTED}")
    if table.empty:
        raise UserError(f"{path} has names of columns, and no row below them. {WANTED}")
    return pd.Index(header.iloc[0]), table.set_axis(table.index.map(str))


def _numbers(table: pd.DataFrame, where: str) -> pd.DataFrame:
    """Turn cells into numbers; each that is no count is a problem."""
    problems = Problems()
    numbers = table.apply(pd.to_numeric, errors="coerce")
    bad = numbers.isna() | (numbers < 0) | (numbers % 1 != 0) | (numbers > MOST_READS)
    for row, column in [(r, c) for c in bad.columns for r in bad.index[bad[c]]][:20]:
        problems.add(
            f"{where}, row {row!r}, column {column!r}",
            f"found {str(table.at[row, column])!r}",
            "Counts are whole numbers of reads, not normalised values.",
        )
    if bad.to_numpy().sum() > 20:
        problems.add(where, f"{bad.to_numpy().sum() - 20} more cells are no counts")
    problems.raise_if_any()
    return numbers


def some(names: Sequence[str], limit: int = 5) -> str:
    """List the first names, and count the rest."""
    shown = ", ".join(names[:limit])
    return f"{shown} and {len(names) - limit} more" if len(names) > limit else shown

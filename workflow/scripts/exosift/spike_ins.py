"""Spike-ins: how the reads of synthetic RNAs follow the amounts in which they were added."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from exosift.errors import Problems, UserError
from exosift.importing import check_counts
from exosift.sheets import read_sheet
from exosift.table_files import read_run_table

AMOUNT_COLUMNS = ("spike", "amount")
READ_COLUMNS = ("sample", "spike", "amount", "reads")
LINEARITY_COLUMNS = ("sample", "spike_ins", "seen", "slope", "pearson_r")

FEWEST = 3
"""Different amounts that must be seen; a line through two fits always."""


def read_amounts(path: str | Path, known: Mapping[str, object]) -> dict[str, float]:
    """Read in which amounts spike-ins were added.

    Parameters
    ----------
    path
        Tab-separated, columns `spike` and `amount`: any unit, the same for all.
    known
        The spike-ins of the references, by name.

    Returns
    -------
    Amount by spike-in, in the order of the table.

    Raises
    ------
    UserError
        With every row that cannot be used.
    """
    table = read_sheet(path)
    problems = Problems()
    lacking = [column for column in AMOUNT_COLUMNS if column not in table]
    if lacking:
        raise UserError(f"{path} has no column {' and no column '.join(map(repr, lacking))}.")
    amounts: dict[str, float] = {}
    for row, spike, cell in table[[*AMOUNT_COLUMNS]].itertuples():
        where = f"{path}, row {row}"
        amount = pd.to_numeric(cell, errors="coerce")
        if spike not in known:
            problems.add(
                f"{where}, column 'spike'",
                f"found {spike!r}, which is not among the spike-ins",
                f"Known: {', '.join(known)}." if known else "`references.spike_in` gives none.",
            )
        elif spike in amounts:
            problems.add(f"{where}, column 'spike'", f"{spike!r} stands there twice")
        elif not (np.isfinite(amount) and amount > 0):
            problems.add(
                f"{where}, column 'amount'",
                f"found {cell!r}",
                "Amounts are numbers above zero; leave out what was not added.",
            )
        else:
            amounts[spike] = float(amount)
    problems.raise_if_any()
    if not amounts:
        raise UserError(f"{path} holds no spike-in.")
    return amounts


def known_spike_ins(transcripts: str | Path) -> dict[str, None]:
    """Name the spike-ins of `references/transcripts.tsv`, as their reads are counted."""
    table = read_run_table("transcripts", transcripts)
    return dict.fromkeys(table.loc[table["class"] == "spike_in", "feature"])


def read_spike_ins(
    paths: Iterable[str | Path], samples: Iterable[str], *, imported: bool
) -> pd.DataFrame | None:
    """Read the matrix of the spike-ins, if there is one.

    Parameters
    ----------
    paths
        None, or the matrix.
    samples
        Those of the sheet: in a matrix that somebody else made all must be there.
    imported
        Whether somebody else made it, so that every cell is checked.

    Returns
    -------
    Reads, spike-in x sample.
    """
    path = next(iter(paths), None)
    if path is None:
        return None
    if imported:
        return check_counts(path, samples)[0]
    return read_run_table("class_matrix", path)


def spike_in_reads(counts: pd.DataFrame, amounts: Mapping[str, float]) -> pd.DataFrame:
    """Put the reads of the spike-ins beside their amounts.

    Parameters
    ----------
    counts
        Reads, spike-in x sample; one without a row has no reads.
    amounts
        Amount by spike-in.

    Returns
    -------
    `READ_COLUMNS`, one row per sample and spike-in.
    """
    reads = counts.reindex([*amounts], fill_value=0).astype("int64")
    rows = [
        (sample, spike, amount, int(reads.at[spike, sample]))
        for sample in reads
        for spike, amount in amounts.items()
    ]
    return pd.DataFrame(rows, columns=[*READ_COLUMNS])


def linearity(reads: pd.DataFrame) -> pd.DataFrame:
    """Measure in each sample how reads follow amounts.

    A straight line, least squares, through log2 reads over log2 amounts of the spike-ins that were
    seen: those without reads have no logarithm, and their number is told.

    Parameters
    ----------
    reads
        What `spike_in_reads` gave.

    Returns
    -------
    `LINEARITY_COLUMNS`, one row per sample: how many spike-ins were added and seen; slope and
    Pearson correlation, missing if fewer than `FEWEST` amounts were seen. Twice the amount gives
    twice the reads where the slope is 1; the correlation of reads that are all alike is missing.
    """
    rows = []
    for sample, found in reads.groupby("sample", sort=False):
        seen = found[found["reads"] > 0]
        slope, correlation = np.nan, np.nan
        if seen["amount"].nunique() >= FEWEST:
            slope, correlation = _line(np.log2(seen["amount"]), np.log2(seen["reads"]))
        rows.append((sample, len(found), len(seen), slope, correlation))
    return pd.DataFrame(rows, columns=[*LINEARITY_COLUMNS])


def _line(x: pd.Series, y: pd.Series) -> tuple[float, float]:
    """Fit a line; give slope and Pearson correlation."""
    across, along = x - x.mean(), y - y.mean()
    together, spread, height = (across * along).sum(), (across**2).sum(), (along**2).sum()
    return together / spread, together / np.sqrt(spread * height) if height > 0 else np.nan

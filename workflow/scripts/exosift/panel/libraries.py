"""The libraries of a contrast as a panel sees them, in an order that no sheet decides."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from exosift.cohort import pooled
from exosift.panel.folds import batches_of
from exosift.protocols import AUTO
from exosift.sheet_columns import is_numeric

TOO_RARE = 15
"""miRNAs with fewer reads in all libraries together pass edgeR's filter in none of their parts."""

CLINICAL = ("age", "sex")

QUALITY = (
    *("reads_in", "mirna_reads", "mirna_share", "haemolysis_h1", "haemolysis_h2"),
    *("insert_length_mean", "insert_20_25_share", "dimer_share", "gc_share", "top_mirna_share"),
)
"""What a library tells of how it was made: depth, content, blood cells, inserts, the top miRNA.

All are known before a single miRNA is compared, so a disease should not show in them.
"""

DEPTHS = ("reads_in", "mirna_reads")

KITS = ("protocol", "isolation", "biofluid")
"""Columns of the sheet that tell with what, and from what, a library was made."""


@dataclass(frozen=True)
class Libraries:
    """The used libraries of a contrast, sorted by name; replicates of a person count as one.

    Attributes
    ----------
    counts : DataFrame of int, shape (libraries, miRNAs)
        Raw counts, both sorted by name.
    is_case : ndarray of bool, shape (libraries,)
    subjects, batches : ndarray of str, shape (libraries,)
        The person (the library's own name where the sheet has none), and the libraries that were
        made together.
    batch_columns
        The columns of the sheet that the batches come from.
    clinical, quality : DataFrame of float, shape (libraries, columns)
        Age and sex, and what quality measured; NaN is missing. Columns that say nothing are left
        out.
    sheet : DataFrame of str
        The sample sheet of these libraries.
    singles : DataFrame of int, shape (single libraries, miRNAs), optional
        `counts` before replicates were summed, if any were.
    """

    counts: pd.DataFrame
    is_case: np.ndarray
    subjects: np.ndarray
    batches: np.ndarray
    batch_columns: tuple[str, ...]
    clinical: pd.DataFrame
    quality: pd.DataFrame
    sheet: pd.DataFrame
    singles: pd.DataFrame | None = None

    @property
    def apart(self) -> pd.DataFrame:
        """Raw counts of each single library, replicates apart; shape (libraries, miRNAs)."""
        return self.counts if self.singles is None else self.singles

    @property
    def people(self) -> dict[str, int]:
        """Count the people of each arm."""
        return {
            arm: len(np.unique(self.subjects[self.is_case == case]))
            for arm, case in (("case", True), ("control", False))
        }


def gather(
    counts: pd.DataFrame,
    sheet: pd.DataFrame,
    quality: pd.DataFrame,
    record: Mapping[str, Any],
) -> Libraries:
    """Gather the libraries that the test of a contrast used.

    Parameters
    ----------
    counts : DataFrame of int, shape (miRNAs, libraries)
        Raw counts of the run.
    sheet : DataFrame of str
        The sample sheet, indexed by sample.
    quality : DataFrame
        `quality/samples.tsv`, indexed by sample.
    record
        `differential_expression/{contrast}.json`.
    """
    used = [one for one in record["samples"] if one["used"]]
    arms = {one["unit"]: one["arm"] for one in used}
    names = sorted(arms)
    chosen = pooled(counts, {one["sample"]: one["unit"] for one in used})
    chosen = chosen[chosen.sum(axis=1) >= TOO_RARE]
    single = sorted(one["sample"] for one in used)
    rows = sheet.loc[names]
    batches, columns = batches_of(rows, record["covariates"])
    return Libraries(
        counts=pd.DataFrame(
            np.ascontiguousarray(chosen.to_numpy().T, dtype=np.int64),
            index=names,
            columns=chosen.index.astype(str),
        ),
        is_case=np.array([arms[name] == "case" for name in names]),
        subjects=subjects_of(rows),
        batches=batches,
        batch_columns=tuple(columns),
        clinical=_clinical(sheet, rows),
        quality=_quality(quality, names),
        sheet=rows,
        singles=None if single == names else counts.loc[chosen.index, single].T,
    )


def people_of(sheet: pd.DataFrame) -> list[str]:
    """Name the person of each library: its subject, or its own name where the sheet has none."""
    cells = sheet["subject"] if "subject" in sheet else [""] * len(sheet)
    return [cell or str(name) for name, cell in zip(sheet.index, cells, strict=True)]


def kits_of(sheet: pd.DataFrame) -> dict[str, list[str]]:
    """List what stands in each of `KITS`; nothing where the sheet does not tell."""
    return {
        column: sorted(set(sheet[column]) - {"", AUTO}) if column in sheet else []
        for column in KITS
    }


def subjects_of(sheet: pd.DataFrame) -> np.ndarray:
    """Name the person of each library; its own name where the sheet has none."""
    names = sheet.index.to_numpy(dtype=str)
    if "subject" not in sheet.columns:
        return names
    cells = sheet["subject"].to_numpy(dtype=str)
    return np.where(cells == "", np.char.add("library ", names), cells)


def by_person(
    values: np.ndarray, is_case: np.ndarray, subjects: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Average the libraries of each person, apart for a person with libraries in both arms.

    Parameters
    ----------
    values : ndarray, shape (..., libraries)

    Returns
    -------
    The averages, shape (..., people), whether each is of cases, and who it is.
    """
    keys = np.array([f"{case:d}{one}" for case, one in zip(is_case, subjects, strict=True)])
    _, first, place = np.unique(keys, return_index=True, return_inverse=True)
    sizes = np.bincount(place)
    if (sizes == 1).all():
        return values[..., first], is_case[first], subjects[first]
    sums = np.zeros((*values.shape[:-1], len(first)))
    for at, person in enumerate(place):
        sums[..., person] += values[..., at]
    return sums / sizes, is_case[first], subjects[first]


def _clinical(sheet: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    columns: dict[str, Any] = {}
    for column in (name for name in CLINICAL if name in rows.columns):
        cells = rows[column]
        if is_numeric(sheet, column):
            columns[column] = pd.to_numeric(cells, errors="coerce")
            continue
        for level in sorted(set(cells) - {""})[1:]:
            columns[f"{column}={level}"] = (cells == level).where(cells != "").astype(float)
    return _informative(pd.DataFrame(columns, index=rows.index))


def _quality(quality: pd.DataFrame, names: Iterable[str]) -> pd.DataFrame:
    table = quality.reindex(index=list(names), columns=list(QUALITY))
    table = table.apply(pd.to_numeric, errors="coerce")
    for depth in DEPTHS:
        table[depth] = np.log10(table[depth].where(table[depth] > 0))
    return _informative(table)


def _informative(table: pd.DataFrame) -> pd.DataFrame:
    """Keep the columns that differ between libraries."""
    return table.loc[:, table.nunique() > 1].astype(float)

"""What else than the condition may move a miRNA: columns of the sheet, and the libraries' own."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from exosift.cohort import Cohort, Member
from exosift.contrasts import Contrast
from exosift.design.hidden import is_grouping
from exosift.design.model import Block, code, code_blocks, write_design
from exosift.differential_expression.blood import INDICES, blood_indices, members
from exosift.sheet_columns import columns_of_sheet

NUMBERS = ("age", "storage_time")
"""Columns of the sheet that are looked at wherever they are, beside the contrast's covariates."""

GROUPS = ("sex",)
LABELS = ("subject", "condition", "stage", "timepoint", "response")
"""Columns that say who or what a library is of: no cause of a difference but its name."""

DEPTH, MIRNA_SHARE = "depth", "mirna_share"
BLOOD = dict(zip(INDICES, ("haemolysis_h1", "haemolysis_h2", "platelet"), strict=True))
"""The blood-cell indices of the tests, and the names that quality gives them."""

MOST_UNKNOWN = 0.2  # share of the units without a value, above which it is not used


@dataclass(frozen=True)
class Covariate:
    """A property of the units that may go with a miRNA.

    Attributes
    ----------
    name
        The column of the sheet, or what was measured.
    values : Series, indexed by unit
        Numbers, NaN where not known; or texts that name groups, "" where not known.
    numeric
        Which of the two.
    in_model
        Whether the model of the contrast holds it.
    own
        Values without the miRNA under test, for miRNAs that the property is computed from.
    reason
        Why it cannot be used; "" if it can.
    """

    name: str
    values: pd.Series
    numeric: bool
    in_model: bool = False
    own: Mapping[str, pd.Series] | None = None
    reason: str = ""

    @property
    def known(self) -> np.ndarray:
        """Which units have a value; shape (units,)."""
        there = self.values.notna() if self.numeric else self.values != ""
        return np.asarray(there, dtype=bool)

    @property
    def coded(self) -> str:
        """The group that counts as more, where there are two; "" otherwise."""
        if self.numeric:
            return ""
        levels = sorted(set(self.values) - {""})
        return levels[1] if len(levels) == 2 else ""


@dataclass(frozen=True)
class Model:
    """The model of a contrast, built again from its record.

    Attributes
    ----------
    cohort
        Its libraries.
    cells
        The sheet's cells of each unit.
    blocks
        Its covariates, coded; `design` holds them in this order after the intercept.
    matrix : array, shape (units, coefficients)
        The last column is what is tested.
    first
        The earlier time point of a change, where a person has two libraries in an arm.
    """

    cohort: Cohort
    cells: pd.DataFrame
    blocks: tuple[Block, ...]
    matrix: np.ndarray
    coefficients: tuple[str, ...]
    first: str = ""

    def without(self, covariate: str) -> np.ndarray:
        """Give the matrix without a covariate; shape (units, coefficients left)."""
        kept = [0]
        at = 1
        for block in self.blocks:
            width = block.columns.shape[1]
            kept += range(at, at + width) if block.covariate != covariate else ()
            at += width
        return self.matrix[:, [*kept, at]]


def model_of(record: Mapping[str, object], sheet: pd.DataFrame, contrast: Contrast) -> Model:
    """Build the model of a fitted contrast again.

    Parameters
    ----------
    record
        `differential_expression/{contrast}.json`.
    sheet : DataFrame of str
        The sample sheet, indexed by sample.
    contrast
        The question.
    """
    people = sheet["subject"] if "subject" in sheet else pd.Series("", index=sheet.index)
    found = tuple(
        Member.from_dict(one, str(people[one["sample"]]))
        for one in record["samples"]  # type: ignore[attr-defined]
    )
    kinds: Mapping[str, object] = record["covariate_kinds"]  # type: ignore[assignment]
    brought = contrast.kind.own_terms - {"subject"}
    cohort = Cohort(found, tuple(kind for kind in kinds if kind not in brought), ())
    cells = cohort.table(sheet)
    blocks, _ = code_blocks(sheet, cells, contrast, cohort)
    design = write_design(blocks, contrast, cohort)
    first = contrast.kind.single_level(contrast)
    return Model(cohort, cells, tuple(blocks), design.matrix, design.coefficients, first)


def gather(
    model: Model,
    contrast: Contrast,
    sheet: pd.DataFrame,
    counts: pd.DataFrame,
    quality: pd.DataFrame,
    *,
    detection_reads: int,
    min_libraries: int,
) -> list[Covariate]:
    """List what is looked at: the sheet's columns first, then what the libraries tell themselves.

    From the sheet: the covariates of the contrast, `age`, `storage_time`, `sex`, and every column
    that says how libraries were made. From the libraries: depth, the share of miRNA, haemolysis and
    platelets, the last as scores within protocol and batch without the miRNA under test.

    Parameters
    ----------
    model, contrast
        The question and its model.
    sheet : DataFrame of str
        The sample sheet, indexed by sample.
    counts : DataFrame of int, shape (miRNAs, libraries)
        Raw counts of the sound libraries of the run.
    quality
        `quality/samples.tsv`, indexed by sample.
    detection_reads, min_libraries
        When a miRNA counts as detected; how many peers a score needs.
    """
    listed = _of_sheet(model, contrast, sheet)
    return [*listed, *_of_libraries(model, counts, quality, detection_reads, min_libraries)]


def _of_sheet(model: Model, contrast: Contrast, sheet: pd.DataFrame) -> list[Covariate]:
    blocks = {block.covariate: block for block in model.blocks}
    named = dict.fromkeys([*blocks, *contrast.covariates, *NUMBERS, *GROUPS])
    columns = columns_of_sheet(sheet)
    technicals = [name for name, column in columns.items() if column.is_technical]
    skipped = {contrast.column, *contrast.subset, *LABELS}
    found: list[Covariate] = []
    for column in dict.fromkeys([*named, *technicals]):
        if column not in columns or column in skipped:
            continue
        cells, numeric = model.cells[column], columns[column].is_number
        if numeric and column not in named:
            continue
        values = pd.to_numeric(cells, errors="coerce") if numeric else cells
        one = Covariate(column, values, numeric, column in blocks)
        reason = _unusable(one) or _repeated(one, found)
        if column not in named and reason:
            continue  # a column that nobody asked about needs no excuse
        found.append(Covariate(column, values, numeric, column in blocks, reason=reason))
    return found


def _unusable(one: Covariate) -> str:
    known, total = int(one.known.sum()), len(one.values)
    if known < (1 - MOST_UNKNOWN) * total:
        return f"known of {known} of {total} people"
    values = one.values[one.known]
    if values.nunique() < 2:
        return "the same in all people"
    return "" if one.numeric or is_grouping(values) else "a name of its own for nearly everyone"


def _repeated(one: Covariate, before: list[Covariate]) -> str:
    """Tell which earlier column makes the same groups."""
    if one.numeric or one.in_model:
        return ""
    for other in before:
        if not other.numeric and not other.reason:
            pairs = set(zip(one.values, other.values, strict=True))
            if len(pairs) == one.values.nunique() == other.values.nunique():
                return f"makes the same groups as {other.name}"
    return ""


def _of_libraries(
    model: Model,
    counts: pd.DataFrame,
    quality: pd.DataFrame,
    detection_reads: int,
    min_libraries: int,
) -> list[Covariate]:
    used = {m.sample: m.unit for m in model.cohort.members if m.used}
    units = pd.Series(used)

    def by_unit(values: pd.Series | pd.DataFrame) -> pd.DataFrame:
        means = pd.DataFrame(values).reindex(units.index).groupby(units).mean()
        return means.loc[model.cohort.units]

    depth = counts[list(used)].sum().groupby(units).sum().loc[model.cohort.units]
    found = [Covariate(DEPTH, np.log10(depth.where(depth > 0)), True)]
    if MIRNA_SHARE in quality:
        share = pd.to_numeric(quality[MIRNA_SHARE], errors="coerce")
        found.append(Covariate(MIRNA_SHARE, by_unit(share)[MIRNA_SHARE], True))
    groups = quality["peer_group"]
    scores = by_unit(blood_indices(counts, groups, detection_reads, min_libraries))
    own = {}
    if scores.notna().any(axis=None):
        own = {
            mirna: by_unit(blood_indices(counts, groups, detection_reads, min_libraries, mirna))
            for mirna in members(counts.index[counts.sum(axis=1) > 0])
        }
    for index, name in BLOOD.items():
        left_out = {mirna: table[index] for mirna, table in own.items()}
        found.append(Covariate(name, scores[index], True, own=left_out))
    return [
        Covariate(one.name, one.values, True, own=one.own, reason=_unusable(one)) for one in found
    ]


def columns_of(one: Covariate) -> np.ndarray:
    """Code a covariate for a design, on the units that have a value; shape (known units, columns).

    Numbers are centred and scaled, groups are 0 and 1 against the first.
    """
    return code(one.values[one.known].rename(one.name), one.numeric).columns

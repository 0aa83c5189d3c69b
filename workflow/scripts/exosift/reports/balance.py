"""Whether the arms of a contrast are alike in everything but the disease."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from exosift.design.balance import difference_of_groups, difference_of_numbers
from exosift.reports.evidence import Outcome, Run
from exosift.reports.wording import count, plain
from exosift.settings.design import GateRules
from exosift.sheet_columns import is_numeric, technical

MOST_LEVELS = 12
LABELS = {
    "age": "Age, years",
    "sex": "Sex",
    "stage": "Stage",
    "biofluid": "Biofluid",
    "isolation": "EV isolation",
    "protocol": "Library protocol",
    "batch": "Batch",
    "subject": "Subjects",
}
SHOWN = ("age", "sex", "stage", "biofluid", "isolation", "protocol", "batch")
NOT_OF_CONTROLS = ("stage",)
"""What only patients have: no difference between the arms can be meant."""


@dataclass(frozen=True)
class Row:
    """One property of the libraries, told for each arm.

    Attributes
    ----------
    smd
        Absolute standardised mean difference; NaN where it has no meaning.
    adjusted
        Whether the model holds the property as a covariate.
    noted, large
        Differences above which the arms are said to be apart: `design.noted_difference` and
        `design.forced_difference` of the configuration.
    """

    column: str
    label: str
    case: tuple[str, ...]
    control: tuple[str, ...]
    smd: float
    adjusted: bool
    note: str = ""
    noted: float = GateRules.noted_difference
    large: float = GateRules.forced_difference

    @property
    def name(self) -> str:
        """The property inside a sentence."""
        if self.column not in LABELS:
            return self.column
        name = self.label.partition(",")[0]
        return name if name.startswith("EV") else name.lower()

    @property
    def grade(self) -> str:
        """How far the arms are apart: "", "noted" or "large"."""
        if np.isnan(self.smd):
            return ""
        return "large" if self.smd > self.large else "noted" if self.smd > self.noted else ""

    @property
    def difference(self) -> str:
        """The difference in words."""
        if np.isnan(self.smd):
            return self.note
        return "complete" if np.isinf(self.smd) else plain(self.smd)


def _of_libraries(column: str) -> bool:
    """Tell whether a column may differ between the libraries of a person."""
    return technical(column) or column == "storage_time"


def compare_arms(run: Run, outcome: Outcome) -> list[Row]:
    """Describe both arms, property by property: people, and how their libraries were made.

    Replicates that are summed count once. In a change each person has a library of each time
    point; both count for how they were made.

    The standardised mean difference of a number is that of the means over the pooled standard
    deviation; of groups, the Mahalanobis distance of their shares.
    """
    contrast = outcome.contrast
    columns = dict.fromkeys([*SHOWN, *contrast.covariates, *contrast.subset])
    in_model = set(outcome.record.get("covariate_kinds", {}))
    rows = []
    limits = GateRules.of(run.config["design"])
    for column in columns:
        case, control = (
            run.cells(column, _counted(outcome, arm, column)) for arm in ("case", "control")
        )
        if (case == "").all() and (control == "").all():
            if column in SHOWN:
                rows.append(_unrecorded(column))
            continue
        numeric = column in run.sheet and is_numeric(run.sheet, column)
        if not numeric and pd.concat([case, control]).nunique() > MOST_LEVELS:
            continue
        row = _row(column, case, control, numeric, column in in_model)
        rows.append(replace(row, noted=limits.noted_difference, large=limits.forced_difference))
    return rows


def _counted(outcome: Outcome, arm: str, column: str) -> list[str]:
    """List the libraries of an arm, one for each person unless the column is of libraries."""
    first = ""
    if not _of_libraries(column):
        first = outcome.contrast.kind.single_level(outcome.contrast)
    return sorted(
        member["sample"]
        for member in outcome.record["samples"]
        if member["used"] and member["arm"] == arm and member["unit"] == member["sample"]
        if not first or member["level"] == first
    )


def imbalances(rows: Sequence[Row], *, repeated: bool = False) -> list[tuple[int, str]]:
    """Warn of large differences that no covariate of the model takes up.

    What belongs to a person is the same before and after, so that it cannot pose as a change; but
    how people change may depend on it.

    Parameters
    ----------
    rows
        The properties of both arms.
    repeated
        Whether the design compares libraries of the same people.
    """
    found = []
    for row in rows:
        if row.grade != "large" or row.adjusted:
            continue
        told = f"The arms differ in {row.name} (standardised difference {row.difference})"
        if repeated and not _of_libraries(row.column):
            found.append((35, f"{told}: each is their own control, but may change with it."))
        else:
            found.append((70, f"{told}, and the model is not adjusted for it."))
    return found


def _row(column: str, case: pd.Series, control: pd.Series, numeric: bool, adjusted: bool) -> Row:
    label = LABELS.get(column, column)
    told = _numbers if numeric else _groups
    note, smd = "", float("nan")
    if column in NOT_OF_CONTROLS:
        note = "patients only"
    elif (case == "").all() or (control == "").all():
        note = "one arm not recorded"
    elif numeric:
        smd = difference_of_numbers(_values(case), _values(control))
    else:
        smd = difference_of_groups(case[case != ""], control[control != ""])
    return Row(column, label, told(case), told(control), smd, adjusted, note)


def _unrecorded(column: str) -> Row:
    empty = ("not recorded",)
    return Row(column, LABELS[column], empty, empty, float("nan"), False, "not recorded")


def _values(cells: pd.Series) -> np.ndarray:
    values = pd.to_numeric(cells.replace("", None), errors="coerce").to_numpy(dtype=float)
    return values[np.isfinite(values)]


def _numbers(cells: pd.Series) -> tuple[str, ...]:
    values = _values(cells)
    missing = len(cells) - len(values)
    if not len(values):
        return ("not recorded",)
    low, middle, high = np.percentile(values, [25, 50, 75])
    text = f"{middle:g} [{round(low, 1):g}–{round(high, 1):g}]"
    return (text, f"{count(missing, 'missing', 'missing')}") if missing else (text,)


def _groups(cells: pd.Series) -> tuple[str, ...]:
    counted = cells.value_counts()
    known = sorted((str(level) for level in counted.index if level != ""), key=_natural)
    lines = [f"{level}: {counted[level]}" for level in known]
    if counted.get("", 0):
        lines.append(f"not recorded: {counted['']}")
    return tuple(lines) or ("not recorded",)


def _natural(level: str) -> tuple[float, str]:
    try:
        return float(level), level
    except ValueError:
        return np.inf, level

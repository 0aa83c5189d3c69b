"""The libraries of a contrast: which arm each belongs to, whether it is used, and if not, why."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from exosift.contrasts import Contrast

CATEGORICAL = frozenset(
    (
        *("batch", "protocol", "sex", "subject", "isolation", "biofluid", "condition"),
        *("stage", "timepoint", "response"),
    )
)
"""Known columns that name groups, even where the groups are numbered."""

NUMERIC = frozenset(("age",))
"""Known columns that measure something."""

FEWEST_VALUES = 6  # fewer different numbers are taken as names of groups
LIBRARIES_PER_GROUP = 3  # numbers shared by this many libraries on average name groups
MOST_MISSING = 0.2  # a covariate that lacks more is left out, instead of the libraries


OWN_FIGURE = re.compile(r"^[\d.,]+%? (of the )?")
"""The figure with which a reason of quality begins: "884 reads of ..."."""


@dataclass(frozen=True)
class Member:
    """One library of a contrast; `reason` says why it is not used."""

    sample: str
    arm: str
    used: bool
    reason: str = ""


@dataclass(frozen=True)
class Cohort:
    """The libraries of a contrast, sorted by name so that no result depends on the sheet's order.

    Attributes
    ----------
    members
        Every library of either arm, used or not.
    covariates
        Covariates of the contrast that can be used.
    warnings
        Covariates that are left out, and why.
    """

    members: tuple[Member, ...]
    covariates: tuple[str, ...]
    warnings: tuple[str, ...]

    @property
    def samples(self) -> list[str]:
        """The libraries that are used."""
        return [member.sample for member in self.members if member.used]

    @property
    def is_case(self) -> np.ndarray:
        """Whether each used library is a case; shape (used libraries,)."""
        return np.array([member.arm == "case" for member in self.members if member.used], bool)

    def count(self, arm: str) -> int:
        """Count the used libraries of an arm."""
        return sum(member.used and member.arm == arm for member in self.members)

    def reasons(self) -> str:
        """Tell in words why libraries are not used: each kind of reason with its number."""
        found = Counter(kind_of(member.reason) for member in self.members if not member.used)
        return "; ".join(f"{count} × {reason}" for reason, count in found.most_common())


def kind_of(reason: str) -> str:
    """Reduce why a library is not used to what it shares with others.

    Of several reasons the first is the worst; its figure is the library's own and left out.

    Examples
    --------
    >>> kind_of("884 reads of mature miRNAs (fails below 30,000); 14 miRNAs detected")
    'reads of mature miRNAs (fails below 30,000)'
    """
    return OWN_FIGURE.sub("", reason.partition("; ")[0])


def is_numeric(sheet: pd.DataFrame, column: str) -> bool:
    """Tell whether a column of the sheet measures something or names groups.

    `age` is a number; the known columns of groups (`batch`, `sex`, `protocol`, ...) never are, and
    neither is a column with "batch" in its name. Any other column is a number if all its cells are,
    if there are at least six different ones, and if they are not merely numbered groups: some have
    a fraction (23.4), or a value is shared by fewer than three libraries on average.
    """
    if column in NUMERIC:
        return True
    if column in CATEGORICAL or "batch" in re.split(r"[^a-z]+", column.lower()):
        return False
    cells = sheet.loc[sheet[column] != "", column]
    values = pd.to_numeric(cells, errors="coerce").to_numpy(dtype=float)
    if not np.isfinite(values).all():
        return False
    different = len(np.unique(values))
    fractions = bool((values != np.round(values)).any())
    return different >= FEWEST_VALUES and (
        fractions or len(values) < LIBRARIES_PER_GROUP * different
    )


def select_samples(
    sheet: pd.DataFrame, contrast: Contrast, excluded: Mapping[str, str] | None = None
) -> Cohort:
    """Find the libraries of a contrast, and say of each whether it is used.

    A library is not used if it is excluded (by quality), or if it lacks a covariate. A covariate
    that more than a fifth of the libraries lack is left out instead. In a paired design a subject
    needs a library in both arms.

    Parameters
    ----------
    sheet : DataFrame of str
        The sample sheet, indexed by sample; missing cells are "".
    contrast
        The question.
    excluded
        Libraries that must not be used, with the reason; an empty reason excludes nothing.
    """
    arms = contrast.arm(sheet)
    arms = arms[arms != ""].sort_index()
    reasons = {str(name): (excluded or {}).get(str(name), "") for name in arms.index}
    wanted = list(contrast.covariates)
    if contrast.design == "paired" and "subject" not in wanted:
        wanted.append("subject")
    covariates, warnings = [], []
    for column in wanted:
        candidates = [name for name, reason in reasons.items() if not reason]
        lacking = _lacking(sheet, column, candidates)
        share = len(lacking) / max(len(candidates), 1)
        if share > MOST_MISSING and column != "subject":
            warnings.append(
                f"{column} is missing in {len(lacking)} of {len(candidates)} libraries and is left "
                "out: the result is not adjusted for it. Complete the column to adjust."
            )
        else:
            covariates.append(column)
            reasons |= lacking
    if contrast.design == "paired":
        reasons |= _unpaired(sheet, arms, reasons)
    members = tuple(
        Member(name, str(arms[name]), not reason, reason) for name, reason in reasons.items()
    )
    return Cohort(members, tuple(covariates), tuple(warnings))


def _lacking(sheet: pd.DataFrame, column: str, samples: list[str]) -> dict[str, str]:
    """Name the libraries whose covariate cannot be used, with the reason."""
    cells = sheet.loc[samples, column]
    lacking = {str(name): f"{column} is empty" for name in cells.index[cells == ""]}
    if is_numeric(sheet, column):
        values = pd.to_numeric(cells, errors="coerce")
        for name in cells.index[(cells != "") & ~np.isfinite(values)]:
            lacking[str(name)] = f"{column} is {cells[name]!r}, not a number"
    return lacking


def _unpaired(sheet: pd.DataFrame, arms: pd.Series, reasons: Mapping[str, str]) -> dict[str, str]:
    """Name the libraries whose subject has no library in the other arm."""
    used = [name for name, reason in reasons.items() if not reason]
    subjects = sheet.loc[used, "subject"]
    both = arms[used].groupby(subjects).nunique() == 2
    return {
        str(name): f"subject {subject} has no usable library in the other arm"
        for name, subject in subjects.items()
        if not both[subject]
    }

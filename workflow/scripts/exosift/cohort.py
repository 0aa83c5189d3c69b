"""The libraries of a contrast: which arm each belongs to, whether it is used, and if not, why."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from exosift.contrasts import Contrast
from exosift.findings import NOTE, SEVERITY, Exclusion, Warning
from exosift.sexes import other_sex, sex_of_cancer
from exosift.sheet_columns import MOST_MISSING, is_numeric

ONE_WAY = ("protocol", "biofluid", "isolation", "timepoint", "tissue")
"""Columns in which libraries must agree to be summed, beside the covariates."""


@dataclass(frozen=True)
class Member:
    """One library of a contrast.

    Attributes
    ----------
    exclusion
        Why it is not used; None if it is.
    level
        Where it stands: the level of a trend, the time point of a change, the condition within the
        rest, or the arm.
    unit
        The library under whose name its reads count: itself, or the first of its replicates.
    person
        Its subject, or itself where none is known.
    """

    sample: str
    arm: str
    exclusion: Exclusion | None = None
    level: str = ""
    unit: str = ""
    person: str = ""

    @property
    def used(self) -> bool:
        """Whether the library takes part in the test."""
        return self.exclusion is None

    @classmethod
    def from_dict(cls, record: Mapping[str, Any], person: str = "") -> "Member":
        """Return the library of `samples` in a contrast's record.

        Parameters
        ----------
        record
            One of `samples`.
        person
            Its subject, which the record does not hold; "" where none is known.
        """
        excluded = record["exclusion"]
        return cls(
            record["sample"],
            record["arm"],
            None if excluded is None else Exclusion.from_dict(excluded),
            record["level"],
            record["unit"] or record["sample"],
            person or record["sample"],
        )


@dataclass(frozen=True)
class Cohort:
    """The libraries of a contrast, sorted by name so that no result depends on the sheet's order.

    A unit of the test is a library, or the replicates of one subject on one level summed.

    Attributes
    ----------
    members
        Every library of either arm, used or not.
    covariates
        Covariates of the contrast that can be used.
    warnings
        Covariates that are left out, replicates that are summed, and why.
    """

    members: tuple[Member, ...]
    covariates: tuple[str, ...]
    warnings: tuple[Warning, ...]

    @property
    def samples(self) -> list[str]:
        """The libraries that are used."""
        return [member.sample for member in self.members if member.used]

    @property
    def firsts(self) -> list[Member]:
        """One library for each unit, by whose name it goes."""
        return [m for m in self.members if m.used and m.unit == m.sample]

    @property
    def units(self) -> list[str]:
        """The names of the units."""
        return [member.unit for member in self.firsts]

    @property
    def is_case(self) -> np.ndarray:
        """Whether each unit is a case; shape (units,)."""
        return np.array([member.arm == "case" for member in self.firsts], bool)

    @property
    def levels(self) -> np.ndarray:
        """The level of each unit; shape (units,)."""
        return np.array([member.level for member in self.firsts], dtype=object)

    @property
    def people(self) -> np.ndarray:
        """The subject of each unit; shape (units,)."""
        return np.array([member.person for member in self.firsts], dtype=object)

    def count(self, arm: str) -> int:
        """Count the people of an arm; a library without a subject is a person of its own."""
        return len({m.person for m in self.members if m.used and m.arm == arm})

    def table(self, sheet: pd.DataFrame) -> pd.DataFrame:
        """Give the sheet's cells of each unit; numbers of replicates are averaged."""
        table = sheet.loc[self.units].copy()
        libraries: dict[str, list[str]] = {}
        for member in self.members:
            if member.used:
                libraries.setdefault(member.unit, []).append(member.sample)
        for unit, names in libraries.items():
            for column in self.covariates if len(names) > 1 else ():
                if is_numeric(sheet, column):
                    values = pd.to_numeric(sheet.loc[names, column])
                    table.loc[unit, column] = f"{values.mean():g}"
        return table

    def pool(self, counts: pd.DataFrame) -> pd.DataFrame:
        """Sum the reads of replicates; shape (miRNAs, units), in memory sorted by both names.

        A sum of floats depends on the order that it runs in, so no order of the input may stay.
        """
        return pooled(counts, {m.sample: m.unit for m in self.members if m.used})

    def to_dicts(self) -> list[dict[str, Any]]:
        """Return the libraries as they stand in `samples` of a contrast's record."""
        return [
            {
                "sample": m.sample,
                "arm": m.arm,
                "level": m.level,
                "used": m.used,
                "exclusion": None if m.exclusion is None else m.exclusion.to_dict(),
                "unit": m.unit if m.used else "",
            }
            for m in self.members
        ]

    def exclusions(self) -> list[dict[str, Any]]:
        """Return why libraries are not used: each kind with its number of libraries."""
        return count_exclusions(m.exclusion for m in self.members if m.exclusion is not None)


def pooled(counts: pd.DataFrame, units: Mapping[str, str]) -> pd.DataFrame:
    """Sum the columns of libraries that count under one name.

    Parameters
    ----------
    counts : DataFrame, shape (miRNAs, libraries)
    units
        For each library that is used the name of its unit, as in `samples` of `{contrast}.json`.
    """
    used = counts.sort_index()[sorted(units)]
    summed = used.T.groupby(pd.Series(units), sort=True).sum().T
    values = np.ascontiguousarray(summed.to_numpy())
    return pd.DataFrame(values, index=used.index, columns=list(summed.columns))


def count_exclusions(exclusions: Iterable[Exclusion]) -> list[dict[str, Any]]:
    """Count the libraries of each kind of exclusion: those with the same code and shared facts.

    Returns
    -------
    `code`, `facts` and the number of `libraries` of each kind, the most frequent first.
    """
    kinds: dict[str, dict[str, Any]] = {}
    for one in exclusions:
        key = json.dumps([one.code, dict(one.facts)], sort_keys=True)
        new = {"code": one.code, "facts": dict(one.facts), "libraries": 0}
        kinds.setdefault(key, new)["libraries"] += 1
    return sorted(kinds.values(), key=lambda kind: -kind["libraries"])


def select_samples(
    sheet: pd.DataFrame,
    contrast: Contrast,
    excluded: Mapping[str, Exclusion] | None = None,
    more_covariates: Sequence[str] = (),
) -> Cohort:
    """Find the libraries of a contrast, and say of each whether it is used.

    A library is not used if it is excluded (by quality), if its sex is not that of a cancer which
    only one sex has, or if it lacks a covariate. A covariate that more than a fifth of the
    libraries lack is left out instead. In a paired design a subject needs a library in both arms.
    Libraries of one subject on one level are replicates: they count as one, summed.

    Parameters
    ----------
    sheet : DataFrame of str
        The sample sheet, indexed by sample; missing cells are "".
    contrast
        The question.
    excluded
        Libraries that must not be used, and why.
    more_covariates
        Columns that join those of the contrast.
    """
    levels = contrast.level(sheet).sort_index()
    levels = levels[levels != ""]
    arms = contrast.arm(sheet)[levels.index]
    reasons = {str(name): (excluded or {}).get(str(name)) for name in levels.index}
    warnings: list[Warning] = []
    sex = sex_of_cancer(contrast.cancer)
    if sex:
        left = sheet.loc[_unexcluded(reasons)]
        cases = set(arms.index[arms == "case"])
        other, warning = other_sex(left, sex, contrast.cancer, cases)
        reasons |= other
        warnings += warning
    wanted = list(dict.fromkeys([*contrast.covariates, *more_covariates]))
    if contrast.kind.repeated and "subject" not in wanted:
        wanted.append("subject")
    covariates = []
    for column in wanted:
        candidates = _unexcluded(reasons)
        lacking = _lacking(sheet, column, candidates)
        share = len(lacking) / max(len(candidates), 1)
        if share > MOST_MISSING and column != "subject":
            facts = {
                "column": column,
                "missing": len(lacking),
                "libraries": len(candidates),
                "remedy": "complete_column",
            }
            warnings.append(Warning("covariate_missing", facts, SEVERITY["warn"]))
        else:
            covariates.append(column)
            reasons |= lacking
    units, apart = _replicates(sheet, levels, reasons, covariates)
    reasons |= apart
    if contrast.kind.repeated:
        reasons |= _unpaired(sheet, levels, reasons, contrast.kind.other_level)
    summed = len(units) - len({units[name] for name in units})
    if summed:
        people = {sheet.at[name, "subject"] for name, unit in units.items() if name != unit}
        warnings.append(
            Warning("replicates_summed", {"subjects": len(people), "summed": summed}, NOTE)
        )
    person = sheet["subject"] if "subject" in sheet else pd.Series("", index=sheet.index)
    members = tuple(
        Member(
            *(name, str(arms[name]), reason, str(levels[name])),
            units.get(name, name),
            str(person[name]) or name,
        )
        for name, reason in reasons.items()
    )
    return Cohort(members, tuple(covariates), tuple(warnings))


def _unexcluded(reasons: Mapping[str, Exclusion | None]) -> list[str]:
    return [name for name, reason in reasons.items() if reason is None]


def _replicates(
    sheet: pd.DataFrame,
    levels: pd.Series,
    reasons: Mapping[str, Exclusion | None],
    covariates: Sequence[str],
) -> tuple[dict[str, str], dict[str, Exclusion]]:
    """Find the libraries that count as one, and those that cannot be summed with the others.

    Returns
    -------
    The unit of each library that is used, and reasons why replicates are left out: libraries of a
    subject that were made in different ways cannot be summed; the more numerous ones stay.
    """
    used = _unexcluded(reasons)
    units = {name: name for name in used}
    apart: dict[str, Exclusion] = {}
    if "subject" not in sheet:
        return units, apart
    made = [
        column
        for column in dict.fromkeys([*covariates, *ONE_WAY])
        if column in sheet and column != "subject" and not is_numeric(sheet, column)
    ]
    known = [name for name in used if sheet.at[name, "subject"]]
    together = [sheet.loc[known, "subject"], levels[known]]
    for (subject, _), cells in sheet.loc[known].groupby(together, sort=True):
        if len(cells) == 1:
            continue
        ways: dict[tuple[str, ...], list[str]] = {}
        for name in cells.index:
            ways.setdefault(tuple(cells.loc[name, made]), []).append(str(name))
        kept, *others = sorted(ways.items(), key=lambda item: (-len(item[1]), item[1][0]))
        units |= dict.fromkeys(kept[1], kept[1][0])
        for way, names in others:
            differing = [c for c, a, b in zip(made, kept[0], way, strict=True) if a != b]
            own = {"library": kept[1][0], "subject": str(subject)}
            apart |= dict.fromkeys(names, Exclusion("another_way", {"columns": differing}, own))
    return {name: unit for name, unit in units.items() if name not in apart}, apart


def _lacking(sheet: pd.DataFrame, column: str, samples: list[str]) -> dict[str, Exclusion]:
    """Return the libraries whose covariate cannot be used, and why."""
    cells = sheet.loc[samples, column]
    empty = Exclusion("covariate_empty", {"column": column})
    lacking = {str(name): empty for name in cells.index[cells == ""]}
    if is_numeric(sheet, column):
        values = pd.to_numeric(cells, errors="coerce")
        for name in cells.index[(cells != "") & ~np.isfinite(values)]:
            own = {"cell": str(cells[name])}
            lacking[str(name)] = Exclusion("covariate_not_a_number", {"column": column}, own)
    return lacking


def _unpaired(
    sheet: pd.DataFrame, levels: pd.Series, reasons: Mapping[str, Exclusion | None], other: str
) -> dict[str, Exclusion]:
    """Return the libraries whose subject has none on the other level, an `other` of its kind."""
    used = _unexcluded(reasons)
    subjects = sheet.loc[used, "subject"]
    both = levels[used].groupby(subjects).nunique() == 2
    return {
        str(name): Exclusion("no_partner", {"other": other}, {"subject": str(subject)})
        for name, subject in subjects.items()
        if not both[subject]
    }

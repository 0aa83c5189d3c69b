"""The contrast sheet: one row per question, checked against the sample sheet."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path

import pandas as pd

from exosift.designs import DEFAULT, DESIGNS, StudyDesign
from exosift.errors import Problems, UserError
from exosift.samples import NAME_RULE, bad_name, safe_name
from exosift.settings.candidates import CallRules
from exosift.settings.sections import Sections
from exosift.sexes import sex_of_cell
from exosift.sheets import read_sheet, split_cell

REQUIRED = ("contrast", "cancer", "case", "control", "covariates")
OPTIONAL = ("column", "design", "levels", "subset")

TABLES_BESIDE = ("across_cancers", "meta_analysis", "detectable_effects", "single")
"""Names in the folders of the contrasts' tables that no contrast can have."""


@dataclass(frozen=True)
class Contrast:
    """One question to the cohort: how do the cases differ from the controls.

    Attributes
    ----------
    column
        The column of the sample sheet that holds `case` and `control`.
    covariates
        Columns of the sample sheet that stand in the design beside the condition.
    design
        One of `exosift.designs.DESIGNS`; `kind` is its class.
    levels
        The ordered levels of a trend, the two time points of a change, or the conditions that make
        up the rest.
    subset
        Column and value that a library must have to take part.
    """

    name: str
    cancer: str
    case: str
    control: str
    covariates: tuple[str, ...] = ()
    column: str = "condition"
    design: str = DEFAULT
    levels: tuple[str, ...] = ()
    subset: Mapping[str, str] = field(default_factory=dict)

    @property
    def kind(self) -> StudyDesign:
        """The design, which answers whatever depends on it."""
        return DESIGNS[self.design]

    @property
    def ordered(self) -> tuple[str, ...]:
        """The levels in their order; of a trend with the controls that stand below them."""
        return self.kind.ordered_levels(self)

    @property
    def cases(self) -> str:
        """Who the cases are, in words; of a trend without controls, the levels above its lowest."""
        return self.kind.cases(self)

    @property
    def against(self) -> str:
        """Whom the cases stand against, in words; of a trend, its lowest level."""
        return self.kind.controls(self)

    @property
    def of_the_disease(self) -> bool:
        """Whether the cases differ from the controls by their disease, and not by its course.

        What is published of patients against others has a direction for such a contrast alone, not
        for one stage against another, a response, a change, or a cancer against other cancers.
        """
        return self.kind.of_the_disease(self)

    def level(self, table: pd.DataFrame) -> pd.Series:
        """Return the level of each library; "" for those that take no part.

        The level of a trend, the condition in `one_vs_rest`, the time point in `change`, and the
        arm in any other design.

        Parameters
        ----------
        table
            The sample sheet, indexed by sample.
        """
        levels = self.kind.levels(self, table)
        for column, value in self.subset.items():
            levels[table[column] != value] = ""
        return levels

    def arm(self, table: pd.DataFrame) -> pd.Series:
        """Return the arm of each library: "case", "control", or "" for those that take no part.

        In a trend the lowest level is the control.

        Parameters
        ----------
        table
            The sample sheet, indexed by sample.
        """
        levels = self.level(table)
        cases = self.kind.are_cases(self, table, levels)
        arms = pd.Series("control", index=table.index).mask(cases, "case")
        return arms.where(levels != "", "")


def read_contrasts(
    path: str | Path,
    table: pd.DataFrame,
    *,
    fewest_per_arm: int = CallRules.fewest_per_arm,
    fewest_to_test: int = Sections.tests,
) -> tuple[list[Contrast], list[str]]:
    """Read and check the contrasts of a run.

    Parameters
    ----------
    path
        The sheet, tab-separated; with no rows the run ends at counts and quality.
    table
        The sample sheet, indexed by sample.
    fewest_per_arm
        Libraries that each arm needs for a candidate.
    fewest_to_test
        People that each arm needs for a test.

    Returns
    -------
    The contrasts in the order of the sheet, and warnings.

    Raises
    ------
    UserError
        With every problem of the sheet.
    """
    sheet = read_sheet(path)
    problems = Problems()
    for column in REQUIRED:
        if column not in sheet.columns:
            near = get_close_matches(column, list(sheet.columns), n=1)
            advice = f"Rename '{near[0]}'?" if near else f"Needed are {', '.join(REQUIRED)}."
            problems.add(str(path), f"there is no column '{column}'", advice)
    for column in sheet.columns:
        if column not in (*REQUIRED, *OPTIONAL):
            near = get_close_matches(column, [*REQUIRED, *OPTIONAL], n=1)
            advice = f"Did you mean '{near[0]}'?" if near else "Delete it."
            problems.add(str(path), f"there is no such column as '{column}' here", advice)
    problems.raise_if_any()

    contrasts: list[Contrast] = []
    warnings: list[str] = []
    seen: dict[str, object] = {}
    for row, cells in sheet.iterrows():
        where = f"{path}, row {row}"
        before = len(problems.found)
        _check_row_names(where, cells, problems, seen)
        seen.setdefault(cells["contrast"].casefold(), row)
        contrast = _as_in_the_sheet(_parse(where, cells, problems), table)
        if contrast is not None:
            _check_against_samples(where, contrast, table, problems)
        if contrast is not None and len(problems.found) == before:
            contrasts.append(contrast)
            warnings += _small_arms(where, contrast, table, fewest_to_test, fewest_per_arm)
    problems.raise_if_any()
    return contrasts, warnings


def _check_row_names(
    where: str, cells: pd.Series, problems: Problems, seen: Mapping[str, object]
) -> None:
    for column in ("contrast", "cancer"):
        reason = bad_name(cells[column])
        if reason:
            advice = f"{NAME_RULE} For example: {safe_name(cells[column])}"
            problems.add(where, f"`{column}` {reason}", advice)
    if cells["cancer"].casefold() == "index":
        problems.add(where, "`cancer` is 'index', the name of the reports' front page")
    if cells["contrast"] in TABLES_BESIDE:
        problems.add(where, f"`contrast` is {cells['contrast']!r}, the name of a table of the run")
    other = seen.get(cells["contrast"].casefold())
    if other is not None:
        problems.add(
            where, f"`contrast` is {cells['contrast']!r}, as in row {other}", "Name each once."
        )


def _parse(where: str, cells: pd.Series, problems: Problems) -> Contrast | None:
    design = cells.get("design", "") or DEFAULT
    if design not in DESIGNS:
        near = get_close_matches(design, list(DESIGNS), n=1)
        advice = f"Did you mean '{near[0]}'?" if near else f"Known: {', '.join(DESIGNS)}."
        problems.add(where, f"`design` is {design!r}", advice)
        return None
    subset: dict[str, str] = {}
    for part in split_cell(cells.get("subset", ""), ";"):
        column, equals, value = part.partition("=")
        if not equals or not column.strip() or not value.strip():
            problems.add(where, f"`subset` holds {part!r}", "Write it as timepoint=baseline.")
            return None
        subset[column.strip()] = value.strip()
    return Contrast(
        name=cells["contrast"],
        cancer=cells["cancer"],
        case=cells["case"],
        control=cells["control"],
        covariates=tuple(split_cell(cells["covariates"], ",")),
        column=cells.get("column", "") or "condition",
        design=design,
        levels=tuple(split_cell(cells.get("levels", ""), ",")),
        subset=subset,
    )


def _as_in_the_sheet(contrast: Contrast | None, table: pd.DataFrame) -> Contrast | None:
    """Write a sex as the sample sheet does, where spellings of one are read as one."""
    if contrast is None or "sex" not in table:
        return contrast
    there = {sex_of_cell(cell): cell for cell in sorted(set(table["sex"])) if sex_of_cell(cell)}
    known = set(table["sex"])

    def written(value: str) -> str:
        return value if value in known else there.get(sex_of_cell(value), value)

    if "sex" in contrast.subset:
        subset = {**contrast.subset, "sex": written(contrast.subset["sex"])}
        contrast = replace(contrast, subset=subset)
    if contrast.column == "sex":
        case, control = written(contrast.case), written(contrast.control)
        contrast = replace(contrast, case=case, control=control)
    return contrast


def _check_against_samples(
    where: str, contrast: Contrast, table: pd.DataFrame, problems: Problems
) -> None:
    columns = list(table.columns)

    def unknown(column: str, value: str) -> bool:
        if value in columns:
            return False
        near = get_close_matches(value, columns, n=1)
        advice = f"Did you mean '{near[0]}'?" if near else f"Columns there: {', '.join(columns)}."
        problems.add(where, f"`{column}` names '{value}', no column of the sample sheet", advice)
        return True

    missing = [unknown("column", contrast.column)]
    missing += [unknown("covariates", covariate) for covariate in contrast.covariates]
    missing += [unknown("subset", column) for column in contrast.subset]
    for covariate in contrast.covariates:
        if covariate == contrast.column:
            problems.add(where, f"`covariates` holds '{covariate}', the column under test itself")
        if contrast.covariates.count(covariate) > 1:
            problems.add(where, f"`covariates` holds '{covariate}' twice")
    if any(missing):
        return
    there = [value for value in dict.fromkeys(table[contrast.column]) if value]
    kind = contrast.kind
    conditions = set(table["condition"]) if kind.condition_names_arms else set()
    for column, value in (("case", contrast.case), ("control", contrast.control)):
        if not value and (column == "case" or kind.needs_control):
            problems.add(where, f"`{column}` is empty", f"Values there: {', '.join(there)}.")
        elif value and value not in {*there, *conditions}:
            near = get_close_matches(value, there, n=1)
            guess = f"Did you mean '{near[0]}'? " if near else ""
            problems.add(
                where,
                f"`{column}` is {value!r}, but no sample has that `{contrast.column}`",
                f"{guess}Values there: {', '.join(there)}.",
            )
    if contrast.case == contrast.control:
        problems.add(where, f"`case` and `control` are both {contrast.case!r}")
    kind.check_sheet(where, contrast, table, problems)


def _small_arms(
    where: str, contrast: Contrast, table: pd.DataFrame, to_test: int, to_call: int
) -> list[str]:
    arms = contrast.arm(table)
    cases, controls = ((arms == arm).sum() for arm in ("case", "control"))
    if min(cases, controls) >= max(to_test, to_call):
        return []
    return [
        f"{where}: {contrast.name} has {cases} case and {controls} control libraries; "
        f"below {to_test} nothing is tested, below {to_call} nothing is called a candidate."
    ]


def unused_conditions(contrasts: list[Contrast], table: pd.DataFrame) -> list[str]:
    """Tell kindly which conditions of the sample sheet no contrast asks about."""
    if not contrasts:
        return []
    asked: set[str] = set()
    for contrast in contrasts:
        asked |= set(table.index[contrast.arm(table) != ""])
    idle = [name for name in table.index if name not in asked]
    conditions = list(dict.fromkeys(table.loc[idle, "condition"]))
    return [
        f"No contrast asks about condition {value!r} "
        f"({(table.loc[idle, 'condition'] == value).sum()} libraries)."
        for value in conditions
    ]


def select(contrasts: list[Contrast], name: str) -> Contrast:
    """Find a contrast by its name."""
    for contrast in contrasts:
        if contrast.name == name:
            return contrast
    raise UserError(f"There is no contrast {name!r}.")

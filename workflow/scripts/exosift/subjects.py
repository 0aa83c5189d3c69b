"""What a sample sheet says of people: ages that can be, and one sex and age for each subject.

Two rows of one subject that cannot be one person have two usual causes. A cell may be wrong, or the
numbers of people may restart in each arm, so that 1 is a patient and also a control. The second
would make pairs of strangers, so it is an error before any design is looked at.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import pandas as pd

from exosift.errors import Problems
from exosift.sexes import sex_of_cell
from exosift.sheets import rows_in_words

OLDEST = 120
"""Years; nobody is known to have reached 123."""

YEARS_OF_BIRTH = (1850, 2100)

SAME_SAMPLING = 1
"""Years between libraries of one subject, condition and time point: they are one sampling, and a
birthday may lie between two tubes."""

FOLLOW_UP = 10
"""Years between libraries of one subject whose time points are not told apart by the sheet: longer
than the follow-up of a clinical study, which seldom goes beyond five."""

STATED_FOLLOW_UP = 25
"""Years between stated time points that differ: biobanks hold serum of one person over decades."""

SEXES = ("sex", "gender")
CONSTANT = frozenset((*SEXES, "race", "ethnicity", "ancestry", "bloodgroup", "birthyear"))
"""Columns, without spaces and marks, in which one person has one value."""

RESTART_SHARE = 0.25
"""Of the subjects that can be compared, the share that contradicts itself where numbers restart.
Sex alone makes half of all pairs of strangers differ; wrong cells are few."""

FEWEST_OF_A_RESTART = 2

EXPLAINED = 0.8
"""Share of the contradictions that a restart must explain; others may be wrong cells beside it."""


def check_ages(path: str | Path, table: pd.DataFrame, problems: Problems) -> None:
    """Check the ages and storage times of a sheet.

    Parameters
    ----------
    path
        Of the sheet, for the messages.
    table : DataFrame of str
        The sheet, indexed by row; missing cells are "".
    problems
        Takes one problem for each kind of mistake, with all rows.
    """
    kinds: dict[tuple[str, str, str], dict[int, str]] = {}
    for column, judge in (("age", _mistake_of_age), ("storage_time", _mistake_of_storage)):
        for row, cell in table[column].items() if column in table else ():
            mistake = judge(cell) if cell else None
            if mistake:
                kinds.setdefault((column, *mistake), {})[int(str(row))] = cell
    for (column, what, advice), cells in kinds.items():
        values = list(dict.fromkeys(cells.values()))
        shown = ", ".join(map(repr, values[:3])) + (", ..." if len(values) > 3 else "")
        problems.add(f"{path}, {rows_in_words(cells)}", f"`{column}` is {shown}{what}", advice)


def _mistake_of_age(cell: str) -> tuple[str, str] | None:
    """Return what is wrong with an age, and what to do; None if it is one."""
    years = number(cell)
    empty = "Leave the cell empty if the age is not known."
    if years is None:
        return ", which is no number", "Write a number of years, or leave it empty."
    if YEARS_OF_BIRTH[0] <= years <= YEARS_OF_BIRTH[1]:
        return (
            ", which looks like a year of birth",
            "Write the age in years when the sample was taken.",
        )
    if years < 0:
        return ", below 0", empty
    if years > OLDEST:
        return f", above {OLDEST}", f"Write years, not months or days. {empty}"
    return None


def _mistake_of_storage(cell: str) -> tuple[str, str] | None:
    time = number(cell)
    if time is None or time >= 0:
        return None
    return (
        ", below 0",
        "Write how long the sample was stored; a temperature belongs into a column of its own. "
        "Leave the cell empty if the time is not known.",
    )


def number(cell: str) -> float | None:
    """Return the number of a cell, or None if it holds none that is finite."""
    try:
        value = float(cell)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


Rows = dict[int, dict[str, str]]
"""The cells of some rows by row number and column."""


@dataclass(frozen=True, eq=False)
class Contradiction:
    """A subject whose rows cannot be of one person.

    Attributes
    ----------
    rows
        Its rows.
    columns
        The columns that contradict each other.
    """

    subject: str
    rows: Rows
    columns: tuple[str, ...]

    def describe(self) -> str:
        """Return the contradicting values with their rows, such as `sex M in row 2, F in row 3`."""
        parts = []
        for column in self.columns:
            where: dict[str, list[int]] = {}
            for row, cells in self.rows.items():
                if cells[column]:
                    where.setdefault(cells[column], []).append(row)
            values = (f"{value} in {rows_in_words(rows)}" for value, rows in where.items())
            parts.append(f"{column} {', '.join(values)}")
        return "; ".join(parts)

    def describe_in_order(self) -> str:
        """Return the rows and their values in the same order, such as `rows 2 and 3: sex M, F`."""
        values = (
            f"{column} {', '.join(cells[column] or 'empty' for cells in self.rows.values())}"
            for column in self.columns
        )
        return f"{rows_in_words(self.rows)}: {'; '.join(values)}"


def check_subjects(path: str | Path, table: pd.DataFrame, problems: Problems) -> None:
    """Check that the rows of each subject can be of one person.

    A subject has one sex (and ancestry, blood group, year of birth, where a column is called so).
    Its ages may differ by `FOLLOW_UP` years, by `STATED_FOLLOW_UP` between time points that the
    sheet tells apart, and by `SAME_SAMPLING` within one time point of one condition.

    Parameters
    ----------
    path
        Of the sheet, for the messages.
    table : DataFrame of str
        The sheet, indexed by row; missing cells are "".
    problems
        Takes one problem for all subjects if their numbers restart in each group of some column,
        or else one for each subject.
    """
    if "subject" not in table:
        return
    repeated = table[(table["subject"] != "") & table["subject"].duplicated(keep=False)]
    constant = _constant_columns(table)
    people: dict[str, Rows] = {}
    for row, cells in zip(repeated.index, repeated.to_dict("records"), strict=True):
        texts = {str(column): str(cell) for column, cell in cells.items()}
        people.setdefault(texts["subject"], {})[int(row)] = texts
    found = [
        Contradiction(subject, rows, columns)
        for subject, rows in people.items()
        if (columns := _contradicting(rows, constant))
    ]
    if not found:
        return
    for column in _grouping_columns(table):
        between = [one for one in found if _only_between(one.rows, column, constant)]
        compared = sum(_comparable(rows, column, constant) for rows in people.values())
        enough = len(between) >= max(FEWEST_OF_A_RESTART, RESTART_SHARE * compared)
        if enough and len(between) >= EXPLAINED * len(found):
            _report_restart(path, column, between, compared, problems)
            found = [one for one in found if one not in between]
            break
    for one in found:
        problems.add(
            f"{path}, {rows_in_words(one.rows)}",
            f"`subject` {one.subject} cannot be one person: {one.describe()}",
            "The likelier cause is a wrong cell: correct it. If they are different people, give "
            "them different names in `subject`.",
        )


def _report_restart(
    path: str | Path, column: str, found: list[Contradiction], compared: int, problems: Problems
) -> None:
    listed = ", ".join(f"{one.subject} ({one.describe_in_order()})" for one in found)
    first = found[0]
    groups = list(dict.fromkeys(cells[column] for cells in first.rows.values()))
    names = " and ".join(f"{group}-{first.subject}" for group in groups[:2])
    problems.add(
        f"{path}, `subject`",
        f"{len(found)} of the {compared} subjects with libraries of several `{column}` cannot be "
        f"one person each: {listed}",
        f"The likelier cause: the numbers of subjects restart in each `{column}`, so that one "
        f"number means several people. Give different people different names, such as {names}; "
        "also those whose sex and age happen to agree. If they are one person each, correct the "
        "cells.",
    )


def _constant_columns(table: pd.DataFrame) -> list[str]:
    return [name for name in table.columns if re.sub("[^a-z]", "", name.casefold()) in CONSTANT]


def _grouping_columns(table: pd.DataFrame) -> list[str]:
    """List the columns in whose groups subjects may be numbered anew, `condition` first."""
    others = {"sample", "fastq", "subject", "condition", "age", *_constant_columns(table)}
    return [
        "condition",
        *(
            name
            for name in table.columns
            if name not in others and 1 < table[name].nunique() <= len(table) / 2
        ),
    ]


def _contradicting(rows: Rows, constant: Sequence[str]) -> tuple[str, ...]:
    """Name the columns by which rows cannot be of one person."""
    columns = []
    for column in constant:
        known = [cells[column] for cells in rows.values() if cells[column]]
        if len({sex_of_cell(cell) or cell.casefold() for cell in known}) > 1:
            columns.append(column)
    if _ages_contradict(list(rows.values())):
        columns.append("age")
    return tuple(columns)


def _ages_contradict(rows: Sequence[Mapping[str, str]]) -> bool:
    known = [(age, cells) for cells in rows if (age := _age(cells.get("age", ""))) is not None]
    ages = [age for age, _ in known]
    if not ages or max(ages) - min(ages) <= SAME_SAMPLING:
        return False
    return any(
        abs(one - other) > _years_between(cells, others)
        for (one, cells), (other, others) in combinations(known, 2)
    )


def _years_between(cells: Mapping[str, str], others: Mapping[str, str]) -> int:
    """Return by how many years the ages of two libraries of one person may differ."""
    times = (cells.get("timepoint", ""), others.get("timepoint", ""))
    if not all(times):
        return FOLLOW_UP
    if times[0] != times[1]:
        return STATED_FOLLOW_UP
    return SAME_SAMPLING if cells["condition"] == others["condition"] else FOLLOW_UP


def _age(cell: str) -> float | None:
    """Return a plausible age; what is none is a problem of its own."""
    return number(cell) if cell and _mistake_of_age(cell) is None else None


def _only_between(rows: Rows, column: str, constant: Sequence[str]) -> bool:
    """Tell whether rows contradict each other between the groups of a column alone."""
    groups: dict[str, Rows] = {}
    for row, cells in rows.items():
        groups.setdefault(cells[column], {})[row] = cells
    if "" in groups or len(groups) < 2:
        return False
    return not any(_contradicting(group, constant) for group in groups.values())


def _comparable(rows: Rows, column: str, constant: Sequence[str]) -> bool:
    """Tell whether sex or age of a subject is known in several groups of a column."""
    return any(
        len({cells[column] for cells in rows.values() if cells.get(name)}) > 1
        for name in (*constant, "age")
    )

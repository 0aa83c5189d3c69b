"""Words in a sample sheet that mean "not known", such as NA, unknown and -: read as empty cells."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

import pandas as pd

from exosift.errors import Problems, UserError
from exosift.sheets import read_sheet, rows_in_words, split_cell

WORDS = frozenset(
    (
        *("na", "n/a", "n.a", "nan", "null", "unknown", "unk", "not known", "missing", "no data"),
        *("not recorded", "not available", "not applicable", "not reported", "not provided"),
        *("not collected", "not determined", "not specified", "not given", "missing value"),
        *("missing data", "no information", "undefined", "undetermined", "unspecified"),
        *("unavailable", "unrecorded", "restricted access", "tbd", "to be determined"),
    )
)
"""In lower case, with one space between words; those of R, spreadsheets, INSDC and GDC are there.

"nd" is none of them, which may mean "not detected", nor are numbers such as 99 or -9.
"""

NOTHING = "none"
"""Means "not known" in some columns, and in others that there was none of something."""

NOTHING_IS_MISSING = frozenset(
    (
        *("subject", "biofluid", "batch", "age", "sex", "timepoint", "storage_time"),
        *("ev_particles", "ev_markers", "ev_negative_markers", "ev_fraction"),
    )
)
"""Columns in which `none` says nothing: every library has a value there, or (of what shows
vesicles) nothing was looked at. Elsewhere it may be a group: no isolation, treatment, response."""

MARKS = re.compile(r"[-–—−?._/]+")
PLUS = re.compile(r"\++")
DASHES = re.compile(r"[-–—−]+")

NAMES = ("sample", "fastq")
"""Columns whose cells are names; a library may be called NA."""


def means_missing(cell: str, column: str = "") -> bool:
    """Tell whether a cell means that its value is not known.

    Parameters
    ----------
    cell
        As it stands in the sheet.
    column
        Its column, which decides on `none`.

    Examples
    --------
    >>> [means_missing(cell) for cell in ("NA", " Not_recorded ", "<NA>", "?", "--", "#N/A")]
    [True, True, True, True, True, True]
    >>> [means_missing(cell) for cell in ("", "NA12878", "no", "0", "+", "none")]
    [False, False, False, False, False, False]
    >>> means_missing("none", "sex"), means_missing("none", "isolation")
    (True, False)
    """
    text = cell.strip().strip("'\"").strip()
    if MARKS.fullmatch(text):
        return True
    words = re.sub(r"[\s_-]+", " ", text.casefold()).strip(" #<>()[].")
    return (
        words in WORDS
        or words.startswith("missing: ")  # such as "missing: lab stock", of INSDC
        or (words == NOTHING and column in NOTHING_IS_MISSING)
    )


def values_named(contrasts: str | Path) -> dict[str, frozenset[str]]:
    """Collect the values that a contrast sheet names, by column of the sample sheet.

    A value that a contrast asks about is a group, whatever it is called. What is wrong with the
    contrast sheet is found when it is read itself; here it names nothing.
    """
    try:
        sheet = read_sheet(contrasts)
    except UserError:
        return {}
    named: dict[str, set[str]] = {"condition": set(), "timepoint": set()}
    for _, cells in sheet.iterrows():
        arms = {cells.get("case", ""), cells.get("control", "")}
        levels = set(split_cell(cells.get("levels", ""), ","))
        named.setdefault(cells.get("column", "") or "condition", set()).update(arms | levels)
        named["condition"] |= arms  # of a trend they may be conditions
        named["timepoint"] |= levels  # of a change they are
        for part in split_cell(cells.get("subset", ""), ";"):
            column, _, value = part.partition("=")
            named.setdefault(column.strip(), set()).add(value.strip())
    return {column: frozenset(values - {""}) for column, values in named.items()}


def empty_missing(
    path: str | Path,
    table: pd.DataFrame,
    named: Mapping[str, Iterable[str]],
    problems: Problems,
) -> tuple[pd.DataFrame, list[str]]:
    """Empty the cells that mean "not known".

    Every column is looked at but for `sample` and `fastq`, since the checks of a design look at
    columns that no contrast names, and there NA would be a batch of its own. A `condition` that is
    not known is a problem, as an empty one is. In a column that holds `+`, `-` is its opposite.

    Parameters
    ----------
    path
        Of the sheet, for the messages.
    table : DataFrame of str
        The sheet, indexed by row.
    named
        Values that contrasts name, by column: they stay.
    problems
        Takes the rows without a condition.

    Returns
    -------
    The sheet, and for each column a note of the rows and of what was read as missing.
    """
    notes = []
    for column in table.columns:
        if column in NAMES:
            continue
        kept = {value.casefold() for value in named.get(column, ())}
        has_plus = table[column].map(lambda cell: bool(PLUS.fullmatch(cell))).any()
        rows: dict[str, list[int]] = {}
        for row, cell in table[column].items():
            opposite = has_plus and DASHES.fullmatch(cell)
            if means_missing(cell, column) and cell.casefold() not in kept and not opposite:
                rows.setdefault(cell, []).append(int(str(row)))
        if column == "condition":
            for word, those in rows.items():
                _refuse_condition(path, word, those, problems)
        elif rows:
            table = table.assign(**{column: table[column].mask(table[column].isin(rows), "")})
            notes.append(_note(path, column, rows))
    return table, notes


def _refuse_condition(path: str | Path, word: str, rows: list[int], problems: Problems) -> None:
    problems.add(
        f"{path}, {rows_in_words(rows)}",
        f"`condition` is {word!r}, which means that the group is not known",
        "Say which group the library belongs to, or take the row out (put # before it). If it is a "
        "group, name it in a contrast, or call it something else.",
    )


def _note(path: str | Path, column: str, rows: Mapping[str, list[int]]) -> str:
    found = ", ".join(f"{word!r} in {rows_in_words(those)}" for word, those in rows.items())
    one = sum(map(len, rows.values())) == 1
    note = f"{path}: `{column}` {found} {'is' if one else 'are'} read as not known (an empty cell)"
    if column == "protocol":
        return (
            f"{note}, so that `protocol` of the configuration holds. Write auto where the reads "
            "shall tell it."
        )
    return f"{note}. If it is a value of its own, call it something else."

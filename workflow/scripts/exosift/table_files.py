"""The one reader and the one writer of the tables of a run, by their declarations.

What a cell is depends on its column and never on its content: libraries may be called 007, NA or
True, and a column of numbers without a number in it is one of numbers still. Tables that users
give have readers of their own (`sheets`, `importing`, `names`), and so have the long tables of
single libraries (`library_tables`).
"""

from pathlib import Path

import pandas as pd

from exosift.errors import UserError
from exosift.files import write_table
from exosift.table_schemas import SCHEMAS, Kind, Schema

AGAIN = "Delete it and run again."
LARGEST = 2**53
"""The largest whole number up to which a float holds all of them."""


def read_run_table(name: str, path: str | Path) -> pd.DataFrame:
    """Read a table of a run with the types that its columns are declared to have.

    Parameters
    ----------
    name
        Of the table in `SCHEMAS`.
    path
        Where it lies.

    Returns
    -------
    DataFrame
        Columns of text as `str`, "" where a cell is empty; of integers as int64; of other numbers
        as float64, NaN where a cell is empty. Indexed by the names if the declaration says so.

    Raises
    ------
    UserError
        If a column is missing or unknown, or a cell is none of the kind of its column.
    """
    schema = SCHEMAS[name]
    heading = _heading(path)
    _check_columns(schema, heading, path)
    # A matrix may hold millions of integers, so these are parsed without a detour over text.
    quick = schema.others is Kind.INTEGER
    kinds = {column: schema.kind(column) for column in heading}
    types = {
        column: "int64" if quick and kind is Kind.INTEGER else str for column, kind in kinds.items()
    }
    try:
        table = pd.read_csv(path, sep="\t", dtype=types, na_filter=False)
    except (ValueError, OverflowError):  # a cell that is no integer: say which
        table = pd.read_csv(path, sep="\t", dtype=str, na_filter=False)
    for column, kind in kinds.items():
        if kind is not Kind.TEXT and table[column].dtype == object:
            table[column] = _numbers(table[column], kind, path)
    return table.set_index(schema.index) if schema.index else table


def write_run_table(name: str, table: pd.DataFrame, path: str | Path) -> None:
    """Write a table of a run; whole numbers keep all digits, others six.

    Parameters
    ----------
    name
        Of the table in `SCHEMAS`.
    table
        With the declared columns; one of them may be the index.
    path
        Where it goes.

    Raises
    ------
    ValueError
        If a column is missing or not declared, or holds what it is not declared to hold.
    """
    schema = SCHEMAS[name]
    as_index = bool(schema.index) and table.index.name == schema.index
    given = table.reset_index() if as_index else table
    lacking = [column for column in schema.required if column not in given]
    unknown = [column for column in given if schema.kind(column) is None]
    if lacking or unknown:
        raise ValueError(
            f"{schema.path} lacks the columns {lacking} and has the columns {unknown} that "
            "table_schemas.py does not declare."
        )
    columns = {column: _as_declared(given[column], schema) for column in given}
    write_table(pd.DataFrame(columns, index=given.index, columns=given.columns), path)


def _heading(path: str | Path) -> list[str]:
    """Read the names of the columns, as text."""
    try:
        first = pd.read_csv(path, sep="\t", header=None, nrows=1, dtype=str, na_filter=False)
    except pd.errors.EmptyDataError:
        raise UserError(f"{path} is empty. {AGAIN}") from None
    return [str(cell) for cell in first.iloc[0]]


def _check_columns(schema: Schema, heading: list[str], path: str | Path) -> None:
    """Refuse a table of another version of exosift, or of another kind."""
    lacking = [column for column in schema.required if column not in heading]
    unknown = [column for column in heading if schema.kind(column) is None]
    twice = sorted({column for column in heading if heading.count(column) > 1})
    for what, names in (("lacks", lacking), ("has", unknown), ("has twice", twice)):
        if names:
            columns = ", ".join(repr(column) for column in names[:3])
            more = f" and {len(names) - 3} more" if len(names) > 3 else ""
            raise UserError(
                f"{path} {what} the column{'s' if len(names) > 1 else ''} {columns}{more}, unlike "
                f"{schema.path} of this version of exosift. {AGAIN}"
            )


def _numbers(cells: pd.Series, kind: Kind | None, path: str | Path) -> pd.Series:
    """Turn the cells of a column into numbers, whatever they hold."""
    empty = cells == ""
    numbers = pd.to_numeric(cells.where(~empty), errors="coerce").astype(float)
    wrong = numbers.isna() & ~empty & (cells.str.lower() != "nan")
    if kind is Kind.INTEGER:
        wrong |= empty
    if kind in (Kind.INTEGER, Kind.WHOLE):
        wrong |= numbers.notna() & ((numbers % 1 != 0) | (numbers.abs() > LARGEST))
    if wrong.any():
        row = int(wrong.to_numpy().argmax())
        raise UserError(
            f"{path}, row {row + 2}, column {cells.name!r}: found {cells.iloc[row]!r}, which is "
            f"no {'number' if kind is Kind.NUMBER else 'whole number'}. It is not as exosift wrote "
            f"it. {AGAIN}"
        )
    return cells.astype("int64") if kind is Kind.INTEGER else numbers


def _as_declared(cells: pd.Series, schema: Schema) -> pd.Series:
    """Return a column as it is written; refuse what its declaration does not allow."""
    kind = schema.kind(str(cells.name))
    known = cells[cells.notna()]
    if kind is Kind.TEXT:
        wrong = [cell for cell in known if not isinstance(cell, str)]
    else:
        numbers = pd.to_numeric(known, errors="coerce")
        bad = numbers.isna()
        if kind is not Kind.NUMBER:
            bad |= numbers % 1 != 0
        wrong = list(known[bad])
        if kind is Kind.INTEGER and len(known) < len(cells):
            wrong.append("")
    if wrong:
        raise ValueError(
            f"{schema.path}, column {cells.name!r}: found {wrong[0]!r}, which is no {kind}."
        )
    if kind in (Kind.INTEGER, Kind.WHOLE):
        return pd.to_numeric(cells).astype("Int64")
    return cells

"""Reading a tab-separated sheet that a person wrote: forgiving in form, strict in content."""

import csv
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from exosift.errors import Problems, UserError


def read_sheet(path: str | Path) -> pd.DataFrame:
    """Read a sheet as text cells.

    A byte-order mark, Windows line ends, spaces around cells and empty lines are put right. The
    index is the line number in the file, so that messages can name the row that a person sees.

    Raises
    ------
    UserError
        If the file is missing, is not UTF-8 text, is not separated by tabs, repeats a column, or
        has a row with more cells than columns or with a quotation mark that is not closed.
    """
    path = Path(path)
    if not path.is_file():
        raise UserError(f"There is no {path}. Write one, or name another in config/config.yaml.")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError(
            f"{path} is not UTF-8 text (byte {error.start}). Save it as tab-separated UTF-8 text."
        ) from None
    if "\0" in text or text.startswith("PK"):
        raise UserError(f"{path} is not a text file. Save the sheet as tab-separated text (.tsv).")
    rows = _rows_of(path, text)
    if not rows:
        raise UserError(f"{path} is empty. Its first line must hold the names of the columns.")
    heading_at, *_ = rows
    columns = rows.pop(heading_at)
    while columns and not columns[-1]:
        columns.pop()
    _check_heading(path, heading_at, columns, rows)
    cells = [row[: len(columns)] + [""] * (len(columns) - len(row)) for row in rows.values()]
    return pd.DataFrame(cells, columns=columns, index=pd.Index(rows, name="row"), dtype=str)


def _rows_of(path: Path, text: str) -> dict[int, list[str]]:
    """Split text into the cells of its lines, by line number; notes and empty lines are left out.

    Each line stands for itself: a quotation mark that is never closed would swallow all rows below.
    """
    rows: dict[int, list[str]] = {}
    problems = Problems()
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for number, line in enumerate(lines, start=1):
        try:
            cells = [
                cell.strip() for cell in next(csv.reader([line], "excel-tab", strict=True), [])
            ]
        except csv.Error:
            problems.add(
                f"{path}, row {number}",
                f"the quotation marks do not match in {line[:60]!r}",
                "A cell is one line. Take the quotation marks away, or close the quoted cell.",
            )
            continue
        cells = [cell.strip() for cell in cells]
        if any(cells) and not cells[0].startswith("#"):
            rows[number] = cells
    problems.raise_if_any()
    return rows


def _check_heading(path: Path, number: int, columns: list[str], rows: dict[int, list[str]]) -> None:
    problems = Problems()
    where = f"{path}, row {number}"
    if len(columns) == 1 and any(mark in columns[0] for mark in ",;"):
        raise UserError(f"{where}: the columns are not separated by tabs. Save the sheet as .tsv.")
    for position, column in enumerate(columns, start=1):
        if not column:
            problems.add(where, f"column {position} has no name")
        elif columns.index(column) != position - 1:
            problems.add(where, f"column '{column}' stands there twice")
    for row, cells in rows.items():
        if any(cells[len(columns) :]):
            problems.add(
                f"{path}, row {row}",
                f"{len(cells)} cells, but there are {len(columns)} columns",
                "A tab too many, or a column without a name?",
            )
    problems.raise_if_any()


def split_cell(cell: str, mark: str) -> list[str]:
    """Split a cell that holds several values; empty parts are left out."""
    return [part.strip() for part in cell.split(mark) if part.strip()]


def rows_in_words(rows: Iterable[int]) -> str:
    """Format row numbers for a message, neighbours together.

    Examples
    --------
    >>> rows_in_words([7]), rows_in_words([2, 3, 4, 9])
    ('row 7', 'rows 2 to 4 and 9')
    >>> rows_in_words([5, 3, 2])
    'rows 2, 3 and 5'
    """
    runs: list[list[int]] = []
    for row in sorted(set(rows)):
        if runs and row == runs[-1][-1] + 1:
            runs[-1].append(row)
        else:
            runs.append([row])
    parts: list[str] = []
    for run in runs:
        parts += [f"{run[0]} to {run[-1]}"] if len(run) > 2 else map(str, run)
    if len(parts) == 1:
        return f"row{'' if parts[0].isdigit() else 's'} {parts[0]}"
    return f"rows {', '.join(parts[:-1])} and {parts[-1]}"

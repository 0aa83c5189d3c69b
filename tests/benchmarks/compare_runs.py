"""What differs between the results of two versions, table by table and column by column.

Usage: python tests/benchmarks/compare_runs.py OLD NEW [--renamed old=new ...]

OLD and NEW are folders of results of the same study. Tables (.tsv) are compared row by row, records
(.json) key by key; other files are counted only. A column that has another name in NEW is named by
`--renamed`. Tables with a call and a tier also get a cross-table of both, before and after.
"""

import argparse
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

import numpy as np
import pandas as pd

MOST_NAMES = 12
"""Rows or keys that are named of each difference; the others are counted."""


@dataclass(frozen=True)
class Difference:
    """How one column of a table differs.

    Attributes
    ----------
    column
        Its name in the new table.
    rows
        The keys of the rows that differ.
    largest
        The largest absolute difference of numbers; NaN where texts differ.
    examples
        Old and new value of the first of the rows.
    """

    column: str
    rows: tuple[str, ...]
    largest: float
    examples: tuple[str, str]


@dataclass(frozen=True)
class TableComparison:
    """What differs between two versions of a table.

    Attributes
    ----------
    same
        Columns that are identical in all rows of both tables.
    differences
        Columns that are not.
    gone, added
        Columns of one table only.
    rows_gone, rows_added
        Keys of rows of one table only.
    reordered
        Whether the rows that both hold stand in another order.
    moves
        Number of rows by call and tier before and after, and who moved; empty without calls.
    """

    same: tuple[str, ...]
    differences: tuple[Difference, ...]
    gone: tuple[str, ...]
    added: tuple[str, ...]
    rows_gone: tuple[str, ...]
    rows_added: tuple[str, ...]
    reordered: bool
    moves: Mapping[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)

    @property
    def identical(self) -> bool:
        """Whether the tables hold the same columns and rows, in the same order."""
        return not (
            self.differences
            or self.gone
            or self.added
            or self.rows_gone
            or self.rows_added
            or self.reordered
        )


def read_table(path: Path | TextIO) -> pd.DataFrame:
    """Read a table with every cell as text."""
    return pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False)


def compare_tables(
    old: pd.DataFrame, new: pd.DataFrame, renamed: Mapping[str, str] | None = None
) -> TableComparison:
    """Compare two tables of texts, row by row.

    Parameters
    ----------
    old, new
        The tables; rows are matched by the first columns that tell them apart in both.
    renamed
        New names of columns by the old ones.
    """
    old = old.rename(columns=dict(renamed or {}))
    shared = [name for name in old.columns if name in new.columns]
    before, after = _keyed(old, new, shared)
    there = set(after.index)
    both = [key for key in before.index if key in there]
    known = set(both)
    same, differences = [], []
    for name in shared:
        found = _differing(name, before.loc[both, name], after.loc[both, name])
        if found:
            differences.append(found)
        else:
            same.append(name)
    return TableComparison(
        tuple(same),
        tuple(differences),
        tuple(name for name in old.columns if name not in new.columns),
        tuple(name for name in new.columns if name not in old.columns),
        tuple(key for key in before.index if key not in known),
        tuple(key for key in after.index if key not in known),
        both != [key for key in after.index if key in known],
        _moves(before.loc[both], after.loc[both]),
    )


def _keyed(
    old: pd.DataFrame, new: pd.DataFrame, shared: list[str]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Index both tables by the fewest leading columns that are unique, else by row numbers."""
    for width in range(1, min(4, len(shared)) + 1):
        names = shared[:width]
        if not (old.duplicated(names).any() or new.duplicated(names).any()):
            old, new = (
                table.set_index(table[names].agg(" / ".join, axis=1)) if len(table) else table
                for table in (old, new)
            )
            return old, new
    return tuple(  # type: ignore[return-value]
        table.set_index(pd.Index([f"row {at + 1}" for at in range(len(table))]))
        for table in (old, new)
    )


def _differing(name: str, old: pd.Series, new: pd.Series) -> Difference | None:
    numbers = [pd.to_numeric(cells, errors="coerce").to_numpy(dtype=float) for cells in (old, new)]
    # The same number may be written otherwise.
    unequal = (old.to_numpy() != new.to_numpy()) & (numbers[0] != numbers[1])
    if not unequal.any():
        return None
    gaps = np.abs(numbers[0] - numbers[1])[unequal]
    largest = float("nan") if np.isnan(gaps).any() else float(gaps.max())
    rows = tuple(str(key) for key in old.index[unequal])
    return Difference(name, rows, largest, (old[unequal].iloc[0], new[unequal].iloc[0]))


def _moves(old: pd.DataFrame, new: pd.DataFrame) -> dict[tuple[str, str], tuple[str, ...]]:
    """Name the rows by call and tier before and after."""
    if not {"call", "tier"} <= set(old.columns) & set(new.columns):
        return {}
    before, after = (
        table["call"] + ", " + table["tier"].replace("", "no tier") for table in (old, new)
    )
    found: dict[tuple[str, str], list[str]] = {}
    for key in before.index:
        found.setdefault((before[key], after[key]), []).append(str(key))
    return {pair: tuple(names) for pair, names in sorted(found.items())}


def compare_records(old: Any, new: Any, where: str = "") -> Iterator[tuple[str, str]]:
    """Yield each key at which two JSON values differ, and how."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in {**old, **new}:
            place = f"{where}.{key}" if where else str(key)
            if key not in new:
                yield place, f"gone (was {_cut(old[key])})"
            elif key not in old:
                yield place, f"added ({_cut(new[key])})"
            else:
                yield from compare_records(old[key], new[key], place)
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for at, (one, other) in enumerate(zip(old, new, strict=True)):
            yield from compare_records(one, other, f"{where}[{at}]")
    elif old != new:
        yield where, f"{_cut(old)} -> {_cut(new)}"


def _cut(value: Any, most: int = 60) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= most else f"{text[:most]}…"


def compare_folders(old: Path, new: Path, renamed: Mapping[str, str]) -> Iterator[str]:
    """Yield the lines of the comparison of two folders of results."""
    files = [
        {
            str(path.relative_to(folder)): path
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }
        for folder in (old, new)
    ]
    names = sorted(files[0].keys() & files[1].keys())
    tables = [name for name in names if name.endswith(".tsv")]
    records = [name for name in names if name.endswith(".json")]
    identical, changed = [], []
    for name in tables:
        found = compare_tables(*(read_table(one[name]) for one in files), renamed)
        if found.identical:
            identical.append(name)
        else:
            changed.append((name, list(_table_lines(found))))
    for name in records:
        keys = list(compare_records(*(json.loads(one[name].read_text()) for one in files)))
        if not keys:
            identical.append(name)
        else:
            lines = [f"  {key}: {how}" for key, how in keys[:MOST_NAMES]]
            if len(keys) > MOST_NAMES:
                lines.append(f"  and {len(keys) - MOST_NAMES} more keys")
            changed.append((name, lines))
    yield f"{len(tables)} tables and {len(records)} records are in both folders."
    yield f"Identical ({len(identical)}): {', '.join(identical) or 'none'}"
    for at, text in ((0, "Only in the old folder"), (1, "Only in the new folder")):
        only = sorted(files[at].keys() - files[1 - at].keys())
        yield f"{text} ({len(only)}): {_listed(only)}"
    others = sorted(set(names) - set(tables) - set(records))
    unequal = [
        name for name in others if files[0][name].read_bytes() != files[1][name].read_bytes()
    ]
    yield f"Other files: {len(others)}, of which {len(unequal)} differ: {_listed(unequal)}"
    for name, lines in changed:
        yield ""
        yield name
        yield from lines


def _table_lines(found: TableComparison) -> Iterator[str]:
    yield f"  identical columns ({len(found.same)}): {', '.join(found.same) or 'none'}"
    for text, names in (
        ("columns gone", found.gone),
        ("columns added", found.added),
        ("rows gone", found.rows_gone),
        ("rows added", found.rows_added),
    ):
        if names:
            yield f"  {text} ({len(names)}): {_listed(names)}"
    if found.reordered:
        yield "  rows stand in another order"
    for one in found.differences:
        how = "texts" if np.isnan(one.largest) else f"numbers by up to {one.largest:.3g}"
        old, new = (value if len(value) <= 60 else f"{value[:60]}…" for value in one.examples)
        yield (
            f"  {one.column} differs in {len(one.rows)} rows, {how} "
            f"({one.rows[0]}: {old!r} -> {new!r}): {_listed(one.rows)}"
        )
    for (before, after), names in found.moves.items():
        moved = "" if before == after else f": {_listed(names)}"
        yield f"  {len(names):5d}  {before}  ->  {after}{moved}"


def _listed(names: tuple[str, ...] | list[str]) -> str:
    shown = ", ".join(names[:MOST_NAMES]) or "none"
    more = len(names) - MOST_NAMES
    return f"{shown} and {more} more" if more > 0 else shown


def main() -> None:
    """Print the comparison."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("old", type=Path)
    parser.add_argument("new", type=Path)
    parser.add_argument("--renamed", nargs="*", default=[], metavar="old=new")
    given = parser.parse_args()
    renamed = dict(pair.split("=", 1) for pair in given.renamed)
    for line in compare_folders(given.old, given.new, renamed):
        print(line)


if __name__ == "__main__":
    main()

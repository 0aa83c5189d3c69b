"""Whether the arms come in blocks along an order that nobody declared.

Libraries that were collected, prepared or sequenced one arm after the other differ in more than the
disease. In GSE39833 eleven controls stand before 88 cases; a nested cross-validation of it reaches
an AUC of 0.997.
"""

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import comb
from typing import Any

import numpy as np
import pandas as pd

from exosift.sheet_columns import of_the_disease, words_of

PLACES = frozenset(("day", "date", "time", "order", "position", "run", "number", "no", "id"))
"""Words in the name of a column that puts libraries in an order."""

OF_MAKING = frozenset(
    (
        *("collection", "sampling", "draw", "received", "processing", "freeze", "batch"),
        *("prep", "preparation", "extraction", "isolation", "library", "plate", "sequencing"),
    )
)
"""Words that tell of what, where others are of patients: the time of their survival."""


def runs_test(is_case: Sequence[bool] | np.ndarray) -> float:
    """Give the chance that labels in random order form so few runs (Wald and Wolfowitz).

    Exact and one-sided: few runs mean sorted labels; many, as in alternating ones, are no flaw.

    Parameters
    ----------
    is_case : sequence of bool
        The labels in the order under test.

    Examples
    --------
    >>> round(runs_test([False] * 3 + [True] * 3), 3)
    0.1
    """
    labels = np.asarray(is_case, dtype=bool)
    n1, n0 = int(labels.sum()), int((~labels).sum())
    if not n1 or not n0:
        return 1.0
    seen = 1 + int((labels[1:] != labels[:-1]).sum())
    ways = 0
    for runs in range(2, seen + 1):
        half, odd = divmod(runs, 2)
        if odd:
            ways += comb(n1 - 1, half) * comb(n0 - 1, half - 1)
            ways += comb(n1 - 1, half - 1) * comb(n0 - 1, half)
        else:
            ways += 2 * comb(n1 - 1, half - 1) * comb(n0 - 1, half - 1)
    return float(Fraction(ways, comb(n1 + n0, n1)))


def order_of_names(names: Sequence[str], is_case: Sequence[bool] | np.ndarray) -> list[int] | None:
    """Sort libraries by the numbers in their names, as accessions count up.

    None where the names differ in more than their numbers, or in a number that is another one in
    each arm (that of its stage): such names tell the arm, not the order.

    Examples
    --------
    >>> order_of_names(["s12", "s3", "s4"], [True, False, True])
    [1, 2, 0]
    >>> order_of_names(["s1S12", "s4S3", "s4S4"], [True, False, False])
    """
    if len({re.sub(r"\d+", "#", name) for name in names}) != 1 or not re.search(r"\d", names[0]):
        return None
    numbers = [tuple(int(number) for number in re.findall(r"\d+", name)) for name in names]
    for number in zip(*numbers, strict=True):
        told = set(zip(number, map(bool, is_case), strict=True))
        if len(told) == len(set(number)) == 2:
            return None
    return sorted(range(len(names)), key=lambda at: numbers[at])


def order_of_column(column: str, cells: Sequence[str]) -> list[int] | None:
    """Sort libraries by a column that tells when, or in which place, they were made.

    None where the name of the column does not say so, where cells are neither numbers nor dates
    (2026-11-21), or where so many libraries share a cell that it names groups.

    Examples
    --------
    >>> order_of_column("prep_day", ["3", "1", "2"])
    [1, 2, 0]
    >>> order_of_column("run_date", ["2026-03-01", "2025-12-31"])
    [1, 0]
    >>> order_of_column("pfs_time", ["3", "1", "2"])
    """
    words = set(words_of(column))
    tells = words & (PLACES - {"no", "id"}) and (words & OF_MAKING or words <= PLACES)
    if not tells or of_the_disease(column) or "" in cells:
        return None
    written = pd.Series([str(cell) for cell in cells], dtype=str)
    values = pd.to_numeric(written, errors="coerce")
    if values.isna().any():
        values = pd.to_datetime(written, format="ISO8601", errors="coerce")
    if values.isna().any() or values.nunique() <= len(cells) / 2:
        return None
    return [int(at) for at in np.argsort(values.to_numpy(), kind="stable")]


def order_of_sequencing(headers: Sequence[Mapping[str, Any]]) -> list[int] | None:
    """Sort libraries by instrument, number of the run and lane, as FASTQ headers tell.

    None where a header is unknown, or where so many libraries share a lane that it is a group and
    no order.
    """
    keys = []
    for header in headers:
        run = str(header.get("run", ""))
        if not run.isdigit():
            return None
        keys.append((str(header.get("instrument", "")), int(run), str(header.get("lane", ""))))
    if len(set(keys)) <= len(keys) / 2:
        return None
    return sorted(range(len(keys)), key=lambda at: (keys[at], at))

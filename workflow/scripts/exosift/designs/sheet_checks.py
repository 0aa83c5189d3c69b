"""Checks of a row of the contrast sheet that several designs make."""

from typing import TYPE_CHECKING

import pandas as pd

from exosift.errors import Problems

if TYPE_CHECKING:
    from exosift.contrasts import Contrast


def check_levels(where: str, contrast: "Contrast", table: pd.DataFrame, problems: Problems) -> None:
    """Check that each of `levels` is named once and is a value of the tested column."""
    there = [value for value in dict.fromkeys(table[contrast.column]) if value]
    for level in dict.fromkeys(contrast.levels):
        if contrast.levels.count(level) > 1:
            problems.add(where, f"`levels` names {level!r} twice", "Name each level once.")
        if level not in there:
            problems.add(
                where,
                f"`levels` names {level!r}, but no sample has that `{contrast.column}`",
                f"Values there: {', '.join(there)}.",
            )


def check_subset(where: str, contrast: "Contrast", table: pd.DataFrame, problems: Problems) -> None:
    """Check that `subset` leaves any library."""
    if contrast.subset and not (contrast.arm(table) != "").any():
        wanted = "; ".join(f"{column}={value}" for column, value in contrast.subset.items())
        problems.add(where, f"`subset` {wanted} leaves no sample of either arm")

"""What of a column stands against what, in each design: whom a look at the column compares."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from exosift.cohort import Cohort
from exosift.contrasts import Contrast

UNCHANGED = "unchanged"


@dataclass(frozen=True)
class Sides:
    """The known cells of a column, and where each stands.

    Attributes
    ----------
    cells : Series of str
        One for each unit whose cell is known; in a `change` one for each person: from what to what
        the column goes between the time points, since what stays the same in a person cannot
        resemble a change within people.
    scores : array of float, shape (cells,)
        Of the tested column: 1 for cases, 0 for controls; 0, 1, 2, ... in a trend.
    names : array of str, shape (cells,)
        The arm of each, or its level in a trend.
    known
        The share of units (or people) whose cell is known.
    """

    cells: pd.Series
    scores: np.ndarray
    names: np.ndarray
    known: float

    @property
    def compares(self) -> bool:
        """Whether known cells stand on more than one side."""
        return len(np.unique(self.scores)) > 1


def sides_of(cells: pd.Series, contrast: Contrast, cohort: Cohort) -> Sides:
    """Set the cells of a column against each other as a contrast does.

    Parameters
    ----------
    cells : Series of str
        One cell per unit of the cohort; "" if not known.
    contrast, cohort
        The question and its libraries.
    """
    scores = contrast.kind.tested_column(contrast, cohort)
    if contrast.kind.compares_changes:
        return _by_person(cells, contrast, cohort)
    there = (cells != "").to_numpy()
    names = contrast.kind.group_of_units(contrast, cohort)
    return Sides(cells[there], scores[there], names[there], float(there.mean()))


def _by_person(cells: pd.Series, contrast: Contrast, cohort: Cohort) -> Sides:
    """Give for each person with both time points what the column changes from and to."""
    table = pd.DataFrame(
        {"person": cohort.people, "level": cohort.levels, "cell": cells.to_numpy()}
    ).drop_duplicates(["person", "level"])
    both = table.pivot(index="person", columns="level", values="cell")
    first, later = (both[level].fillna("") for level in contrast.levels)
    there = (first != "") & (later != "")
    told = (first + " → " + later).where(first != later, UNCHANGED)[there]
    case = dict(zip(cohort.people, cohort.is_case, strict=True))
    scores = np.array([float(case[person]) for person in told.index])
    names = np.where(scores > 0, contrast.case, contrast.against).astype(object)
    return Sides(told.rename(cells.name), scores, names, float(there.mean()))


def among_cases(sides: Sides, contrast: Contrast) -> Sides | None:
    """Keep the cases of a trend that has controls below it; None in any other design.

    What is found along the levels of the cases alone has no controls to lean on.
    """
    if not contrast.kind.controls_below(contrast):
        return None
    cases = sides.scores > 0
    if len(np.unique(sides.scores[cases])) < 2:
        return None
    return Sides(sides.cells[cases], sides.scores[cases], sides.names[cases], sides.known)

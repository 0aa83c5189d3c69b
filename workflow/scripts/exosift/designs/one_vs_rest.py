"""One condition against the mean of all others."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from exosift.designs.base import StudyDesign, Term
from exosift.designs.sheet_checks import check_levels, check_subset
from exosift.designs.two_groups import TwoGroups
from exosift.errors import Problems
from exosift.text import natural

if TYPE_CHECKING:
    from exosift.cohort import Cohort
    from exosift.contrasts import Contrast


class OneVersusRest(StudyDesign):
    """One condition against the mean of all others, each of which weighs the same."""

    name = "one_vs_rest"
    meaning = "one condition against the mean of all others"
    compares_people = True
    against_rest = True
    needs_control = False
    own_terms = frozenset(("rest",))
    section = "rest"
    remedy_of_size = "add_people_to_the_smallest_condition"

    def check_sheet(
        self, where: str, contrast: "Contrast", table: pd.DataFrame, problems: Problems
    ) -> None:
        """Check as for two groups, and that no control is named."""
        check_levels(where, contrast, table, problems)
        if contrast.control:
            problems.add(
                where,
                f"`control` is {contrast.control!r}, but {self.name} compares with the mean of "
                "others",
                "Leave it empty, and name those others in `levels` (empty: all). For one control "
                f"take the design '{TwoGroups.name}'.",
            )
        check_subset(where, contrast, table, problems)

    def levels(self, contrast: "Contrast", table: pd.DataFrame) -> pd.Series:
        """Return the condition of each library."""
        values = table[contrast.column]
        rest = contrast.levels or tuple(values[values != ""].unique())
        return values.where(values.isin({contrast.case, *rest}), "")

    def are_cases(
        self,
        contrast: "Contrast",
        table: pd.DataFrame,
        levels: pd.Series,  # noqa: ARG002
    ) -> pd.Series:
        """Return whether each library has the condition of the cases."""
        return table[contrast.column] == contrast.case

    def terms(self, contrast: "Contrast", cohort: "Cohort") -> list[Term]:  # noqa: ARG002
        """Return the conditions of the rest, coded to sum to zero.

        So the case is compared with the mean of the others and not with the most numerous.
        """
        rest = sorted(set(cohort.levels[~cohort.is_case]), key=natural)
        if len(rest) < 2:
            return []
        last = (cohort.levels == rest[-1]) & ~cohort.is_case
        columns = np.column_stack(
            [((cohort.levels == one) & ~cohort.is_case) * 1.0 - last for one in rest[:-1]]
        )
        names = tuple(f"rest={one}" for one in rest[:-1])
        return [Term("rest", columns, names, tuple(rest))]

    def effective_size(
        self,
        n_case: int,  # noqa: ARG002
        n_control: int,  # noqa: ARG002
        inflation: float,  # noqa: ARG002
        information: float,
    ) -> float:
        """Return the effective size, in which each condition of the rest weighs the same."""
        return information

"""Ordered levels, such as stages."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from exosift.designs.base import StudyDesign, Wording
from exosift.designs.sheet_checks import check_levels, check_subset
from exosift.errors import Problems
from exosift.text import joined

if TYPE_CHECKING:
    from exosift.cohort import Cohort
    from exosift.contrasts import Contrast


class Trend(StudyDesign):
    """Ordered levels, such as stages; the effect is that of each level over the one below.

    Controls and cases may be named by the column `condition`: then the levels are those of the
    cases alone, and controls without a level of their own stand below.
    """

    name = "trend"
    meaning = "ordered levels, such as stages"
    ordered = True
    no_panel = (
        "No panel: it tells two arms apart, and a trend orders levels. Cases against "
        "controls, or the highest level against the lowest, can have one as a contrast of their "
        "own."
    )
    needs_control = False
    condition_names_arms = True
    fewest_levels = 3
    section = "levels"
    wording = Wording(
        per_step=" per level",
        end_to_end=" from the first level to the last",
        not_by_ranks="compares two arms, not an order",
    )

    def check_sheet(
        self, where: str, contrast: "Contrast", table: pd.DataFrame, problems: Problems
    ) -> None:
        """Check as for two groups, and that there are levels enough for an order."""
        check_levels(where, contrast, table, problems)
        if len(contrast.levels) < self.fewest_levels:
            problems.add(where, "a trend needs `levels`, at least three, in their order")
            return
        check_subset(where, contrast, table, problems)

    def levels(self, contrast: "Contrast", table: pd.DataFrame) -> pd.Series:
        """Return the level of each library, that of controls below the cases being their name."""
        values = table[contrast.column]
        levels = values.where(values.isin(contrast.levels), "")
        if contrast.case not in contrast.levels and "condition" in table:
            levels[table["condition"] != contrast.case] = ""
        if self.controls_below(contrast):
            levels[table["condition"] == contrast.control] = contrast.control
        return levels

    def are_cases(
        self,
        contrast: "Contrast",
        table: pd.DataFrame,  # noqa: ARG002
        levels: pd.Series,
    ) -> pd.Series:
        """Return whether each library stands above the lowest level."""
        return levels != self.ordered_levels(contrast)[0]

    def ordered_levels(self, contrast: "Contrast") -> tuple[str, ...]:
        """Return the levels, lowest first; controls without a level of their own stand below."""
        below = (contrast.control,) if self.controls_below(contrast) else ()
        return below + contrast.levels

    def controls_below(self, contrast: "Contrast") -> bool:
        """Return whether controls stand below the levels of the cases."""
        return bool(contrast.control) and contrast.control not in contrast.levels

    def of_the_disease(self, contrast: "Contrast") -> bool:
        """Return whether the lowest level is that of controls."""
        return self.controls_below(contrast)

    def cases(self, contrast: "Contrast") -> str:
        """Return who the cases are; without controls, the levels above the lowest."""
        if self.controls_below(contrast):
            return contrast.case
        return f"{contrast.column} {contrast.levels[1]} to {contrast.levels[-1]}"

    def controls(self, contrast: "Contrast") -> str:
        """Return the lowest level."""
        return contrast.control if self.controls_below(contrast) else self._lowest(contrast)

    def group_names(self, contrast: "Contrast") -> tuple[str, ...]:
        """Return the levels."""
        return self.ordered_levels(contrast)

    def group_of_units(self, contrast: "Contrast", cohort: "Cohort") -> np.ndarray:  # noqa: ARG002
        """Return the level of each unit; shape (units,), of str."""
        return np.asarray(cohort.levels, dtype=object)

    def case_label(self, contrast: "Contrast") -> str:
        """Return the heading of the cases."""
        if self.controls_below(contrast):
            return contrast.case
        return f"{contrast.column} {joined(contrast.levels[1:])}"

    def control_label(self, contrast: "Contrast") -> str:
        """Return the heading of the controls."""
        return contrast.control if self.controls_below(contrast) else self._lowest(contrast)

    def describe_question(self, contrast: "Contrast") -> str:
        """Return what was asked, in words."""
        steps = f"trend over {contrast.column} {', '.join(contrast.levels)} of {contrast.case}"
        return f"{steps}, above {contrast.control}" if self.controls_below(contrast) else steps

    def describe_effect(self, contrast: "Contrast") -> str:
        """Return what a log2 fold change is the logarithm of."""
        return f"each level of {contrast.column} over the one below"

    def describe_fold(self, contrast: "Contrast", log2fc: float) -> str:  # noqa: ARG002
        """Return a log2 fold change as a factor for each level."""
        where = "higher" if log2fc > 0 else "lower"
        return f"{2 ** abs(log2fc):.1f}-fold {where} with each level"

    def tested_column(self, contrast: "Contrast", cohort: "Cohort") -> np.ndarray:
        """Return the number of the level of each unit: 0, 1, 2, ...; shape (units,)."""
        levels = self.ordered_levels(contrast)
        return np.array([levels.index(level) for level in cohort.levels], dtype=float)

    def tested_term(self, contrast: "Contrast") -> tuple[str, str]:
        """Return the name of the tested coefficient, and its term in R's words."""
        return f"{contrast.column} (per level)", f"ordered({contrast.column})"

    def steps(self, levels: Sequence[str]) -> int:
        """Return the number of steps between the levels of the record."""
        return len(levels) - 1

    def groups_to_filter(self, cohort: "Cohort") -> np.ndarray:
        """Return the levels: a tested miRNA must be expressed on one of them."""
        return cohort.levels

    def _lowest(self, contrast: "Contrast") -> str:
        return f"{contrast.column} {contrast.levels[0]}"

"""The change between two time points, cases against controls."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from exosift.designs.base import StudyDesign, Term, Wording
from exosift.designs.two_groups import TwoGroups
from exosift.errors import Problems

if TYPE_CHECKING:
    from exosift.cohort import Cohort
    from exosift.contrasts import Contrast


class ChangeOverTime(StudyDesign):
    """The change between two time points, cases against controls."""

    name = "change"
    meaning = "the change between two time points, cases against controls"
    repeated = True
    compares_changes = True
    has_auc = False
    no_panel = (
        "No panel: it scores a person by one library, and a change compares two of each "
        "person. Cases against controls at one time point (`subset`) can have one as a contrast of "
        "their own."
    )
    no_quality = "A change is within people; measures of quality are held against arms of people."
    other_level = "time point"
    unit = "subjects"
    own_terms = frozenset(("subject", "timepoint"))
    section = "changes"
    wording = Wording(effect_prefix="change of ")

    @property
    def independent_design(self) -> str:
        """The name of the design that asks the same of one library per subject."""
        return TwoGroups.name

    def check_sheet(
        self, where: str, contrast: "Contrast", table: pd.DataFrame, problems: Problems
    ) -> None:
        """Check that there are subjects and time points, and that `levels` names two of these."""
        for column in ("subject", "timepoint"):
            if column not in table.columns:
                problems.add(
                    where, f"a change needs the column `{column}` in the sample sheet", "Add it."
                )
                return
        times = [value for value in dict.fromkeys(table["timepoint"]) if value]
        if len(contrast.levels) != 2 or not set(contrast.levels) <= set(times):
            problems.add(
                where,
                "a change needs `levels`: two values of `timepoint`, the earlier first",
                f"Values there: {', '.join(times)}.",
            )

    def levels(self, contrast: "Contrast", table: pd.DataFrame) -> pd.Series:
        """Return the time point of each library of both arms."""
        of_arms = table[contrast.column].isin([contrast.case, contrast.control])
        there = of_arms & table["timepoint"].isin(contrast.levels)
        return table["timepoint"].where(there, "")

    def are_cases(
        self,
        contrast: "Contrast",
        table: pd.DataFrame,
        levels: pd.Series,  # noqa: ARG002
    ) -> pd.Series:
        """Return whether each library is of a case, at either time point."""
        return table[contrast.column] == contrast.case

    def describe_question(self, contrast: "Contrast") -> str:
        """Return what was asked, in words."""
        earlier, later = contrast.levels
        return f"change from {earlier} to {later}, {super().describe_question(contrast)}"

    def tested_column(self, contrast: "Contrast", cohort: "Cohort") -> np.ndarray:
        """Return 1 for the later library of a case and 0 for others; shape (units,)."""
        return cohort.is_case.astype(float) * self._later(contrast, cohort)

    def tested_term(self, contrast: "Contrast") -> tuple[str, str]:
        """Return the name of the tested coefficient, and its term in R's words."""
        name = f"{contrast.column}={contrast.case}:timepoint={contrast.levels[1]}"
        return name, f"{contrast.column}:timepoint"

    def terms(self, contrast: "Contrast", cohort: "Cohort") -> list[Term]:
        """Return the time point."""
        later = self._later(contrast, cohort).astype(float)[:, None]
        name = f"timepoint={contrast.levels[1]}"
        return [Term("timepoint", later, (name,), contrast.levels)]

    def permutation_strata(self, technical: list[str]) -> list[str]:  # noqa: ARG002
        """Return no column: whole people are exchanged between the arms."""
        return []

    def permute(
        self,
        tested: np.ndarray,  # noqa: ARG002
        strata: np.ndarray,  # noqa: ARG002
        contrast: "Contrast",
        cohort: "Cohort",
        rng: np.random.Generator,
    ) -> np.ndarray:
        """Return the tested column with people exchanged between the arms; shape (units,)."""
        people, person = np.unique(cohort.people, return_inverse=True)
        case = np.zeros(len(people), bool)
        case[person] = cohort.is_case
        permuted = rng.permutation(case)[person] & self._later(contrast, cohort)
        return permuted.astype(float)

    def compared_values(
        self, values: np.ndarray, contrast: "Contrast", cohort: "Cohort"
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the change of each person, and whether each is a case."""
        change, people = self.changes(values, contrast, cohort)
        arm = dict(zip(cohort.people, cohort.is_case, strict=True))
        return change, np.array([arm[person] for person in people])

    def first_level(self, contrast: "Contrast") -> str:
        """Return the earlier time point."""
        return contrast.levels[0]

    def baseline(self, contrast: "Contrast", cohort: "Cohort") -> np.ndarray:
        """Return the controls at the earlier time point; shape (units,), of bool."""
        return ~cohort.is_case & (cohort.levels == contrast.levels[0])

    def monitored_changes(
        self, values: np.ndarray, contrast: "Contrast", cohort: "Cohort"
    ) -> np.ndarray:
        """Return the changes of the cases; shape (miRNAs, people)."""
        change, is_case = self.compared_values(values, contrast, cohort)
        return change[:, is_case]

    def _later(self, contrast: "Contrast", cohort: "Cohort") -> np.ndarray:
        return np.asarray(cohort.levels == contrast.levels[1], dtype=bool)

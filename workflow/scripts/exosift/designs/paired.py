"""Two conditions of the same subjects."""

from typing import TYPE_CHECKING

import pandas as pd

from exosift.designs.base import StudyDesign
from exosift.designs.sheet_checks import check_levels, check_subset
from exosift.designs.two_groups import TwoGroups
from exosift.errors import Problems

if TYPE_CHECKING:
    from exosift.contrasts import Contrast


class Paired(StudyDesign):
    """Two conditions of the same subjects, each of whom has a library in both arms."""

    name = "paired"
    meaning = "two conditions of the same subjects"
    repeated = True
    pairs_arms = True
    own_terms = frozenset(("subject",))
    section = "within_people"

    @property
    def independent_design(self) -> str:
        """The name of the design that asks the same of one library per subject."""
        return TwoGroups.name

    def check_sheet(
        self, where: str, contrast: "Contrast", table: pd.DataFrame, problems: Problems
    ) -> None:
        """Check as for two groups, and that there is a column of subjects."""
        check_levels(where, contrast, table, problems)
        if "subject" not in table.columns:
            problems.add(
                where, "a paired design needs the column `subject` in the sample sheet", "Add it."
            )
        check_subset(where, contrast, table, problems)

    def describe_question(self, contrast: "Contrast") -> str:
        """Return what was asked, in words."""
        return f"{super().describe_question(contrast)}, within subjects"

    def permutation_strata(self, technical: list[str]) -> list[str]:  # noqa: ARG002
        """Return the subjects: labels are exchanged within pairs."""
        return ["subject"]

    def first_level(self, contrast: "Contrast") -> str:  # noqa: ARG002
        """Return the level of the controls."""
        return "control"

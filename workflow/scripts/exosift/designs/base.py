"""What every design of a contrast answers; `StudyDesign` answers as cases against controls do."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from exosift.designs.sheet_checks import check_levels, check_subset
from exosift.errors import Problems

if TYPE_CHECKING:
    from exosift.cohort import Cohort
    from exosift.contrasts import Contrast


@dataclass(frozen=True)
class Wording:
    """Words of sentences that depend on what is compared.

    Attributes
    ----------
    per_step, end_to_end
        What a log2 fold change counts, and what its whole span is; "" where it is one difference.
    not_by_ranks
        Why there is no Wilcoxon test at all; "" if large arms have one.
    effect_prefix
        What stands before an effect in words.
    """

    per_step: str = ""
    end_to_end: str = ""
    not_by_ranks: str = ""
    effect_prefix: str = ""


@dataclass(frozen=True)
class Term:
    """Columns that a design itself adds to the model, beside covariates and the tested column.

    Attributes
    ----------
    name
        One of `own_terms` of the design.
    columns : array, shape (units, columns)
    names
        Coefficients of the columns.
    groups
        The groups that the columns code.
    """

    name: str
    columns: np.ndarray
    names: tuple[str, ...]
    groups: tuple[str, ...]


class StudyDesign:
    """A design: who is compared, in which model, and what may be said of the result.

    The methods are those of cases against controls in two arms of different people; another design
    overrides what it does otherwise, in a file of its own, and is listed in `exosift.designs`.

    Attributes
    ----------
    name
        The word in column `design` of the contrast sheet.
    meaning
        Who is compared, in words.
    repeated
        Whether libraries of the same subject are compared: each subject is in the model.
    pairs_arms
        Whether each subject has a library in both arms.
    compares_changes
        Whether people are compared by how they change, each with a library of two time points.
    compares_people
        Whether two arms of different people are compared.
    ordered
        Whether libraries stand on ordered levels, each a step above the one before.
    against_rest
        Whether one condition is compared with all others, which shows what is specific to it.
    case_control
        Whether its effect stands for the cancer beside other cancers and cohorts.
    has_auc
        Whether each library is a case or a control, so that a level has an AUC.
    no_panel, no_quality
        Why there is no panel, and why quality is not compared between the arms; "" if there is.
    needs_control
        Whether `control` must be filled in.
    condition_names_arms
        Whether `case` and `control` may be values of `condition` while `column` holds levels.
    fewest_levels
        Levels that usable libraries must stand on.
    remedy_of_size
        What would repair a cohort that is too small, as `exosift.sentences.checks` knows it.
    other_level
        Where the second library of a subject is missing, if it is.
    unit
        What is compared, in the plural.
    independent_design
        The name of the design that asks the same of one library per subject.
    own_terms
        Names of the terms that the design adds to the model: what they explain of the tested
        column is no flaw of the cohort.
    section
        The section of a page that the design adds, see `exosift.reports.progression`; "" if none.
    wording
        Words that depend on what is compared.
    """

    name: ClassVar[str]
    meaning: ClassVar[str]
    repeated: ClassVar[bool] = False
    pairs_arms: ClassVar[bool] = False
    compares_changes: ClassVar[bool] = False
    compares_people: ClassVar[bool] = False
    ordered: ClassVar[bool] = False
    against_rest: ClassVar[bool] = False
    case_control: ClassVar[bool] = False
    has_auc: ClassVar[bool] = True
    no_panel: ClassVar[str] = ""
    no_quality: ClassVar[str] = ""
    needs_control: ClassVar[bool] = True
    condition_names_arms: ClassVar[bool] = False
    fewest_levels: ClassVar[int] = 2
    remedy_of_size: ClassVar[str] = "add_people"
    other_level: ClassVar[str] = "arm"
    unit: ClassVar[str] = "libraries"
    own_terms: ClassVar[frozenset[str]] = frozenset()
    section: ClassVar[str] = ""
    wording: ClassVar[Wording] = Wording()

    @property
    def compared(self) -> str:
        """What is compared, `arms` or `levels`, as the facts of checks name it."""
        return "levels" if self.ordered else "arms"

    @property
    def independent_design(self) -> str:
        """The name of the design that asks the same of one library per subject."""
        return self.name

    # The contrast sheet.

    def check_sheet(
        self, where: str, contrast: "Contrast", table: pd.DataFrame, problems: Problems
    ) -> None:
        """Check `levels`, `subset` and the columns that the design needs against the sample sheet.

        Parameters
        ----------
        where
            File and row of the contrast.
        contrast
            The row; its columns are known to be in the sample sheet.
        table
            The sample sheet, indexed by sample.
        problems
            Gets what is wrong.
        """
        check_levels(where, contrast, table, problems)
        check_subset(where, contrast, table, problems)

    def levels(self, contrast: "Contrast", table: pd.DataFrame) -> pd.Series:
        """Return the level of each library, "" for those that take no part; `subset` comes later.

        Parameters
        ----------
        contrast
            The question.
        table
            The sample sheet, indexed by sample.
        """
        arms = {contrast.case: "case", contrast.control: "control"}
        return table[contrast.column].map(lambda value: arms.get(value, ""))

    def are_cases(
        self,
        contrast: "Contrast",  # noqa: ARG002
        table: pd.DataFrame,  # noqa: ARG002
        levels: pd.Series,
    ) -> pd.Series:
        """Return whether each library is a case, for those that take part.

        Parameters
        ----------
        contrast, table
            The question and the sample sheet.
        levels
            The level of each library.
        """
        return levels == "case"

    def ordered_levels(self, contrast: "Contrast") -> tuple[str, ...]:
        """Return the levels of the contrast in their order, as its record lists them."""
        return contrast.levels

    def controls_below(self, contrast: "Contrast") -> bool:  # noqa: ARG002
        """Return whether controls stand below the levels of the cases."""
        return False

    def of_the_disease(self, contrast: "Contrast") -> bool:  # noqa: ARG002
        """Return whether the cases differ from the controls by their disease, not by its course."""
        return False

    def missing_levels(self, contrast: "Contrast", there: set[str]) -> list[str]:
        """Return the ordered levels that no usable library stands on; none of designs without."""
        levels = self.ordered_levels(contrast) if self.ordered else ()
        return [level for level in levels if level not in there]

    # Names of the arms.

    def cases(self, contrast: "Contrast") -> str:
        """Return who the cases are, in words."""
        return contrast.case

    def controls(self, contrast: "Contrast") -> str:
        """Return who the controls are, in words."""
        return contrast.control or "other"

    def group_names(self, contrast: "Contrast") -> tuple[str, ...]:
        """Return the names of the groups that are compared: the arms, or the levels."""
        return contrast.case, contrast.against

    def group_of_units(self, contrast: "Contrast", cohort: "Cohort") -> np.ndarray:
        """Return the name of the group of each unit; shape (units,), of str."""
        return np.where(cohort.is_case, contrast.case, contrast.against).astype(object)

    def case_label(self, contrast: "Contrast") -> str:
        """Return the heading of the cases; those of another column than `condition` name it."""
        return with_column(contrast, contrast.case)

    def control_label(self, contrast: "Contrast") -> str:
        """Return the heading of the controls."""
        return with_column(contrast, contrast.control) if contrast.control else "all others"

    def describe_question(self, contrast: "Contrast") -> str:
        """Return what was asked, in words."""
        return f"{self.case_label(contrast)} against {self.control_label(contrast)}"

    def describe_effect(self, contrast: "Contrast") -> str:
        """Return what a log2 fold change is the logarithm of."""
        before = self.wording.effect_prefix
        return f"{before}{self.case_label(contrast)} over {before}{self.control_label(contrast)}"

    def describe_fold(self, contrast: "Contrast", log2fc: float) -> str:
        """Return a log2 fold change as a factor, and where the miRNA is higher."""
        higher = self.case_label(contrast) if log2fc > 0 else self.control_label(contrast)
        prefix = "change " if self.compares_changes else ""
        return f"{prefix}{2 ** abs(log2fc):.1f}-fold higher in {higher}"

    # The model and the tests.

    def tested_column(self, contrast: "Contrast", cohort: "Cohort") -> np.ndarray:  # noqa: ARG002
        """Return the column of the model whose coefficient is the effect; shape (units,)."""
        return cohort.is_case.astype(float)

    def tested_term(self, contrast: "Contrast") -> tuple[str, str]:
        """Return the name of the tested coefficient, and its term in R's words."""
        return f"{contrast.column}={contrast.case}", contrast.column

    def terms(self, contrast: "Contrast", cohort: "Cohort") -> list[Term]:  # noqa: ARG002
        """Return the terms that the design adds to the model, except the subjects."""
        return []

    def steps(self, levels: Sequence[str]) -> int:  # noqa: ARG002
        """Return how many times the effect counts between its ends; `levels` of the record."""
        return 1

    def effective_size(
        self,
        n_case: int,
        n_control: int,
        inflation: float,
        information: float,  # noqa: ARG002
    ) -> float:
        """Return the effective size of the cohort: the inverse variance of the effect.

        Parameters
        ----------
        n_case, n_control
            People in each arm.
        inflation
            Variance inflation of the tested column by the covariates.
        information
            Sum of squares of the tested column that nothing else in the model explains.
        """
        return n_case * n_control / (n_case + n_control) / inflation

    def groups_to_filter(self, cohort: "Cohort") -> np.ndarray:
        """Return the groups in one of which a tested miRNA must be expressed; shape (units,)."""
        return cohort.is_case

    def permutation_strata(self, technical: list[str]) -> list[str]:
        """Return the columns within whose groups labels are permuted.

        Parameters
        ----------
        technical
            Covariates of the model that say how libraries were made.
        """
        return technical

    def permute(
        self,
        tested: np.ndarray,
        strata: np.ndarray,
        contrast: "Contrast",  # noqa: ARG002
        cohort: "Cohort",  # noqa: ARG002
        rng: np.random.Generator,
    ) -> np.ndarray:
        """Return the tested column with its labels permuted within strata; shape (units,).

        Parameters
        ----------
        tested : array, shape (units,)
        strata : array of int, shape (units,)
        contrast, cohort
            The question and its libraries.
        rng
            Where the order comes from.
        """
        permuted = tested.copy()
        for stratum in np.unique(strata):
            here = np.flatnonzero(strata == stratum)
            permuted[here] = permuted[rng.permutation(here)]
        return permuted

    def compared_values(
        self,
        values: np.ndarray,
        contrast: "Contrast",  # noqa: ARG002
        cohort: "Cohort",
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the values that are compared between the arms, and whether each is of a case.

        Parameters
        ----------
        values : array, shape (miRNAs, units)
        contrast, cohort
            The question and its libraries.

        Returns
        -------
        Arrays of shapes (miRNAs, compared) and (compared,).
        """
        return values, cohort.is_case

    # Repeated libraries of a subject.

    def first_level(self, contrast: "Contrast") -> str:
        """Return the level that changes within a subject are counted from."""
        raise NotImplementedError(f"{contrast.name}: {self.name} compares nothing within subjects")

    def single_level(self, contrast: "Contrast") -> str:
        """Return the level that stands for a subject with several libraries in an arm, or ""."""
        return self.first_level(contrast) if self.compares_changes else ""

    def baseline(self, contrast: "Contrast", cohort: "Cohort") -> np.ndarray:  # noqa: ARG002
        """Return which units show how untreated people differ; shape (units,), of bool."""
        return ~cohort.is_case

    def changes(
        self, values: np.ndarray, contrast: "Contrast", cohort: "Cohort"
    ) -> tuple[np.ndarray, list[str]]:
        """Return the change of each subject from its first level to the other.

        Parameters
        ----------
        values : array, shape (miRNAs, units)
        contrast, cohort
            The question and its libraries.

        Returns
        -------
        Array of shape (miRNAs, people), and the names of the people.
        """
        first = self.first_level(contrast)
        before = {p: at for at, p in enumerate(cohort.people) if cohort.levels[at] == first}
        after = {p: at for at, p in enumerate(cohort.people) if cohort.levels[at] != first}
        people = sorted(before.keys() & after.keys())
        change = values[:, [after[p] for p in people]] - values[:, [before[p] for p in people]]
        return change, people

    def monitored_changes(
        self, values: np.ndarray, contrast: "Contrast", cohort: "Cohort"
    ) -> np.ndarray:
        """Return the changes of those people who are monitored; shape (miRNAs, people)."""
        return self.changes(values, contrast, cohort)[0]


def with_column(contrast: "Contrast", value: str) -> str:
    """Name a value of the tested column; of another column than `condition` with its name."""
    return value if contrast.column == "condition" else f"{contrast.column} {value}"

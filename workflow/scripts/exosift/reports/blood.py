"""Whether blood cells in the samples differ between the arms of a contrast."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from exosift.reports.balance import LARGE, difference_of_numbers
from exosift.reports.evidence import Outcome, Run
from exosift.reports.wording import plain, probability

FEWEST = 3
SIGNIFICANT = 0.05
MEASURES = (
    ("haemolysis_h1", "Red cells (miR-451a / miR-23a-3p)", "log₂ ratio"),
    ("haemolysis_h2", "Haemolysis signature (20 miRNAs)", "log₂ difference"),
    ("platelet", "Platelet miRNAs", "log₂ share"),
)


@dataclass(frozen=True)
class Comparison:
    """A blood-cell index in both arms.

    Attributes
    ----------
    within_peers
        Whether the index is measured against libraries of the same protocol and batch (a robust
        z), or not: then kits differ in it, too.
    case, control : arrays
        The index of each library.
    p, smd
        Wilcoxon rank-sum test, and the standardised mean difference.
    """

    label: str
    unit: str
    within_peers: bool
    case: np.ndarray
    control: np.ndarray
    p: float
    smd: float

    @property
    def name(self) -> str:
        """The index in few words."""
        return self.label.partition(" (")[0]

    @property
    def verb(self) -> str:
        """How surely the arms differ."""
        return "differ" if self.p < SIGNIFICANT else "may differ"

    @property
    def differs(self) -> bool:
        """Whether the arms differ enough to doubt the result."""
        return self.p < SIGNIFICANT or self.smd > LARGE


def compare_blood(run: Run, outcome: Outcome) -> list[Comparison]:
    """Compare red-cell and platelet indices between the arms, on the libraries used."""
    found = []
    for name, label, unit in MEASURES:
        for column, within in ((f"{name}_z", True), (_raw(name), False)):
            if column not in run.quality:
                continue
            values = [
                run.quality[column].reindex(outcome.arm(arm)).dropna().to_numpy(dtype=float)
                for arm in ("case", "control")
            ]
            if column == "platelet_share":
                values = [np.log2(value * 1e6 + 1) for value in values]
            case, control = values
            if min(len(case), len(control)) < FEWEST:
                continue
            p = float(stats.mannwhitneyu(case, control).pvalue)
            smd = difference_of_numbers(case, control)
            words = "robust z within protocol and batch" if within else unit
            found.append(Comparison(label, words, within, case, control, p, smd))
            break
    return found


def blood_warnings(comparisons: Sequence[Comparison]) -> list[tuple[int, str]]:
    """Warn where the arms differ in a blood-cell index."""
    warnings = []
    for one in comparisons:
        if one.differs:
            text = (
                f"{one.name}: the arms {one.verb} (Wilcoxon p = {probability(one.p)}, standardised "
                f"difference {plain(one.smd)}), so differences may come from blood cells."
            )
            warnings.append((80 if one.p < SIGNIFICANT else 40, text))
    return warnings


def _raw(name: str) -> str:
    return "platelet_share" if name == "platelet" else name

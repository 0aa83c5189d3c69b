"""Whether blood cells in the samples differ between the arms of a contrast."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from exosift.design.balance import difference_of_numbers
from exosift.reports.evidence import Outcome, Run
from exosift.reports.wording import plain, probability
from exosift.settings.design import GateRules

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
        The index of each library; of a change by how much it moves in each person.
    p, smd
        Wilcoxon rank-sum test, and the standardised mean difference.
    large
        Standardised difference above which the arms differ whatever p is:
        `design.forced_difference` of the configuration.
    """

    label: str
    unit: str
    within_peers: bool
    case: np.ndarray
    control: np.ndarray
    p: float
    smd: float
    of_changes: bool = False
    large: float = GateRules.forced_difference

    @property
    def compared(self) -> str:
        """What of the arms is compared."""
        return "the changes of the arms" if self.of_changes else "the arms"

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
        return self.p < SIGNIFICANT or self.smd > self.large


def compare_blood(run: Run, outcome: Outcome) -> list[Comparison]:
    """Compare red-cell and platelet indices between the arms, on the libraries used.

    A change compares people by how their index moves, so that what each of them has at both times
    poses as no difference.
    """
    found = []
    large = float(run.config["design"]["forced_difference"])
    moves = outcome.contrast.kind.compares_changes
    for name, label, unit in MEASURES:
        for column, within in ((f"{name}_z", True), (_raw(name), False)):
            if column not in run.quality:
                continue
            index = run.quality[column].astype(float)
            if column == "platelet_share":
                index = np.log2(index * 1e6 + 1)
            case, control = (
                (_moves(run, outcome, arm, index) if moves else index.reindex(outcome.arm(arm)))
                .dropna()
                .to_numpy()
                for arm in ("case", "control")
            )
            if min(len(case), len(control)) < FEWEST:
                continue
            p = float(stats.mannwhitneyu(case, control).pvalue)
            smd = difference_of_numbers(case, control)
            words = "robust z within protocol and batch" if within else unit
            words = f"change of the {words}" if moves else words
            found.append(Comparison(label, words, within, case, control, p, smd, moves, large))
            break
    return found


def blood_warnings(comparisons: Sequence[Comparison]) -> list[tuple[int, str]]:
    """Warn where the arms differ in a blood-cell index."""
    warnings = []
    for one in comparisons:
        if one.differs:
            text = (
                f"{one.name}: {one.compared} {one.verb} (Wilcoxon p = {probability(one.p)}, "
                f"standardised difference {plain(one.smd)}), so differences may come from blood "
                "cells."
            )
            warnings.append((80 if one.p < SIGNIFICANT else 40, text))
    return warnings


def _moves(run: Run, outcome: Outcome, arm: str, index: pd.Series) -> pd.Series:
    """Give by how much the index of each person moves from the first time point to the second."""
    used = [m for m in outcome.record["samples"] if m["used"] and m["arm"] == arm]
    names = [member["sample"] for member in used]
    people = run.cells("subject", names).to_numpy()
    levels = [member["level"] for member in used]
    wide = index.reindex(names).groupby([people, levels]).mean().unstack()
    first, second = outcome.contrast.levels
    return wide[second] - wide[first]


def _raw(name: str) -> str:
    return "platelet_share" if name == "platelet" else name

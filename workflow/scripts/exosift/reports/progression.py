"""What a design beyond two arms answers: along stages, within people, against all others."""

from collections import Counter
from collections.abc import Callable

import numpy as np
import pandas as pd

from exosift.reports.evidence import Outcome, Run
from exosift.reports.leading import (
    Cell,
    Progression,
    differing,
    drawn,
    effect,
    leading,
    of_tested,
    said_of_leading,
)
from exosift.reports.level_figures import along_levels, gather_units
from exosift.reports.within_people import change, paired
from exosift.reports.wording import interval, listed, probability, signed
from exosift.text import natural


def progression(run: Run, outcome: Outcome) -> Progression | None:
    """Say what the design of a contrast adds to its tests; None for two plain arms.

    Only for contrasts whose numbers may be shown.
    """
    asked = outcome.contrast
    sections: dict[str, Callable[[Run, Outcome], Progression]] = {
        "levels": _trend,
        "within_people": paired,
        "changes": change,
        "rest": _one_vs_rest,
    }
    if asked.kind.section in sections:
        return sections[asked.kind.section](run, outcome)
    if "timepoint" in asked.subset or asked.column == "response":
        return _one_time(run, outcome)
    return None


def _trend(run: Run, outcome: Outcome) -> Progression:
    asked, q = outcome.contrast, run.rules.q
    differ = differing(run, outcome.table)
    within = asked.kind.controls_below(asked) and outcome.table["within_q"].notna().any()
    table = outcome.table
    holds = (table["within_q"] <= q) & (table["within_log2fc"] * table["edger_log2fc"] > 0)
    lead = leading(run, outcome, first=differ & holds)
    levels = [(level, level) for level in asked.ordered]
    units = gather_units(run, outcome)
    numbers = listed([f"{level} ({len(units.on(level))})" for level in asked.ordered])
    up = int((differ & (table["edger_log2fc"] > 0)).sum())
    sentences = [
        f"Levels, lowest first, with the number of people: {numbers}.",
        f"{of_tested(int(differ.sum()), table)} along them in both engines (q up to {q:g}): "
        f"{up} up, {int(differ.sum()) - up} down.",
        *_among_cases(run, outcome, int((differ & holds).sum()), int(differ.sum()), within),
        "The slope takes the steps between levels for equal. Jonckheere and Terpstra's test by "
        "ranks does not, but knows no covariates.",
        *said_of_leading(outcome, differ),
    ]
    heads = ["miRNA", "log₂ per level, edgeR", "q, edgeR / limma", "p by ranks"]
    if within:
        heads += [
            "log₂ per level, limma, cases alone",
            "q, cases alone",
            "p by ranks, cases alone",
            "Read",
        ]
    rows = []
    for at, row in lead.iterrows():
        cells = [*effect(row), Cell(probability(row["jonckheere_p"]))]
        if within:
            cells += [
                Cell(
                    signed(row["within_log2fc"]),
                    interval(row["within_ci_low"], row["within_ci_high"], sign=True),
                ),
                Cell(probability(row["within_q"])),
                Cell(probability(row["within_jonckheere_p"])),
                Cell(_read(row, bool(differ[at]), bool(holds[at]))),
            ]
        rows.append((Cell(str(row["mirna"])), *cells))
    return Progression(
        "Along the levels",
        tuple(sentences),
        "Trend of the leading miRNAs with 95% intervals"
        + (", with the controls as the lowest level and among the cases alone." if within else "."),
        tuple(heads),
        tuple(rows),
        tuple(along_levels(name, units, levels, joined=True) for name in drawn(lead)),
        told="Every mark is a person, bars are medians; levels are not adjusted for covariates.",
    )


def _among_cases(
    run: Run, outcome: Outcome, holding: int, differing: int, within: bool
) -> list[str]:
    asked = outcome.contrast
    if not asked.kind.controls_below(asked):
        if asked.control in asked.levels:
            return [
                f"The controls ({asked.control}) are one of the levels, so a trend here may be no "
                "more than a difference to them. Leave them out of the levels to have the cases "
                "tested alone."
            ]
        return [_conditions(run, outcome)]
    if not within:
        return [
            "The cases alone do not stand on three levels that the covariates leave free: whether "
            "anything goes along the levels among them, or only differs from the controls, cannot "
            "be told."
        ]
    if not differing:
        return []
    return [
        f"Among the cases alone, {holding or 'none'} of them {'go' if holding > 1 else 'goes'} the "
        "same way beyond chance. A trend that is not there among the cases is a difference to the "
        "controls and no trend; the cases alone are fewer, so look at the interval before it is "
        "said that there is none."
    ]


def _conditions(run: Run, outcome: Outcome) -> str:
    """Say whether the levels are of one condition, as far as the sheet tells."""
    names = sorted({str(cell) for cell in run.cells("condition", outcome.used)}, key=natural)
    if names == [""]:
        return (
            "The sheet does not tell the condition of these libraries: whether a difference "
            "between conditions poses as a trend cannot be told."
        )
    if len(names) == 1:
        return (
            f"All levels are of one condition ({names[0]}): no difference between conditions can "
            "pose as a trend."
        )
    told = listed([name or "not recorded" for name in names])
    return (
        f"The levels are of several conditions ({told}): a trend may be no more than a difference "
        "between two of them. A contrast of its own, or levels of one condition, would tell."
    )


def _read(row: pd.Series, differs: bool, holds: bool) -> str:
    if not differs:
        return "no trend shown"
    if holds:
        return "a trend among the cases too"
    bounds = np.sign([row["within_ci_low"], row["within_ci_high"], row["edger_log2fc"]])
    if len(set(bounds)) == 1:
        return "open: leans the same way among the cases, but not beyond chance"
    return "a difference to the controls: no trend shown among the cases"


def _one_vs_rest(run: Run, outcome: Outcome) -> Progression:
    asked, table = outcome.contrast, outcome.table
    differ = differing(run, table)
    lead = leading(run, outcome)
    units = gather_units(run, outcome)
    rest = sorted(
        {units.stands[u] for u, arm in units.arms.items() if arm == "control"}, key=natural
    )
    numbers = listed([f"{one} ({len(units.on(one))})" for one in rest])
    sentences = [
        f"Compared are {outcome.case} and the mean of {numbers}; each of them weighs the "
        "same, whatever its number of people.",
        f"{of_tested(int(differ.sum()), table)} from that mean in both engines (q up to "
        f"{run.rules.q:g}). A miRNA that differs from the mean of many may be like one of them: "
        "look at the nearest.",
        *said_of_leading(outcome, differ),
    ]
    rows = []
    for _, row in lead.iterrows():
        level = units.levels.loc[row["mirna"]]
        own = float(level[units.on(asked.case)].mean())
        gaps = {one: own - float(level[units.on(one)].mean()) for one in rest}
        nearest = min(gaps, key=lambda one: (abs(gaps[one]), one))
        rows.append((Cell(str(row["mirna"])), *effect(row), Cell(nearest, signed(gaps[nearest]))))
    shown = [(one, one) for one in (asked.case, *rest)]
    return Progression(
        "Against all others",
        tuple(sentences),
        "Leading miRNAs with 95% intervals. Nearest: of the others, the one whose mean level comes "
        "closest, and the log₂ distance to it, not adjusted.",
        ("miRNA", "log₂ over the mean of the others, edgeR", "q, edgeR / limma", "Nearest other"),
        tuple(rows),
        tuple(along_levels(name, units, shown, joined=False) for name in drawn(lead)),
        told="Every mark is a person, bars are medians; levels are not adjusted for covariates.",
    )


def _one_time(run: Run, outcome: Outcome) -> Progression | None:
    """Tell at what time the libraries of a question about the course were taken."""
    asked = outcome.contrast
    time = asked.subset.get("timepoint", "")
    if time:
        return Progression(
            "Known at one time",
            (
                f"All libraries are of time point {time}, so what is found here is known at that "
                "time. If it comes before a treatment, it may predict its course; it is kept apart "
                "from the change that the treatment brings, which is a contrast of design change.",
            ),
        )
    times = Counter(value for value in run.cells("timepoint", outcome.used) if value)
    if len(times) < 2:
        return None
    numbers = listed([f"{name} ({n})" for name, n in sorted(times.items())])
    return Progression(
        "Of several times",
        (
            f"The libraries are of several time points: {numbers}. What is found here mixes what "
            "was there before with what changed since, and predicts nothing. A subset of the "
            "contrast, such as timepoint=baseline, keeps them apart.",
        ),
    )

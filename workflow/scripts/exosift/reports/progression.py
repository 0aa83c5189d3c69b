"""What a design beyond two arms answers: along stages, within people, against all others."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from exosift.design.model import natural
from exosift.reports.drawing import Figure, Key
from exosift.reports.evidence import Outcome, Run
from exosift.reports.level_figures import (
    along_levels,
    from_time_to_time,
    gather_units,
    slope_keys,
)
from exosift.reports.wording import count, interval, listed, plain, probability, share, signed

MOST_ROWS = 12
MOST_FIGURES = 6
MOST_WITHOUT_CALL = 6


@dataclass(frozen=True)
class Cell:
    """A number of a table, with its interval below it."""

    text: str
    small: str = ""


@dataclass(frozen=True)
class Progression:
    """The section of a design.

    Attributes
    ----------
    title
        Its heading.
    sentences
        What was asked, what was found, and how to read it.
    caption, heads, rows
        A table of the leading miRNAs, the miRNA first; no rows where there is none.
    figures, legend, told
        A small figure of each of the first of them, one legend and one caption for all.
    """

    title: str
    sentences: tuple[str, ...]
    caption: str = ""
    heads: tuple[str, ...] = ()
    rows: tuple[tuple[Cell, ...], ...] = ()
    figures: tuple[Figure, ...] = ()
    legend: tuple[Key, ...] = ()
    told: str = ""


def progression(run: Run, outcome: Outcome) -> Progression | None:
    """Say what the design of a contrast adds to its tests; None for two plain arms.

    Only for contrasts whose numbers may be shown.
    """
    asked = outcome.contrast
    told: dict[str, Callable[[Run, Outcome], Progression]] = {
        "trend": _trend,
        "paired": _paired,
        "change": _change,
        "one_vs_rest": _one_vs_rest,
    }
    if asked.design in told:
        return told[asked.design](run, outcome)
    if "timepoint" in asked.subset or asked.column == "response":
        return _one_time(run, outcome)
    return None


def _trend(run: Run, outcome: Outcome) -> Progression:
    asked, q = outcome.contrast, run.rules.q
    differ = _differing(run, outcome.table)
    within = asked.ordered != asked.levels and outcome.table["within_q"].notna().any()
    table = outcome.table
    holds = (table["within_q"] <= q) & (table["within_log2fc"] * table["edger_log2fc"] > 0)
    lead = _leading(run, outcome, first=differ & holds)
    levels = [(level, level) for level in asked.ordered]
    units = gather_units(run, outcome)
    numbers = listed([f"{level} ({len(units.on(level))})" for level in asked.ordered])
    up = int((differ & (table["edger_log2fc"] > 0)).sum())
    sentences = [
        f"Levels, lowest first, with the number of people: {numbers}.",
        f"{_of_tested(int(differ.sum()), table)} along them in both engines (q up to {q:g}): "
        f"{up} up, {int(differ.sum()) - up} down.",
        *_among_cases(outcome, int((differ & holds).sum()), int(differ.sum()), within),
        "The slope takes the steps between levels for equal. Jonckheere and Terpstra's test by "
        "ranks does not, but knows no covariates.",
        *_small_lead(outcome, differ),
    ]
    heads = ["miRNA", "log₂ per level", "q, edgeR / limma", "p by ranks"]
    if within:
        heads += [
            "log₂ per level, cases alone",
            "q, cases alone",
            "p by ranks, cases alone",
            "Read",
        ]
    rows = []
    for at, row in lead.iterrows():
        cells = [*_effect(row), Cell(probability(row["jonckheere_p"]))]
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
        tuple(along_levels(name, units, levels, joined=True) for name in _drawn(lead)),
        told="Every mark is a person, bars are medians; levels are not adjusted for covariates.",
    )


def _among_cases(outcome: Outcome, holding: int, differing: int, within: bool) -> list[str]:
    asked = outcome.contrast
    if asked.ordered == asked.levels:
        if asked.control in asked.levels:
            return [
                f"The controls ({asked.control}) are one of the levels, so a trend here may be no "
                "more than a difference to them. Leave them out of the levels to have the cases "
                "tested alone."
            ]
        return ["All levels are of patients: no difference to controls can pose as a trend."]
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


def _read(row: pd.Series, differs: bool, holds: bool) -> str:
    if not differs:
        return "no trend shown"
    if holds:
        return "a trend among the cases too"
    bounds = np.sign([row["within_ci_low"], row["within_ci_high"], row["edger_log2fc"]])
    if len(set(bounds)) == 1:
        return "open: leans the same way among the cases, but not beyond chance"
    return "a difference to the controls: no trend shown among the cases"


def _paired(run: Run, outcome: Outcome) -> Progression:
    table = outcome.table
    differ = _differing(run, table)
    lead = _leading(run, outcome)
    units = gather_units(run, outcome)
    pairs = units.pairs("control", "case")
    sentences = [
        f"{count(len(pairs), 'person', 'people')}, each their own control: {outcome.case} "
        f"over {outcome.control}. Whatever else differs between the two libraries of a person, "
        "such as time itself, cannot be told from it without people in whom nothing was done.",
        f"{_of_tested(int(differ.sum()), table)} on average in both engines (q up to "
        f"{run.rules.q:g}). That does not mean that a single person changed.",
        _reference(outcome),
        *_small_lead(outcome, differ),
    ]
    rows = tuple(
        (Cell(str(row["mirna"])), *_effect(row), *_monitored(row)) for _, row in lead.iterrows()
    )
    figures = tuple(
        from_time_to_time(
            *(name, units, [("", pairs)], (outcome.control, outcome.case)), _bound(lead, name)
        )
        for name in _drawn(lead)
    )
    heads = ("miRNA", "log₂ change", "q, edgeR / limma", "Reference change", "People beyond")
    return Progression(
        "Within people",
        tuple(sentences),
        "Change of the leading miRNAs with 95% intervals; reference change as factors.",
        heads,
        rows,
        figures,
        slope_keys(),
        f"One line per person, from {outcome.control} to {outcome.case}.",
    )


def _change(run: Run, outcome: Outcome) -> Progression:
    asked, table = outcome.contrast, outcome.table
    earlier, later = asked.levels
    differ = _differing(run, table)
    lead = _leading(run, outcome)
    units = gather_units(run, outcome)
    groups = [
        (name, units.pairs(earlier, later, arm))
        for name, arm in ((outcome.case, "case"), (outcome.control, "control"))
    ]
    sentences = [
        f"Each person changes from {earlier} to {later}; tested is whether the change differs "
        f"between {outcome.case} ({len(groups[0][1])}) and {outcome.control} "
        f"({len(groups[1][1])}).",
        f"It is known only at time point {later}, so it predicts nothing at {earlier}. Whether the "
        f"groups differ at {earlier} already is a contrast of its own, with "
        f"subset timepoint={earlier}.",
        f"{_of_tested(int(differ.sum()), table)} in how they change, in both engines (q up to "
        f"{run.rules.q:g}).",
        _reference(outcome),
        *_small_lead(outcome, differ),
    ]
    rows = []
    for _, row in lead.iterrows():
        level = units.levels.loc[row["mirna"]]
        means = [np.mean([level[b] - level[a] for a, b in pairs]) for _, pairs in groups]
        rows.append(
            (
                Cell(str(row["mirna"])),
                *_effect(row),
                *(Cell(signed(float(mean))) for mean in means),
                *_monitored(row),
            )
        )
    heads = (
        *("miRNA", "Difference of the changes, log₂", "q, edgeR / limma"),
        *(f"Mean change, {name}" for name, _ in groups),
        *("Reference change", f"{outcome.case} beyond"),
    )
    figures = tuple(
        from_time_to_time(name, units, groups, (earlier, later), _bound(lead, name))
        for name in _drawn(lead)
    )
    return Progression(
        "Change between two time points",
        tuple(sentences),
        "Changes of the leading miRNAs with 95% intervals; mean changes are log₂ and not adjusted.",
        heads,
        tuple(rows),
        figures,
        slope_keys(),
        f"One line per person, from {earlier} to {later}.",
    )


def _one_vs_rest(run: Run, outcome: Outcome) -> Progression:
    asked, table = outcome.contrast, outcome.table
    differ = _differing(run, table)
    lead = _leading(run, outcome)
    units = gather_units(run, outcome)
    rest = sorted(
        {units.stands[u] for u, arm in units.arms.items() if arm == "control"}, key=natural
    )
    numbers = listed([f"{one} ({len(units.on(one))})" for one in rest])
    sentences = [
        f"Compared are {outcome.case} and the mean of {numbers}; each of them weighs the "
        "same, whatever its number of people.",
        f"{_of_tested(int(differ.sum()), table)} from that mean in both engines (q up to "
        f"{run.rules.q:g}). A miRNA that differs from the mean of many may be like one of them: "
        "look at the nearest.",
        *_small_lead(outcome, differ),
    ]
    rows = []
    for _, row in lead.iterrows():
        level = units.levels.loc[row["mirna"]]
        own = float(level[units.on(asked.case)].mean())
        gaps = {one: own - float(level[units.on(one)].mean()) for one in rest}
        nearest = min(gaps, key=lambda one: (abs(gaps[one]), one))
        rows.append((Cell(str(row["mirna"])), *_effect(row), Cell(nearest, signed(gaps[nearest]))))
    shown = [(one, one) for one in (asked.case, *rest)]
    return Progression(
        "Against all others",
        tuple(sentences),
        "Leading miRNAs with 95% intervals. Nearest: of the others, the one whose mean level comes "
        "closest, and the log₂ distance to it, not adjusted.",
        ("miRNA", "log₂ over the mean of the others", "q, edgeR / limma", "Nearest other"),
        tuple(rows),
        tuple(along_levels(name, units, shown, joined=False) for name in _drawn(lead)),
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


def _differing(run: Run, table: pd.DataFrame) -> pd.Series:
    """Tell which miRNAs both engines call at the q of a call, in the same direction."""
    q = run.rules.q
    same = table["edger_log2fc"] * table["limma_log2fc"] > 0
    return (table["edger_q"] <= q) & (table["limma_q"] <= q) & same


def _leading(run: Run, outcome: Outcome, first: pd.Series | None = None) -> pd.DataFrame:
    """Choose the miRNAs that are shown: those that differ, `first` of them before the others.

    Where none differs, a few of the smallest p-values, if the cohort is large enough for an order.
    """
    table = outcome.table
    differ = _differing(run, table)
    if differ.any():
        chosen = table[differ]
        if first is not None:
            later = (~first[chosen.index]).astype(int)
            chosen = chosen.assign(later=later).sort_values(["later", "edger_p", "mirna"])
        else:
            chosen = chosen.sort_values(["edger_p", "mirna"])
        return chosen.head(MOST_ROWS)
    if not outcome.record["sections"]["ranking"]["shown"]:
        return table.head(0)
    return table.sort_values(["edger_p", "mirna"]).head(MOST_WITHOUT_CALL)


def _small_lead(outcome: Outcome, differ: pd.Series) -> list[str]:
    if differ.any():
        return [f"The first {MOST_ROWS} are shown."] if int(differ.sum()) > MOST_ROWS else []
    if not outcome.record["sections"]["ranking"]["shown"]:
        return ["There are too few people for an order, so no miRNA is shown before the others."]
    return ["None is beyond chance; those with the smallest p are shown, and are no finding."]


def _drawn(lead: pd.DataFrame) -> list[str]:
    return [str(name) for name in lead["mirna"].head(MOST_FIGURES)]


def _of_tested(number: int, table: pd.DataFrame) -> str:
    verb = "differs" if number == 1 else "differ"
    return f"{number} of the {count(len(table), 'tested miRNA')} {verb}"


def _effect(row: pd.Series) -> tuple[Cell, ...]:
    return (
        Cell(
            signed(row["edger_log2fc"]),
            interval(row["edger_ci_low"], row["edger_ci_high"], sign=True),
        ),
        Cell(f"{probability(row['edger_q'])} / {probability(row['limma_q'])}"),
    )


def _monitored(row: pd.Series) -> tuple[Cell, ...]:
    if np.isnan(row["rcv_high"]):
        return Cell("–"), Cell("–")
    return (
        Cell(f"below ×{plain(row['rcv_low'])} or above ×{plain(row['rcv_high'], 1)}"),
        Cell(share(row["changed_share"])),
    )


def _bound(lead: pd.DataFrame, mirna: str) -> float:
    return float(np.log2(lead.set_index("mirna").at[mirna, "rcv_high"]))


def _reference(outcome: Outcome) -> str:
    """Say what the reference change value rests on."""
    found = outcome.record["reference_change"]
    meaning = (
        "The reference change value is how far a miRNA must fall or rise in one person before it "
        "means more than measurement and chance (95%)."
    )
    freedom = f"({found.get('degrees_of_freedom')} degrees of freedom)"
    if found.get("source") == "replicates":
        return (
            f"{meaning} It rests on replicates of one person {freedom}: the measurement alone, "
            "without what changes in a person from day to day."
        )
    if found.get("source") == "controls":
        return (
            f"{meaning} Nobody has replicates, so it rests on how different people of "
            f"{outcome.control} differ {freedom}: wider "
            "than it need be, since people differ more than one person does over time."
        )
    return f"{meaning} It could not be worked out: neither replicates nor enough controls."

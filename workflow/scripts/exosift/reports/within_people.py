"""What changes within people: before and after, and whether one group changes more."""

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
from exosift.reports.level_figures import from_time_to_time, gather_units, slope_keys
from exosift.reports.wording import count, plain, share, signed


def paired(run: Run, outcome: Outcome) -> Progression:
    """Tell of the mean change within people, and of how many changed beyond chance."""
    table = outcome.table
    differ = differing(run, table)
    lead = leading(run, outcome)
    units = gather_units(run, outcome)
    pairs = units.pairs("control", "case")
    sentences = [
        f"{count(len(pairs), 'person', 'people')}, each their own control: {outcome.case} "
        f"over {outcome.control}. Whatever else differs between the two libraries of a person, "
        "such as time itself, cannot be told from it without people in whom nothing was done.",
        f"{of_tested(int(differ.sum()), table)} on average in both engines (q up to "
        f"{run.rules.q:g}). That does not mean that a single person changed.",
        _reference(outcome),
        *said_of_leading(outcome, differ),
    ]
    rows = tuple(
        (Cell(str(row["mirna"])), *effect(row), *_monitored(row)) for _, row in lead.iterrows()
    )
    figures = tuple(
        from_time_to_time(
            *(name, units, [("", pairs)], (outcome.control, outcome.case)), _bound(lead, name)
        )
        for name in drawn(lead)
    )
    heads = ("miRNA", "log₂ change, edgeR", "q, edgeR / limma", "Reference change", "People beyond")
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


def change(run: Run, outcome: Outcome) -> Progression:
    """Tell whether the cases change more than the controls, apart from any prediction."""
    asked, table = outcome.contrast, outcome.table
    earlier, later = asked.levels
    differ = differing(run, table)
    lead = leading(run, outcome)
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
        f"{of_tested(int(differ.sum()), table)} in how they change, in both engines (q up to "
        f"{run.rules.q:g}).",
        _reference(outcome),
        *said_of_leading(outcome, differ),
    ]
    rows = []
    for _, row in lead.iterrows():
        level = units.levels.loc[row["mirna"]]
        means = [np.mean([level[b] - level[a] for a, b in pairs]) for _, pairs in groups]
        rows.append(
            (
                Cell(str(row["mirna"])),
                *effect(row),
                *(Cell(signed(float(mean))) for mean in means),
                *_monitored(row),
            )
        )
    heads = (
        *("miRNA", "Difference of the changes, log₂, edgeR", "q, edgeR / limma"),
        *(f"Mean change, {name}" for name, _ in groups),
        *("Reference change", f"{outcome.case} beyond"),
    )
    figures = tuple(
        from_time_to_time(name, units, groups, (earlier, later), _bound(lead, name))
        for name in drawn(lead)
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
            f"{meaning} There are no replicates, or too few, so it rests on how different people "
            f"of {outcome.control} differ {freedom}: wider "
            "than it need be, since people differ more than one person does over time."
        )
    return f"{meaning} It could not be worked out: neither replicates nor enough controls."

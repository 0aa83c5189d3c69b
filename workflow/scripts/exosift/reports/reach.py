"""What a cohort could have seen, and how many people would tell whether it is so."""

from dataclasses import dataclass

import numpy as np

from exosift.reports.candidate_cards import shown_mirnas
from exosift.reports.evidence import Outcome, Run
from exosift.reports.wording import count, plain, share, signed

MOST = 0.5
"""Share of the tested miRNAs from which on an empty result is called one."""

FEW, MANY = 3, 100_000
"""People per arm of a validation outside which a number is not told as one."""


@dataclass(frozen=True)
class Wanted:
    """A leading miRNA: its effect, what was visible, and the people that a validation takes."""

    mirna: str
    effect: str
    visible: str
    people: str
    cautious: str


@dataclass(frozen=True)
class Reach:
    """What a contrast could have seen.

    Attributes
    ----------
    sentences
        The smallest effects, in words.
    rows
        The leading miRNAs; none where none differs.
    validation
        What the numbers of people rest on, or why there are none.
    has_people
        Whether there are such numbers.
    of_nothing
        What it means where no miRNA differs: whether an effect that is called could have been seen.
    """

    sentences: tuple[str, ...]
    rows: tuple[Wanted, ...]
    validation: str
    has_people: bool
    of_nothing: str = ""


def reach(run: Run, outcome: Outcome) -> Reach | None:
    """Say which effects a contrast could have seen; None where that was not worked out."""
    rows = run.power
    rows = rows[rows["contrast"] == outcome.contrast.name] if len(rows) else rows
    if rows.empty:
        return None
    told, record = rows.iloc[0], outcome.record
    unit = outcome.contrast.kind.wording.per_step
    middle = told["detectable_median"]
    sentences = [
        f"With {record['n_case']} and {record['n_control']} people ({outcome.question}), a "
        f"typical miRNA had to differ by {plain(middle)} log₂{unit} (a factor of {_fold(middle)}) "
        f"to be significant in both engines with a chance of {share(told['power'])}; a well "
        f"measured one (the best tenth) by {plain(told['detectable_best_tenth'])} "
        f"({_fold(told['detectable_best_tenth'])}), a badly measured one (the worst tenth) by "
        f"{plain(told['detectable_worst_tenth'])} ({_fold(told['detectable_worst_tenth'])}).",
        _within_call(float(told["share_within_call"]), outcome, run),
        "Smaller differences may be there unseen: not significant does not mean not different.",
    ]
    leaders = shown_mirnas(outcome)
    wanted = tuple(
        Wanted(
            str(row["mirna"]),
            signed(row["log2fc"]),
            plain(row["detectable_log2fc"]),
            _people(row["validation_per_arm"]),
            _people(row["validation_per_arm_cautious"]),
        )
        for _, row in leaders.iterrows()
    )
    called = outcome.candidates["validation_per_arm"].notna()
    return Reach(
        tuple(sentences),
        wanted,
        _validation(run, outcome, int(called.sum())),
        bool(called.any()),
        meaning_of_nothing(run, outcome),
    )


def share_within_call(run: Run, outcome: Outcome) -> float | None:
    """Return the share of the tested miRNAs that could have shown the smallest effect of a call.

    With the chance `power.power` of the configuration; None where that was not worked out.
    """
    rows = run.power
    rows = rows[rows["contrast"] == outcome.contrast.name] if len(rows) else rows
    return float(rows["share_within_call"].iloc[0]) if len(rows) else None


def meaning_of_nothing(run: Run, outcome: Outcome) -> str:
    """Say what it means that no miRNA differs; "" where it is not known what could be seen.

    That nothing was found is a result only where what is looked for could have been found.
    """
    within = share_within_call(run, outcome)
    if within is None:
        return ""
    chance = share(float(run.config["power"]["power"]))
    if within == 0:
        return (
            "That does not show that there is none: no tested miRNA could have shown the smallest "
            f"effect that is called with a chance of {chance}."
        )
    seen = f"The smallest effect that is called would have been seen with a chance of {chance} in"
    if within == 1:
        return f"{seen} each of them: that is a result."
    end = "for these that is a result" if within >= MOST else "in the others it may be there unseen"
    return f"{seen} {share(within)} of them: {end}."


def _fold(effect: float) -> str:
    return f"{2**effect:.2f}" if effect < 1 else f"{2**effect:.1f}"


def _within_call(within: float, outcome: Outcome, run: Run) -> str:
    limit = run.rules.log2_fold_change
    which = "None" if within == 0 else "All" if within == 1 else share(within)
    span = outcome.contrast.kind.wording.end_to_end
    return (
        f"{which} of the {count(len(outcome.table), 'tested miRNA')} could have shown the smallest "
        f"effect that is called ({limit:g} log₂{span}, a factor of {2**limit:.1f}) with that "
        "chance."
    )


def _people(number: float) -> str:
    if np.isnan(number):
        return "–"
    if number > MANY:
        return f"over {MANY:,}"
    return f"{max(number, FEW):,.0f}"


def _validation(run: Run, outcome: Outcome, called: int) -> str:
    if not outcome.contrast.kind.compares_people:
        return (
            "How many people a validation would need is worked out for two arms of different "
            "people only, which this design is not."
        )
    if not called:
        return "Without a candidate there is none whose validation could be planned."
    alpha = run.config["power"]["validation_alpha"]
    return (
        f"People in each arm of a validation with the same kit and fluid, a chance of "
        f"{share(run.config['power']['power'])} and a p of {alpha:g} over "
        f"{'this candidate' if called == 1 else f'these {called} candidates'} (Bonferroni): if the "
        "effect is as large as here, and, to plan with, if it is the end of the 95% interval that "
        "is nearer zero. Effects that were chosen for their size are too large, so read the "
        "second. Few people per arm mean a large effect, not that so few could stand for all "
        "patients."
    )

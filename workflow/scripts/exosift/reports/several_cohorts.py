"""What several cohorts of one cancer say together: a forest of effects for each leading miRNA."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from exosift.reports.candidate_cards import shown_mirnas
from exosift.reports.drawing import Canvas, Figure, scale
from exosift.reports.evidence import Outcome, Run
from exosift.reports.wording import count, interval, listed, probability, share, signed

MOST_FORESTS = 8
ROW, TOP, LEFT, RIGHT, WIDTH = 26, 10, 132, 430, 440
"""Of a forest, in px: height of a row, its margins, and the width of the whole."""


@dataclass(frozen=True)
class Cohorts:
    """The cohorts of a cancer together.

    Attributes
    ----------
    sentences
        How many cohorts, and what they agree on.
    forests
        One per leading miRNA.
    more
        How many more miRNAs the cohorts find together.
    """

    sentences: tuple[str, ...]
    forests: tuple[Figure, ...]
    more: int


def combine(run: Run, cancer: str, outcomes: Sequence[Outcome]) -> Cohorts | None:
    """Draw what several cohorts say of the leading miRNAs; None where there is one cohort.

    Leading is what differs over all cohorts, or has a card in one.
    """
    found = run.meta
    rows = found[found["cancer"] == cancer] if len(found) else found
    if rows.empty:
        return None
    by_name = {one.contrast.name: one for one in outcomes}
    together = set(rows.loc[rows["q"] <= run.rules.q, "mirna"])
    alone = {
        str(name)
        for cell in rows["contrasts"].unique()
        for contrast in cell.split(";")
        for name in shown_mirnas(by_name[contrast])["mirna"]
    }
    leading = rows[rows["mirna"].isin(together | alone)].sort_values(["p", "mirna"])
    shown = leading.head(MOST_FORESTS)
    return Cohorts(
        tuple(_summary(rows, leading, len(together), run)),
        tuple(_forest(row, by_name) for _, row in shown.iterrows()),
        len(leading) - len(shown),
    )


def _summary(rows: pd.DataFrame, leading: pd.DataFrame, together: int, run: Run) -> list[str]:
    names = sorted({one for cell in rows["contrasts"] for one in cell.split(";")})
    differ = f"{together or 'none'} {'differ' if together > 1 else 'differs'}"
    found = [
        f"{listed(names)} have no library in common. Of the {count(len(rows), 'miRNA')} that at "
        f"least two of them tested, {differ} over all of them at a false discovery rate of "
        f"{run.rules.q:g}.",
    ]
    if len(leading):
        agree = int((leading["same_sign"] == leading["cohorts"]).sum())
        stand = "stands" if len(leading) == 1 else "stand"
        found.append(
            f"{count(len(leading), 'miRNA')} {stand} out, over all of them or in one; {agree} of "
            f"{len(leading)} the same way in each."
        )
    else:
        found.append("None stands out in one of them either.")
    if int(rows["cohorts"].max()) == 2:
        found.append(
            "Two cohorts say little of how cohorts differ, and the intervals are wide for it."
        )
    return found


def _forest(row: pd.Series, outcomes: dict[str, Outcome]) -> Figure:
    """Draw the effect of each cohort, and of all together as a diamond."""
    mirna, names = str(row["mirna"]), str(row["contrasts"]).split(";")
    cohorts = [outcomes[name].table.set_index("mirna").loc[mirna] for name in names]
    ends = [row["ci_low"], row["ci_high"]]
    ends += [one[f"edger_ci_{end}"] for one in cohorts for end in ("low", "high")]
    bottom = TOP + ROW * (len(names) + 1)
    x = scale(ends, LEFT, RIGHT, include=(0,), ticks=4)
    canvas = Canvas(WIDTH, bottom + 42, f"{mirna} in each cohort")
    for value, words in x.ticks:
        canvas.line(x(value), TOP, x(value), bottom, "grid")
        canvas.text(x(value), bottom + 16, words, "tick", "middle")
    canvas.line(x(0), TOP, x(0), bottom, "zero")
    canvas.text((LEFT + RIGHT) / 2, bottom + 36, "log₂ fold change (edgeR)", "label", "middle")
    for at, (name, one) in enumerate(zip(names, cohorts, strict=True)):
        y, effect = TOP + ROW * (at + 0.5), one["edger_log2fc"]
        low, high = one["edger_ci_low"], one["edger_ci_high"]
        arm = "case" if effect > 0 else "control"
        canvas.text(LEFT - 10, y + 4, name if len(name) < 18 else f"{name[:16]}…", "tick", "end")
        canvas.line(x(low), y, x(high), y, f"stroke {arm}")
        told = f"{name}: {signed(effect)} ({interval(low, high, sign=True)})"
        canvas.mark(x(effect), y, "square", f"mark {arm}", told)
    y = TOP + ROW * (len(names) + 0.5)
    canvas.text(LEFT - 10, y + 4, "together", "name", "end")
    canvas.line(x(row["ci_low"]), y, x(row["ci_high"]), y, "stroke other")
    canvas.mark(x(row["log2fc"]), y, "diamond", "mark other", _told(row))
    caption = (
        f"Together {_told(row)}, p {probability(row['p'])}, q {probability(row['q'])}; "
        f"{row['same_sign']} of {row['cohorts']} the same way; {share(row['i2'])} of the spread "
        "is between cohorts (I²)."
    )
    return Figure(canvas.svg(), mirna, caption)


def _told(row: pd.Series) -> str:
    return f"{signed(row['log2fc'])} ({interval(row['ci_low'], row['ci_high'], sign=True)})"

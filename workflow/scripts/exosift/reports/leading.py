"""The miRNAs that lead a contrast, as the sections of designs beyond two arms show them."""

from dataclasses import dataclass

import pandas as pd

from exosift.consensus import significant
from exosift.reports.drawing import Figure, Key
from exosift.reports.evidence import Outcome, Run
from exosift.reports.wording import count, interval, probability, signed

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


def differing(run: Run, table: pd.DataFrame) -> pd.Series:
    """Tell which miRNAs both engines call at the q of a call, in the same direction."""
    return significant(table, run.rules.q)


def leading(run: Run, outcome: Outcome, first: pd.Series | None = None) -> pd.DataFrame:
    """Choose the miRNAs that are shown: those that differ, `first` of them before the others.

    Where none differs, a few of the smallest p-values, if the cohort is large enough for an order.
    """
    table = outcome.table
    differ = differing(run, table)
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


def said_of_leading(outcome: Outcome, differ: pd.Series) -> list[str]:
    """Say by what the shown miRNAs were chosen, where that is not plain."""
    if differ.any():
        return [f"The first {MOST_ROWS} are shown."] if int(differ.sum()) > MOST_ROWS else []
    if not outcome.record["sections"]["ranking"]["shown"]:
        return ["There are too few people for an order, so no miRNA is shown before the others."]
    return ["None is beyond chance; those with the smallest p are shown, and are no finding."]


def drawn(lead: pd.DataFrame) -> list[str]:
    """Name those that get a figure."""
    return [str(name) for name in lead["mirna"].head(MOST_FIGURES)]


def of_tested(number: int, table: pd.DataFrame) -> str:
    """Say how many of the tested miRNAs differ."""
    verb = "differs" if number == 1 else "differ"
    return f"{number} of the {count(len(table), 'tested miRNA')} {verb}"


def effect(row: pd.Series) -> tuple[Cell, ...]:
    """Give edgeR's effect with its interval, and the q of both engines."""
    return (
        Cell(
            signed(row["edger_log2fc"]),
            interval(row["edger_ci_low"], row["edger_ci_high"], sign=True),
        ),
        Cell(f"{probability(row['edger_q'])} / {probability(row['limma_q'])}"),
    )

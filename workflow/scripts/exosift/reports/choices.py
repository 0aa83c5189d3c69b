"""With which other choices the same libraries were analysed, for whom reads the results."""

from dataclasses import dataclass

from exosift.analyses import NO, YES
from exosift.reports.evidence import Run
from exosift.reports.wording import count

MOST_SHOWN = 12
"""Analyses that a page lists; `analyses.tsv` lists all."""


@dataclass(frozen=True)
class Earlier:
    """Another analysis of the same libraries.

    Attributes
    ----------
    number
        In the order in which they were first made.
    libraries, shared
        How many it had, and how many of them are in the present one too.
    differs
        In what it differs from the present one.
    """

    number: int
    libraries: int
    shared: int
    differs: str


@dataclass(frozen=True)
class Choices:
    """What is known of the analyses of one set of libraries.

    Attributes
    ----------
    sentence
        How many there were, and what that means for the results.
    others
        The latest of them, the first of these first.
    """

    sentence: str
    others: tuple[Earlier, ...] = ()


def choices(run: Run) -> Choices:
    """Tell how many analyses of these libraries were made in this folder, and how."""
    table = run.analyses
    others = table[table["present"] == NO] if len(table) else table
    if not len(others):
        return Choices(
            "No other analysis of these libraries was made in this folder. What was tried "
            "elsewhere, or is reported of them by others, is not known here."
        )
    number = next((int(row["analysis"]) for _, row in table.iterrows() if row["present"] == YES), 0)
    sentence = (
        f"This is number {number} of {count(len(table), 'analysis', 'analyses')} that were made "
        "of these libraries in this folder. A result that was chosen among several is more "
        "likely to be chance than its q says, since q counts the tests of one analysis: report all."
    )
    return Choices(
        sentence,
        tuple(
            Earlier(
                int(row["analysis"]),
                int(row["libraries"]),
                int(row["shared_libraries"]),
                row["differs_in"],
            )
            for _, row in others.tail(MOST_SHOWN).iterrows()
        ),
    )

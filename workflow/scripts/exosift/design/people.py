"""People who stand twice where a design takes each of them once."""

from collections.abc import Callable

import pandas as pd

from exosift.cohort import Cohort, Member
from exosift.contrasts import REPEATED, Contrast
from exosift.text import natural, some_of


def stands_twice(sheet: pd.DataFrame, cohort: Cohort, contrast: Contrast) -> str:
    """Say who stands where nobody can say which of their libraries is meant; "" if nobody does.

    Parameters
    ----------
    sheet
        The whole sheet, for the time points.
    cohort, contrast
        The libraries of the contrast, and its question.
    """
    if contrast.design == "change":
        return _case_and_control_in_turn(cohort, contrast)
    if contrast.design in REPEATED:
        return ""
    return _at_several_times(sheet, cohort, contrast) or _on_several_levels(cohort, contrast)


def _several(cohort: Cohort, what: Callable[[Member], str]) -> list[str]:
    """Name the people whose libraries differ in something."""
    found: dict[str, set[str]] = {}
    for member in cohort.firsts:
        found.setdefault(member.person, set()).add(what(member))
    return sorted(person for person, values in found.items() if len(values) > 1)


def _on_several_levels(cohort: Cohort, contrast: Contrast) -> str:
    """Look for subjects on several levels of a design that takes libraries for people."""
    names = _several(cohort, lambda member: member.level)
    if not names:
        return ""
    place = "on several levels" if contrast.design == "trend" else "in both arms"
    return (
        f"{some_of(names)} (column subject) stand{'s' if len(names) == 1 else ''} {place}, so "
        "the libraries are not independent. Use the design 'paired', or keep one arm of each; if "
        "their numbers restart in each arm, give different people different names."
    )


def _case_and_control_in_turn(cohort: Cohort, contrast: Contrast) -> str:
    """Look for people of a change who are a case at one time and a control at the other."""
    names = _several(cohort, lambda member: member.arm)
    if not names:
        return ""
    return (
        f"{contrast.column} of {some_of(names)} (column subject) is not the same at both time "
        f"points, so nobody can say whose change it is. Write one {contrast.column} for each "
        "subject, that of the whole course."
    )


def _at_several_times(sheet: pd.DataFrame, cohort: Cohort, contrast: Contrast) -> str:
    """Look for people with several time points who are to be compared once.

    A response before treatment and a change under it are different questions.
    """
    if contrast.column == "timepoint" or "timepoint" not in sheet:
        return ""
    times: dict[tuple[str, str], set[str]] = {}
    for member in cohort.members:  # also those that are not used: the sheet alone must tell
        own = times.setdefault((member.person, member.level), set())
        own.add(sheet.at[member.sample, "timepoint"])
    mixed = {person: there for (person, _), there in times.items() if len(there) > 1}
    if not mixed:
        return ""
    there = sorted(set().union(*mixed.values()) - {""}, key=natural)
    if any("" in own for own in mixed.values()):
        found = f"({', '.join(there)}, and empty cells): fill in `timepoint`, and"
    else:
        found = f"({', '.join(there)}), and nobody said which is meant:"
    return (
        f"{some_of(sorted(mixed))} (column subject) {'has' if len(mixed) == 1 else 'have'} "
        f"libraries of several time points {found} put timepoint={there[0]} into `subset`, or use "
        "the design 'paired' or 'change'."
    )

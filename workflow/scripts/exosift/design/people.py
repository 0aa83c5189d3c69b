"""People who stand twice where a design takes each of them once."""

from collections.abc import Callable

import pandas as pd

from exosift.cohort import Cohort, Member
from exosift.contrasts import Contrast
from exosift.design.findings import about
from exosift.findings import Finding
from exosift.text import natural


def repeated_subjects(sheet: pd.DataFrame, cohort: Cohort, contrast: Contrast) -> Finding | None:
    """Return why people stand twice where a design takes each of them once; None if nobody does.

    Parameters
    ----------
    sheet
        The whole sheet, for the time points.
    cohort, contrast
        The libraries of the contrast, and its question.
    """
    if contrast.kind.compares_changes:
        return _case_and_control_in_turn(cohort, contrast)
    if contrast.kind.repeated:
        return None
    return _at_several_times(sheet, cohort, contrast) or _on_several_levels(cohort, contrast)


def _several(cohort: Cohort, what: Callable[[Member], str]) -> list[str]:
    """Name the people whose libraries differ in something."""
    found: dict[str, set[str]] = {}
    for member in cohort.firsts:
        found.setdefault(member.person, set()).add(what(member))
    return sorted(person for person, values in found.items() if len(values) > 1)


def _on_several_levels(cohort: Cohort, contrast: Contrast) -> Finding | None:
    """Look for subjects on several levels of a design that takes libraries for people."""
    names = _several(cohort, lambda member: member.level)
    if not names:
        return None
    return Finding("subjects_in_several_arms", {**about(contrast), "subjects": names})


def _case_and_control_in_turn(cohort: Cohort, contrast: Contrast) -> Finding | None:
    """Look for people of a change who are a case at one time and a control at the other."""
    names = _several(cohort, lambda member: member.arm)
    if not names:
        return None
    return Finding("arm_changes", {**about(contrast), "subjects": names})


def _at_several_times(sheet: pd.DataFrame, cohort: Cohort, contrast: Contrast) -> Finding | None:
    """Look for people with several time points who are to be compared once.

    A response before treatment and a change under it are different questions.
    """
    if contrast.column == "timepoint" or "timepoint" not in sheet:
        return None
    times: dict[tuple[str, str], set[str]] = {}
    for member in cohort.members:  # also those that are not used: the sheet alone must tell
        own = times.setdefault((member.person, member.level), set())
        own.add(sheet.at[member.sample, "timepoint"])
    mixed = {person: there for (person, _), there in times.items() if len(there) > 1}
    if not mixed:
        return None
    there = sorted(set().union(*mixed.values()) - {""}, key=natural)
    facts = {
        "subjects": sorted(mixed),
        "time_points": there,
        "empty_cells": any("" in own for own in mixed.values()),
    }
    return Finding("several_time_points", {**about(contrast), **facts})

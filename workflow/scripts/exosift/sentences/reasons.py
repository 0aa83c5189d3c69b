"""Sentences of why a contrast cannot be tested: what was found, and what would repair it."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from exosift.findings import Finding
from exosift.sentences import checks
from exosift.sentences.exclusions import counted
from exosift.text import joined, some_of

Facts = Mapping[str, Any]


def reason_sentence(reason: Finding | Mapping[str, Any], *, own_cohort: bool = True) -> str:
    """Return the sentence of a reason or of its record.

    Parameters
    ----------
    reason
        One of `reasons` of a contrast's record. Its code is that of a check where a check refused.
    own_cohort
        Whether the contrast is one of this run; of another cohort only the sheet can be changed.
    """
    code, facts = (
        (reason.code, reason.facts)
        if isinstance(reason, Finding)
        else (reason["code"], reason["facts"])
    )
    facts = {**facts, "own_cohort": own_cohort, "adjusts": own_cohort, "numbers": True}
    return SENTENCES[code](facts)


def reason_sentences(
    reasons: Iterable[Finding | Mapping[str, Any]], *, own_cohort: bool = True
) -> list[str]:
    """Return the sentences of all reasons."""
    return [reason_sentence(one, own_cohort=own_cohort) for one in reasons]


def _coincidence(facts: Facts) -> str:
    column, groups = facts["column"], facts["groups"]
    whose = f" whose {column} is known" if facts["incomplete"] else ""
    units = f"{facts['units']}{whose}"
    found = ""
    for mine, other in (groups, groups[::-1]) if len(groups) == 2 else ():
        if len(mine["values"]) == 1 and not found:
            found = (
                f"all {mine['units']} {mine['name']} {units} are {column} {mine['values'][0]} and "
                f"none of the {other['units']} {other['name']} {facts['units']} is"
            )
    if not found:
        levels = "; ".join(f"{one['name']}: {some_of(one['values'])}" for one in groups)
        what = "of both arms" if len(groups) == 2 else "of different levels"
        found = f"no {column} holds {units} {what} ({levels})"
    names = joined([one["name"] for one in groups])
    return (
        f"{column} and {facts['condition']} coincide completely: {found}. Their effects cannot be "
        f"told apart by any model. It takes {names} libraries within the same {column}."
    )


def _value_for_each_library(facts: Facts) -> str:
    return (
        f"{facts['column']} has a value of its own for every library, so it explains any "
        "difference. Take it off the covariates."
    )


def _coincidence_of_several(facts: Facts) -> str:
    return (
        f"{joined(facts['columns'])} together determine completely which libraries are "
        f"{facts['case']}: the difference cannot be told from them. It takes libraries of both "
        "arms that agree in these columns, or fewer covariates."
    )


def _too_few_degrees_of_freedom(facts: Facts) -> str:
    return (
        f"{facts['libraries']} libraries cannot carry the {facts['coefficients']} coefficients of "
        f"{facts['formula']}: {facts['left']} degrees of freedom are left, {facts['needed']} are "
        "needed. List fewer covariates or add libraries."
    )


def _no_usable_library(facts: Facts) -> str:
    return f"None of the {facts['libraries']} libraries can be used.{_not_used(facts)}"


def _too_few_people(facts: Facts) -> str:
    people = facts["people"]
    return (
        f"{people} {'person' if people == 1 else 'people'} with usable {facts['name']} libraries "
        f"({facts['arm']}s); a test needs {facts['needed']} in each arm, a candidate more."
        f"{_not_used(facts)}"
    )


def _too_few_levels(facts: Facts) -> str:
    return (
        f"A trend needs libraries on three levels; none can be used of {joined(facts['absent'])}."
        f"{_not_used(facts)}"
    )


def _too_few_mirnas(facts: Facts) -> str:
    return (
        f"{facts['tested']} of {facts['mirnas']} miRNAs have reads enough to be tested; it takes "
        f"{facts['needed']}. The libraries are too shallow."
    )


def _subjects_in_several_arms(facts: Facts) -> str:
    names = facts["subjects"]
    place = "on several levels" if facts["compared"] == "levels" else "in both arms"
    return (
        f"{some_of(names)} (column subject) stand{'s' if len(names) == 1 else ''} {place}, so the "
        "libraries are not independent. Use the design 'paired', or keep one arm of each; if their "
        "numbers restart in each arm, give different people different names."
    )


def _arm_changes(facts: Facts) -> str:
    return (
        f"{facts['condition']} of {some_of(facts['subjects'])} (column subject) is not the same at "
        "both time points, so nobody can say whose change it is. Write one "
        f"{facts['condition']} for each subject, that of the whole course."
    )


def _several_time_points(facts: Facts) -> str:
    names, times = facts["subjects"], facts["time_points"]
    if facts["empty_cells"]:
        found = f"({', '.join(times)}, and empty cells): fill in `timepoint`, and"
    else:
        found = f"({', '.join(times)}), and nobody said which is meant:"
    advice = f"put timepoint={times[0]} into `subset`, or use the design 'paired' or 'change'."
    if not facts["own_cohort"]:
        advice = "leave one time point of each person in its sheet."
    return (
        f"{some_of(names)} (column subject) {'has' if len(names) == 1 else 'have'} libraries of "
        f"several time points {found} {advice}"
    )


def _not_used(facts: Facts) -> str:
    return f" Not used: {counted(facts['exclusions'])}." if facts["exclusions"] else ""


SENTENCES: dict[str, Callable[[Facts], str]] = {
    **checks.SENTENCES,
    "coincidence": _coincidence,
    "coincidence_of_several": _coincidence_of_several,
    "value_for_each_library": _value_for_each_library,
    "too_few_degrees_of_freedom": _too_few_degrees_of_freedom,
    "no_usable_library": _no_usable_library,
    "too_few_people": _too_few_people,
    "too_few_levels": _too_few_levels,
    "too_few_mirnas": _too_few_mirnas,
    "subjects_in_several_arms": _subjects_in_several_arms,
    "arm_changes": _arm_changes,
    "several_time_points": _several_time_points,
}
"""What is said of each reason; a check that refuses says why by itself."""

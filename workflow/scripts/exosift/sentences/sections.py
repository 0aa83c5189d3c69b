"""Sentences of why a cohort may not have a part of a report."""

from collections.abc import Callable, Mapping
from typing import Any

Facts = Mapping[str, Any]


def section_sentence(section: Mapping[str, Any]) -> str:
    """Return why a section of a contrast's record is not shown; "" if it is."""
    clause = section_clause(section["reason"]) if section["reason"] else ""
    return f"{clause[0].upper()}{clause[1:]}." if clause else ""


def section_clause(reason: Mapping[str, Any]) -> str:
    """Return the reason of a section as a clause, to follow a colon.

    Parameters
    ----------
    reason
        `reason` of a section in a contrast's record.
    """
    return CLAUSES[reason["code"]](reason["facts"])


def _more_people_needed(facts: Facts) -> str:
    of_what = {"each_arm": "in each arm", "controls": "controls"}[facts["of"]]
    return f"it takes {facts['needed']} {of_what}; there are {facts['people']}"


CLAUSES: dict[str, Callable[[Facts], str]] = {
    "not_tested": "the contrast was not tested".format_map,
    "more_people_needed": _more_people_needed,
}
"""What is said of each reason."""

"""Sentences of why a cohort may not have a part of a report."""

from collections.abc import Callable, Mapping
from typing import Any

Facts = Mapping[str, Any]


def section_sentence(section: Mapping[str, Any]) -> str:
    """Return why a section of a contrast's record is not shown; "" if it is."""
    reason = section["reason"]
    return SENTENCES[reason["code"]](reason["facts"]) if reason else ""


def _more_people_needed(facts: Facts) -> str:
    of_what = {"each_arm": "in each arm", "controls": "controls"}[facts["of"]]
    return f"It takes {facts['needed']} {of_what}; there are {facts['people']}."


SENTENCES: dict[str, Callable[[Facts], str]] = {
    "not_tested": "The contrast was not tested.".format_map,
    "more_people_needed": _more_people_needed,
}
"""What is said of each reason."""

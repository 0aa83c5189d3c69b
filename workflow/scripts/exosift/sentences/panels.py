"""Sentences of panels: why there is none, and why one lacks a part or a model beside it."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from exosift.designs import DESIGNS
from exosift.sentences import sections
from exosift.sentences.sections import section_clause

Facts = Mapping[str, Any]


def absence_sentences(record: Mapping[str, Any]) -> list[str]:
    """Return why there is no panel; none if there is one.

    Parameters
    ----------
    record
        `panels/{contrast}.json`; empty if no panel was asked for.
    """
    return _sentences(record.get("reasons", ()))


def specificity_sentences(operating_points: Mapping[str, Any]) -> list[str]:
    """Return which specificities lack controls, of `operating_points` of a panel's record."""
    return _sentences(operating_points["reasons"])


def lack_clause(part: Mapping[str, Any]) -> str:
    """Return why a part of a panel's record is missing, to follow a colon; "" if it is there.

    Parameters
    ----------
    part
        Its `calibration`, `leave_one_batch_out` or one of `baselines`, or the calibration of
        another cohort.
    """
    reason = part.get("reason")
    return CLAUSES[reason["code"]](reason["facts"]) if reason else ""


def _sentences(reasons: Iterable[Mapping[str, Any]]) -> list[str]:
    return [SENTENCES[one["code"]](one["facts"]) for one in reasons]


def _design_without_panel(facts: Facts) -> str:
    return DESIGNS[facts["design"]].no_panel


def _no_auc(facts: Facts) -> str:
    because = section_clause(facts["because"])
    return f"No AUC outside the libraries that chose a miRNA: {because}."


def _too_few_for_a_panel(facts: Facts) -> str:
    return f"No panel: {section_clause(facts['because'])}."


def _no_specificity(facts: Facts) -> str:
    return f"No specificity of {facts['specificity']:.0%}: {section_clause(facts['because'])}."


def _too_few_reads_of_published(facts: Facts) -> str:
    return f"too few reads of every published miRNA: {', '.join(facts['mirnas'])}"


SENTENCES: dict[str, Callable[[Facts], str]] = {
    "design_without_panel": _design_without_panel,
    "no_auc": _no_auc,
    "too_few_for_a_panel": _too_few_for_a_panel,
    "no_specificity": _no_specificity,
}
"""What is said of a panel that was not made, and of a specificity that lacks controls."""

CLAUSES: dict[str, Callable[[Facts], str]] = {
    **sections.CLAUSES,
    "too_few_batches": (
        "it takes {needed} batches with {people} people of each arm; there are {batches}"
    ).format_map,
    "people_for_calibration": "it takes {needed} people in each arm".format_map,
    "neither_age_nor_sex": "the sample sheet has neither age nor sex".format_map,
    "nothing_measured": "the run measured nothing of the libraries".format_map,
    "no_published_direction": (
        "no published direction in patients' vesicles applies here"
    ).format_map,
    "too_few_reads_of_published": _too_few_reads_of_published,
    "not_compared": "not compared".format_map,
}
"""What is said of a part that a panel lacks, behind the name of the part and a colon."""

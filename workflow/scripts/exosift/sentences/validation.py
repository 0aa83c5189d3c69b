"""Sentences of another cohort: why a frozen panel was not applied to it, and what weakens it."""

from collections.abc import Callable, Mapping
from typing import Any

from exosift.sentences.exclusions import counted
from exosift.sentences.reasons import reason_sentence
from exosift.sentences.warnings import ordered_warnings
from exosift.text import some_of

Facts = Mapping[str, Any]


def refusal_sentences(record: Mapping[str, Any]) -> list[str]:
    """Return why a panel was not applied to another cohort; none if it was.

    Parameters
    ----------
    record
        `validation/{contrast}.json`. Where the design gate refused, `reasons` are those of a
        contrast.
    """
    return [
        SENTENCES[one["code"]](one["facts"])
        if one["code"] in SENTENCES
        else reason_sentence(one, own_cohort=False)
        for one in record["reasons"]
    ]


def weakness_sentences(record: Mapping[str, Any]) -> list[str]:
    """Return what weakens the answer of another cohort, the most severe first.

    Parameters
    ----------
    record
        `validation/{contrast}.json`, whose panel adjusts for nothing.
    """
    checks = record.get("design", {}).get("checks", ())
    found = ordered_warnings(record.get("warnings", ()), checks, adjusts=False)
    return [text for _, text in found]


def _trained_on(facts: Facts) -> str:
    ways = (
        ("by_counts", "by its counts"),
        ("by_name", "by its name"),
        ("by_person", "by its person (subject, or sample where there is none)"),
        ("by_likeness", "by levels that resemble one such library and no other"),
    )
    found = ", ".join(f"{facts[key]} {how}" for key, how in ways if facts[key])
    renamed = ""
    if not (facts["by_counts"] or facts["by_likeness"]):
        where = "the names in its sheet and its matrix" if facts["by_name"] else "its subjects"
        renamed = (
            " Nothing but names is known of them: if other people go by the same ones, put the "
            f"name of the cohort before {where}."
        )
    known = facts["samples"]
    return (
        f"It is not another cohort: of its {facts['libraries']} libraries the panel was trained "
        f"on {len(known)}, or on their people ({some_of(known)}). Known are {found}. Take them "
        f"out of its sheet.{renamed}"
    )


def _too_few_of_an_arm(facts: Facts) -> str:
    people, kinds = facts["people"], facts["exclusions"]
    why = f" Not used: {counted(kinds)}." if kinds else ""
    return (
        f"The other cohort has {people} {'person' if people == 1 else 'people'} with "
        f"{facts['column']} {facts['value']!r} and usable counts; it takes {facts['needed']}.{why}"
    )


def _no_column(facts: Facts) -> str:
    return f"The sheet of the other cohort has no column {facts['column']!r}."


def _mirnas_missing(facts: Facts) -> str:
    return (
        f"The matrix has no row for {', '.join(facts['mirnas'])}, which the panel needs. Name "
        "miRNAs as in miRBase 22."
    )


def _profile_missing(facts: Facts) -> str:
    return (
        f"The matrix holds {facts['share']:.0%} of the reference profile, by reads; it takes "
        f"{facts['needed']:.0%} to normalise a library."
    )


def _another_panel_before(facts: Facts) -> str:
    return (
        f"Another panel ({facts['former'][:12]}) was applied to these libraries before, and this "
        f"one ({facts['panel'][:12]}) was trained after their answer could be known. It takes a "
        "cohort that no panel of this contrast has seen; one of other people by the same names "
        f"needs names of its own. What was applied stands in {facts['ledger']}."
    )


SENTENCES: dict[str, Callable[[Facts], str]] = {
    "no_panel": "There is no panel of this contrast.".format_map,
    "no_column": _no_column,
    "trained_on": _trained_on,
    "too_few_of_an_arm": _too_few_of_an_arm,
    "mirnas_missing": _mirnas_missing,
    "profile_missing": _profile_missing,
    "another_panel_before": _another_panel_before,
}
"""What is said of each reason that the design gate does not give."""

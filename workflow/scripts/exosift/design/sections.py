"""Which parts of a report a cohort of this size may have, and why not the others."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class SectionRules:
    """How many people it takes.

    Attributes
    ----------
    tests
        In each arm, for a table of tests: below, no spread can be estimated.
    ranking
        In each arm, for an order of the tested miRNAs: below, the order is that of chance.
    candidates
        In each arm, for calls of single miRNAs.
    panel
        In each arm, for a panel: with fewer, folds hold too few of the smaller arm.
    calibration
        In each arm, for a calibration curve.
    specificity_95, specificity_98, specificity_99
        Controls, for the sensitivity at that specificity: two of them lie beyond the threshold.
    """

    tests: int = 3
    ranking: int = 5
    candidates: int = 10
    panel: int = 20
    calibration: int = 50
    specificity_95: int = 40
    specificity_98: int = 100
    specificity_99: int = 200


def sections(
    n_case: int, n_control: int, verdict: str, rules: SectionRules | None = None
) -> dict[str, dict[str, Any]]:
    """Say of each section whether a contrast may have it.

    Parameters
    ----------
    n_case, n_control
        People in each arm.
    verdict
        Of the contrast: only one that is `fitted` has more than a description.

    Returns
    -------
    For each section `shown`, and `reason` where it is not: `descriptive`, `tests`, `ranking`,
    `candidates`, `panel`, `calibration`, `specificity_95`, `specificity_98`, `specificity_99`.
    """
    rules = rules or SectionRules()
    smaller = min(n_case, n_control)
    names = ("tests", "ranking", "candidates", "panel", "calibration")
    needs = {name: (smaller, getattr(rules, name), "in each arm") for name in names}
    for share in (95, 98, 99):
        name = f"specificity_{share}"
        needs[name] = (n_control, getattr(rules, name), "controls")
    found: dict[str, dict[str, Any]] = {"descriptive": {"shown": True, "reason": ""}}
    for name, (there, needed, of_what) in needs.items():
        reason = ""
        if verdict != "fitted":
            reason = "The contrast was not tested."
        elif there < needed:
            reason = f"It takes {needed} {of_what}; there are {there}."
        found[name] = {"shown": not reason, "reason": reason}
    if not found["candidates"]["shown"]:
        for name in ("specificity_95", "specificity_98", "specificity_99"):
            if found[name]["shown"]:
                found[name] = {"shown": False, "reason": found["candidates"]["reason"]}
    return found


def level(found: Mapping[str, Mapping[str, Any]]) -> str:
    """Name the best that a cohort may show: `descriptive`, `tests`, `exploratory`, ..., `panel`."""
    words = {"tests": "tests", "ranking": "exploratory", "candidates": "candidates"}
    words["panel"] = "panel"
    shown = [word for name, word in words.items() if found[name]["shown"]]
    return shown[-1] if shown else "descriptive"

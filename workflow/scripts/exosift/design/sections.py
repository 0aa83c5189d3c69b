"""Which parts of a report a cohort of this size may have, and why not the others."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from exosift.settings.candidates import CallRules
from exosift.settings.sections import Sections


@dataclass(frozen=True)
class SectionRules(Sections):
    """How many people it takes, with those that calls of single miRNAs take."""

    candidates: int = CallRules.fewest_per_arm

    @classmethod
    def of_config(cls, config: Mapping[str, Any]) -> "SectionRules":
        """Read them from a complete configuration."""
        return cls.of({**config["sections"], "candidates": config["candidates"]["fewest_per_arm"]})


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

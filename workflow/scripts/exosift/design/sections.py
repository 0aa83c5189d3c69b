"""Which parts of a report a cohort of this size may have, and why not the others."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from exosift.findings import Finding
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
    For each section `shown`, and `reason`, a finding as it stands in a record; None if it is shown:
    `descriptive`, `tests`, `ranking`, `candidates`, `panel`, `calibration`, `specificity_95`,
    `specificity_98`, `specificity_99`.
    """
    rules = rules or SectionRules()
    smaller = min(n_case, n_control)
    names = ("tests", "ranking", "candidates", "panel", "calibration")
    needs = {name: (smaller, getattr(rules, name), "each_arm") for name in names}
    for share in (95, 98, 99):
        name = f"specificity_{share}"
        needs[name] = (n_control, getattr(rules, name), "controls")
    found: dict[str, dict[str, Any]] = {"descriptive": {"shown": True, "reason": None}}
    for name, (there, needed, of_what) in needs.items():
        reason = None
        if verdict != "fitted":
            reason = Finding("not_tested")
        elif there < needed:
            reason = Finding(
                "more_people_needed", {"needed": needed, "of": of_what, "people": there}
            )
        found[name] = {"shown": reason is None, "reason": reason.to_dict() if reason else None}
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

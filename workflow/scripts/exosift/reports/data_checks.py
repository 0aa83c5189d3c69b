"""Rows of the table of checks: what was asked of the data, and the number that was found."""

from collections.abc import Mapping
from typing import Any

from exosift.reports.wording import count, listed, probability, share

NOT_ASSESSABLE = {
    "few_people": "not assessable: too few people",
    "few_p_values": "not assessable: too few p-values",
}
SHAPES = {
    "usual": "nothing unusual",
    "nearly_all_small": "nearly all small",
    "u_shape": "piles near 0 and 1",
    "pile_near_one": "a pile near 1",
    "hill": "a hill in the middle",
}
QUESTIONS = {
    "differing_share": "Do more miRNAs differ than a disease moves?",
    "component": "Do the leading components of all miRNAs go with {condition}?",
    "perfect_markers": "Do many single miRNAs tell the arms apart without fault?",
    "p_values": "Are the p-values distributed as they should be?",
    "exclusions": "Does quality leave out more libraries of one arm?",
    "not_recorded": "Are batch, kit, biofluid and isolation recorded?",
}


def question_of_data(check: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return the question of a check and what was found, in words; None of any other check.

    Parameters
    ----------
    check
        One of `checks` of a contrast's record.
    """
    code, facts = check["code"], check["facts"]
    if code not in QUESTIONS:
        return None
    question = QUESTIONS[code].format(condition=facts["condition"])
    if "not_assessable" in facts:
        return question, NOT_ASSESSABLE[facts["not_assessable"]]
    return question, {
        "differing_share": _differing,
        "component": _component,
        "perfect_markers": _perfect,
        "p_values": _shape,
        "exclusions": _exclusions,
        "not_recorded": _missing,
    }[code](check)


def _differing(check: Mapping[str, Any]) -> str:
    facts = check["facts"]
    return f"{facts['differing']} of {facts['tested']} ({share(check['value'])})"


def _component(check: Mapping[str, Any]) -> str:
    return f"{share(check['value'])} of the variance, p = {probability(check['p'])}"


def _perfect(check: Mapping[str, Any]) -> str:
    facts = check["facts"]
    return f"{facts['perfect']} of {facts['tested']} (AUC {facts['auc']} or more)"


def _shape(check: Mapping[str, Any]) -> str:
    return SHAPES[check["facts"]["shape"]]


def _exclusions(check: Mapping[str, Any]) -> str:
    facts = check["facts"]
    arms = zip(facts["left_out"], facts["registered"], facts["arms"], strict=True)
    told = [f"{lost} of {registered} {name}" for lost, registered, name in arms]
    return f"{listed(told)}, Fisher's p = {probability(check['p'])}"


def _missing(check: Mapping[str, Any]) -> str:
    missing = check["facts"]["missing"]
    return f"{count(len(missing), 'column')} missing: {listed(missing)}" if missing else "all are"

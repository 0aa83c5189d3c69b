"""Sentences of why blood cells could not be held constant."""

from collections.abc import Callable, Mapping
from typing import Any

Facts = Mapping[str, Any]


def blood_sentence(record: Mapping[str, Any]) -> str:
    """Return why `blood` of a contrast's record holds no adjusted effects; "" if it does."""
    reason = record.get("reason")
    return SENTENCES[reason["code"]](reason["facts"]) if reason else ""


SENTENCES: dict[str, Callable[[Facts], str]] = {
    "blood_mirnas_not_found": (
        "The count matrix holds none of the miRNAs of blood cells by the name that miRBase gives "
        "them, so no score could be computed. Check the names of the matrix."
    ).format_map,
    "too_few_peers_to_score": (
        "Too few libraries of one protocol and batch to score them."
    ).format_map,
    "too_few_scores": "Too few libraries have a score: {scored} of {units}.".format_map,
    "scores_cannot_carry_the_model": (
        "The {scored} libraries that have a score cannot carry the model."
    ).format_map,
}
"""What is said of each reason."""

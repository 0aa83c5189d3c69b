"""Sensitivity at a specificity that was fixed beforehand, and what it means for a population."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import stats

from exosift.panel.libraries import by_person

COVERAGE = 0.95
SPECIFICITIES = {0.95: "specificity_95", 0.98: "specificity_98", 0.99: "specificity_99"}
"""Specificities, and the sections of a report that say whether there are controls enough."""


def threshold_at(controls: np.ndarray, specificity: float) -> float:
    """Find the smallest of the scores that at most so many controls exceed.

    Parameters
    ----------
    controls : ndarray, shape (controls,)
        Scores from inner folds of a training set.
    specificity
        The share of controls that must not exceed it.
    """
    ranked = np.sort(controls)
    # The product of a share and a number may lie a rounding error above a whole number.
    at = int(np.ceil(specificity * len(ranked) - 1e-9))
    return float(ranked[max(at, 1) - 1])


def balanced_threshold(scores: np.ndarray, is_case: np.ndarray) -> float:
    """Find the threshold with the largest sum of sensitivity and specificity (Youden's).

    Midway between two scores; the lowest of equals.
    """
    ranked = np.unique(scores)
    cuts = np.concatenate([[ranked[0] - 1], (ranked[1:] + ranked[:-1]) / 2])
    above = scores[None, :] > cuts[:, None]
    gain = above[:, is_case].mean(axis=1) - above[:, ~is_case].mean(axis=1)
    return float(cuts[int(np.argmax(gain))])


def share_of(hits: int, total: int) -> dict[str, Any]:
    """Give a share with its exact interval (Clopper and Pearson 1934)."""
    if not total:
        return {"hits": 0, "of": 0, "share": None, "low": None, "high": None}
    tail = (1 - COVERAGE) / 2
    low = stats.beta.ppf(tail, hits, total - hits + 1) if hits else 0.0
    high = stats.beta.isf(tail, hits + 1, total - hits) if hits < total else 1.0
    return {
        "hits": hits,
        "of": total,
        "share": hits / total,
        "low": float(low),
        "high": float(high),
    }


def predictive_value(sensitivity: float, specificity: float, prevalence: float) -> float | None:
    """Give the share of the positives that are ill, in a population with this prevalence."""
    found = sensitivity * prevalence
    alarms = found + (1 - specificity) * (1 - prevalence)
    return found / alarms if alarms > 0 else None


def operating_point(
    target: float | str,
    positive: np.ndarray,
    is_case: np.ndarray,
    subjects: np.ndarray,
    stages: np.ndarray | None,
    prevalences: Sequence[float],
) -> dict[str, Any]:
    """Count who is found at the thresholds of the training folds.

    Parameters
    ----------
    target
        What the thresholds were set to: a specificity, or a rule.
    positive : ndarray of bool, shape (repeats, libraries)
        Whether each library lies above the threshold of its fold. A person is positive who is so in
        more than half of the repeats.
    stages : ndarray of str, optional
        The stage of each library; sensitivity is then given by stage as well.
    prevalences
        Populations for which predictive values are computed.

    Returns
    -------
    `target`, `sensitivity` and `specificity` (each with hits, of, share, low, high), `stages`,
    `predictive_values` (each with prevalence, value, low, high).
    """
    chance, case, people = by_person(positive.mean(axis=0), is_case, subjects)
    found = chance > 0.5
    sensitivity = share_of(int(found[case].sum()), int(case.sum()))
    kept = share_of(int((~found[~case]).sum()), int((~case).sum()))
    by_stage = {}
    if stages is not None:
        own = dict(zip(subjects[is_case], stages[is_case], strict=True))
        cells = np.array([own.get(person, "") for person in people])
        for stage in sorted(set(cells[case]) - {""}):
            here = case & (cells == stage)
            by_stage[str(stage)] = share_of(int(found[here].sum()), int(here.sum()))
    # No false positive among fifty controls does not mean none among thousands of healthy people.
    likely = (kept["hits"] + 0.5) / (kept["of"] + 1)
    values = [
        {
            "prevalence": prevalence,
            "value": predictive_value(sensitivity["share"], likely, prevalence),
            "low": predictive_value(sensitivity["low"], kept["low"], prevalence),
            "high": predictive_value(sensitivity["high"], kept["high"], prevalence),
        }
        for prevalence in prevalences
    ]
    return {
        "target": target,
        "sensitivity": sensitivity,
        "specificity": kept,
        "stages": by_stage,
        "predictive_values": values,
    }

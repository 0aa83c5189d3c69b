"""Intervals of what is computed from out-of-fold scores: people are drawn again, not libraries."""

from collections.abc import Iterator

import numpy as np

from exosift.discrimination import Discrimination, areas, discriminate
from exosift.panel.libraries import by_person

COVERAGE = 0.95
AT_ONCE = 200  # drawn cohorts that are held in memory together


def auc_interval(
    scores: np.ndarray, is_case: np.ndarray, subjects: np.ndarray, draws: int, seed: list[int]
) -> Discrimination:
    """Give the AUC of scores with the interval of a bootstrap over people.

    A bootstrap is too narrow in small arms and has no answer where the arms are separate, so the
    interval is nowhere narrower than the one of `discriminate`.

    Parameters
    ----------
    scores : ndarray, shape (libraries,)
        Averaged over repeats; the libraries of a person are averaged first.
    draws
        How many cohorts are drawn.
    """
    values, case, people = by_person(scores, is_case, subjects)
    plain = discriminate(values[case], values[~case], 1)
    drawn = np.concatenate(
        [weighted_aucs(values, case, weights) for weights in resample(case, people, draws, seed)]
    )
    low, high = np.quantile(drawn, [(1 - COVERAGE) / 2, (1 + COVERAGE) / 2])
    return Discrimination(plain.auc, min(float(low), plain.low), max(float(high), plain.high))


def resample(
    is_case: np.ndarray, people: np.ndarray, draws: int, seed: list[int]
) -> Iterator[np.ndarray]:
    """Draw the people of each arm with replacement; who is in both arms is drawn once for both.

    Yields
    ------
    How often each row is drawn; shape (up to `AT_ONCE` draws, rows).
    """
    rng = np.random.default_rng(seed)
    names, place = np.unique(people, return_inverse=True)
    cases = np.bincount(place, weights=is_case, minlength=len(names)) > 0
    controls = np.bincount(place, weights=~is_case, minlength=len(names)) > 0
    kinds = [
        np.flatnonzero(kind) for kind in (cases & ~controls, controls & ~cases, cases & controls)
    ]
    for first in range(0, draws, AT_ONCE):
        number = min(AT_ONCE, draws - first)
        times = np.zeros((number, len(names)))
        for kind in kinds:
            if len(kind):
                chances = np.full(len(kind), 1 / len(kind))
                times[:, kind] = rng.multinomial(len(kind), chances, number)
        yield times[:, place]


def weighted_aucs(values: np.ndarray, is_case: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Give the AUC with each row of weights; shape (rows,). Ties count half."""
    order = np.argsort(values, kind="stable")
    case = np.where(is_case, weights, 0)[:, order]
    control = np.where(is_case, 0, weights)[:, order]
    starts = np.flatnonzero(np.concatenate([[True], np.diff(values[order]) > 0]))
    case = np.add.reduceat(case, starts, axis=1)
    control = np.add.reduceat(control, starts, axis=1)
    below = np.cumsum(control, axis=1) - control / 2
    wins: np.ndarray = (case * below).sum(axis=1)
    return wins / (case.sum(axis=1) * control.sum(axis=1))


def spread(aucs: np.ndarray) -> dict[str, float]:
    """Describe how the AUC varies with the folds; this is no interval for another cohort."""
    return {
        "sd": float(aucs.std(ddof=1)) if len(aucs) > 1 else 0.0,
        "lowest": float(aucs.min()),
        "highest": float(aucs.max()),
    }


def plain_auc(scores: np.ndarray, is_case: np.ndarray, subjects: np.ndarray) -> float:
    """Give the AUC of scores, the libraries of a person averaged."""
    values, case, _ = by_person(scores, is_case, subjects)
    return float(areas(values[None], case)[0])

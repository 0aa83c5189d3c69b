"""Whether the chances that a panel gives can be taken at their word."""

from typing import Any

import numpy as np

from exosift.panel.intervals import COVERAGE, resample
from exosift.panel.libraries import by_person

BINS = 5
MOST_STEPS, SETTLED = 50, 1e-8
LARGEST = 30.0  # log odds beyond which nothing changes


def calibrate(
    scores: np.ndarray, is_case: np.ndarray, subjects: np.ndarray, draws: int, seed: list[int]
) -> dict[str, Any]:
    """Compare out-of-fold chances with what happened.

    Parameters
    ----------
    scores : ndarray, shape (libraries,)
        Log odds, averaged over repeats; the libraries of a person are averaged.
    draws
        Cohorts of the bootstrap over people, for the intervals of intercept and slope. Drawn from
        both arms together: the intercept measures the share of cases, so that share must vary.

    Returns
    -------
    `intercept` (of a logistic model with the log odds as they are: 0 is right, above 0 the panel
    gives too low chances), `slope` (of one on the log odds: 1 is right, below 1 the chances are too
    extreme), each with `low` and `high`; `brier`, `scaled_brier` (1 - Brier score over that of
    giving everyone the share of cases), `prevalence`, and `bins`: fifths of the people by their
    chance, with its mean, the share of cases, and their number.
    """
    odds, case, people = by_person(scores, is_case, subjects)
    whole = np.ones((1, len(odds)))
    drawn = np.concatenate(
        [
            np.stack(_recalibrate(odds, case, times), axis=1)
            for times in resample(case, people, draws, seed, within_arms=False)
        ]
    )
    found = np.stack(_recalibrate(odds, case, whole), axis=1)[0]
    low, high = np.quantile(drawn, [(1 - COVERAGE) / 2, (1 + COVERAGE) / 2], axis=0)
    chance = 1 / (1 + np.exp(-odds))
    share = float(case.mean())
    brier = float(((chance - case) ** 2).mean())
    return {
        **{
            name: {"value": float(found[at]), "low": float(low[at]), "high": float(high[at])}
            for at, name in enumerate(("intercept", "slope"))
        },
        "brier": brier,
        "scaled_brier": 1 - brier / (share * (1 - share)),
        "prevalence": share,
        "bins": [
            {
                "chance": float(chance[part].mean()),
                "cases": float(case[part].mean()),
                "people": len(part),
            }
            for part in np.array_split(np.argsort(odds, kind="stable"), BINS)
        ],
    }


def _recalibrate(
    odds: np.ndarray, is_case: np.ndarray, times: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Fit the intercept alone, and the slope beside an intercept, for each row of weights.

    Newton's method for all rows at once; shape of both results (rows,).
    """
    alone = np.zeros(len(times))
    for _ in range(MOST_STEPS):
        chance = _chance(alone[:, None] + odds)
        step = (times * (is_case - chance)).sum(axis=1)
        step /= np.maximum((times * chance * (1 - chance)).sum(axis=1), SETTLED)
        alone = np.clip(alone + np.clip(step, -1, 1), -LARGEST, LARGEST)
        if np.abs(step).max() < SETTLED:
            break
    intercept, slope = np.zeros(len(times)), np.ones(len(times))
    for _ in range(MOST_STEPS):
        chance = _chance(intercept[:, None] + slope[:, None] * odds)
        residual, weight = times * (is_case - chance), times * chance * (1 - chance)
        a, b, c = weight.sum(axis=1), (weight * odds).sum(axis=1), (weight * odds**2).sum(axis=1)
        g, h = residual.sum(axis=1), (residual * odds).sum(axis=1)
        determinant = np.maximum(a * c - b * b, SETTLED)
        steps = np.stack([(c * g - b * h) / determinant, (a * h - b * g) / determinant])
        steps = np.clip(steps, -1, 1)
        intercept = np.clip(intercept + steps[0], -LARGEST, LARGEST)
        slope = np.clip(slope + steps[1], -LARGEST, LARGEST)
        if np.abs(steps).max() < SETTLED:
            break
    return alone, slope


def _chance(odds: np.ndarray) -> np.ndarray:
    chance: np.ndarray = 1 / (1 + np.exp(-np.clip(odds, -LARGEST, LARGEST)))
    return chance

"""AUCs of out-of-fold scores, and their intervals: people are drawn again, not libraries.

Only libraries of one test fold are compared with each other. Scores of different folds come from
different models, and a fold with more cases is scored by a model that saw fewer of them: compared
across folds, scores that know nothing have an AUC below a half (0.47 for shuffled labels of 99
cases and 50 controls; 0.50 within folds).
"""

from collections.abc import Iterator

import numpy as np

from exosift.discrimination import Discrimination, areas, with_interval
from exosift.panel.libraries import by_person

COVERAGE = 0.95
AT_ONCE = 200  # drawn cohorts that are held in memory together
ROC_POINTS = 101
DECIMALS = 9  # of shares of controls; a third is not the same in every sum


def fold_auc(
    scores: np.ndarray, folds: np.ndarray, is_case: np.ndarray, subjects: np.ndarray
) -> np.ndarray:
    """Give the share of pairs of a case and a control of one fold that are in the right order.

    Parameters
    ----------
    scores : ndarray, shape (rows, libraries)
        Each row on its own; the libraries of a person are averaged.
    folds : ndarray of int, shape (libraries,)
        The fold in which each library was tested.

    Returns
    -------
    ndarray, shape (rows,).
    """
    wins, pairs = np.zeros(len(scores)), 0
    for fold in np.unique(folds):
        here = folds == fold
        values, case, _ = by_person(scores[:, here], is_case[here], subjects[here])
        number = int(case.sum()) * int((~case).sum())
        if number:
            wins += areas(values, case) * number
            pairs += number
    return wins / pairs if pairs else np.full(len(scores), np.nan)


def auc_interval(
    scores: np.ndarray,
    folds: np.ndarray,
    is_case: np.ndarray,
    subjects: np.ndarray,
    draws: int,
    seed: list[int],
) -> Discrimination:
    """Give the AUC within folds, over all repeats, with the interval of a bootstrap over people.

    A bootstrap is too narrow in small arms and has no answer where the arms are separate, so the
    interval is nowhere narrower than the one of `discrimination.with_interval`.

    Parameters
    ----------
    scores, folds : ndarray, shape (repeats, libraries)
        Scores, and the fold in which each library was tested.
    draws
        How many cohorts are drawn.
    """
    values, case, people = by_person(scores, is_case, subjects)
    own, _, _ = by_person(folds, is_case, subjects)  # all libraries of a person are in one fold
    wins, pairs = _pairs(values, own, case)
    auc = float(wins.sum() / pairs.sum())
    drawn = np.concatenate(
        [
            _weigh(wins, times[:, case], times[:, ~case])
            / np.maximum(_weigh(pairs, times[:, case], times[:, ~case]), 1e-9)
            for times in resample(case, people, draws, seed)
        ]
    )
    low, high = np.quantile(drawn, [(1 - COVERAGE) / 2, (1 + COVERAGE) / 2])
    plain = with_interval(auc, int(case.sum()), int((~case).sum()))
    return Discrimination(auc, min(float(low), plain.low), max(float(high), plain.high))


def _pairs(
    scores: np.ndarray, folds: np.ndarray, is_case: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Count how often each case won against each control, and how often they met in a fold."""
    wins = np.zeros((int(is_case.sum()), int((~is_case).sum())))
    met = np.zeros_like(wins)
    for row, fold in zip(scores, folds, strict=True):
        together = fold[is_case][:, None] == fold[~is_case][None, :]
        ahead = row[is_case][:, None] - row[~is_case][None, :]
        wins += together * (np.sign(ahead) + 1) / 2
        met += together
    return wins, met


def _weigh(matrix: np.ndarray, cases: np.ndarray, controls: np.ndarray) -> np.ndarray:
    """Sum a matrix (cases, controls) for each row of weights; not by BLAS, for equal bits."""
    part = np.einsum("bi,ij->bj", cases, matrix)
    total: np.ndarray = np.einsum("bj,bj->b", part, controls)
    return total


def resample(
    is_case: np.ndarray,
    people: np.ndarray,
    draws: int,
    seed: list[int],
    *,
    within_arms: bool = True,
) -> Iterator[np.ndarray]:
    """Draw the people of each arm with replacement; who is in both arms is drawn once for both.

    Parameters
    ----------
    within_arms
        Each arm keeps its size, as an AUC wants it; otherwise the share of cases varies.

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
    if not within_arms:
        kinds = [np.arange(len(names))]
    for first in range(0, draws, AT_ONCE):
        number = min(AT_ONCE, draws - first)
        times = np.zeros((number, len(names)))
        for kind in kinds:
            if len(kind):
                chances = np.full(len(kind), 1 / len(kind))
                times[:, kind] = rng.multinomial(len(kind), chances, number)
        yield times[:, place]


def spread(aucs: np.ndarray) -> dict[str, float]:
    """Describe how the AUC varies with the folds; this is no interval for another cohort."""
    return {
        "sd": float(aucs.std(ddof=1)) if len(aucs) > 1 else 0.0,
        "lowest": float(aucs.min()),
        "highest": float(aucs.max()),
    }


def mean_roc(
    scores: np.ndarray, folds: np.ndarray, is_case: np.ndarray, subjects: np.ndarray
) -> np.ndarray:
    """Average the ROC curves of all folds and repeats at each false-positive share.

    Across tied scores a curve is a straight line, as a tie counts half in an AUC; so the area (by
    trapezoids) is the AUC of `auc_interval`, but for the width of the grid.

    Parameters
    ----------
    scores, folds : ndarray, shape (repeats, libraries)

    Returns
    -------
    ndarray, shape (`ROC_POINTS`,): true-positive shares at evenly spaced false-positive shares.
    """
    grid, curves, sizes = np.linspace(0, 1, ROC_POINTS), [], []
    for row, own in zip(scores, folds, strict=True):
        for fold in np.unique(own):
            here = own == fold
            values, case, _ = by_person(row[here], is_case[here], subjects[here])
            if case.all() or not case.any():
                continue
            above = values[None, :] >= np.unique(values)[::-1, None]
            false = np.concatenate([[0.0], above[:, ~case].mean(axis=1)])
            true = np.concatenate([[0.0], above[:, case].mean(axis=1)])
            curves.append(_along(false, true, grid))
            sizes.append(int(case.sum()) * int((~case).sum()))
    averaged: np.ndarray = np.average(curves, axis=0, weights=sizes)
    return averaged


def _along(false: np.ndarray, true: np.ndarray, grid: np.ndarray) -> np.ndarray:
    """Read a ROC curve at points of a grid; within a rise, half way, and whole at the ends."""
    false, grid = np.round(false, DECIMALS), np.round(grid, DECIMALS)
    upper = np.interp(grid, false, true)
    lower = 1 - np.interp(1 - grid, 1 - false[::-1], 1 - true[::-1])
    curve: np.ndarray = (upper + lower) / 2
    curve[[0, -1]] = upper[[0, -1]]
    return curve


def plain_auc(scores: np.ndarray, is_case: np.ndarray, subjects: np.ndarray) -> float:
    """Give the AUC of scores of one model, the libraries of a person averaged."""
    return float(fold_auc(scores[None], np.zeros(len(scores)), is_case, subjects)[0])

"""Whether the arms are alike in what is not under test: standardised differences of columns."""

import numpy as np
import pandas as pd

from exosift.sheet_columns import is_known

ALONE = 1e-9  # what rounding leaves of a leverage of 1
TIED = 1e-12


def difference_of_numbers(case: np.ndarray, control: np.ndarray) -> float:
    """Give the absolute standardised mean difference of two sets of numbers; NaN if too few."""
    if len(case) < 2 or len(control) < 2:
        return float("nan")
    spread = np.sqrt((case.var(ddof=1) + control.var(ddof=1)) / 2)
    gap = abs(case.mean() - control.mean())
    if spread == 0:
        return 0.0 if gap == 0 else float("inf")
    return float(gap / spread)


def difference_of_groups(case: pd.Series, control: pd.Series) -> float:
    """Give the standardised difference of the shares of groups; NaN if an arm is empty.

    The Mahalanobis distance of the shares (Yang and Dalton, SAS Global Forum 2012, paper 335).
    """
    if not len(case) or not len(control):
        return float("nan")
    levels = sorted(set(case) | set(control))[1:]
    if not levels:
        return 0.0
    p = np.array([(case == level).mean() for level in levels])
    q = np.array([(control == level).mean() for level in levels])
    covariance = (np.diag(p) - np.outer(p, p) + np.diag(q) - np.outer(q, q)) / 2
    gap = p - q
    # A direction without spread in either arm, in which they differ, separates them completely.
    if np.linalg.norm(gap - covariance @ np.linalg.pinv(covariance) @ gap) > 1e-9:
        return float("inf")
    return float(np.sqrt(max(gap @ np.linalg.pinv(covariance) @ gap, 0.0)))


def imbalance(cells: pd.Series, scores: np.ndarray, numeric: bool) -> float:
    """Give the standardised difference of a column between the arms, unknown cells left out.

    Along the levels of a trend it is that of two equal arms which the column goes with as much:
    2 r / √(1 - r²), where r is the correlation with the level (of groups the correlation ratio).

    Parameters
    ----------
    cells : Series of str
        The column, one cell per unit.
    scores : array, shape (units,)
        The tested column: 1 for cases and 0 for controls, or 0, 1, 2, ... along a trend.
    numeric
        Whether the column measures something.
    """
    scores = np.asarray(scores, dtype=float)
    known = is_known(cells, numeric)
    cells, scores = cells[known], scores[known]
    if len(scores) and scores.max() > 1:
        return _along(cells, scores, numeric)
    case, control = cells[scores == 1], cells[scores != 1]
    if not numeric:
        return difference_of_groups(case, control)
    values = [pd.to_numeric(arm) for arm in (case, control)]
    return difference_of_numbers(*(arm.to_numpy(dtype=float) for arm in values))


def _along(cells: pd.Series, scores: np.ndarray, numeric: bool) -> float:
    centred = scores - scores.mean()
    if numeric:
        values = pd.to_numeric(cells).to_numpy(dtype=float)
        values = values - values.mean()
        whole = (values @ values) * (centred @ centred)
        explained = (values @ centred) ** 2 / whole if whole > 0 else 0.0
    else:
        means = pd.Series(centred).groupby(cells.to_numpy()).transform("mean").to_numpy()
        explained = (means @ means) / (centred @ centred)
    if explained > 1 - ALONE:
        return float("inf")
    return float(2 * np.sqrt(explained / (1 - explained)))


def separability(columns: np.ndarray, is_case: np.ndarray) -> float:
    """Say how well the columns alone tell the arms apart: the AUC of a linear discriminant.

    Each unit is scored by a discriminant of all others, which the hat matrix gives at once, so that
    many columns of few units do not look like much. Columns that tell nothing score a unit by who
    is left without it, which is the wrong way round: below 0.5 is 0.5.

    Parameters
    ----------
    columns : array, shape (units, columns)
        Such as age and sex.
    is_case : array of bool, shape (units,)
    """
    basis = np.linalg.qr(np.column_stack([np.ones(len(columns)), columns]))[0]
    fitted = basis @ (basis.T @ is_case)
    leverage = (basis**2).sum(axis=1)
    # A unit that is alone with its value cannot be predicted: the others say nothing of it.
    alone = leverage > 1 - ALONE
    left = np.where(alone, 1.0, 1 - leverage)
    score = np.where(alone, is_case.mean(), is_case - (is_case - fitted) / left)
    gap = score[is_case][:, None] - score[~is_case][None, :]
    return max(float((gap > TIED).mean() + (np.abs(gap) <= TIED).mean() / 2), 0.5)

"""Tests by ranks, which assume nothing of how levels are distributed."""

import numpy as np
import pandas as pd
from scipy import stats

from exosift.cohort import Cohort
from exosift.contrasts import Contrast


def wilcoxon(levels: np.ndarray, contrast: Contrast, cohort: Cohort) -> np.ndarray:
    """Compare the arms by Wilcoxon's test, without covariates.

    The rank sum of unpaired arms, the signed rank of pairs, the rank sum of the changes.

    Parameters
    ----------
    levels : array, shape (miRNAs, units)
        Normalised levels, such as log CPM.
    """
    if contrast.kind.pairs_arms:
        return _signed_rank(contrast.kind.changes(levels, contrast, cohort)[0])
    values, case = contrast.kind.compared_values(levels, contrast, cohort)
    return stats.mannwhitneyu(values[:, case], values[:, ~case], axis=1).pvalue


def _signed_rank(change: np.ndarray) -> np.ndarray:
    still = (change == 0).all(axis=1)
    p = np.ones(len(change))
    p[~still] = stats.wilcoxon(change[~still], axis=1).pvalue
    return p


def jonckheere(levels: np.ndarray, steps: np.ndarray) -> np.ndarray:
    """Test whether levels go up or down along ordered groups (Jonckheere and Terpstra).

    Two-sided, by the normal approximation with correction for ties.

    Parameters
    ----------
    levels : array, shape (miRNAs, units)
    steps : array, shape (units,)
        The place of each unit in the order.
    """
    groups = [levels[:, steps == step] for step in np.unique(steps)]
    statistic = np.zeros(len(levels))
    for at, low in enumerate(groups):
        for high in groups[at + 1 :]:
            gap = high[:, None, :] - low[:, :, None]
            statistic += (gap > 0).sum(axis=(1, 2)) + (gap == 0).sum(axis=(1, 2)) / 2
    sizes = np.array([group.shape[1] for group in groups], dtype=float)
    n = sizes.sum()
    mean = (n**2 - (sizes**2).sum()) / 4
    variance = np.array([_variance(row, sizes, n) for row in levels])
    z = (statistic - mean) / np.sqrt(np.maximum(variance, 1e-300))
    return np.where(variance > 0, 2 * stats.norm.sf(np.abs(z)), 1.0)


def _variance(row: np.ndarray, sizes: np.ndarray, n: float) -> float:
    """Give the variance of the statistic under chance (Hollander and Wolfe, with ties)."""
    ties = np.unique(row, return_counts=True)[1].astype(float)

    def cubic(x: np.ndarray | float) -> float:
        return float(np.sum(x * (x - 1) * (2 * x + 5)))

    def triple(x: np.ndarray | float) -> float:
        return float(np.sum(x * (x - 1) * (x - 2)))

    def double(x: np.ndarray | float) -> float:
        return float(np.sum(x * (x - 1)))

    return (
        (cubic(n) - cubic(sizes) - cubic(ties)) / 72
        + triple(sizes) * triple(ties) / (36 * n * (n - 1) * (n - 2))
        + double(sizes) * double(ties) / (8 * n * (n - 1))
    )


def standardised_effect(levels: np.ndarray, is_case: np.ndarray, mirnas: pd.Index) -> pd.DataFrame:
    """Give the difference of the arms in standard deviations, with its 95% interval.

    Hedges' g: Cohen's d times 1 - 3 / (4 df - 1); its variance is that of the normal approximation.

    Parameters
    ----------
    levels : array, shape (miRNAs, units)
    is_case : array of bool, shape (units,)
    """
    case, control = levels[:, is_case], levels[:, ~is_case]
    n1, n0 = case.shape[1], control.shape[1]
    freedom = n1 + n0 - 2
    spread = np.sqrt(
        ((n1 - 1) * case.var(axis=1, ddof=1) + (n0 - 1) * control.var(axis=1, ddof=1)) / freedom
    )
    gap = case.mean(axis=1) - control.mean(axis=1)
    g = np.where(spread > 0, gap / np.where(spread > 0, spread, 1), np.nan)
    g = g * (1 - 3 / (4 * freedom - 1))
    half = stats.norm.ppf(0.975) * np.sqrt((n1 + n0) / (n1 * n0) + g**2 / (2 * (n1 + n0)))
    return pd.DataFrame(
        {"hedges_g": g, "hedges_g_ci_low": g - half, "hedges_g_ci_high": g + half}, index=mirnas
    )

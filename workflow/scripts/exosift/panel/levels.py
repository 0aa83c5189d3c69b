"""Levels of miRNAs on a scale that the training libraries set, and that is then frozen.

A library that is tested is normalised alone, against the profile of the libraries that were
trained on; however wild it is, it changes nothing for the others.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numba import njit
from sklearn.base import BaseEstimator, TransformerMixin

from exosift.normalisation import FILTER, PRIOR_COUNT

TRIM_RATIOS, TRIM_LEVELS = 0.3, 0.05  # of edgeR's TMM
UNCHANGED = 1e-6  # log2 ratios all smaller than this need no factor


class FrozenLevels(TransformerMixin, BaseEstimator):
    """Filter and normalise counts by what the training libraries say alone.

    Which miRNAs are used is decided by edgeR's filter on the training libraries, which sees the
    sizes of the arms. Each library, of training or test, is scaled by TMM (Robinson and Oshlack
    2010, doi:10.1186/gb-2010-11-3-r25) against one reference profile, the mean shares of the
    training libraries; so its factor depends on itself and the profile.

    Attributes
    ----------
    mirnas_ : ndarray of str, shape (used miRNAs,)
    reference_ : ndarray, shape (used miRNAs,)
        The profile as a library of the mean size, in reads.
    prior_ : float
        Counts per million added before the logarithm: `PRIOR_COUNT` reads of a library of mean
        effective size.
    seen_ : frozenset
        The libraries that it was fitted to.
    """

    def fit(self, X: pd.DataFrame, y: Sequence[bool] | np.ndarray) -> "FrozenLevels":
        """Learn the filter and the profile; see `fit_transform`."""
        self.fit_transform(X, y)
        return self

    def fit_transform(self, X: pd.DataFrame, y: Sequence[bool] | np.ndarray) -> np.ndarray:
        """Learn the filter and the profile, and give the levels of the training libraries.

        Parameters
        ----------
        X : DataFrame of int, shape (libraries, miRNAs)
            Raw counts, indexed by library.
        y : array of bool
            Whether each library is a case.

        Returns
        -------
        ndarray, shape (libraries, used miRNAs), as `transform` gives it.
        """
        counts = X.to_numpy(dtype=float)
        self.seen_ = frozenset(X.index)
        used = expressed(counts, np.asarray(y, dtype=bool))
        self.columns_ = np.flatnonzero(used)
        self.mirnas_ = X.columns.to_numpy()[used]
        kept = counts[:, used]
        sizes = kept.sum(axis=1)
        filled = sizes > 0
        shares = kept[filled] / sizes[filled, None]
        self.reference_ = shares.mean(axis=0) * sizes[filled].mean()
        effective = sizes * tmm_against(kept, self.reference_)
        self.prior_ = float(PRIOR_COUNT / effective[filled].mean() * 1e6)
        return _log_levels(kept, effective, self.prior_)

    def transform(self, X: pd.DataFrame) -> np.ndarray:
        """Give log2 counts per million of the used miRNAs; shape (libraries, used miRNAs)."""
        return frozen_levels(
            X.to_numpy(dtype=float)[:, self.columns_], self.reference_, self.prior_
        )

    def get_feature_names_out(self, _: object = None) -> np.ndarray:
        """Name the used miRNAs, as scikit-learn's pipelines ask for them."""
        names: np.ndarray = self.mirnas_.astype(object)
        return names


def frozen_levels(counts: np.ndarray, reference: np.ndarray, prior: float) -> np.ndarray:
    """Put each library on the scale of a profile, independently of all others.

    Parameters
    ----------
    counts : ndarray, shape (libraries, miRNAs)
        Of the miRNAs of the profile. A library without reads is at the floor for each.
    reference : ndarray, shape (miRNAs,)
        The profile, in reads.
    prior
        Counts per million added before the logarithm.

    Returns
    -------
    ndarray, shape (libraries, miRNAs): log2 counts per million of the effective size.
    """
    return _log_levels(counts, counts.sum(axis=1) * tmm_against(counts, reference), prior)


def _log_levels(counts: np.ndarray, sizes: np.ndarray, prior: float) -> np.ndarray:
    per_million = counts / np.where(sizes > 0, sizes, 1)[:, None] * 1e6
    levels: np.ndarray = np.log2(per_million + prior)
    return levels


def expressed(counts: np.ndarray, is_case: np.ndarray) -> np.ndarray:
    """Say which miRNAs pass edgeR's filter, as `normalisation.filter_by_expression` does.

    Parameters
    ----------
    counts : ndarray, shape (libraries, miRNAs)
    is_case : ndarray of bool, shape (libraries,)

    Returns
    -------
    ndarray of bool, shape (miRNAs,).
    """
    sizes = counts.sum(axis=1)
    filled = sizes > 0
    counts, sizes, is_case = counts[filled], sizes[filled], is_case[filled]
    arms = [arm for arm in (is_case.sum(), (~is_case).sum()) if arm]
    if not arms:
        return np.zeros(counts.shape[1], dtype=bool)
    smallest = float(min(arms))
    if smallest > FILTER["large_n"]:
        smallest = FILTER["large_n"] + (smallest - FILTER["large_n"]) * FILTER["min_prop"]
    cut = FILTER["min_count"] / np.median(sizes) * 1e6
    often = (counts / sizes[:, None] * 1e6 >= cut).sum(axis=0) >= smallest - 1e-14
    enough: np.ndarray = often & (counts.sum(axis=0) >= FILTER["min_total_count"])
    return enough


def tmm_against(counts: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """Scale each library by the trimmed mean of its M values against a profile.

    Parameters
    ----------
    counts : ndarray, shape (libraries, miRNAs)
    reference : ndarray, shape (miRNAs,)

    Returns
    -------
    ndarray, shape (libraries,): factors on the library sizes, 1 for a library without reads.
    """
    factors: np.ndarray = _tmm(
        np.ascontiguousarray(counts, dtype=np.float64),
        np.ascontiguousarray(reference, dtype=np.float64),
    )
    return factors


@njit(cache=True)
def _inner_range(values: Any, trim: Any) -> Any:
    """Find the smallest and the largest value whose rank is not trimmed.

    Equal values share the mean of their ranks, as in edgeR: at a border they stay or go together.
    Finding two order statistics takes a fraction of the time of ranking all.
    """
    n = len(values)
    first = int(np.floor(n * trim)) + 1
    last = n + 1 - first
    low = np.partition(values, first - 1)[first - 1]
    high = np.partition(values, last - 1)[last - 1]
    below_low, at_low, below_high, at_high = 0, 0, 0, 0
    for value in values:
        below_low += value < low
        at_low += value == low
        below_high += value < high
        at_high += value == high
    if below_low + (at_low + 1) / 2 < first:
        low = np.nextafter(low, np.inf)
    if below_high + (at_high + 1) / 2 > last:
        high = np.nextafter(high, -np.inf)
    return low, high


@njit(cache=True)
def _tmm(counts: Any, reference: Any) -> Any:
    libraries, mirnas = counts.shape
    factors = np.ones(libraries)
    reference_size = reference.sum()
    log_reference = np.log2(reference / reference_size)
    ratios, levels, variances = np.empty(mirnas), np.empty(mirnas), np.empty(mirnas)
    for i in range(libraries):
        size = counts[i].sum()
        n = 0
        for j in range(mirnas):
            if counts[i, j] > 0 and reference[j] > 0:
                log_own = np.log2(counts[i, j] / size)
                ratios[n] = log_own - log_reference[j]
                levels[n] = (log_own + log_reference[j]) / 2
                variances[n] = 1 / counts[i, j] - 1 / size + 1 / reference[j] - 1 / reference_size
                n += 1
        if n == 0 or np.abs(ratios[:n]).max() < UNCHANGED:
            continue
        low_ratio, high_ratio = _inner_range(ratios[:n], TRIM_RATIOS)
        low_level, high_level = _inner_range(levels[:n], TRIM_LEVELS)
        total, weight = 0.0, 0.0
        for at in range(n):
            if (
                low_ratio <= ratios[at] <= high_ratio
                and low_level <= levels[at] <= high_level
                and variances[at] > 0
            ):
                total += ratios[at] / variances[at]
                weight += 1 / variances[at]
        if weight > 0:
            factors[i] = 2 ** (total / weight)
    return factors

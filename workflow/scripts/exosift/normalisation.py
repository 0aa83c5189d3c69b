"""Which miRNAs are measured well enough to be tested, and how libraries are made comparable."""

import numpy as np
import pandas as pd

PRIOR_COUNT = 2.0

FILTER = {"min_count": 10, "min_total_count": 15, "large_n": 10, "min_prop": 0.7}
"""The filter of edgeR: a miRNA needs 10 reads (at the median depth) in most of the smaller arm."""


def filter_by_expression(counts: pd.DataFrame, group: np.ndarray | None = None) -> pd.Series:
    """Say which miRNAs have reads enough to be tested.

    The method is filterByExpr of edgeR (Chen, Lun and Smyth 2016, doi:10.12688/f1000research.8987)
    as edgepython has it, without the limit of 40 libraries of its newest release. It uses how many
    libraries each group has, and not which.

    Parameters
    ----------
    counts : DataFrame of int, shape (miRNAs, libraries)
    group : array, shape (libraries,), optional
        The arm of each library; one group if not given.

    Returns
    -------
    Series of bool, indexed by miRNA.
    """
    from edgepython import filter_by_expr

    filled = counts.loc[:, counts.sum(axis=0) > 0]
    if filled.empty:
        return pd.Series(False, index=counts.index)
    if group is not None:
        group = np.asarray(group)[(counts.sum(axis=0) > 0).to_numpy()]
    keep = filter_by_expr(filled.to_numpy(dtype=float), group=group, max_n_samples=np.inf, **FILTER)
    return pd.Series(np.asarray(keep, dtype=bool), index=counts.index)


def tmm_factors(counts: pd.DataFrame) -> pd.Series:
    """Scale libraries by the trimmed mean of M values.

    The method of Robinson and Oshlack (2010, doi:10.1186/gb-2010-11-3-r25): most miRNAs are taken
    to be unchanged, and a few abundant ones that rise do not push down the rest.

    Parameters
    ----------
    counts : DataFrame of int, shape (miRNAs, libraries)
        Filtered counts.

    Returns
    -------
    Series, indexed by library: factors on the library sizes, with a geometric mean of 1. A library
    without reads has the factor 1.
    """
    from edgepython import calc_norm_factors

    factors = pd.Series(1.0, index=counts.columns)
    filled = counts.loc[:, counts.sum(axis=0) > 0]
    if filled.shape[0] > 1 and filled.shape[1] > 1:
        factors[filled.columns] = calc_norm_factors(filled.to_numpy(dtype=float), method="TMM")
    return factors


def median_ratio_sizes(counts: pd.DataFrame) -> pd.Series:
    """Give library sizes by the median of ratios to the geometric mean of the positive counts.

    DESeq2's `poscounts` (Anders and Huber 2010, doi:10.1186/gb-2010-11-10-r106, with the mean of
    Love et al. for sparse counts): the plain rule needs miRNAs without a zero in any library.

    Parameters
    ----------
    counts : DataFrame of int, shape (miRNAs, libraries)
        Filtered counts.
    """
    values = counts.to_numpy(dtype=float)
    with np.errstate(divide="ignore"):
        logs = np.where(values > 0, np.log(values), 0.0)
    reference = logs.sum(axis=1) / values.shape[1]
    used = (values > 0) & (values > 0).any(axis=1, keepdims=True)
    ratios = np.where(used, logs - reference[:, None], np.nan)
    return _of_mean_size(counts, np.exp(np.nanmedian(ratios, axis=0)))


def upper_quartile_sizes(counts: pd.DataFrame) -> pd.Series:
    """Give library sizes by the upper quartile of the positive counts of each library.

    Bullard et al. 2010 (doi:10.1186/1471-2105-11-94).
    """
    values = counts.to_numpy(dtype=float)
    return _of_mean_size(counts, np.nanquantile(np.where(values > 0, values, np.nan), 0.75, axis=0))


def centred_log_ratios(counts: pd.DataFrame, zero: float = 0.5, common: float = 0.9) -> np.ndarray:
    """Give log2 ratios of counts to the geometric mean of the miRNAs that nearly all hold.

    Aitchison's centred log-ratio, exact for compositions; shape (miRNAs, libraries).

    Parameters
    ----------
    counts : DataFrame of int, shape (miRNAs, libraries)
    zero
        What stands for a count of 0.
    common
        Share of libraries that must have a read of a miRNA for it to be in the mean; where there
        are none such, all are.
    """
    values = counts.to_numpy(dtype=float)
    shared = (values > 0).mean(axis=1) >= common
    logs = np.log2(np.where(values > 0, values, zero))
    return logs - logs[shared if shared.any() else slice(None)].mean(axis=0)


def _of_mean_size(counts: pd.DataFrame, factors: np.ndarray) -> pd.Series:
    """Scale factors so that their geometric mean is that of the column sums."""
    sums = np.log(counts.sum(axis=0).to_numpy(dtype=float))
    scaled = np.log(factors) - np.log(factors).mean() + sums.mean()
    return pd.Series(np.exp(scaled), index=counts.columns)


def effective_sizes(counts: pd.DataFrame, factors: pd.Series | None = None) -> pd.Series:
    """Multiply the column sums by normalisation factors; an empty library gets the mean size."""
    sizes = counts.sum(axis=0).astype(float)
    if factors is not None:
        sizes = sizes * factors[counts.columns]
    empty = sizes <= 0
    return sizes.where(~empty, sizes[~empty].mean() if (~empty).any() else 1.0)


def cpm(counts: pd.DataFrame, factors: pd.Series | None = None) -> pd.DataFrame:
    """Count per million reads of the effective library size; shape as `counts`."""
    return counts / effective_sizes(counts, factors) * 1e6


def log_cpm(
    counts: pd.DataFrame, factors: pd.Series | None = None, prior_count: float = PRIOR_COUNT
) -> pd.DataFrame:
    """Give log2 CPM with a prior count in proportion to the library size, as edgeR does.

    Parameters
    ----------
    counts : DataFrame of int, shape (miRNAs, libraries)
    factors
        Normalisation factors, indexed by library; 1 if not given.
    prior_count
        Reads added to each count of a library of average size.

    Returns
    -------
    DataFrame, shape (miRNAs, libraries). A library without reads is at the floor for every miRNA.
    """
    sizes = effective_sizes(counts, factors)
    prior = prior_count * sizes / sizes.mean()
    return np.log2((counts + prior) / (sizes + 2 * prior) * 1e6)


def expressed_log_cpm(counts: pd.DataFrame) -> pd.DataFrame:
    """Give TMM-normalised log2 CPM of the expressed miRNAs, chosen without looking at conditions.

    What principal components and heat maps start from; shape (expressed miRNAs, libraries).
    """
    kept = counts[filter_by_expression(counts)]
    return log_cpm(kept, tmm_factors(kept))

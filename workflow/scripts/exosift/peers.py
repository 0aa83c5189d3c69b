"""A library beside its peers: those made with the same protocol in the same batch.

Levels differ between kits by more than between patients (the same plasma in two kits: Spearman
0.62, in one kit 0.97), so every relative measure here compares like with like. Nothing here sees
the condition of a sample.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from exosift.protocols import AUTO

MAD_TO_SD = 1.4826  # the median absolute deviation of a normal distribution is SD / 1.4826
LEAST_MIRNAS = 50  # fewer shared miRNAs make a resemblance of chance
LEAST_POOLED_READS = 10  # below, the chi-square distribution is a poor approximation
MOST_COMPARED = 300  # miRNAs in the search for twins
FEW_LIBRARIES = 8  # from here on, the usual distance between libraries is known


def peer_groups(sheet: pd.DataFrame, protocols: Mapping[str, str]) -> pd.Series:
    """Name the group of each sample: protocol and batch.

    Parameters
    ----------
    sheet : DataFrame
        The sample sheet, indexed by sample; `protocol` and `batch` may be missing.
    protocols : mapping
        The protocol that trimming found per sample; it stands above what the sheet declares.
    """
    nothing = pd.Series("", index=sheet.index)
    protocol = sheet.get("protocol", nothing).copy()
    protocol.update(pd.Series({s: p for s, p in protocols.items() if p and s in sheet.index}))
    return protocol + " / " + sheet.get("batch", nothing)


def with_kits(sheet: pd.DataFrame, protocols: pd.Series) -> pd.DataFrame:
    """Put the kit that its reads told into the sheet, for each library that leaves it to them.

    Parameters
    ----------
    sheet : DataFrame of str
        The sample sheet, indexed by sample; `protocol` may be missing, empty or `auto`.
    protocols : Series of str, indexed by sample
        By which each library was read; "" where nobody knows.
    """
    stated = sheet.get("protocol", pd.Series("", index=sheet.index)).replace(AUTO, "")
    told = stated.where(stated != "", protocols.reindex(sheet.index).fillna(""))
    return sheet.assign(protocol=told) if (told != "").any() else sheet


def log_cpm(counts: pd.DataFrame) -> pd.DataFrame:
    """Turn counts (miRNA x sample) into log2(CPM + 1); a sample without reads becomes zeros."""
    totals = counts.sum(axis=0)
    return np.log2(counts / totals.where(totals > 0, 1) * 1e6 + 1)


def expressed(counts: pd.DataFrame, detection_reads: int) -> pd.Index:
    """Name the miRNAs that at least half of the samples detect."""
    if counts.shape[1] == 0:
        return counts.index[:0]
    return counts.index[(counts >= detection_reads).mean(axis=1) >= 0.5]


def robust_z(values: pd.Series, groups: pd.Series, min_libraries: int) -> pd.Series:
    """Compare values with the median of their group, in robust standard deviations.

    z = (value - median) / (1.4826 * MAD). It is NaN (not assessable) where fewer than
    `min_libraries` of the group have a value, and where half of the group has the same value.
    """
    z = pd.Series(np.nan, index=values.index, dtype=float)
    for _, group in values.dropna().groupby(groups):
        deviation = group - group.median()
        mad = deviation.abs().median()
        if len(group) >= min_libraries and mad > 0:
            z[group.index] = deviation / (MAD_TO_SD * mad)
    return z


def complexity_z(
    detected: pd.Series, depth: pd.Series, groups: pd.Series, min_libraries: int
) -> pd.Series:
    """Say whether a library shows fewer miRNAs than its peers show at its depth.

    The logarithm of the number of detected miRNAs is regressed on the logarithm of miRNA reads
    within a group; the residual is given in standard deviations of the residuals.
    """
    z = pd.Series(np.nan, index=detected.index, dtype=float)
    seen = detected[(detected > 0) & (depth > 0)]
    for _, group in seen.groupby(groups):
        if len(group) < min_libraries:
            continue
        x = np.log(depth[group.index].astype(float))
        y = np.log(group.astype(float))
        slope = 0.0 if np.ptp(x) == 0 else np.polyfit(x - x.mean(), y, 1)[0]
        residual = y - y.mean() - slope * (x - x.mean())
        spread = np.sqrt((residual**2).sum() / max(len(residual) - 2, 1))
        if spread > 1e-12:
            z[group.index] = residual / spread
    return z


def correlation_with_peers(
    counts: pd.DataFrame, groups: pd.Series, detection_reads: int, min_libraries: int
) -> pd.Series:
    """Correlate each library with the median profile of its peers, itself left out.

    Spearman's correlation over the miRNAs that half of the group detects; NaN in groups of fewer
    than `min_libraries`.
    """
    rho = pd.Series(np.nan, index=counts.columns, dtype=float)
    for _, members in groups[counts.columns].groupby(groups[counts.columns]):
        group = counts[members.index]
        profiles = log_cpm(group).loc[expressed(group, detection_reads)]
        if len(members) < min_libraries or len(profiles) < LEAST_MIRNAS:
            continue
        medians = _medians_of_others(profiles.to_numpy())
        for i, sample in enumerate(group):
            rho[sample] = _pearson(rankdata(profiles[sample]), rankdata(medians[:, i]))
    return rho


def twins(counts: pd.DataFrame, subjects: pd.Series, dispersion: float) -> dict[str, list[str]]:
    """Find libraries of different subjects that differ by no more than counting noise.

    Two sequencings of one library are two draws from the same proportions: the chi-square of their
    counts over its degrees of freedom is about 1 at any depth. Between 150 people it was never
    below 2.2 (421 miRNAs, 400,000 reads), between halves of one library never above 1.15; the
    correlation of log-CPM told the two apart in neither direction.

    Parameters
    ----------
    counts : DataFrame
        Reads, miRNA x sample.
    subjects : Series
        The subject of each sample; libraries of one subject may resemble each other.
    dispersion : float
        Chi-square per degree of freedom below which two libraries are taken for one.

    Returns
    -------
    dict
        For each suspicious sample its twins, nearest first.
    """
    counts = counts.loc[:, counts.sum(axis=0) > 0]
    # The abundant miRNAs tell libraries apart; the others are counting noise in any pair.
    levels = counts.div(counts.sum(axis=0), axis=1).mean(axis=1)
    abundant = levels.sort_values(ascending=False, kind="stable").index[:MOST_COMPARED]
    names, reads = list(counts.columns), counts.loc[abundant].to_numpy(dtype=float)
    found: dict[str, list[str]] = {}
    for i, name in enumerate(names):
        noise = _dispersions(reads[:, [i]], np.delete(reads, i, axis=1))
        others = names[:i] + names[i + 1 :]
        # Shallow libraries all look alike; then a small value proves nothing.
        usual = np.nanmedian(noise) if np.isfinite(noise).sum() >= FEW_LIBRARIES else np.inf
        near = sorted(
            (value, other)
            for value, other in zip(noise, others, strict=True)
            if value < min(dispersion, usual / 4) and subjects[name] != subjects[other]
        )
        if near:
            found[name] = [other for _, other in near]
    return found


def _dispersions(one: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Chi-square per degree of freedom between one library and each of the others."""
    pooled = one + others
    expected = pooled / pooled.sum(axis=0) * one.sum()
    expected_others = pooled - expected
    enough = pooled >= LEAST_POOLED_READS
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = (one - expected) ** 2 / expected + (others - expected_others) ** 2 / expected_others
    mirnas = enough.sum(axis=0)
    chi_square = np.where(enough, terms, 0).sum(axis=0)
    return np.where(mirnas >= LEAST_MIRNAS, chi_square / np.maximum(mirnas - 1, 1), np.nan)


def _medians_of_others(levels: np.ndarray) -> np.ndarray:
    """For each row and column, take the median of the row without that column.

    Without the value of rank r, the i-th of a sorted row is its i-th before r and its next after.
    """
    n = levels.shape[1]
    ranked = np.sort(levels, axis=1)
    rank = levels.argsort(axis=1, kind="stable").argsort(axis=1, kind="stable")
    middle = [
        np.where(i < rank, ranked[:, [i]], ranked[:, [min(i + 1, n - 1)]])
        for i in ((n - 2) // 2, (n - 1) // 2)
    ]
    return (middle[0] + middle[1]) / 2


def _pearson(x: np.ndarray, y: np.ndarray) -> float:
    x, y = x - x.mean(), y - y.mean()
    norm = np.sqrt((x @ x) * (y @ y))
    return float(x @ y / norm) if norm > 0 else float("nan")

"""The engines that test each miRNA: edgeR quasi-likelihood, and limma with or without voom."""

import warnings as python_warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import edgepython
import numpy as np
import pandas as pd
import pylimma
from scipy import stats

COVERAGE = 0.95
SMALL_T = 0.05  # below, effect / t is a quotient of rounding errors


@dataclass(frozen=True)
class Test:
    """What an engine says of each miRNA; arrays of shape (miRNAs,).

    Attributes
    ----------
    effect, error
        log2 fold change and its standard error.
    freedom
        Degrees of freedom of the t distribution that belongs to them.
    p
        Two-sided.
    """

    effect: np.ndarray
    error: np.ndarray
    freedom: np.ndarray
    p: np.ndarray

    @property
    def q(self) -> np.ndarray:
        """False discovery rate (Benjamini and Hochberg) over the tested miRNAs."""
        return stats.false_discovery_control(self.p)

    @property
    def interval(self) -> tuple[np.ndarray, np.ndarray]:
        """The 95% interval of the effect."""
        half = stats.t.ppf((1 + COVERAGE) / 2, self.freedom) * self.error
        return self.effect - half, self.effect + half

    def columns(self, name: str, mirnas: pd.Index) -> pd.DataFrame:
        """Give effect, interval, p and q as columns that begin with a name."""
        low, high = self.interval
        return pd.DataFrame(
            {
                f"{name}_log2fc": self.effect,
                f"{name}_ci_low": low,
                f"{name}_ci_high": high,
                f"{name}_p": self.p,
                f"{name}_q": self.q,
            },
            index=mirnas,
        )


def edger(
    counts: pd.DataFrame,
    factors: pd.Series,
    design: np.ndarray,
    depths: pd.Series | None = None,
) -> tuple[Test, dict[str, float | None]]:
    """Test the last coefficient by the quasi-likelihood F test of edgeR.

    Lund et al. 2012 (doi:10.1515/1544-6115.1826) with the robust dispersions of Phipson et al. 2016
    (doi:10.1214/16-AOAS920). `legacy=True` is what edgeR did up to release 3.

    Parameters
    ----------
    counts : DataFrame of int, shape (miRNAs, units)
    factors
        Normalisation factors, indexed by unit.
    design : array, shape (units, coefficients)
    depths
        Library sizes, where the counts are of a part of the miRNAs only.
    """
    with python_warnings.catch_warnings():
        python_warnings.simplefilter("ignore", RuntimeWarning)
        size = None if depths is None else depths[counts.columns].to_numpy(dtype=float)
        data = edgepython.make_dgelist(counts.to_numpy(dtype=float), lib_size=size)
        data["samples"]["norm.factors"] = factors.to_numpy()
        data = edgepython.estimate_disp(data, design=design, robust=True)
        fit = edgepython.glm_ql_fit(data, design=design, robust=True, legacy=True)
        test = edgepython.glm_ql_ftest(fit)
    effect = test["table"]["logFC"].to_numpy(dtype=float)
    p = test["table"]["PValue"].to_numpy(dtype=float)
    freedom = np.broadcast_to(np.asarray(test["df.total"], dtype=float), p.shape)
    error = _edger_error(effect, p, freedom, _wald_error(fit, design))
    dispersion = {
        "common": round(float(data["common.dispersion"]), 6),
        "prior_degrees_of_freedom": _finite(float(np.median(fit["df.prior"]))),
    }
    return Test(effect, error, freedom, p), dispersion


def _finite(freedom: float) -> float | None:
    """Round for the record; infinite where no miRNA spreads beyond the trend, None in JSON."""
    return round(freedom, 3) if np.isfinite(freedom) else None


def _edger_error(
    effect: np.ndarray, p: np.ndarray, freedom: np.ndarray, wald: np.ndarray
) -> np.ndarray:
    """Give the standard errors that make the interval agree with the test.

    |effect| / t, where t is the quantile that belongs to p (the root of F, except where edgeR
    raises p to that of a Poisson test): the interval excludes 0 exactly where p < 0.05. Where t is
    next to nothing, the curvature of the likelihood takes its place.
    """
    t = stats.t.isf(np.maximum(p, np.finfo(float).tiny) / 2, freedom)
    return np.where(t > SMALL_T, np.abs(effect) / np.maximum(t, SMALL_T), wald)


def _wald_error(fit: Mapping[str, Any], design: np.ndarray) -> np.ndarray:
    """Give the standard errors of the last coefficient (log2) by the Fisher information."""
    mean = np.asarray(fit["fitted.values"], dtype=float)
    dispersion = np.asarray(fit["dispersion"], dtype=float)
    if dispersion.ndim == 1:
        dispersion = dispersion[:, None]
    weight = mean / (1 + dispersion * mean)
    information = np.einsum("gn,np,nq->gpq", weight, design, design)
    variance = np.linalg.pinv(information, hermitian=True)[:, -1, -1]
    scale = np.broadcast_to(np.asarray(fit["s2.post"], dtype=float), variance.shape)
    return np.sqrt(variance * scale) / np.log(2)


def voom(
    counts: pd.DataFrame, sizes: pd.Series, design: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Give log2 CPM and their precision weights.

    Law et al. 2014 (doi:10.1186/gb-2014-15-2-r29), with the span of 0.5 that limma has used.

    Parameters
    ----------
    counts : DataFrame of int, shape (miRNAs, units)
    sizes
        Effective library sizes, indexed by unit.
    design : array, shape (units, coefficients)
    """
    weighted = pylimma.voom(
        counts.to_numpy(dtype=float),
        design=design,
        lib_size=sizes[counts.columns].to_numpy(),
        adaptive_span=False,
    )
    return np.asarray(weighted["E"], dtype=float), np.asarray(weighted["weights"], dtype=float)


def limma(counts: pd.DataFrame, sizes: pd.Series, design: np.ndarray) -> Test:
    """Test the last coefficient by the moderated t of limma-voom; parameters as `voom`."""
    levels, weights = voom(counts, sizes, design)
    return moderated(levels, weights, design)


def moderated(
    levels: np.ndarray, weights: np.ndarray, design: np.ndarray, trend: bool = False
) -> Test:
    """Test the last coefficient by the moderated t of limma.

    Parameters
    ----------
    levels, weights : array, shape (miRNAs, units)
    design : array, shape (units, coefficients) or (miRNAs, units, coefficients)
        One for all, or one of its own for each miRNA.
    trend
        Whether the prior variance depends on the level: for levels without weights.
    """
    return moderate(weighted_fit(levels, weights, design), trend=trend)


def moderate(fit: Mapping[str, Any], trend: bool = False) -> Test:
    """Let miRNAs share what they know of the spread, and test the last coefficient of a fit."""
    fit = pylimma.e_bayes(dict(fit), trend=trend)
    effect = np.asarray(fit["coefficients"], dtype=float)[:, -1]
    spread = np.sqrt(np.asarray(fit["s2_post"], dtype=float))
    error = spread * np.asarray(fit["stdev_unscaled"], dtype=float)[:, -1]
    freedom = np.broadcast_to(np.asarray(fit["df_total"], dtype=float), effect.shape)
    return Test(effect, error, freedom, np.asarray(fit["p_value"], dtype=float)[:, -1])


def beyond(levels: np.ndarray, weights: np.ndarray, design: np.ndarray, least: float) -> np.ndarray:
    """Test whether an effect is larger than `least`, not only other than 0.

    The p-values of limma's treat (McCarthy and Smyth 2009, doi:10.1093/bioinformatics/btp053).
    """
    fit = pylimma.treat(weighted_fit(levels, weights, design), lfc=least)
    return np.asarray(fit["p_value"], dtype=float)[:, -1]


def weighted_fit(levels: np.ndarray, weights: np.ndarray, design: np.ndarray) -> dict[str, Any]:
    """Fit weighted least squares to all miRNAs at once, as `pylimma.lm_fit` does one by one.

    The design has full rank and no level is missing; ten times as fast at 150 libraries.
    """
    root = np.sqrt(weights)
    weighted = root[:, :, None] * design
    q, r = np.linalg.qr(weighted)
    projected = np.einsum("gnp,gn->gp", q, root * levels)
    coefficients = np.linalg.solve(r, projected[:, :, None])[:, :, 0]
    residual = root * levels - np.einsum("gnp,gp->gn", weighted, coefficients)
    freedom = design.shape[-2] - design.shape[-1]
    return {
        "coefficients": coefficients,
        "stdev_unscaled": np.sqrt((np.linalg.inv(r) ** 2).sum(axis=2)),
        "sigma": np.sqrt((residual**2).sum(axis=1) / freedom),
        "df_residual": np.full(len(levels), float(freedom)),
        "Amean": levels.mean(axis=1),
    }

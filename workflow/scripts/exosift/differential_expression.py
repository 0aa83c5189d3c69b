"""Which miRNAs differ between the arms of a contrast, by two engines."""

import warnings as python_warnings
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import edgepython
import numpy as np
import pandas as pd
import pylimma
from scipy import stats

from exosift.cohort import Cohort
from exosift.contrasts import Contrast
from exosift.design import Design, Judgement, judge
from exosift.normalisation import cpm, effective_sizes, filter_by_expression, tmm_factors

FEWEST_MIRNAS = 10  # below, neither engine can learn how spread depends on abundance
COVERAGE = 0.95
SMALL_T = 0.05  # below, effect / t is a quotient of rounding errors

COLUMNS = (
    *("mirna", "mean_cpm_case", "mean_cpm_control", "detected_case", "detected_control"),
    *("edger_log2fc", "edger_ci_low", "edger_ci_high", "edger_p", "edger_q"),
    *("limma_log2fc", "limma_ci_low", "limma_ci_high", "limma_p", "limma_q"),
)


@dataclass(frozen=True)
class Result:
    """The outcome of a contrast: `{contrast}.tsv` and `{contrast}.json`."""

    table: pd.DataFrame
    record: dict[str, Any]


def test_contrast(
    counts: pd.DataFrame,
    sheet: pd.DataFrame,
    contrast: Contrast,
    excluded: Mapping[str, str] | None = None,  # noqa: PT028, it tests miRNAs
    *,
    detection_reads: int = 5,  # noqa: PT028
) -> Result:
    """Judge a contrast and, if it can answer, test every miRNA that is measured well enough.

    Parameters
    ----------
    counts : DataFrame of int, shape (miRNAs, libraries)
        Raw counts, indexed by miRNA; libraries that the sheet does not know are ignored.
    sheet : DataFrame of str
        The sample sheet, indexed by sample; missing cells are "".
    contrast
        The question.
    excluded
        Libraries that must not be used, with the reason; an empty reason excludes nothing. Those
        without counts are added.
    detection_reads
        Reads from which on a miRNA counts as detected in a library.

    Returns
    -------
    Result
        The table is sorted by the p-value of edgeR, then by name; CPM are normalised by TMM. It has
        no rows unless the verdict is `fitted`. Neither depends on the order of rows or columns.
    """
    reasons = {name: reason for name, reason in (excluded or {}).items() if reason}
    judgement = judge(sheet, contrast, _without_counts(counts, sheet) | reasons)
    cohort, design = judgement.cohort, judgement.design
    if design is None:
        return Result(_empty(), _record(contrast, judgement))
    counts = _in_order(counts, cohort)
    tested = filter_by_expression(counts, cohort.is_case)
    if tested.sum() < FEWEST_MIRNAS:
        sentence = (
            f"{tested.sum()} of {len(tested)} miRNAs have reads enough to be tested; it takes "
            f"{FEWEST_MIRNAS}. The libraries are too shallow."
        )
        stopped = Judgement("not_assessable", (sentence,), judgement.warnings, cohort)
        return Result(_empty(), _record(contrast, stopped, tested=tested))
    kept = counts[tested]
    factors = tmm_factors(kept)
    edger, dispersion = _edger(kept, factors, design.matrix)
    table = pd.concat(
        [_levels(kept, factors, cohort, detection_reads), edger, _limma(kept, factors, design)],
        axis=1,
    )
    table = table.rename_axis("mirna").reset_index()
    table = table.sort_values(["edger_p", "mirna"], ignore_index=True)[list(COLUMNS)]
    record = _record(contrast, judgement, tested=tested, factors=factors, dispersion=dispersion)
    record["warnings"] += _oddities(kept, factors, cohort)
    return Result(table, record)


def warm_up() -> None:
    """Make numba compile both engines now and keep the result, so that no contrast waits for it.

    Numba keeps compiled code beside edgepython, or where NUMBA_CACHE_DIR says.
    """
    rng = np.random.default_rng(1)
    names = [f"s{at:02}" for at in range(12)]
    counts = pd.DataFrame(
        rng.negative_binomial(3, 0.01, (60, 12)),
        index=[f"miR-{at}" for at in range(60)],
        columns=names,
    )
    counts.iloc[:5, :6] = 0
    sheet = pd.DataFrame(
        {"condition": ["a", "b"] * 6, "batch": ["1", "1", "2", "2"] * 3}, index=names
    )
    for covariates in ((), ("batch",)):
        test_contrast(counts, sheet, Contrast("warm-up", "none", "a", "b", covariates))


def _in_order(counts: pd.DataFrame, cohort: Cohort) -> pd.DataFrame:
    """Sort rows and columns, in memory too: a sum of floats depends on the order it runs in."""
    ordered = counts.sort_index()[cohort.samples]
    values = np.ascontiguousarray(ordered.to_numpy())
    return pd.DataFrame(values, index=ordered.index, columns=ordered.columns)


def _without_counts(counts: pd.DataFrame, sheet: pd.DataFrame) -> dict[str, str]:
    missing = {str(name): "no counts" for name in sheet.index if name not in counts.columns}
    sums = counts[[name for name in sheet.index if name in counts.columns]].sum(axis=0)
    return missing | {str(name): "no miRNA reads" for name in sums.index[sums == 0]}


def _levels(
    counts: pd.DataFrame, factors: pd.Series, cohort: Cohort, detection_reads: int
) -> pd.DataFrame:
    level, detected = cpm(counts, factors), counts >= detection_reads
    arms = {"case": cohort.is_case, "control": ~cohort.is_case}
    return pd.DataFrame(
        {f"mean_cpm_{arm}": level.loc[:, here].mean(axis=1) for arm, here in arms.items()}
        | {f"detected_{arm}": detected.loc[:, here].mean(axis=1) for arm, here in arms.items()}
    )


def _edger(
    counts: pd.DataFrame, factors: pd.Series, design: np.ndarray
) -> tuple[pd.DataFrame, dict[str, float | None]]:
    """Test the last coefficient by the quasi-likelihood F test of edgeR.

    Lund et al. 2012 (doi:10.1515/1544-6115.1826) with the robust dispersions of Phipson et al. 2016
    (doi:10.1214/16-AOAS920). `legacy=True` is what edgeR did up to release 3.
    """
    with python_warnings.catch_warnings():
        python_warnings.simplefilter("ignore", RuntimeWarning)
        data = edgepython.make_dgelist(counts.to_numpy(dtype=float))
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
    return _columns("edger", counts.index, effect, error, freedom, p), dispersion


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


def _limma(counts: pd.DataFrame, factors: pd.Series, design: Design) -> pd.DataFrame:
    """Test the last coefficient by the moderated t of limma-voom.

    Law et al. 2014 (doi:10.1186/gb-2014-15-2-r29), with the span of 0.5 that limma has used.
    """
    weighted = pylimma.voom(
        counts.to_numpy(dtype=float),
        design=design.matrix,
        lib_size=effective_sizes(counts, factors).to_numpy(),
        adaptive_span=False,
    )
    fit = pylimma.e_bayes(_weighted_fit(weighted["E"], weighted["weights"], design.matrix))
    effect = np.asarray(fit["coefficients"], dtype=float)[:, -1]
    spread = np.sqrt(np.asarray(fit["s2_post"], dtype=float))
    error = spread * np.asarray(fit["stdev_unscaled"], dtype=float)[:, -1]
    freedom = np.broadcast_to(np.asarray(fit["df_total"], dtype=float), effect.shape)
    p = np.asarray(fit["p_value"], dtype=float)[:, -1]
    return _columns("limma", counts.index, effect, error, freedom, p)


def _weighted_fit(levels: np.ndarray, weights: np.ndarray, design: np.ndarray) -> dict[str, Any]:
    """Fit weighted least squares to all miRNAs at once, as `pylimma.lm_fit` does one by one.

    The design has full rank and no level is missing; ten times as fast at 150 libraries.
    """
    root = np.sqrt(weights)
    weighted = root[:, :, None] * design
    q, r = np.linalg.qr(weighted)
    coefficients = np.linalg.solve(r, np.einsum("gnp,gn->gp", q, root * levels)[:, :, None])[
        :, :, 0
    ]
    residual = root * levels - np.einsum("gnp,gp->gn", weighted, coefficients)
    freedom = design.shape[0] - design.shape[1]
    return {
        "coefficients": coefficients,
        "stdev_unscaled": np.sqrt((np.linalg.inv(r) ** 2).sum(axis=2)),
        "sigma": np.sqrt((residual**2).sum(axis=1) / freedom),
        "df_residual": np.full(len(levels), float(freedom)),
        "Amean": levels.mean(axis=1),
    }


def _columns(
    engine: str,
    mirnas: pd.Index,
    effect: np.ndarray,
    error: np.ndarray,
    freedom: np.ndarray,
    p: np.ndarray,
) -> pd.DataFrame:
    half = stats.t.ppf((1 + COVERAGE) / 2, freedom) * error
    return pd.DataFrame(
        {
            f"{engine}_log2fc": effect,
            f"{engine}_ci_low": effect - half,
            f"{engine}_ci_high": effect + half,
            f"{engine}_p": p,
            f"{engine}_q": stats.false_discovery_control(p),
        },
        index=mirnas,
    )


def _oddities(counts: pd.DataFrame, factors: pd.Series, cohort: Cohort) -> list[str]:
    """Say what in the fitted data weakens the result."""
    found = []
    case = cohort.is_case
    p = stats.mannwhitneyu(factors[case], factors[~case]).pvalue
    if p < 0.01:
        found.append(
            f"The normalisation factors differ between the arms (Wilcoxon p = {p:.1g}): a few "
            "abundant miRNAs shift the composition of one arm, and small effects of many miRNAs "
            "may come from it."
        )
    depth = counts.sum(axis=0)
    ratio = depth[case].median() / depth[~case].median()
    if max(ratio, 1 / ratio) >= 2:
        deeper = "cases" if ratio > 1 else "controls"
        found.append(
            f"The {deeper} are sequenced {max(ratio, 1 / ratio):.1f} times deeper: detection rates "
            "of the arms are not comparable."
        )
    return found


def _empty() -> pd.DataFrame:
    return pd.DataFrame(columns=list(COLUMNS))


def _record(
    contrast: Contrast,
    judgement: Judgement,
    tested: pd.Series | None = None,
    factors: pd.Series | None = None,
    dispersion: Mapping[str, float | None] | None = None,
) -> dict[str, Any]:
    cohort, design = judgement.cohort, judgement.design
    return {
        "contrast": contrast.name,
        "cancer": contrast.cancer,
        "case": contrast.case,
        "control": contrast.control,
        "column": contrast.column,
        "covariates": list(contrast.covariates),
        "verdict": judgement.verdict,
        "sentences": list(judgement.sentences),
        "warnings": list(judgement.warnings),
        "n_case": cohort.count("case"),
        "n_control": cohort.count("control"),
        "samples": [
            {"sample": m.sample, "arm": m.arm, "used": m.used, "reason": m.reason}
            for m in cohort.members
        ],
        "formula": design.formula if design else "",
        "coefficients": list(design.coefficients) if design else [],
        "covariate_kinds": dict(design.kinds) if design else {},
        "variance_inflation": round(design.vif, 3) if design else None,
        "filter": {
            "tested": int(tested.sum()) if tested is not None else 0,
            "of": len(tested) if tested is not None else 0,
        },
        "normalisation": {
            "method": "TMM",
            "factors": {}
            if factors is None
            else {str(sample): round(float(f), 6) for sample, f in factors.items()},
        },
        "engines": {
            "edger": f"edgepython {version('edgepython')}",
            "limma": f"pylimma {version('pylimma')}",
        },
        "dispersion": dict(dispersion or {}),
    }

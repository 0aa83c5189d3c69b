"""Which effects a cohort could have seen, and how many people a validation would need."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from exosift.contrast_data import span_of
from exosift.criteria import CALLED
from exosift.designs import design_of
from exosift.settings.candidates import CallRules
from exosift.settings.power import PowerRules

COLUMNS = ("detectable_log2fc", "validation_per_arm", "validation_per_arm_cautious")
SUMMARY = (
    *("contrast", "cancer", "n_case", "n_control", "tested", "alpha", "power"),
    *("detectable_best_tenth", "detectable_median", "detectable_worst_tenth", "share_within_call"),
)


def add_power(
    called: pd.DataFrame,
    table: pd.DataFrame,
    record: Mapping[str, Any],
    q: float = CallRules.q,
    rules: PowerRules | None = None,
) -> pd.DataFrame:
    """Say of each miRNA what could have been seen, and of candidates what confirms them.

    Parameters
    ----------
    called
        `candidates/{contrast}.tsv` so far.
    table, record
        The outcome of the contrast.
    q
        The false discovery rate of a call.
    rules
        What it should have been able to see.

    Returns
    -------
    `called` with the columns of `COLUMNS`: the smallest absolute log2 fold change that would have
    been significant with the wanted power; people per arm of a validation, if the effect is as
    large as it was here, and if it is the end of edgeR's 95% interval that is nearer 0.
    """
    rules = rules or PowerRules()
    if called.empty:
        return called.reindex(columns=[*called.columns, *COLUMNS])
    tested = table.set_index("mirna").loc[called["mirna"]]
    freedom = _freedom(record)
    error = _errors(tested, freedom)
    seen = stats.t.isf(threshold(table, q) / 2, freedom) + stats.t.ppf(rules.power, freedom)
    added = pd.DataFrame(np.nan, index=called.index, columns=list(COLUMNS))
    added["detectable_log2fc"] = error * seen
    chosen = called["call"].isin(CALLED).to_numpy()
    if design_of(record).compares_people and chosen.any():
        variance = error**2 * _effective_size(record)
        effect = tested["edger_log2fc"].to_numpy(dtype=float)
        ends = np.abs(tested[["edger_ci_low", "edger_ci_high"]].to_numpy(dtype=float))
        alpha = rules.validation_alpha / chosen.sum()
        for column, size in zip(COLUMNS[1:], (np.abs(effect), ends.min(axis=1)), strict=True):
            needed = people_per_arm(size[chosen], variance[chosen], alpha, rules.power)
            added.loc[chosen, column] = needed
    return called.join(added)


def _effective_size(record: Mapping[str, Any]) -> float:
    """Give the inverse of the variance of the answer in units of that within the arms."""
    return float(next(one["value"] for one in record["checks"] if one["code"] == "effective_size"))


def threshold(table: pd.DataFrame, q: float) -> float:
    """Give the p below which miRNAs were significant at a false discovery rate.

    q times the share of significant miRNAs, as Benjamini and Hochberg have it; that of one where
    there is none.
    """
    found = int((table["edger_q"] <= q).sum())
    return q * max(found, 1) / len(table)


def people_per_arm(
    effects: np.ndarray, variances: np.ndarray, alpha: float, power: float
) -> np.ndarray:
    """Give the people in each of two equal arms that a t test of one miRNA takes.

    Guenther 1981 (doi:10.2307/2683297): the number by the normal distribution, and a quarter of its
    squared quantile for the variance that has to be estimated.

    Parameters
    ----------
    effects, variances : array
        Difference of the arms, and variance within them.
    alpha
        Of the test on both sides.
    power
        Chance to find the effect.
    """
    limit = stats.norm.isf(alpha / 2)
    wanted = (limit + stats.norm.ppf(power)) ** 2
    size = np.maximum(np.abs(effects), 1e-9)
    needed: np.ndarray = np.ceil(2 * variances * wanted / size**2 + limit**2 / 4)
    return needed


def summarise(
    called: Mapping[str, pd.DataFrame],
    tables: Mapping[str, pd.DataFrame],
    records: Mapping[str, Mapping[str, Any]],
    q: float,
    log2_fold_change: float,
    rules: PowerRules | None = None,
) -> pd.DataFrame:
    """Give `candidates/detectable_effects.tsv`: a row per contrast that was tested."""
    rules = rules or PowerRules()
    rows = []
    for name, table in called.items():
        if table.empty:
            continue
        effects = pd.to_numeric(table["detectable_log2fc"], errors="coerce")
        record = records[name]
        rows.append(
            {
                "contrast": name,
                **{key: record[key] for key in ("cancer", "n_case", "n_control")},
                "tested": len(table),
                "alpha": threshold(tables[name], q),
                "power": rules.power,
                "detectable_best_tenth": effects.quantile(0.1),
                "detectable_median": effects.median(),
                "detectable_worst_tenth": effects.quantile(0.9),
                "share_within_call": (span_of(record) * effects <= log2_fold_change).mean(),
            }
        )
    return pd.DataFrame(rows, columns=list(SUMMARY))


def _freedom(record: Mapping[str, Any]) -> float:
    """Give the degrees of freedom of the tests: those of the model, and what miRNAs share."""
    prior = record["dispersion"].get("prior_degrees_of_freedom")
    units = len({one["unit"] for one in record["samples"] if one["used"]})
    left = units - len(record["coefficients"])
    return max(1.0, left + (np.inf if prior is None else prior))


def _errors(tested: pd.DataFrame, freedom: float) -> np.ndarray:
    """Give the larger standard error of both engines, since a call needs both."""
    half = np.maximum(
        *(
            ((tested[f"{engine}_ci_high"] - tested[f"{engine}_ci_low"]) / 2).to_numpy(dtype=float)
            for engine in ("edger", "limma")
        )
    )
    error: np.ndarray = half / stats.t.ppf(0.975, freedom)
    return error

"""What several cohorts of one cancer say together."""

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from exosift.contrasts import Contrast
from exosift.sheet_columns import technical, words_of

COLUMNS = (
    *("mirna", "cancer", "contrasts", "cohorts", "same_sign"),
    *("log2fc", "ci_low", "ci_high", "p", "q", "tau2", "i2"),
)
OF_A_COHORT = frozenset(("cohort", "country", "city", "region", "series"))
"""Words in the name of a column that tells cohorts apart, beside those of how they were made."""

MOST_COHORTS = 12
"""Contrasts of one question that are tried in all combinations; further ones are left out."""

NORMAL = 1.959964  # half of a 95% interval in standard errors


def random_effects(effects: np.ndarray, errors: np.ndarray) -> dict[str, float]:
    """Combine effects of cohorts that may truly differ.

    The spread between cohorts after DerSimonian and Laird (1986,
    doi:10.1016/0197-2456(86)90046-2), the interval after Hartung and Knapp (2001,
    doi:10.1002/sim.1009), never narrower than without their factor.

    Parameters
    ----------
    effects, errors : array, shape (cohorts,)
        Two cohorts or more, with standard errors above 0.

    Returns
    -------
    `effect`, `low`, `high`, `p`, `tau2` (variance between cohorts), `i2` (share of the spread that
    sampling does not explain).
    """
    k = len(effects)
    fixed = 1 / errors**2
    mean = np.average(effects, weights=fixed)
    heterogeneity = float((fixed * (effects - mean) ** 2).sum())
    tau2 = max(0.0, heterogeneity - (k - 1)) / (fixed.sum() - (fixed**2).sum() / fixed.sum())
    weights = 1 / (errors**2 + tau2)
    effect = float(np.average(effects, weights=weights))
    factor = max(1.0, float((weights * (effects - effect) ** 2).sum()) / (k - 1))
    error = float(np.sqrt(factor / weights.sum()))
    half = float(stats.t.ppf(0.975, k - 1)) * error
    return {
        "effect": effect,
        "low": effect - half,
        "high": effect + half,
        "p": float(2 * stats.t.sf(abs(effect) / error, k - 1)),
        "tau2": float(tau2),
        "i2": max(0.0, 1 - (k - 1) / heterogeneity) if heterogeneity > 0 else 0.0,
    }


def cohorts_of_cancers(
    contrasts: Sequence[Contrast], records: Mapping[str, Mapping[str, Any]]
) -> list[list[Contrast]]:
    """Gather the contrasts that ask one question of different people.

    Returns
    -------
    Groups of two contrasts or more of one cancer: cases against controls of the same names, fitted,
    no two of which share a library. Their subsets differ in what names a cohort alone (a site, a
    study, a batch), so that men and women of one cohort are not taken for two. Of contrasts that
    share libraries those stay that cover most of them in two cohorts or more.
    """
    asked: dict[tuple[Any, ...], list[Contrast]] = {}
    for one in contrasts:
        if one.kind.case_control and records[one.name]["verdict"] == "fitted":
            people = tuple(
                sorted(item for item in one.subset.items() if not _names_cohort(item[0]))
            )
            key = (one.cancer, one.column, one.case, one.control, people)
            asked.setdefault(key, []).append(one)
    apart = [_apart(group[:MOST_COHORTS], records) for group in asked.values()]
    return [group for group in apart if len(group) > 1]


def _names_cohort(column: str) -> bool:
    return technical(column) or bool(set(words_of(column)) & OF_A_COHORT)


def _apart(
    contrasts: Sequence[Contrast], records: Mapping[str, Mapping[str, Any]]
) -> list[Contrast]:
    """Choose contrasts without a library in common, two or more, of most libraries."""
    own = [_libraries(records[one.name]) for one in contrasts]
    best: tuple[int, ...] = ()
    covered = 0
    for size in range(2, len(own) + 1):
        for chosen in combinations(range(len(own)), size):
            together = len(set().union(*(own[at] for at in chosen)))
            disjoint = together == sum(len(own[at]) for at in chosen)
            if disjoint and (together, size) > (covered, len(best)):
                best, covered = chosen, together
    return [contrasts[at] for at in best]


def _libraries(record: Mapping[str, Any]) -> set[str]:
    return {entry["sample"] for entry in record["samples"] if entry["used"]}


def combine_cohorts(
    contrasts: Sequence[Contrast],
    tables: Mapping[str, pd.DataFrame],
    records: Mapping[str, Mapping[str, Any]],
) -> pd.DataFrame:
    """Combine edgeR's effects over the cohorts of each cancer.

    Parameters
    ----------
    contrasts
        Those of the run.
    tables, records
        `differential_expression/{contrast}.tsv` and `.json` by contrast.

    Returns
    -------
    `candidates/meta_analysis.tsv`: a row per miRNA that two cohorts or more tested, by cancer and
    p; no rows where each cancer has one cohort. Standard errors are halves of the 95% intervals
    over 1.96, which is a little wide.
    """
    parts = []
    for group in cohorts_of_cancers(contrasts, records):
        names = [one.name for one in group]
        own = {name: tables[name].set_index("mirna") for name in names}
        rows = []
        for mirna in sorted(set().union(*(table.index for table in own.values()))):
            there = [name for name in names if mirna in own[name].index]
            cells = pd.DataFrame([own[name].loc[mirna] for name in there])
            effects = cells["edger_log2fc"].to_numpy(dtype=float)
            width = (cells["edger_ci_high"] - cells["edger_ci_low"]).to_numpy(dtype=float)
            if len(there) < 2 or not (width > 0).all():
                continue
            found = random_effects(effects, width / (2 * NORMAL))
            up = int((effects > 0).sum())
            rows.append(
                {
                    "mirna": mirna,
                    "cancer": group[0].cancer,
                    "contrasts": ";".join(there),
                    "cohorts": len(there),
                    "same_sign": max(up, len(there) - up),
                    "log2fc": found["effect"],
                    "ci_low": found["low"],
                    "ci_high": found["high"],
                    **{key: found[key] for key in ("p", "tau2", "i2")},
                }
            )
        if rows:
            part = pd.DataFrame(rows)
            part["q"] = stats.false_discovery_control(part["p"])
            parts.append(part.sort_values(["p", "mirna"]))
    if not parts:
        return pd.DataFrame(columns=list(COLUMNS))
    return pd.concat(parts, ignore_index=True)[list(COLUMNS)]

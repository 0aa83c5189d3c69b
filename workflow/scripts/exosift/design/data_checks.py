"""What the data of a contrast tell of its design, once every miRNA has been tested.

A kit, a day or a centre that nobody wrote down and that goes with the arms cannot be seen in the
sheet. It can be seen in the data: it moves most miRNAs at once, its direction is the first
component, and single miRNAs then tell the arms apart without fault, which a disease seldom brings
about in plasma. None of these signs proves it, so nothing here refuses a contrast.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import comb
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from exosift.cohort import Cohort
from exosift.contrasts import Contrast
from exosift.design.model import Design
from exosift.discrimination import areas
from exosift.findings import Check, rounded
from exosift.settings.design import GateRules

FALSE_DISCOVERY = 0.05
"""q at which a miRNA counts as one that differs, in both engines; that of a candidate."""

COMPONENTS = 3
"""Leading components that are looked at; later ones hold too little of the variance."""

FLAT = 0.1
"""Standard deviation of log2 CPM below which a miRNA is not scaled up: it is all but constant."""

PERFECT = 0.99
"""Area under the ROC curve, either way, from which a single miRNA tells the arms apart."""

FEWEST_FOR_PERFECT = 5
"""People in each arm; with four, one miRNA in 35 tells them apart by chance."""

CHANCE_FACTOR = 3.0
"""How many times more perfect miRNAs than chance gives are needed; miRNAs move together."""

CLEAR = 0.01
"""Corrected p below which a component goes with what is tested."""

FEWEST_P_VALUES = 50
"""Below, the shape of the p-values says nothing."""

SMALL = 0.05
TWICE_SMALL = 0.1
FEWEST_EVEN = 1 / 3
"""Storey's share of miRNAs without a difference below which nearly all p-values are small."""

MOST_LARGE, PILE, HILL = 1.6, 1.75, 1.5
"""Limits of the density above 0.5, of the last tenth and of the middle."""


@dataclass(frozen=True)
class TestedData:
    """What was tested and what came of it, in plain arrays.

    Attributes
    ----------
    levels : array, shape (miRNAs, units)
        log2 CPM, normalised by TMM.
    before : array, shape (units, coefficients)
        The columns of the design beside the tested one, the intercept among them.
    tested : array, shape (units,)
        The tested column.
    table : DataFrame, one row per miRNA
        `edger_log2fc`, `edger_p`, `edger_q`, `limma_log2fc` and `limma_q`.
    arm_levels : array, shape (miRNAs, people)
        What a single marker would measure of each person: the levels, less what covariates
        explain; in a change within people, the change.
    is_case : array of bool, shape (people,)
    """

    levels: np.ndarray
    before: np.ndarray
    tested: np.ndarray
    table: pd.DataFrame
    arm_levels: np.ndarray
    is_case: np.ndarray


def gather(
    levels: np.ndarray, table: pd.DataFrame, contrast: Contrast, cohort: Cohort, design: Design
) -> TestedData:
    """Return what the checks look at, in any design.

    Parameters
    ----------
    levels : array, shape (miRNAs, units)
        log2 CPM, normalised by TMM.
    table
        The tests, as in `TestedData`.
    contrast, cohort, design
        The question, its libraries and its model.
    """
    matrix = design.matrix
    # Pairs stand once in each arm, and a change leaves nothing of the subject.
    plain = levels if contrast.kind.repeated else without_covariates(levels, matrix)
    compared, is_case = contrast.kind.compared_values(plain, contrast, cohort)
    return TestedData(levels, matrix[:, :-1], matrix[:, -1], table, compared, is_case)


def without_covariates(levels: np.ndarray, design: np.ndarray) -> np.ndarray:
    """Return levels less what covariates explain beside the tested column; shape as `levels`.

    Parameters
    ----------
    levels : array, shape (miRNAs, units)
    design : array, shape (units, coefficients)
        Intercept, covariates, and last the tested column.
    """
    fitted = np.linalg.lstsq(design, levels.T, rcond=None)[0]
    covariates = design[:, 1:-1] - design[:, 1:-1].mean(axis=0)
    adjusted: np.ndarray = levels - (covariates @ fitted[1:-1]).T
    return adjusted


def check_data(data: TestedData, facts: Mapping[str, Any], rules: GateRules) -> list[Check]:
    """Check the tested data: how many miRNAs differ, components, perfect markers, p-values.

    Parameters
    ----------
    data
        What was tested.
    facts
        What sentences say of the contrast: `findings.about`.
    rules
        The limits.
    """
    return [
        differing_share(data.table, facts, rules),
        component(data.levels, data.before, data.tested, facts, rules),
        perfect_markers(data.arm_levels, data.is_case, facts, rules),
        p_values(data.table["edger_p"].to_numpy(dtype=float), facts),
    ]


def differing_share(table: pd.DataFrame, facts: Mapping[str, Any], rules: GateRules) -> Check:
    """Check how many of the tested miRNAs differ.

    A miRNA differs if both engines say so with the same sign at a false discovery rate of 5%.

    Parameters
    ----------
    table : DataFrame, one row per tested miRNA
        As in `TestedData`.

    Returns
    -------
    Check
        `value` is their share, from 0 to 1.
    """
    same = np.sign(table["edger_log2fc"]) == np.sign(table["limma_log2fc"])
    below = (table[["edger_q", "limma_q"]] <= FALSE_DISCOVERY).all(axis=1)
    differing, tested = int((same & below).sum()), len(table)
    share = differing / tested if tested else float("nan")
    outcome = _beyond(share, rules.differing_warned, rules.differing_capped)
    found = {"differing": differing, "tested": tested, "q": FALSE_DISCOVERY}
    return make_check("differing_share", {**facts, **found}, share, None, outcome)


def component(
    levels: np.ndarray,
    before: np.ndarray,
    tested: np.ndarray,
    facts: Mapping[str, Any],
    rules: GateRules,
) -> Check:
    """Check whether the leading principal components go with what is tested.

    Covariates are taken out first, and every miRNA is scaled to the same variance, so that the
    abundant and the scarce ones count alike. Each of the first three components has a squared
    correlation with the tested column, adjusted for its degrees of freedom, and an F test. Those
    whose p, corrected for three, is below 0.01 are added up, weighted by their share of the
    variance: a strong disease that moves a tenth of the miRNAs makes a component of its own, but a
    small one.

    Parameters
    ----------
    levels : array, shape (miRNAs, units)
        log2 CPM.
    before : array, shape (units, coefficients)
        The columns of the design beside the tested one.
    tested : array, shape (units,)

    Returns
    -------
    Check
        `value` is the share of the variance of all miRNAs that lies along leading components and
        goes with the tested column, from 0 to 1; `p` is the smallest corrected one.
    """
    basis = np.linalg.qr(before)[0]
    left = levels - (levels @ basis) @ basis.T
    left = left / np.maximum(left.std(axis=1, keepdims=True), FLAT)
    own = tested - basis @ (basis.T @ tested)
    freedom = before.shape[0] - before.shape[1] - 1
    values, directions = np.linalg.svd(left, full_matrices=False)[1:]
    shares = (values**2 / max(float((values**2).sum()), np.finfo(float).tiny))[:COMPONENTS]
    explained = np.minimum((directions[:COMPONENTS] @ (own / np.linalg.norm(own))) ** 2, 1 - 1e-12)
    p = stats.f.sf(explained / (1 - explained) * freedom, 1, freedom) * len(shares)
    adjusted = np.clip(1 - (1 - explained) * (freedom + 1) / freedom, 0, 1)
    total = float((shares * adjusted)[p < CLEAR].sum())
    found = {
        "components": [
            {"share": rounded(share), "explained": rounded(part)}
            for share, part in zip(shares, explained, strict=True)
        ]
    }
    outcome = _beyond(total, rules.component_warned, rules.component_capped)
    return make_check("component", {**facts, **found}, total, float(min(1.0, p.min())), outcome)


def perfect_markers(
    levels: np.ndarray, is_case: np.ndarray, facts: Mapping[str, Any], rules: GateRules
) -> Check:
    """Check how many miRNAs tell the arms apart by themselves, without fault or nearly so.

    Parameters
    ----------
    levels : array, shape (miRNAs, people)
    is_case : array of bool, shape (people,)

    Returns
    -------
    Check
        `value` is the share of miRNAs whose area under the ROC curve is 0.99 or more either way.
        `expected` is how many chance would give. With fewer than five people in an arm nothing is
        said, since chance gives too many.
    """
    cases, controls = int(is_case.sum()), int((~is_case).sum())
    if min(cases, controls) < FEWEST_FOR_PERFECT:
        return not_assessable("perfect_markers", facts, "few_people")
    alone = areas(levels, is_case)
    perfect = int((np.maximum(alone, 1 - alone) >= PERFECT).sum())
    expected = len(levels) * chance_of_perfect(cases, controls)
    share = perfect / len(levels)
    outcome = "fit"
    if perfect > CHANCE_FACTOR * expected:
        outcome = _beyond(share, rules.perfect_warned, rules.perfect_capped)
    found = {
        "perfect": perfect,
        "tested": len(levels),
        "expected": rounded(expected),
        "auc": PERFECT,
    }
    return make_check("perfect_markers", {**facts, **found}, share, None, outcome)


def chance_of_perfect(cases: int, controls: int) -> float:
    """Compute how often a miRNA has an AUC of `PERFECT` or more, either way, by chance alone.

    Exact for levels without ties: the orders of the libraries in which Mann and Whitney's statistic
    is so close to its end are counted (partitions of numbers into at most `cases` parts of at most
    `controls`).

    Examples
    --------
    >>> round(chance_of_perfect(5, 5), 4)
    0.0079
    """
    most = int(np.floor((1 - PERFECT) * cases * controls + 1e-9))
    # ways[k][s]: orders of k cases whose pairs with controls above them number s.
    ways = [[1] + [0] * most] + [[0] * (most + 1) for _ in range(cases)]
    for above in range(controls + 1):
        for placed in range(1, cases + 1):
            for pairs in range(above, most + 1):
                ways[placed][pairs] += ways[placed - 1][pairs - above]
    return min(1.0, 2 * sum(ways[cases]) / comb(cases + controls, cases))


def p_values(p: np.ndarray, facts: Mapping[str, Any]) -> Check:
    """Check the shape of the p-values over their whole range.

    Where nothing differs p-values are even; true differences add to the smallest. miRNAs move
    together, so the p-values of an honest cohort are far from even by chance; the limits are those
    that hardly any of the drawn cohorts in docs/figures.md goes beyond.

    Parameters
    ----------
    p : array, shape (tested miRNAs,)

    Returns
    -------
    Check
        `value` is the share of miRNAs without a difference that the p-values above 0.5 suggest
        (Storey 2002, doi:10.1111/1467-9868.00346); `shape` in the facts is one of `usual`,
        `nearly_all_small`, `u_shape`, `pile_near_one` and `hill`.
    """
    p = p[np.isfinite(p)]
    if len(p) < FEWEST_P_VALUES:
        return not_assessable("p_values", facts, "few_p_values")
    shape = shape_of(p)
    found = {"shape": shape, "small": rounded(float((p < SMALL).mean())), "tested": len(p)}
    outcome = "fit" if shape == "usual" else "warn"
    return make_check("p_values", {**facts, **found}, _density(p, 0.5, 1.0), None, outcome)


def shape_of(p: np.ndarray) -> str:
    """Return the shape of p-values, as in `p_values`; the first that fits."""
    if _density(p, 0.5, 1.0) < FEWEST_EVEN:
        return "nearly_all_small"
    # One expected value in each part keeps a ratio of few p-values near 1.
    room = 20 / len(p)

    def ratio(inner: tuple[float, float], *outer: tuple[float, float]) -> float:
        width = sum(high - low for low, high in outer)
        beside = sum(_density(p, low, high) * (high - low) for low, high in outer) / width
        return (_density(p, *inner) + room) / (beside + room)

    if ratio((0.9, 1.0), (0.5, 0.9)) > PILE or _density(p, 0.5, 1.0) > MOST_LARGE:
        return "u_shape" if (p < SMALL).mean() > TWICE_SMALL else "pile_near_one"
    return "hill" if ratio((0.25, 0.75), (0.05, 0.25), (0.75, 1.0)) > HILL else "usual"


def _density(p: np.ndarray, low: float, high: float) -> float:
    """Return the share of p-values in an interval over what an even distribution has there."""
    return float(((p > low) & (p <= high)).mean() / (high - low))


def _beyond(value: float, warned: float, capped: float) -> str:
    return "cap" if value >= capped else "warn" if value >= warned else "fit"


def make_check(
    code: str, facts: Mapping[str, Any], value: float, p: float | None, outcome: str
) -> Check:
    """Return a check of the data; its column is the one that is tested."""
    return Check(code, facts, str(facts["condition"]), value=value, p=p, outcome=outcome)


def not_assessable(code: str, facts: Mapping[str, Any], reason: str) -> Check:
    """Return a check that could not be made, with the code of the reason."""
    return make_check(code, {**facts, "not_assessable": reason}, float("nan"), None, "fit")

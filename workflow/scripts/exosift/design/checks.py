"""How far the design of a contrast that can be fitted is to be trusted: every look at it."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from exosift.cohort import MOST_MISSING, Cohort, is_known, is_numeric
from exosift.contrasts import REPEATED, Contrast
from exosift.design.balance import imbalance, separability
from exosift.design.findings import Check, GateRules, technical
from exosift.design.model import Design, code, joined, of_design, tested_column
from exosift.design.order import (
    order_of_column,
    order_of_names,
    order_of_sequencing,
    runs_test,
)
from exosift.design.technical import associations, measured, overlaps
from exosift.sexes import sex_of_cancer

FEWEST_TO_SEPARATE = 3  # people of each arm whose cells are known


def weigh(
    sheet: pd.DataFrame,
    used: pd.DataFrame,
    hidden: pd.DataFrame,
    headers: Sequence[Mapping[str, Any]],
    contrast: Contrast,
    cohort: Cohort,
    design: Design,
    forced: Sequence[str],
    rules: GateRules,
) -> list[Check]:
    """Look at a design from all sides.

    Parameters
    ----------
    sheet, used
        The whole sheet, and the cells of the units.
    hidden : DataFrame of str, indexed by unit
        What `hidden.factors_of` found.
    headers
        `headers` of the summary of each unit.
    contrast, cohort, design
        The question, its libraries and its model.
    forced
        Covariates that imbalance forced into it.
    rules
        The limits.
    """
    checks = [_inflation(contrast, design, used, rules), _size(contrast, cohort, design, rules)]
    checks += overlaps(used, contrast, cohort, rules)
    if contrast.design not in REPEATED:
        checks += _differences(sheet, used, contrast, cohort, design, forced, rules)
        checks += _separability(sheet, used, contrast, cohort, design, rules)
    checks += associations(sheet, used, hidden, contrast, cohort, rules)
    return checks + _orders(used, headers, contrast, cohort, design, rules)


def _inflation(contrast: Contrast, design: Design, used: pd.DataFrame, rules: GateRules) -> Check:
    names = [name for name in design.kinds if name not in of_design(contrast)]
    outcome, sentence = "fit", ""
    if design.vif > rules.raised_vif:
        outcome = "cap" if design.vif > rules.high_vif else "warn"
        strength = "mostly" if outcome == "cap" else "in good part"
        sentence = (
            f"{contrast.column} is {strength} explained by {joined(names)} (variance "
            f"inflation {design.vif:.1f}): the cohort says as much as a balanced one of "
            f"{len(used) / design.vif:.0f} libraries. Libraries of both arms that agree in "
            f"{joined(names)} would repair it."
        )
    return Check("variance_inflation", ", ".join(names), design.vif, None, outcome, sentence)


def _size(contrast: Contrast, cohort: Cohort, design: Design, rules: GateRules) -> Check:
    n1, n0 = (cohort.count(arm) for arm in ("case", "control"))
    size = n1 * n0 / (n1 + n0) / design.vif
    if contrast.design == "one_vs_rest":  # each condition of the rest weighs the same
        size = design.information
    sentence = ""
    if size < rules.effective_size:
        what = "The cohort weighs"
        if design.kinds.keys() - of_design(contrast):
            what = f"What is left of {contrast.column} after the covariates weighs"
        more = "more people in both arms"
        if contrast.design == "one_vs_rest":
            more = "more people in the smallest condition, or `levels` without it,"
        sentence = (
            f"{what} as much as {2 * size:.1f} libraries in each arm (effective size {size:.1f}, "
            f"below {rules.effective_size:g}): {more} would repair it."
        )
    outcome = "cap" if sentence else "fit"
    return Check("effective_size", contrast.column, size, None, outcome, sentence)


def _differences(
    sheet: pd.DataFrame,
    used: pd.DataFrame,
    contrast: Contrast,
    cohort: Cohort,
    design: Design,
    forced: Sequence[str],
    rules: GateRules,
) -> list[Check]:
    """Compare age and sex of the arms, and what was measured of how libraries were made."""
    checks = []
    limits = {"age": rules.noted_difference, "sex": rules.noted_difference}
    limits |= dict.fromkeys(measured(used, contrast), rules.forced_difference)
    for column, limit in limits.items():
        if column not in used or column == contrast.column or not (used[column] != "").any():
            continue
        if column == "sex" and sex_of_cancer(contrast.cancer):
            continue  # there is no other
        gap = imbalance(used[column], tested_column(contrast, cohort), is_numeric(sheet, column))
        if np.isnan(gap):
            checks += _of_one_side(used[column], contrast, cohort, is_numeric(sheet, column))
            continue
        goes = "differs between the arms"
        if contrast.design == "trend":
            goes = f"goes with {contrast.column}"
        outcome, sentence = "fit", ""
        if column in forced:
            sentence = (
                f"{column} {goes} (standardised difference {gap:.2f}) and was "
                "not among the covariates: it has been taken into the model."
            )
            outcome = "warn"
        elif column not in design.kinds and gap > limit:
            sentence = (
                f"{column} {goes} (standardised difference {gap:.2f}) and is not "
                "among the covariates: its effect is mistaken for that of the condition. List it."
            )
            outcome = "warn"
        checks.append(Check("difference", column, gap, None, outcome, sentence))
    return checks


def _of_one_side(
    cells: pd.Series, contrast: Contrast, cohort: Cohort, numeric: bool
) -> list[Check]:
    """Warn where nearly nobody of one arm has a cell, so that nothing can be compared."""
    known = is_known(cells, numeric)
    there = [int((known & arm).sum()) for arm in (cohort.is_case, ~cohort.is_case)]
    if max(there) < FEWEST_TO_SEPARATE:
        return []
    sentence = (
        f"{cells.name} is known of {there[0]} {contrast.cases} and {there[1]} {contrast.against} "
        "libraries, so nobody can say whether the arms are alike in it. Complete the column."
    )
    return [Check("difference", str(cells.name), float("nan"), None, "warn", sentence)]


def _separability(
    sheet: pd.DataFrame,
    used: pd.DataFrame,
    contrast: Contrast,
    cohort: Cohort,
    design: Design,
    rules: GateRules,
) -> list[Check]:
    """Say whether age, sex and numbers of the libraries' making would tell the arms apart.

    A model extrapolates where the arms do not overlap, however much is left of its variance.
    """
    numbers = [name for name, kind in design.kinds.items() if kind == "number"]
    numbers += measured(used, contrast)
    names = [
        name
        for name in dict.fromkeys(("age", "sex", *numbers))
        if name in used
        and name != contrast.column
        and is_known(used[name], is_numeric(sheet, name)).mean() >= 1 - MOST_MISSING
    ]
    known = np.ones(len(used), bool) if names else np.zeros(len(used), bool)
    for name in names:
        known &= is_known(used[name], is_numeric(sheet, name))
    cells, arms = used.loc[known, names], cohort.is_case[known]
    names = [name for name in names if cells[name].nunique() > 1]
    if not names or min(arms.sum(), (~arms).sum()) < FEWEST_TO_SEPARATE:
        return []
    columns = [code(cells[name], is_numeric(sheet, name)).columns for name in names]
    auc = separability(np.column_stack(columns), arms)
    sentence = ""
    if auc > rules.separable:
        told = joined(names)
        sentence = (
            f"{told[0].upper()}{told[1:]} alone {'tell' if len(names) > 1 else 'tells'} the arms "
            f"apart (AUC {auc:.2f}): hardly anybody has a counterpart like that in the other arm. "
            "Controls like the cases would repair it."
        )
    outcome = "cap" if sentence else "fit"
    return [Check("separability", ", ".join(names), auc, None, outcome, sentence)]


def _orders(
    used: pd.DataFrame,
    headers: Sequence[Mapping[str, Any]],
    contrast: Contrast,
    cohort: Cohort,
    design: Design,
    rules: GateRules,
) -> list[Check]:
    if contrast.design in REPEATED:
        return []
    orders = {
        "the names of the libraries": order_of_names(cohort.units, cohort.is_case),
        "the order of sequencing": order_of_sequencing(headers),
    }
    # Of numbers in the model, variance inflation and separability speak.
    numbers = [name for name, kind in design.kinds.items() if kind == "number"]
    columns = [str(c) for c in used if c not in (contrast.column, "subject", *numbers)]
    orders |= {one: order_of_column(one, list(used[one])) for one in columns}
    checks = []
    for name, order in orders.items():
        if order is None:
            continue
        p = runs_test(cohort.is_case[order])
        sentence = "" if p >= rules.order_p else sorted_labels(name, contrast, cohort, p)
        if sentence and name in columns:
            sentence = f"{sentence} Libraries of both arms along the whole of it would repair it."
        outcome = "warn" if sentence else "fit"
        checks.append(Check("order", name, p, p, outcome, sentence))
    return checks


def sorted_labels(order: str, contrast: Contrast, cohort: Cohort, p: float) -> str:
    """Say that the arms stand in blocks along an order."""
    known = [column for column in cohort.covariates if technical(column)]
    advice = ""
    if known:
        advice = f" The model holds {joined(known)}, but not what drifted within."
    elif " " in order:  # of names, sequencing or rows: no column of the sheet
        advice = " Put day or plate of the preparation into the sheet."
    return (
        f"Along {order}, {contrast.cases} and {contrast.against} stand in blocks "
        f"(runs test p = {p:.1g}): if libraries were made in that order, what drifted with time "
        f"resembles {contrast.column}.{advice}"
    )

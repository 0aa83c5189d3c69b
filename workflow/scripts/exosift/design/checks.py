"""How far the design of a contrast that can be fitted is to be trusted: every look at it."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from exosift.cohort import Cohort
from exosift.contrasts import Contrast
from exosift.design.balance import imbalance, separability
from exosift.design.findings import about
from exosift.design.model import Design, code
from exosift.design.order import (
    order_of_column,
    order_of_names,
    order_of_sequencing,
    runs_test,
)
from exosift.design.technical import associations, measured, overlaps
from exosift.findings import Check, rounded
from exosift.settings.design import GateRules
from exosift.sexes import sex_of_cancer
from exosift.sheet_columns import MOST_MISSING, columns_of_sheet, is_known, technical

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
    if not contrast.kind.repeated:
        checks += _differences(sheet, used, contrast, cohort, design, forced, rules)
        checks += _separability(sheet, used, contrast, cohort, design, rules)
    checks += associations(sheet, used, hidden, contrast, cohort, rules)
    return checks + _orders(used, headers, contrast, cohort, design, rules)


def _inflation(contrast: Contrast, design: Design, used: pd.DataFrame, rules: GateRules) -> Check:
    names = [name for name in design.kinds if name not in contrast.kind.own_terms]
    outcome = "fit"
    if design.vif > rules.raised_vif:
        outcome = "cap" if design.vif > rules.high_vif else "warn"
    facts = {
        **about(contrast),
        "covariates": names,
        "equivalent_libraries": rounded(len(used) / design.vif),
        "remedy": "libraries_that_agree",
    }
    return Check("variance_inflation", facts, ", ".join(names), value=design.vif, outcome=outcome)


def _size(contrast: Contrast, cohort: Cohort, design: Design, rules: GateRules) -> Check:
    n1, n0 = (cohort.count(arm) for arm in ("case", "control"))
    size = contrast.kind.effective_size(n1, n0, design.vif, design.information)
    facts = {
        **about(contrast),
        "adjusted": bool(design.kinds.keys() - contrast.kind.own_terms),
        "limit": rules.effective_size,
        "remedy": contrast.kind.remedy_of_size,
    }
    outcome = "cap" if size < rules.effective_size else "fit"
    return Check("effective_size", facts, contrast.column, value=size, outcome=outcome)


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
    tested = contrast.kind.tested_column(contrast, cohort)
    columns = columns_of_sheet(sheet)
    for column, limit in limits.items():
        if column not in used or column == contrast.column or not (used[column] != "").any():
            continue
        if column == "sex" and sex_of_cancer(contrast.cancer):
            continue  # there is no other
        gap = imbalance(used[column], tested, columns[column].is_number)
        if np.isnan(gap):
            checks += _of_one_side(used[column], contrast, cohort, columns[column].is_number)
            continue
        remedy = ""
        if column in forced:
            remedy = "taken_into_the_model"
        elif column not in design.kinds and gap > limit:
            remedy = "list_column"
        facts = {
            **about(contrast),
            "limit": limit,
            "in_model": column in design.kinds,
            "remedy": remedy,
        }
        outcome = "warn" if remedy else "fit"
        checks.append(Check("difference", facts, column, value=gap, outcome=outcome))
    return checks


def _of_one_side(
    cells: pd.Series, contrast: Contrast, cohort: Cohort, numeric: bool
) -> list[Check]:
    """Warn where nearly nobody of one arm has a cell, so that nothing can be compared."""
    known = is_known(cells, numeric)
    there = [int((known & arm).sum()) for arm in (cohort.is_case, ~cohort.is_case)]
    if max(there) < FEWEST_TO_SEPARATE:
        return []
    facts = {
        **about(contrast),
        "known_cases": there[0],
        "known_controls": there[1],
        "remedy": "complete_column",
    }
    return [Check("known_of_few", facts, str(cells.name), outcome="warn")]


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
    numbers = [name for name, kind in design.kinds.items() if kind.is_number]
    numbers += measured(used, contrast)
    read = columns_of_sheet(sheet)
    names = [
        name
        for name in dict.fromkeys(("age", "sex", *numbers))
        if name in used
        and name != contrast.column
        and is_known(used[name], read[name].is_number).mean() >= 1 - MOST_MISSING
    ]
    known = np.ones(len(used), bool) if names else np.zeros(len(used), bool)
    for name in names:
        known &= is_known(used[name], read[name].is_number)
    cells, arms = used.loc[known, names], cohort.is_case[known]
    names = [name for name in names if cells[name].nunique() > 1]
    if not names or min(arms.sum(), (~arms).sum()) < FEWEST_TO_SEPARATE:
        return []
    columns = [code(cells[name], read[name].is_number).columns for name in names]
    auc = separability(np.column_stack(columns), arms)
    facts = {
        **about(contrast),
        "columns": names,
        "limit": rules.separable,
        "remedy": "matched_controls",
    }
    outcome = "cap" if auc > rules.separable else "fit"
    return [Check("separability", facts, ", ".join(names), value=auc, outcome=outcome)]


def _orders(
    used: pd.DataFrame,
    headers: Sequence[Mapping[str, Any]],
    contrast: Contrast,
    cohort: Cohort,
    design: Design,
    rules: GateRules,
) -> list[Check]:
    if contrast.kind.repeated:
        return []
    orders = {
        ("names", ""): order_of_names(cohort.units, cohort.is_case),
        ("sequencing", ""): order_of_sequencing(headers),
    }
    # Of numbers in the model, variance inflation and separability speak.
    numbers = [name for name, kind in design.kinds.items() if kind.is_number]
    columns = [str(c) for c in used if c not in (contrast.column, "subject", *numbers)]
    orders |= {("column", one): order_of_column(one, list(used[one])) for one in columns}
    checks = []
    for (kind, column), order in orders.items():
        if order is not None:
            p = runs_test(cohort.is_case[order])
            checks.append(check_of_order(kind, column, contrast, cohort, p, rules.order_p))
    return checks


def check_of_order(
    order: str, column: str, contrast: Contrast, cohort: Cohort, p: float, limit: float
) -> Check:
    """Return the check of whether the arms stand in blocks along an order.

    Parameters
    ----------
    order, column
        What puts the libraries in order: their `names`, `sequencing`, the `sheet` or a `column`,
        and which.
    p, limit
        Of the runs test, and below which p labels count as sorted.
    """
    facts = {
        **about(contrast),
        "order": order,
        "technical_covariates": [one for one in cohort.covariates if technical(one)],
        "limit": limit,
        "remedy": "both_arms_along_it" if order == "column" else "record_preparation_day",
    }
    return Check("order", facts, column, value=p, p=p, outcome="warn" if p < limit else "fit")

"""The effects once more, among pairs of people of like age and sex."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment

from exosift.confounding.covariates import MOST_UNKNOWN, Model
from exosift.contrasts import Contrast
from exosift.design.model import independent
from exosift.differential_expression.engines import limma
from exosift.sheet_columns import is_numeric
from exosift.text import joined

FEWEST_DEGREES_OF_FREEDOM = 4

COLUMNS = ("matched_log2fc", "matched_ci_low", "matched_ci_high", "matched_p", "matched_q")


@dataclass(frozen=True)
class Pairs:
    """A case and a control each, alike in what they are matched on.

    Attributes
    ----------
    units : tuple of pairs of str
        Case and control.
    matched_on
        `age`, `sex`, or both.
    caliper
        Largest difference in age within a pair, years; NaN without ages.
    reason
        Why there are no pairs; "" if there are.
    """

    units: tuple[tuple[str, str], ...] = ()
    matched_on: tuple[str, ...] = ()
    caliper: float = np.nan
    reason: str = ""

    @property
    def members(self) -> list[str]:
        """The units of all pairs, sorted."""
        return sorted(unit for pair in self.units for unit in pair)


def match(
    model: Model, contrast: Contrast, sheet: pd.DataFrame, *, fewest: int, caliper: float
) -> Pairs:
    """Pair cases with controls of the same sex and of nearly the same age.

    As many pairs as the caliper allows, and among these the pairs with the smallest sum of
    differences (optimal matching without replacement).

    Parameters
    ----------
    model, contrast
        The question and its libraries.
    sheet : DataFrame of str
        The sample sheet, which tells whether ages are numbers.
    fewest
        Pairs that an analysis needs.
    caliper
        Largest difference in age, in standard deviations of it: 0.2 as Austin (2011,
        doi:10.1002/pst.433) found best for a propensity score.
    """
    if not contrast.kind.compares_people:
        return Pairs(reason=f"The design '{contrast.design}' has no two groups of people to match.")
    cells, units = model.cells, np.array(model.cohort.units)
    known = np.ones(len(units), bool)
    columns = []
    for column in ("age", "sex"):
        if column not in cells or column in (contrast.column, *contrast.subset):
            continue
        there = (cells[column] != "").to_numpy()
        if there.mean() >= 1 - MOST_UNKNOWN:
            columns.append(column)
            known &= there
    if not columns:
        return Pairs(reason="Neither age nor sex is known of enough people.")
    case, control = (np.flatnonzero(known & arm) for arm in _arms(model))
    apart = np.zeros((len(case), len(control)))
    limit = np.nan
    if "age" in columns and is_numeric(sheet, "age"):
        ages = pd.to_numeric(cells["age"], errors="coerce").to_numpy(dtype=float)
        limit = caliper * float(np.std(ages[known], ddof=1)) if known.sum() > 1 else 0.0
        apart = np.abs(ages[case][:, None] - ages[control][None, :])
    allowed = apart <= limit if np.isfinite(limit) else np.ones_like(apart, bool)
    if "sex" in columns:
        sexes = cells["sex"].to_numpy(dtype=str)
        allowed &= sexes[case][:, None] == sexes[control][None, :]
    # No sum of allowed differences is as dear as one pair that is not allowed.
    dear = (apart[allowed].sum() if allowed.any() else 0) + 1
    first, second = linear_sum_assignment(np.where(allowed, apart, dear))
    kept = allowed[first, second]
    found = tuple(
        (str(units[case[one]]), str(units[control[two]]))
        for one, two in zip(first[kept], second[kept], strict=True)
    )
    if len(found) < fewest:
        reason = (
            f"{len(found)} pairs of like {joined(columns)} can be made; it takes {fewest}."
            if known.any()
            else "Nobody's age and sex are known."
        )
        return Pairs(found, tuple(columns), limit, reason)
    return Pairs(found, tuple(columns), limit)


def among_pairs(
    counts: pd.DataFrame, sizes: pd.Series, model: Model, pairs: Pairs
) -> tuple[pd.DataFrame, str]:
    """Estimate the effects among matched people, by limma-voom.

    Matching takes the place of age and sex in the model; its other covariates stay as far as the
    pairs can carry them.

    Returns
    -------
    The columns of `COLUMNS`, indexed by miRNA, and why they are empty or "".
    """
    table = pd.DataFrame(np.nan, index=counts.index, columns=list(COLUMNS))
    if pairs.reason:
        return table, pairs.reason
    here = np.isin(model.cohort.units, pairs.members)
    before = np.column_stack(
        [
            np.ones(int(here.sum())),
            *(b.columns[here] for b in model.blocks if b.covariate not in pairs.matched_on),
        ]
    )
    before = before[:, [0, *(at + 1 for at in independent(before[:, :1], before[:, 1:]))]]
    tested = model.matrix[here][:, -1:]
    design = np.column_stack([before, tested])
    if not independent(before, tested):
        return table, "The pairs leave nothing of the condition beside the other covariates."
    if len(design) - design.shape[1] < FEWEST_DEGREES_OF_FREEDOM:
        return table, "The pairs are too few for the other covariates."
    test = limma(counts.loc[:, here], sizes, design)
    values = (test.effect, *test.interval, test.p, test.q)
    return pd.DataFrame(dict(zip(COLUMNS, values, strict=True)), index=counts.index), ""


def _arms(model: Model) -> tuple[np.ndarray, np.ndarray]:
    return model.cohort.is_case, ~model.cohort.is_case

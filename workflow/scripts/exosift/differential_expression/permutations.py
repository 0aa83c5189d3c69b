"""Whether the p-values keep what they promise: the same test on labels without meaning."""

from collections.abc import Iterator
from math import comb
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from exosift.contrasts import Contrast
from exosift.design.findings import technical
from exosift.design.gate import Judgement
from exosift.design.model import RANK_TOLERANCE
from exosift.differential_expression.engines import Test, moderated, voom

FEWEST_ARRANGEMENTS = 20  # below, permuted labels repeat each other
SMALL = 0.05


def permutation_check(
    counts: pd.DataFrame,
    sizes: pd.Series,
    contrast: Contrast,
    judgement: Judgement,
    observed: Test,
    cells: pd.DataFrame,
    *,
    permutations: int,
    seed: int,
    inflated: float,
) -> tuple[np.ndarray, dict[str, Any]]:
    """Permute the labels within batches and count small p-values of limma.

    Parameters
    ----------
    counts : DataFrame of int, shape (miRNAs, units)
    sizes
        Effective library sizes, indexed by unit.
    contrast, judgement
        The question and its design.
    observed
        What limma says of the true labels.
    cells : DataFrame of str
        The sheet's cells of the units.
    permutations, seed
        How many, and where they begin.
    inflated
        Mean share of p < 0.05 from which the p-values are called too small.

    Returns
    -------
    A p-value for each miRNA, from the statistics of all miRNAs under all permutations, NaN without
    any; and a record: `permutations`, `small_share` (mean share of p < 0.05), `inflation` (that
    over 0.05), `sentence` where it is too much, and `reason` where nothing could be permuted.
    """
    design = judgement.design
    assert design is not None
    strata = _strata(contrast, judgement, cells)
    record: dict[str, Any] = {
        "permutations": 0,
        "small_share": None,
        "inflation": None,
        "sentence": "",
        "reason": "",
    }
    nothing = np.full(len(counts), np.nan)
    if _arrangements(design.matrix[:, -1], strata) < FEWEST_ARRANGEMENTS:
        record["reason"] = "Too few ways to permute the labels within batches."
        return nothing, record
    size = np.abs(observed.effect / observed.error)
    reached = np.zeros(len(counts))
    shares = []
    for tested in _permuted(contrast, judgement, strata, permutations, seed):
        matrix = np.column_stack([design.matrix[:, :-1], tested])
        test = moderated(*voom(counts, sizes, matrix), matrix)
        shares.append(float((test.p < SMALL).mean()))
        ranked = np.sort(np.abs(test.effect / test.error))
        reached += len(ranked) - np.searchsorted(ranked, size, side="left")
    if not shares:
        record["reason"] = "The covariates determine every permutation of the labels."
        return nothing, record
    share = float(np.mean(shares))
    record |= {
        "permutations": len(shares),
        "small_share": round(share, 6),
        "inflation": round(share / SMALL, 4),
    }
    if share > inflated:
        record["sentence"] = (
            f"The p-values are too small: labels permuted within batches give {share:.1%} below "
            f"0.05, {share / SMALL:.1f} times as many as they should. Read permutation_p instead."
        )
    return (1 + reached) / (1 + len(shares) * len(counts)), record


def _strata(contrast: Contrast, judgement: Judgement, cells: pd.DataFrame) -> np.ndarray:
    """Tell within which groups labels may be exchanged: pairs, or technical covariates."""
    design = judgement.design
    assert design is not None
    columns = [
        name
        for name, kind in design.kinds.items()
        if kind.startswith("groups") and name in cells and technical(name)
    ]
    if contrast.design == "paired":
        columns = ["subject"]
    elif contrast.design == "change":
        columns = []
    if not columns:
        return np.zeros(len(cells), dtype=int)
    return cells.groupby(columns, sort=True).ngroup().to_numpy()


def _arrangements(tested: np.ndarray, strata: np.ndarray) -> int:
    """Count in how many ways the labels can be arranged within strata."""
    ways = 1
    for stratum in np.unique(strata):
        _, sizes = np.unique(tested[strata == stratum], return_counts=True)
        left = int(sizes.sum())
        for size in sizes:
            ways *= comb(left, int(size))
            left -= int(size)
    return ways


def _permuted(
    contrast: Contrast, judgement: Judgement, strata: np.ndarray, permutations: int, seed: int
) -> Iterator[np.ndarray]:
    """Yield permuted tested columns that the covariates do not determine."""
    design, cohort = judgement.design, judgement.cohort
    assert design is not None
    before = np.linalg.qr(design.matrix[:, :-1])[0]
    rng = np.random.default_rng(seed)
    people, person = np.unique(cohort.people, return_inverse=True)
    case = np.zeros(len(people), bool)
    case[person] = cohort.is_case
    for _ in range(permutations):
        tested = design.matrix[:, -1].copy()
        if contrast.design == "change":
            later = cohort.levels == contrast.levels[1]
            tested = (rng.permutation(case)[person] & later).astype(float)
        else:
            for stratum in np.unique(strata):
                here = np.flatnonzero(strata == stratum)
                tested[here] = tested[rng.permutation(here)]
        left = tested - before @ (before.T @ tested)
        if left @ left > RANK_TOLERANCE * (tested @ tested):
            yield tested


def uniformity(p: np.ndarray) -> float:
    """Test whether the p-values above 0.5, which few true effects reach, are even.

    The p-value of Kolmogorov and Smirnov.
    """
    large = p[p > 0.5]
    return float(stats.kstest(large, stats.uniform(0.5, 0.5).cdf).pvalue) if len(large) else 1.0

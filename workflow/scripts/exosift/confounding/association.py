"""Whether a miRNA follows a property of the libraries among people who are alike in condition.

What goes with a miRNA among the controls alone cannot be the disease.
"""

from collections.abc import Sequence

import numpy as np
from scipy import stats

from exosift.confounding.covariates import Covariate, Model, columns_of
from exosift.design.model import Block, independent

FEWEST_UNITS = 8
FEWEST_DEGREES_OF_FREEDOM = 4

ARMS = ("control", "case")


def partial(
    levels: np.ndarray, columns: np.ndarray, others: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Correlate ranks, with other columns held constant.

    With one column the partial rank correlation of Spearman: the correlation of what the others
    leave of the ranks (Liu 2018, doi:10.1111/biom.12812, names its kin and its limits). With
    several, the partial eta squared of the ranks: the share of their spread between the groups.

    Parameters
    ----------
    levels : array, shape (miRNAs, units)
    columns : array, shape (units, columns)
        One number, or groups as 0 and 1.
    others : array, shape (units, columns)
        What is held constant, with an intercept.

    Returns
    -------
    The correlation or share, and the p of the t or F test; NaN where too few units are left.
    """
    nothing = np.full(len(levels), np.nan)
    before = others[:, independent(np.zeros((len(others), 0)), others)]
    number = columns.shape[1] == 1
    ranked = stats.rankdata(columns, axis=0) if number else columns
    kept = independent(before, ranked)
    freedom = len(others) - before.shape[1] - len(kept)
    if not kept or len(others) < FEWEST_UNITS or freedom < FEWEST_DEGREES_OF_FREEDOM:
        return nothing, nothing
    basis = np.linalg.qr(before)[0]
    ranks = stats.rankdata(levels, axis=1)
    left = ranks - (ranks @ basis) @ basis.T
    free = ranked[:, kept] - basis @ (basis.T @ ranked[:, kept])
    own = np.linalg.qr(free)[0]
    along = left @ own
    total = (left**2).sum(axis=1)
    moving = total > 1e-9 * np.maximum((ranks**2).sum(axis=1), 1)
    explained = np.where(moving, (along**2).sum(axis=1) / np.where(moving, total, 1), np.nan)
    explained = np.clip(explained, 0, 1)
    rest = np.maximum(1 - explained, 1e-15)
    p = stats.f.sf(explained / len(kept) / (rest / freedom), len(kept), freedom)
    if not number:
        return explained, p
    sign = np.sign(along[:, 0] * (own[:, 0] @ free[:, 0]))
    return sign * np.sqrt(explained), p


def within_arms(
    levels: np.ndarray, mirnas: Sequence[str], model: Model, one: Covariate
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Correlate all miRNAs with a covariate within each arm.

    The other covariates of the model are held constant, and so is the level of a trend; subjects
    are not, since each has one library in an arm; of a change the earlier one is taken.

    Parameters
    ----------
    levels : array, shape (miRNAs, units)
        Normalised log2 CPM.
    mirnas
        Their names.
    model, one
        The model of the contrast, and the covariate.

    Returns
    -------
    By arm the correlation (or share) and its p, each of shape (miRNAs,).
    """
    held = np.column_stack(
        [
            np.ones(len(model.matrix)),
            *(_held(block) for block in model.blocks if block.covariate != one.name),
            model.matrix[:, -1],
        ]
    )
    found = {}
    for arm in ARMS:
        here = model.cohort.is_case == (arm == "case")
        if model.first:
            here &= model.cohort.levels == model.first
        r, p = _on(levels, one, here, held)
        for at, mirna in enumerate(mirnas):
            if one.own and mirna in one.own:
                alone = Covariate(one.name, one.own[mirna], True)
                value, chance = _on(levels[at : at + 1], alone, here, held)
                r[at], p[at] = value[0], chance[0]
        found[arm] = (r, p)
    return found


def _held(block: Block) -> np.ndarray:
    """Give what is held constant of a covariate: the ranks of numbers, and no subjects."""
    if block.covariate == "subject":
        return block.columns[:, :0]
    ranks: np.ndarray = stats.rankdata(block.columns, axis=0)
    return ranks if block.kind.is_number else block.columns


def _on(
    levels: np.ndarray, one: Covariate, here: np.ndarray, held: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    known = one.known
    units = here & known
    values = one.values[units]
    if values.nunique() < 2:
        return np.full(len(levels), np.nan), np.full(len(levels), np.nan)
    columns = columns_of(one)[here[known]]
    return partial(levels[:, units], columns, held[units])

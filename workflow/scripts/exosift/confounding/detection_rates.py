"""In how many people a miRNA is found, and whether that differs beyond what depth explains."""

import numpy as np
import pandas as pd
from scipy import stats

from exosift.design.model import independent

COVERAGE = 0.95
STEPS, HALVINGS, LARGEST_STEP, SMALL = 60, 12, 3.0, 1e-7

COLUMNS = (
    *("detected_case_low", "detected_case_high", "detected_control_low", "detected_control_high"),
    *("common_depth_case", "common_depth_control"),
    *("presence_p", "presence_odds_ratio", "presence_depth_p"),
)


def detection_rates(
    counts: pd.DataFrame,
    depth: pd.Series,
    is_case: np.ndarray,
    reads: int,
    *,
    independent_people: bool = True,
) -> pd.DataFrame:
    """Compare in how many people of each arm a miRNA is found.

    Presence rests on depth: the test of Fisher takes a deeper arm for one with more miRNAs. Beside
    it stand the rates expected if every library had as many reads as the shallowest, and the odds
    ratio of a logistic regression on the condition and the logarithm of depth.

    Parameters
    ----------
    counts : DataFrame of int, shape (miRNAs, units)
    depth
        Reads of all miRNAs of each unit.
    is_case : array of bool, shape (units,)
    reads
        From how many reads on a miRNA counts as found.
    independent_people
        Whether each unit is a person of its own; the tests need it.

    Returns
    -------
    The columns of `COLUMNS`, indexed by miRNA. The tests are empty for a miRNA that all people or
    nobody has. `presence_odds_ratio` and `presence_depth_p` are empty for all miRNAs if all units
    of an arm have one depth and those of the other arm another: depth is then the arm.
    """
    values = counts.to_numpy()
    found = values >= reads
    table = pd.DataFrame(np.nan, index=counts.index, columns=list(COLUMNS))
    total = depth.to_numpy(dtype=float)
    shallow = total[total > 0].min() if (total > 0).any() else np.nan
    thinned = stats.binom.sf(reads - 1, values, np.minimum(shallow / np.maximum(total, 1), 1))
    for arm, here in (("case", is_case), ("control", ~is_case)):
        low, high = wilson(found[:, here].sum(axis=1), int(here.sum()))
        table[f"detected_{arm}_low"], table[f"detected_{arm}_high"] = low, high
        table[f"common_depth_{arm}"] = thinned[:, here].mean(axis=1)
    vary = found.any(axis=1) & ~found.all(axis=1)
    if not independent_people or not vary.any() or not (total > 0).all():
        return table
    table.loc[vary, "presence_p"] = _fisher(found[vary], is_case)
    logs = np.log10(total)
    logs = logs - logs.mean()
    spread = np.abs(logs).max() if np.ptp(total) > 0 else 0
    others = np.column_stack([np.ones(len(total)), *([logs / spread] if spread > 0 else [])])
    condition = is_case[:, None].astype(float)
    if not independent(others, condition):
        return table  # depth tells the arms apart, so no regression can hold it constant
    effect, p = firth(found[vary], np.column_stack([others, condition]))
    table.loc[vary, "presence_odds_ratio"] = np.exp(effect)
    table.loc[vary, "presence_depth_p"] = p
    return table


def wilson(found: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Give the 95% score interval of a share (Wilson 1927, J Am Stat Assoc 22:209).

    Examples
    --------
    >>> low, high = wilson(np.array([0, 5, 10]), 10)
    >>> low.round(3), high.round(3)
    (array([0.   , 0.237, 0.722]), array([0.278, 0.763, 1.   ]))
    """
    z2 = stats.norm.isf((1 - COVERAGE) / 2) ** 2
    share = found / n
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = np.sqrt(z2 * (share * (1 - share) / n + z2 / (4 * n**2))) / (1 + z2 / n)
    return np.clip(middle - half, 0, 1), np.clip(middle + half, 0, 1)


def _fisher(found: np.ndarray, is_case: np.ndarray) -> np.ndarray:
    cells = np.column_stack([found[:, is_case].sum(axis=1), found[:, ~is_case].sum(axis=1)])
    sizes = (int(is_case.sum()), int((~is_case).sum()))
    different, place = np.unique(cells, axis=0, return_inverse=True)
    p = [
        stats.fisher_exact([[a, sizes[0] - a], [b, sizes[1] - b]]).pvalue
        for a, b in different.tolist()
    ]
    return np.array(p)[place.ravel()]


def firth(found: np.ndarray, design: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Fit logistic regressions whose estimates stay finite, and test their last coefficient.

    The penalised likelihood of Firth (1993, Biometrika 80:27), which Heinze and Schemper (2002,
    Stat Med 21:2409) propose where a column separates found from not found, as it does for a miRNA
    that one arm lacks; tested by the ratio of penalised likelihoods.

    Parameters
    ----------
    found : array of bool, shape (miRNAs, units)
    design : array, shape (units, coefficients)
        With an intercept.

    Returns
    -------
    The natural logarithm of the odds ratio of the last column, and p; shape (miRNAs,).
    """
    y = found.astype(float)
    width = design.shape[1]
    full, height = _maximise(y, design, list(range(width)))
    _, lower = _maximise(y, design, list(range(width - 1)))
    return full[:, -1], stats.chi2.sf(np.maximum(2 * (height - lower), 0), 1)


def _maximise(y: np.ndarray, design: np.ndarray, free: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """Climb the penalised likelihood over some coefficients; the others stay 0."""
    width = design.shape[1]
    products = (design[:, :, None] * design[:, None, :]).reshape(len(design), -1)
    beta = np.zeros((len(y), width))
    height, share, information = _penalised(y, design, products, beta)
    climbing = np.arange(len(y))
    for _ in range(STEPS):
        inverse = np.linalg.inv(information).reshape(-1, width**2)
        leverage = share * (1 - share) * (inverse @ products.T)
        score = (y[climbing] - share + leverage * (0.5 - share)) @ design
        part = information[:, free][:, :, free]
        step = np.linalg.solve(part, score[:, free, None])[:, :, 0]
        step *= np.minimum(1, LARGEST_STEP / np.maximum(np.abs(step).max(axis=1), SMALL))[:, None]
        worse = np.ones(len(climbing), bool)
        for _ in range(HALVINGS):
            tried = beta[climbing]
            tried[:, free] += step
            now = _penalised(y[climbing], design, products, tried)
            worse = now[0] < height[climbing] - 1e-10
            if not worse.any():
                break
            step[worse] /= 2
        step[worse] = 0  # no way up is left but rounding
        beta[np.ix_(climbing, np.array(free))] += step
        height[climbing] = np.where(worse, height[climbing], now[0])
        left = np.abs(step).max(axis=1) >= SMALL
        climbing = climbing[left]
        if not len(climbing):
            break
        share, information = now[1][left], now[2][left]
    return beta, height


def _penalised(
    y: np.ndarray, design: np.ndarray, products: np.ndarray, beta: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give the penalised log likelihood, the expected shares and the Fisher information."""
    line = beta @ design.T
    share = 1 / (1 + np.exp(-np.clip(line, -30, 30)))
    width = design.shape[1]
    information = ((share * (1 - share)) @ products).reshape(-1, width, width)
    likelihood = (y * line - np.logaddexp(0, line)).sum(axis=1)
    return likelihood + np.linalg.slogdet(information)[1] / 2, share, information

"""What remains of an effect when haemolysis and platelets are held constant."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from exosift.design.balance import difference_of_numbers
from exosift.differential_expression.engines import Test, moderate, moderated, voom, weighted_fit
from exosift.findings import Finding
from exosift.haemolysis import PLATELET, RED_CELL, REFERENCE, SIGNATURE, features_of, h1, h2
from exosift.peers import expressed, robust_z

INDICES = ("h1", "h2", "platelet")
MOST_UNKNOWN = 0.2  # share of the units without an index, above which it is not used
FEWEST_DEGREES_OF_FREEDOM = 4  # residual, after the indices

COLUMNS = (
    *(f"blood_{what}" for what in ("log2fc", "ci_low", "ci_high", "p", "q")),
    *("attenuation", *(f"attenuation_{name}" for name in INDICES)),
)


def blood_indices(
    counts: pd.DataFrame,
    groups: pd.Series,
    detection_reads: int,
    min_libraries: int,
    without: str = "",
) -> pd.DataFrame:
    """Measure haemolysis and platelets as robust scores within kit and batch.

    Parameters
    ----------
    counts : DataFrame of int, shape (miRNAs, libraries)
        All miRNAs of all sound libraries of the run: they are each other's peers.
    groups
        Protocol and batch of each library.
    detection_reads, min_libraries
        When a miRNA counts as detected; how many peers a score needs.
    without
        A miRNA that no index may hold, since it is under test.

    Returns
    -------
    DataFrame, indexed by library: the columns of `INDICES`, NaN where not assessable.
    """
    own = groups.reindex(counts.columns)
    rest = counts.drop(index=without) if without else counts
    platelets = features_of(PLATELET, rest.index)
    totals = rest.sum()
    share = rest.loc[platelets].sum() / totals.where(totals > 0)
    values = {
        "h1": h1(rest),
        "h2": h2(rest, expressed(rest, detection_reads)),
        # Shares are skewed; their logarithm is near enough to symmetric for a median and a MAD.
        "platelet": np.log2(share * 1e6 + 1) if platelets else share * np.nan,
    }
    return pd.DataFrame({name: robust_z(v, own, min_libraries) for name, v in values.items()})


def members(mirnas: pd.Index) -> list[str]:
    """Name the tested miRNAs that are in an index themselves."""
    return features_of([RED_CELL, REFERENCE, *SIGNATURE, *PLATELET], mirnas)


def compare_indices(indices: pd.DataFrame, is_case: np.ndarray) -> dict[str, dict[str, Any]]:
    """Compare each index between the arms: `p` of Wilcoxon's test and the standardised difference.

    Parameters
    ----------
    indices : DataFrame, shape (units, indices)
    is_case : array of bool, shape (units,)
    """
    found: dict[str, dict[str, Any]] = {}
    for name in INDICES:
        values = indices[name].to_numpy(dtype=float)
        case, control = (values[arm & np.isfinite(values)] for arm in (is_case, ~is_case))
        if min(len(case), len(control)) < 3:
            found[name] = {"p": None, "difference": None}
            continue
        gap = difference_of_numbers(case, control)
        found[name] = {
            "p": float(f"{stats.mannwhitneyu(case, control).pvalue:.6g}"),
            "difference": round(gap, 4) if np.isfinite(gap) else None,
        }
    return found


def adjusted(
    counts: pd.DataFrame,
    sizes: pd.Series,
    design: np.ndarray,
    indices: pd.DataFrame,
    own: Mapping[str, pd.DataFrame],
    named: bool = True,
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Estimate each effect with and without the indices in the model, by limma.

    A miRNA that is in an index is held against the indices without it.

    Parameters
    ----------
    counts : DataFrame of int, shape (miRNAs, units)
    sizes
        Effective library sizes, indexed by unit.
    design : array, shape (units, coefficients)
    indices
        `blood_indices` of the units.
    own
        The same without the miRNA under test, by miRNA.
    named
        Whether the count matrix holds any miRNA of the indices by its name.

    Returns
    -------
    The columns of `COLUMNS`, and a record: `indices` that were used, `units` that have them, and
    `reason`, a finding where none was used, else None. The attenuation is 1 - |adjusted| /
    |unadjusted|, both from the units that have the indices; it is 1 or more where the sign turns.
    """
    usable = [name for name in INDICES if indices[name].isna().mean() <= MOST_UNKNOWN]
    known = indices[usable].notna().all(axis=1).to_numpy() if usable else np.zeros(0, bool)
    table = pd.DataFrame(np.nan, index=counts.index, columns=list(COLUMNS))
    freedom = int(known.sum()) - design.shape[1] - len(usable)
    reason = None
    if not named:
        reason = Finding("blood_mirnas_not_found")
    elif not usable:
        reason = Finding("too_few_peers_to_score")
    elif known.mean() < 1 - MOST_UNKNOWN or freedom < FEWEST_DEGREES_OF_FREEDOM:
        reason = Finding("too_few_scores", {"scored": int(known.sum()), "units": len(known)})
    elif np.linalg.matrix_rank(design[known]) < design.shape[1]:
        reason = Finding("scores_cannot_carry_the_model", {"scored": int(known.sum())})
    record: dict[str, Any] = {
        "indices": usable,
        "units": int(known.sum()),
        "reason": reason.to_dict() if reason else None,
    }
    if reason:
        return table, record | {"indices": []}
    kept, base = counts.loc[:, known], design[known]
    levels, weights = voom(kept, sizes, base)
    plain = moderated(levels, weights, base)

    def test(names: list[str]) -> tuple[Test, np.ndarray]:
        return _held(kept, levels, weights, base, names, indices, own, known)

    joint, _ = test(usable)
    blood = [f"blood_{what}" for what in ("log2fc", "ci_low", "ci_high", "p", "q")]
    table[blood] = joint.columns("blood", kept.index)[blood]
    table["attenuation"] = share_taken(plain.effect, joint.effect)
    for name in usable:
        one, has = test([name])
        table[f"attenuation_{name}"] = np.where(has, share_taken(plain.effect, one.effect), np.nan)
    return table, record


def _held(
    counts: pd.DataFrame,
    levels: np.ndarray,
    weights: np.ndarray,
    design: np.ndarray,
    names: list[str],
    indices: pd.DataFrame,
    own: Mapping[str, pd.DataFrame],
    known: np.ndarray,
) -> tuple[Test, np.ndarray]:
    """Test all miRNAs with indices in the model, each with those that do not rest on itself.

    Returns
    -------
    The test, and whether any index was left for each miRNA.
    """
    models: dict[tuple[str, ...], list[int]] = {}
    scores = []
    for at, mirna in enumerate(counts.index):
        values = own.get(str(mirna), indices)[names].to_numpy(dtype=float)[known]
        scores.append(values - values.mean(axis=0))
        there = np.isfinite(values).all(axis=0)
        models.setdefault(tuple(np.array(names)[there]), []).append(at)
    fit: dict[str, np.ndarray] = {}
    for left, rows in models.items():
        columns = [names.index(name) for name in left]
        own_scores = np.stack([scores[row][:, columns] for row in rows])
        before = np.broadcast_to(design[:, :-1], (len(rows), *design[:, :-1].shape))
        last = np.broadcast_to(design[:, -1:], (len(rows), len(design), 1))
        # The indices stand before the tested column, which is the last.
        part = weighted_fit(
            levels[rows], weights[rows], np.concatenate([before, own_scores, last], axis=2)
        )
        for key in ("coefficients", "stdev_unscaled"):
            part[key] = part[key][:, -1:]
        for key, value in part.items():
            fit.setdefault(key, np.empty((len(levels), *value.shape[1:])))[rows] = value
    has = np.zeros(len(levels), bool)
    for left, rows in models.items():
        has[rows] = bool(left)
    return moderate(fit), has


def share_taken(plain: np.ndarray, held: np.ndarray) -> np.ndarray:
    """Say which part of an effect goes when something is held constant; more than 1 turns it."""
    size = np.abs(plain)
    return np.where(size > 1e-9, 1 - held * np.sign(plain) / np.maximum(size, 1e-9), np.nan)

"""What nobody wrote down about how libraries were made, and whether it goes with the arms."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from exosift.protocols import DETECTED

FACTORS = {
    "instrument": "sequencer of the FASTQ headers",
    "run": "run of the FASTQ headers",
    "flowcell": "flow cell of the FASTQ headers",
    "lane": "lane of the FASTQ headers",
    "index": "index of the FASTQ headers",
    "called_protocol": "kit found in the reads",
    "read_length": "read length",
}
"""What can be read from a library itself, in words."""

SMALL_GROUP = 4  # times the fewest of an arm: a group of less needs one of each
DRAWS = 9999  # deals drawn for a p-value, which is then known down to 1e-4


@dataclass(frozen=True)
class Association:
    """How strongly a column goes with the arms.

    Attributes
    ----------
    v
        Cramér's V, or of the levels of a trend the correlation ratio: 0 not at all, 1 completely.
    p
        The chance of so much by accident.
    """

    v: float
    p: float


def factors_of(summaries: Mapping[str, Mapping[str, Any]]) -> pd.DataFrame:
    """Read from the summaries of the libraries how they were made.

    Parameters
    ----------
    summaries
        `quantified/{sample}.json` by sample; empty in a run from counts.

    Returns
    -------
    DataFrame of str, indexed by sample, with the columns of `FACTORS`; "" where not known.
    """
    rows = {}
    for sample, summary in summaries.items():
        headers = summary.get("headers") or {}
        run = "/".join(str(headers[key]) for key in ("instrument", "run") if headers.get(key))
        flowcell = str(headers.get("flowcell") or "")
        lane = str(headers.get("lane") or "")
        rows[sample] = {
            "instrument": str(headers.get("instrument") or ""),
            "run": run if headers.get("run") else "",
            "flowcell": flowcell,
            "lane": f"{flowcell}/{lane}" if lane else "",
            "index": str(headers.get("index") or ""),
            "called_protocol": _kit(summary.get("protocol_call") or {}),
            "read_length": str((summary.get("read_length") or {}).get("max") or ""),
        }
    return pd.DataFrame.from_dict(rows, orient="index", columns=list(FACTORS), dtype=str)


def _kit(call: Mapping[str, Any]) -> str:
    """Name the kit that reads show; of one that no table has, the layout."""
    called = str(call.get("called") or "")
    return f"{called}: {call['layout']}" if called == DETECTED and call.get("layout") else called


def is_grouping(cells: pd.Series) -> bool:
    """Tell whether a column sorts libraries into groups: more than one, and not one for each."""
    return 2 <= cells.nunique() <= len(cells) / 2


def associate(cells: pd.Series, scores: np.ndarray, seed: int) -> Association:
    """Measure how strongly a column goes with what is tested.

    The strength is the correlation ratio of the tested column over the groups of the other; of two
    arms that is Cramér's V. The p-value is exact up to the number of draws (labels dealt at
    random), since most groups hold few libraries. Where no draw reaches what is seen, its order of
    magnitude is that of an F test, so that a correction for many columns cannot hide the plainest.

    Parameters
    ----------
    cells : Series of str
        One cell per library, none empty.
    scores : array, shape (libraries,)
        The tested column: 0 and 1 for two arms, 0, 1, 2, ... for the levels of a trend.
    seed
        Of the draws.
    """
    codes, levels = pd.factorize(cells)
    scores = np.asarray(scores, dtype=float)
    if len(levels) < 2 or len(np.unique(scores)) < 2:
        return Association(0.0, 1.0)
    sizes = np.bincount(codes).astype(float)
    # Sorted, so that the same draws are made whatever the order of the libraries.
    order = np.argsort(-sizes, kind="stable")
    centred = np.sort(scores - scores.mean())
    whole = float(centred @ centred)

    def between(sums: np.ndarray) -> np.ndarray:
        return (sums**2 / sizes[order]).sum(axis=-1) / whole

    seen = float(between(np.bincount(codes, scores - scores.mean())[order]))
    drawn = between(_dealt(centred, sizes[order].astype(int), seed))
    reached = int((drawn >= seen - 1e-9).sum())
    p = (1 + reached) / (DRAWS + 1)
    if not reached:
        p = min(p, _of_f(seen, len(levels), len(scores)))
    return Association(float(np.sqrt(min(seen, 1.0))), p)


def _dealt(centred: np.ndarray, sizes: np.ndarray, seed: int) -> np.ndarray:
    """Deal the scores to groups at random, again and again; sums, shape (draws, groups)."""
    rng = np.random.default_rng(seed)
    values, numbers = np.unique(centred, return_counts=True)
    if len(values) == 2:
        dealt = rng.multivariate_hypergeometric(sizes, int(numbers[1]), size=DRAWS)
        return dealt * values[1] + (sizes - dealt) * values[0]
    ends = np.cumsum(sizes)[:-1]
    return np.array([np.add.reduceat(rng.permutation(centred), [0, *ends]) for _ in range(DRAWS)])


def _of_f(explained: float, groups: int, n: int) -> float:
    """Give the p of a share of variance that so many groups explain."""
    inside, between = n - groups, groups - 1
    if inside < 1:
        return 1.0
    ratio = explained / between / max((1 - explained) / inside, 1e-12)
    return float(stats.f.sf(ratio, between, inside))


def overlap(cells: pd.Series, names: np.ndarray, fewest: int) -> float:
    """Give the share of libraries that stand in a group with enough of two arms (or levels).

    Enough are `fewest` of each, or one in a small group, which chance alone can leave so uneven.

    Parameters
    ----------
    cells : Series of str
        One cell per library, none empty.
    names : array, shape (libraries,)
        The arm of each, or its level.
    """
    table = pd.crosstab(cells, names)
    second = (
        np.sort(table.to_numpy(), axis=1)[:, -2] if table.shape[1] > 1 else np.zeros(len(table))
    )
    needed = np.where(table.sum(axis=1) >= SMALL_GROUP * fewest, fewest, 1)
    return float(cells.isin(table.index[second >= needed]).mean())

"""What nobody wrote down about how libraries were made, and whether it goes with the arms."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

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

DRAWS = 9999  # tables drawn for a p-value, whose smallest is then 1e-4


@dataclass(frozen=True)
class Association:
    """How strongly a column goes with the arms.

    Attributes
    ----------
    v
        Cramér's V: 0 not at all, 1 completely.
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


def associate(cells: pd.Series, is_case: np.ndarray, seed: int) -> Association:
    """Measure how strongly a column goes with the arms.

    The p-value is exact up to the number of tables drawn at random with the same margins (a
    permutation test of chi-square), since most cells hold few libraries.

    Parameters
    ----------
    cells : Series of str
        One cell per library, none empty.
    is_case : array of bool, shape (libraries,)
    seed
        Of the draws.
    """
    table = pd.crosstab(cells, is_case).to_numpy(dtype=float)
    if min(table.shape) < 2:
        return Association(0.0, 1.0)
    n, per_level, cases = table.sum(), table.sum(axis=1), int(table[:, 1].sum())
    share = cases / n

    def chi_square(of_cases: np.ndarray) -> np.ndarray:
        return ((of_cases - per_level * share) ** 2 / per_level).sum(axis=-1) / share / (1 - share)

    seen = float(chi_square(table[:, 1]))
    draw = np.random.default_rng(seed).multivariate_hypergeometric
    values = chi_square(draw(per_level.astype(int), cases, size=DRAWS))
    p = (1 + int((values >= seen * (1 - 1e-9)).sum())) / (DRAWS + 1)
    return Association(float(np.sqrt(seen / n)), p)


def overlap(cells: pd.Series, is_case: np.ndarray, fewest: int) -> float:
    """Give the share of libraries that stand in a group with enough of each arm.

    Enough are `fewest` of each arm, or one in a group that is too small to hold so many of both.

    Parameters
    ----------
    cells : Series of str
        One cell per library, none empty.
    is_case : array of bool, shape (libraries,)
    """
    both = pd.crosstab(cells, is_case).reindex(columns=[False, True], fill_value=0)
    needed = np.where(both.sum(axis=1) >= 2 * fewest, fewest, 1)
    shared = both.index[both.min(axis=1).to_numpy() >= needed]
    return float(cells.isin(shared).mean())

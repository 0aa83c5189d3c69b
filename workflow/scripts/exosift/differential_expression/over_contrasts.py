"""False discovery over all contrasts of a run: many questions find many chance answers."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from scipy import stats

ENGINES = ("edger", "limma")


def adjust_over_contrasts(tables: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Correct the p-values of all miRNAs of all contrasts together.

    Parameters
    ----------
    tables
        `{contrast}.tsv` by contrast.

    Returns
    -------
    The tables with `edger_q_global` and `limma_q_global` filled in (Benjamini and Hochberg).
    """
    adjusted = {name: table.copy() for name, table in tables.items()}
    for engine in ENGINES:
        columns = [table[f"{engine}_p"].to_numpy(dtype=float) for table in tables.values()]
        p = np.concatenate(columns) if columns else np.empty(0)
        q = np.full(len(p), np.nan)
        known = ~np.isnan(p)
        if known.any():
            q[known] = stats.false_discovery_control(p[known])
        parts = np.split(q, np.cumsum([len(column) for column in columns])[:-1])
        for name, part in zip(adjusted, parts, strict=True):
            adjusted[name][f"{engine}_q_global"] = part
    return adjusted


def tests_of_run(tables: Sequence[pd.DataFrame]) -> dict[str, int]:
    """Count what was corrected for: contrasts that were tested, and tests in them."""
    return {
        "contrasts": sum(len(table) > 0 for table in tables),
        "tests": sum(len(table) for table in tables),
    }

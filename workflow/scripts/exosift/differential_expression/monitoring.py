"""How much a miRNA must change in one person before the change means something."""

from typing import Any

import numpy as np
import pandas as pd

from exosift.cohort import Cohort
from exosift.contrasts import Contrast
from exosift.normalisation import log_cpm, tmm_factors
from exosift.sheet_columns import words_of

TWO_SIDED = 2.77  # 1.96 times the root of 2: two measurements, 95%
FEWEST = 3  # degrees of freedom that a spread must rest on

OF_ONE_LIBRARY = frozenset(("fastq", "replicate", "rep", "aliquot", "library"))
"""Words in the name of a column in which technical replicates may differ."""

COLUMNS = ("rcv_low", "rcv_high", "changed_share")


def reference_change(
    counts: pd.DataFrame,
    sheet: pd.DataFrame,
    levels: np.ndarray,
    contrast: Contrast,
    cohort: Cohort,
    mirnas: pd.Index,
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Give the reference change value of each miRNA, and how many people exceed it.

    RCV = exp(± 2.77 SD), where SD is that of natural logarithms of levels: of replicates of one
    person (the spread of the measurement alone), or, where there are none, of different people of
    the control arm, which is larger, since they differ in more than one person does over time.

    Parameters
    ----------
    counts : DataFrame of int, shape (miRNAs, libraries)
        All sound libraries of the run.
    sheet : DataFrame of str
        The sample sheet.
    levels : array, shape (miRNAs, units)
        log2 CPM of the units.
    contrast, cohort
        The question and its libraries.
    mirnas
        Those that are tested.

    Returns
    -------
    The columns of `COLUMNS` (two fold changes, and the share of people whose change lies outside),
    and a record: `source` (`replicates`, `controls` or ""), `degrees_of_freedom`.
    """
    spread, freedom, source = _of_replicates(counts, sheet, mirnas)
    if freedom < FEWEST:
        controls = contrast.kind.baseline(contrast, cohort)
        spread, freedom, source = (
            levels[:, controls].std(axis=1, ddof=1),
            int(controls.sum()) - 1,
            "",
        )
        source = "controls" if freedom >= FEWEST else ""
    table = pd.DataFrame(np.nan, index=mirnas, columns=list(COLUMNS))
    record = {"source": source, "degrees_of_freedom": freedom if source else 0}
    if not source:
        return table, record
    bound = TWO_SIDED * spread  # in log2, where the factor is the same
    change = contrast.kind.monitored_changes(levels, contrast, cohort)
    table["rcv_low"], table["rcv_high"] = 2**-bound, 2**bound
    table["changed_share"] = (np.abs(change) > bound[:, None]).mean(axis=1)
    return table, record


def _of_replicates(
    counts: pd.DataFrame, sheet: pd.DataFrame, mirnas: pd.Index
) -> tuple[np.ndarray, int, str]:
    """Pool the spread (log2) among libraries of one person that agree in all else."""
    nothing = np.full(len(mirnas), np.nan), 0, ""
    if "subject" not in sheet:
        return nothing
    there = sheet.loc[[name for name in sheet.index if name in counts.columns]]
    there = there[there["subject"] != ""]
    # A column that tells two libraries of a person apart may be what a contrast asks about: only
    # names and numbers of the libraries themselves may differ.
    own = {c for c in there if c != "subject" and there[c].nunique() == len(there)}
    alike = [c for c in there if c not in own and not set(words_of(c)) & OF_ONE_LIBRARY]
    groups = [sorted(names) for names in there.groupby(alike).groups.values() if len(names) > 1]
    if not groups:
        return nothing
    used = counts.loc[mirnas, sorted({name for names in groups for name in names})]
    levels = log_cpm(used, tmm_factors(used))
    squares = sum(((levels[g].T - levels[g].mean(axis=1)).T ** 2).sum(axis=1) for g in groups)
    freedom = sum(len(names) - 1 for names in groups)
    return np.sqrt(np.asarray(squares, dtype=float) / freedom), freedom, "replicates"

"""When both methods, edgeR and limma, agree: on a difference and its sign, and on its size.

The one home of these rules.
"""

from typing import Any

import numpy as np


def same_sign(edger: Any, limma: Any) -> Any:
    """Whether the effects of both methods have one sign that is not 0; of arrays elementwise."""
    return (np.sign(edger) == np.sign(limma)) & (np.sign(edger) != 0)


def significant(table: Any, q: float, suffix: str = "", effect: str = "edger_log2fc") -> Any:
    """Return whether each miRNA differs by both methods, with one sign.

    Parameters
    ----------
    table : DataFrame, or one of its rows
        With `edger_q`, `limma_q` and the log2 fold changes of both.
    q
        Largest false discovery rate.
    suffix
        `_global` for the q over all contrasts of the run.
    effect
        The column of edgeR's log2 fold change, `log2fc` in tables of candidates.
    """
    edger, limma = table[f"edger_q{suffix}"], table[f"limma_q{suffix}"]
    return (edger <= q) & (limma <= q) & same_sign(table[effect], table["limma_log2fc"])


SIZE_FACTOR = 1.5
"""Factor between the fold changes of both methods from which on their sizes differ: the smallest
fold change that is called. Two effects that are further apart lead to different conclusions."""


def sizes_differ(table: Any, factor: float = SIZE_FACTOR) -> Any:
    """Return whether both methods give fold changes of different size, beyond their own intervals.

    Both see the same counts, so that an effect of one that lies outside the 95% interval of the
    other, both ways, is no chance of sampling: few libraries with many reads weigh more in edgeR's
    mean of counts than in limma's mean of logarithms.

    Parameters
    ----------
    table : DataFrame, or one of its rows
        With `{method}_log2fc`, `{method}_ci_low` and `{method}_ci_high` of `edger` and `limma`.
    factor
        Smallest ratio of both fold changes that counts.

    Returns
    -------
    bool or Series of bool, False where a value is missing.
    """
    edger, limma = table["edger_log2fc"], table["limma_log2fc"]
    outside = ((edger < table["limma_ci_low"]) | (edger > table["limma_ci_high"])) & (
        (limma < table["edger_ci_low"]) | (limma > table["edger_ci_high"])
    )
    return outside & (abs(edger - limma) >= np.log2(factor))

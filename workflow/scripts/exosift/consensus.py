"""When a miRNA differs: both methods, edgeR and limma, with one sign. The one home of this rule."""

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

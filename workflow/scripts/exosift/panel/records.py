"""How the parts of a panel are written down."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from exosift.panel.permutation import Permutations
from exosift.panel.procedure import Procedure
from exosift.panel.stability import Stability

DIGITS = 6  # significant, in the record


def tidy(value: Any) -> Any:
    """Round the numbers of a record and make it plain JSON; what is no number becomes None."""
    if isinstance(value, Mapping):
        return {str(key): tidy(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [tidy(one) for one in value]
    if isinstance(value, (float, np.floating)):
        return float(f"{value:.{DIGITS}g}") if np.isfinite(value) else None
    return value.item() if isinstance(value, np.generic) else value


def chosen_features(fitted: Procedure, stability: Stability) -> list[dict[str, Any]]:
    """List the miRNAs of a panel, the largest coefficient first, with their stability."""
    mirnas = fitted.model_["levels"].mirnas_
    order = np.argsort(-np.abs(fitted.coefficients), kind="stable")
    return [
        {
            "mirna": str(mirnas[at]),
            "coefficient": float(fitted.coefficients[at]),
            "stability": float(stability.frequency.get(str(mirnas[at]), 0.0)),
        }
        for at in order
        if fitted.coefficients[at] != 0
    ]


def null_record(null: Permutations, aucs: Iterable[float]) -> dict[str, Any]:
    """Write down the permutations; `aucs` are those of all repeats with the true labels."""
    over_repeats = [null.p_of(auc) for auc in aucs]
    return {
        "p": null.p,
        "observed": null.observed,
        "permutations": len(null.null),
        "null_mean": float(null.null.mean()),
        "null_high": float(np.quantile(null.null, 0.95)),
        "p_over_repeats": {
            "lowest": min(over_repeats),
            "median": float(np.median(over_repeats)),
            "highest": max(over_repeats),
        },
    }


def stability_record(stability: Stability, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Write down which miRNAs are stable, and how many of them may be so by chance."""
    threshold = settings["stability_threshold"]
    return {
        "threshold": threshold,
        "halves": stability.halves,
        "selected": stability.selected,
        "candidates": stability.candidates,
        "stable": stability.stable(threshold),
        "false_selections": stability.false_selections(threshold),
    }


def stability_table(
    stability: Stability, settings: Mapping[str, Any], features: Iterable[Mapping[str, Any]]
) -> pd.DataFrame:
    """Give how often each miRNA was selected, and whether the panel holds it."""
    frequency, chosen = stability.frequency, {one["mirna"] for one in features}
    stable = frequency.to_numpy() >= settings["stability_threshold"]
    return pd.DataFrame(
        {
            "mirna": frequency.index,
            "frequency": frequency.to_numpy(),
            "stable": np.where(stable, "yes", "no"),
            "in_panel": np.where(frequency.index.isin(chosen), "yes", "no"),
        }
    )

"""In how many normalisations an effect holds, and what spike-ins say of amounts."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from exosift.differential_expression.engines import Test, limma, moderated
from exosift.haemolysis import RED_CELL, SIGNATURE, features_of
from exosift.normalisation import (
    centred_log_ratios,
    effective_sizes,
    median_ratio_sizes,
    tmm_factors,
    upper_quartile_sizes,
)

OTHERS = ("median_ratio", "upper_quartile", "clr", "tmm_without_blood")
"""The normalisations beside TMM; the last is TMM on the miRNAs that are neither of the haemolysis
signature nor the most abundant one."""

FEWEST_LEFT = 10  # miRNAs that a factor must rest on

COLUMNS = (
    "normalisations",
    *(f"{name}_{what}" for name in OTHERS for what in ("log2fc", "q")),
)
SPIKE_COLUMNS = tuple(f"spike_in_{what}" for what in ("log2fc", "ci_low", "ci_high", "p", "q"))


def renormalised(counts: pd.DataFrame, design: np.ndarray) -> dict[str, Test]:
    """Test each miRNA anew in each of the other normalisations, by limma.

    Parameters
    ----------
    counts : DataFrame of int, shape (miRNAs, units)
        Those that are tested.
    design : array, shape (units, coefficients)
    """
    tests = {
        "median_ratio": limma(counts, median_ratio_sizes(counts), design),
        "upper_quartile": limma(counts, upper_quartile_sizes(counts), design),
        "clr": moderated(centred_log_ratios(counts), np.ones(counts.shape), design, trend=True),
    }
    blood = {*features_of([*SIGNATURE, RED_CELL], counts.index), counts.sum(axis=1).idxmax()}
    rest = counts.drop(index=sorted(blood))
    if len(rest) >= FEWEST_LEFT and (rest.sum(axis=0) > 0).all():
        sizes = effective_sizes(rest, tmm_factors(rest))
        tests["tmm_without_blood"] = limma(counts, sizes, design)
    return tests


def robustness(
    primary: Test, effect: np.ndarray, others: Mapping[str, Test], mirnas: pd.Index, q: float
) -> pd.DataFrame:
    """Count the normalisations in which each miRNA differs in the same direction.

    Parameters
    ----------
    primary
        limma with TMM, which counts as one of them.
    effect
        The effects whose sign must recur.
    others
        What `renormalised` found.
    q
        Largest false discovery rate for a miRNA to hold.
    """
    holds = [
        (np.sign(test.effect) == np.sign(effect)) & (test.q <= q)
        for test in (primary, *others.values())
    ]
    table = pd.DataFrame({"normalisations": np.sum(holds, axis=0)}, index=mirnas)
    for name in OTHERS:
        test = others.get(name)
        table[f"{name}_log2fc"] = np.nan if test is None else test.effect
        table[f"{name}_q"] = np.nan if test is None else test.q
    return table


def spike_in_test(
    counts: pd.DataFrame,
    spikes: pd.DataFrame | None,
    design: np.ndarray,
    *,
    equal_volume: bool,
    fewest: int,
    fewest_reads: int,
) -> tuple[Test | None, dict[str, Any]]:
    """Test amounts by volume of sample, with library sizes from spike-ins, where they allow it.

    Parameters
    ----------
    counts, spikes : DataFrame of int, shapes (miRNAs, units) and (spike-ins, units)
    equal_volume
        Whether the same amount of spike-ins went into the same volume of each sample.
    fewest, fewest_reads
        Spike-ins that every library must show, and reads of them.

    Returns
    -------
    The test, and a record: `used`, `reason`, and `meaning`, which differs from that of TMM.
    """
    meaning = (
        "Sizes from spike-ins ask for the amount per volume of sample: a miRNA rises if there is "
        "more of it. TMM asks for its share: a miRNA rises if it gains on the others."
    )
    reason = ""
    if spikes is None or spikes.empty:
        reason = "No spike-ins were counted."
    elif not equal_volume:
        reason = "The configuration does not say that equal volumes were spiked (equal_volume)."
    else:
        seen = spikes[counts.columns]
        kinds, reads = (seen > 0).sum(axis=0).min(), seen.sum(axis=0).min()
        if kinds < fewest or reads < fewest_reads:
            reason = (
                f"A library shows {kinds} spike-ins and {reads} reads of them; it takes {fewest} "
                f"and {fewest_reads} in each."
            )
    record = {"used": not reason, "reason": reason, "meaning": meaning}
    if reason or spikes is None:
        return None, record
    depth = np.log(spikes[counts.columns].sum(axis=0))
    sums = np.log(counts.sum(axis=0))
    sizes = np.exp(depth - depth.mean() + sums.mean())
    return limma(counts, sizes, design), record

"""The cohort at a glance: principal components of the miRNA profiles."""

from typing import Any

import numpy as np
import pandas as pd

from exosift.normalisation import expressed_log_cpm
from exosift.quality import exclusions

FEWEST_SAMPLES = 3
DECIMALS = 6  # finer digits depend on the machine's linear algebra


def cohort_components(
    counts: pd.DataFrame, quality: pd.DataFrame
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Find the principal components of the usable samples of a cohort.

    Parameters
    ----------
    counts : DataFrame
        Reads, miRNA x sample.
    quality : DataFrame
        `quality/samples.tsv`, indexed by sample.

    Returns
    -------
    tuple
        As `principal_components`, from TMM-normalised log2 CPM of the expressed miRNAs.
    """
    left_out = exclusions(quality)
    used = [sample for sample in quality.index if sample not in left_out]
    if len(used) < FEWEST_SAMPLES:
        return principal_components(counts[used].iloc[:0])
    # The order of the sheet must not decide which sample TMM takes as its reference.
    levels = expressed_log_cpm(counts[sorted(used)])
    return principal_components(levels[used])


def principal_components(log_cpm: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Project the samples on the two directions in which they differ most.

    Parameters
    ----------
    log_cpm : DataFrame
        Normalised log2 CPM, miRNA x sample: all miRNAs that pass the filter, chosen without looking
        at the condition, of usable samples. Centred here per miRNA, not scaled.

    Returns
    -------
    scores : DataFrame
        `pca.tsv`: indexed by sample, in the order given; `pc1` and `pc2` in log2 units. Each
        component points to where its largest weight is positive. Empty where nothing can be said.
    explained : dict
        `pca.json`: `explained` (shares of the variance on PC1 and PC2), `samples`, `mirnas`,
        `reason` (why there are no components, or empty).
    """
    mirnas, samples = log_cpm.shape
    summary: dict[str, Any] = {"explained": [], "samples": samples, "mirnas": mirnas, "reason": ""}
    nothing = pd.DataFrame({"pc1": [], "pc2": []}, index=pd.Index([], name="sample"), dtype=float)
    if samples < FEWEST_SAMPLES:
        summary["reason"] = (
            f"{samples} usable sample{'' if samples == 1 else 's'}; "
            f"principal components need {FEWEST_SAMPLES}"
        )
        return nothing, summary
    # A fixed order of rows and columns: sums of floats depend on it, and the table must not.
    ordered = log_cpm.sort_index().sort_index(axis=1)
    centred = ordered.sub(ordered.mean(axis=1), axis=0).to_numpy().T
    total = float((centred**2).sum())
    if mirnas < 2 or total < 1e-9:
        summary["reason"] = f"the samples do not differ in the {mirnas} miRNAs that pass the filter"
        return nothing, summary
    left, singular, right = np.linalg.svd(centred, full_matrices=False)
    weights = right[:2]
    signs = np.sign(weights[np.arange(2), np.abs(weights).argmax(axis=1)])
    scores = pd.DataFrame(
        (left[:, :2] * singular[:2] * signs).round(DECIMALS) + 0.0,
        index=ordered.columns,
        columns=["pc1", "pc2"],
    )
    summary["explained"] = [round(float(s**2) / total, DECIMALS) for s in singular[:2]]
    return scores.loc[log_cpm.columns].rename_axis("sample"), summary

"""A made-up cohort for the tests of panels: counts with real-looking spread, people, batches."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from exosift.config import defaults
from exosift.panel.libraries import Libraries

SETTINGS = defaults()["panel"] | {
    "repeats": 2,
    "permutations": 19,
    "null_draws": 19,
    "stability_halves": 10,
    "bootstraps": 200,
}


def make_counts(
    rng: np.random.Generator,
    is_case: np.ndarray,
    mirnas: int,
    changed: int = 0,
    fold: float = 2.0,
    own: np.ndarray | None = None,
) -> pd.DataFrame:
    """Draw counts, libraries x miRNAs; the first `changed` miRNAs are raised in cases.

    `own` are log2 factors of each library and miRNA, such as those of its person.
    """
    level = rng.lognormal(5, 1.2, mirnas)
    expected = np.outer(rng.uniform(0.7, 1.4, len(is_case)), level)
    expected[np.ix_(is_case, np.arange(changed))] *= fold
    if own is not None:
        expected *= 2**own
    counts = rng.negative_binomial(6, 6 / (6 + expected))
    names = [f"miR-{at:03}" for at in range(mirnas)]
    return pd.DataFrame(counts, [f"s{at:03}" for at in range(len(is_case))], names)


def make_libraries(
    counts: pd.DataFrame,
    is_case: np.ndarray,
    subjects: Sequence[str] | None = None,
    batches: Sequence[str] | None = None,
    rng: np.random.Generator | None = None,
) -> Libraries:
    """Put counts into the form in which a panel takes them."""
    rng = rng or np.random.default_rng(9)
    names = counts.index
    sheet = pd.DataFrame({"stage": np.where(is_case, "II", "")}, index=names)
    return Libraries(
        counts=counts,
        is_case=is_case,
        subjects=np.array(subjects if subjects is not None else names, dtype=str),
        batches=np.array(batches if batches is not None else [""] * len(names), dtype=str),
        batch_columns=("batch",) if batches is not None else (),
        clinical=pd.DataFrame({"age": rng.normal(60, 9, len(names))}, index=names),
        quality=pd.DataFrame({"mirna_reads": np.log10(counts.sum(axis=1))}, index=names),
        sheet=sheet,
    )


def made_cohort(
    per_arm: int = 24, mirnas: int = 60, changed: int = 4, fold: float = 2.5, seed: int = 5
) -> Libraries:
    """Make a cohort with two batches whose first miRNAs differ between the arms."""
    rng = np.random.default_rng(seed)
    is_case = np.arange(2 * per_arm) % 2 == 0
    batches = [f"B{1 + at // 2 % 2}" for at in range(2 * per_arm)]
    return make_libraries(
        make_counts(rng, is_case, mirnas, changed, fold), is_case, batches=batches, rng=rng
    )

"""A made-up cohort for the tests of panels: counts with real-looking spread, people, batches."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from exosift.config import defaults
from exosift.panel.levels import FrozenLevels
from exosift.panel.libraries import Libraries
from exosift.panel.procedure import Procedure, panel_procedure

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


def others_like(counts: np.ndarray, arms: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Make other people of the same arms (miRNAs x people): each miRNA changes hands within one."""
    drawn = counts.copy()
    for arm in sorted(set(arms)):
        drawn[:, arms == arm] = rng.permuted(counts[:, arms == arm], axis=1)
    return drawn


def other_cohort(seed: int = 6, fold: float = 2.5) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Give counts and sheet of people of another cohort, whom no panel saw."""
    other = made_cohort(seed=seed, fold=fold)
    counts = other.counts.T.add_prefix("other_")
    sheet = pd.DataFrame(
        {"condition": np.where(other.is_case, "ill", "well"), "fastq": ""}, index=counts.columns
    )
    return counts, sheet


class LeakyLevels(FrozenLevels):
    """Levels of miRNAs that were chosen beforehand, by whoever looked at all labels."""

    def __init__(self, chosen: tuple[str, ...] = ()) -> None:
        self.chosen = chosen

    def fit_transform(self, X: pd.DataFrame, y: np.ndarray) -> np.ndarray:
        levels = super().fit_transform(X, y)
        return levels[:, np.isin(self.mirnas_, self.chosen)]

    def transform(self, X: pd.DataFrame) -> np.ndarray:
        return super().transform(X)[:, np.isin(self.mirnas_, self.chosen)]

    def get_feature_names_out(self, _: object = None) -> np.ndarray:
        return self.mirnas_[np.isin(self.mirnas_, self.chosen)].astype(object)


def leaky_procedure(libraries: Libraries, number: int = 10) -> Procedure:
    """Make the panel's twin that selects the miRNAs outside the folds, as many papers did."""
    levels, is_case = FrozenLevels(), libraries.is_case
    values = levels.fit_transform(libraries.counts, is_case)
    effect = values[is_case].mean(axis=0) - values[~is_case].mean(axis=0)
    largest = np.argsort(-np.abs(effect / values.std(axis=0)))[:number]
    procedure = panel_procedure(SETTINGS | {"libraries_per_feature": 1}, [1])
    return procedure.set_params(model__levels=LeakyLevels(tuple(levels.mirnas_[largest])))

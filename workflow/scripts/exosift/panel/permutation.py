"""What the whole procedure finds where there is nothing: labels shuffled within batches."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from exosift.panel.crossvalidation import one_repeat
from exosift.panel.folds import shuffled_labels
from exosift.panel.libraries import Libraries
from exosift.panel.parallel import Say, run
from exosift.panel.procedure import Procedure
from exosift.panel.seeds import Stream


@dataclass(frozen=True)
class Permutations:
    """The AUC of the procedure with the true and with shuffled labels.

    Attributes
    ----------
    observed
        With the true labels, from the first repeat of the outer folds.
    null : ndarray, shape (permutations,)
        With shuffled labels, each from one repeat with folds of its own.
    """

    observed: float
    null: np.ndarray

    @property
    def p(self) -> float:
        """The chance of so much or more: (1 + number of such permutations) / (1 + all)."""
        return self.p_of(self.observed)

    def p_of(self, auc: float) -> float:
        """Give the p-value of another AUC against the same permutations."""
        return float((1 + (self.null >= auc).sum()) / (1 + len(self.null)))


def permute(
    procedure: Procedure,
    X: pd.DataFrame,
    libraries: Libraries,
    settings: Mapping[str, Any],
    observed: float,
    *,
    jobs: int = 1,
    say: Say | None = None,
) -> Permutations:
    """Run the whole procedure on shuffled labels.

    Parameters
    ----------
    procedure
        The one that gave `observed`.
    observed
        AUC of the first repeat with the true labels, which is the same statistic.
    """
    arguments = [(procedure, X, libraries, settings, at) for at in range(settings["permutations"])]
    null = run(_one, arguments, jobs=jobs, what="permutations", say=say)
    return Permutations(observed, np.array(null))


def _one(
    procedure: Procedure,
    X: pd.DataFrame,
    libraries: Libraries,
    settings: Mapping[str, Any],
    at: int,
) -> float:
    rng = np.random.default_rng([settings["seed"], Stream.LABELS, at])
    shuffled = shuffled_labels(libraries.is_case, libraries.subjects, libraries.batches, rng)
    # Folds of their own for each permutation: repeat 0 is that of the true labels.
    return one_repeat(procedure, X, libraries, shuffled, settings, at + 1).auc


def best_by_chance(
    levels: np.ndarray, libraries: Libraries, draws: int, seed: int
) -> dict[str, float]:
    """Tell how large the best AUC of all miRNAs is where none differs.

    Labels are shuffled, so the arms and the relations between the miRNAs stay as they are; each
    miRNA is taken in the direction in which it comes out, as the best one of a study is.

    Parameters
    ----------
    levels : ndarray, shape (miRNAs, libraries)
    draws
        How often the labels are shuffled.

    Returns
    -------
    `mean` and `high` (95th percentile) of the largest AUC, `mirnas`, `draws`.
    """
    ranks = pd.DataFrame(levels).rank(axis=1).to_numpy()
    n = levels.shape[1]
    best = np.empty(draws)
    for at in range(draws):
        rng = np.random.default_rng([seed, Stream.BEST, at])
        case = shuffled_labels(libraries.is_case, libraries.subjects, libraries.batches, rng)
        n1 = int(case.sum())
        aucs = (ranks[:, case].sum(axis=1) - n1 * (n1 + 1) / 2) / (n1 * (n - n1))
        best[at] = 0.5 + np.abs(aucs - 0.5).max(initial=0.0)
    return {
        "mean": float(best.mean()),
        "high": float(np.quantile(best, 0.95)),
        "mirnas": len(levels),
        "draws": draws,
    }

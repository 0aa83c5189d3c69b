"""How well a procedure separates people whom it never saw: repeated nested cross-validation.

Outer folds test, inner folds (within each training set) choose the penalty and the thresholds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import clone

from exosift.discrimination import areas
from exosift.panel.folds import split
from exosift.panel.intervals import COVERAGE, resample, weighted_aucs
from exosift.panel.libraries import Libraries, by_person
from exosift.panel.operating import threshold_at
from exosift.panel.parallel import Say, run
from exosift.panel.procedure import Procedure, selected
from exosift.panel.seeds import Stream


@dataclass(frozen=True)
class OutOfFold:
    """Scores of libraries by models that were trained without them.

    Attributes
    ----------
    scores : ndarray, shape (repeats, libraries)
        Log odds.
    positive : mapping of float to ndarray of bool, shape (repeats, libraries)
        For each specificity, whether a library lies above the threshold of its training fold.
    folds
        A row for each repeat and fold: who was tested, penalty, features.
    aucs : ndarray, shape (repeats,)
        The AUC of each repeat, people with several libraries averaged.
    """

    scores: np.ndarray
    positive: Mapping[float, np.ndarray]
    folds: tuple[dict[str, Any], ...]
    aucs: np.ndarray

    @property
    def mean_scores(self) -> np.ndarray:
        """The score of each library, averaged over repeats; shape (libraries,)."""
        averaged: np.ndarray = self.scores.mean(axis=0)
        return averaged


def cross_validate(
    procedure: Procedure,
    X: pd.DataFrame,
    libraries: Libraries,
    settings: Mapping[str, Any],
    *,
    specificities: Sequence[float] = (),
    jobs: int = 1,
    what: str = "cross-validation",
    say: Say | None = None,
) -> OutOfFold:
    """Cross-validate a procedure, repeated with other folds.

    Parameters
    ----------
    procedure
        Unfitted.
    X : DataFrame, shape (libraries, columns)
        What the procedure takes, in the order of `libraries`.
    settings
        Section `panel` of the configuration: `outer_folds`, `repeats`, `seed`.
    specificities
        For which thresholds are set in the training folds.
    """
    arguments = [
        (procedure, X, libraries.is_case, libraries.subjects, settings, repeat, specificities)
        for repeat in range(settings["repeats"])
    ]
    found = run(one_repeat, arguments, jobs=jobs, what=what, say=say)
    scores = np.array([scores for scores, _, _ in found])
    positive = {
        specificity: np.array([above[specificity] for _, above, _ in found])
        for specificity in specificities
    }
    averaged, is_case, _ = by_person(scores, libraries.is_case, libraries.subjects)
    folds = tuple(row for _, _, rows in found for row in rows)
    return OutOfFold(scores, positive, folds, areas(averaged, is_case))


def one_repeat(
    procedure: Procedure,
    X: pd.DataFrame,
    is_case: np.ndarray,
    subjects: np.ndarray,
    settings: Mapping[str, Any],
    repeat: int,
    specificities: Sequence[float] = (),
) -> tuple[np.ndarray, dict[float, np.ndarray], list[dict[str, Any]]]:
    """Score each library once, by the model of the fold that did not hold it.

    Returns
    -------
    Log odds, shape (libraries,), whether they lie above the threshold of each specificity, and a
    row for each fold.
    """
    scores = np.full(len(X), np.nan)
    positive = {specificity: np.zeros(len(X), dtype=bool) for specificity in specificities}
    rows = []
    seed = settings["seed"]
    outer = split(is_case, subjects, settings["outer_folds"], [seed, Stream.OUTER, repeat])
    for fold, (train, test) in enumerate(outer):
        fitted = clone(procedure).set_params(seed=(seed, Stream.INNER, repeat, fold))
        fitted.fit(X.iloc[train], is_case[train], subjects[train])
        scores[test] = fitted.decision_function(X.iloc[test], subjects[test])
        for specificity in specificities:
            controls = fitted.inner_scores_[~is_case[train]]
            positive[specificity][test] = scores[test] > threshold_at(controls, specificity)
        rows.append(
            {
                "repeat": repeat + 1,
                "fold": fold + 1,
                "trained": len(train),
                "tested": len(test),
                "tested_cases": int(is_case[test].sum()),
                "penalty": fitted.penalty,
                "features": ";".join(selected(fitted)),
                "samples": ";".join(X.index[test]),
            }
        )
    return scores, positive, rows


@dataclass(frozen=True)
class BatchOut:
    """Batches that were tested by models trained on all others.

    Attributes
    ----------
    auc
        Mean over batches, weighted by their pairs of a case and a control.
    low, high
        Its interval, of a bootstrap over the people of each batch.
    batches
        For each: its name, its arms, its AUC.
    scores : ndarray, shape (libraries,)
        NaN for libraries of batches that were not tested.
    """

    auc: float
    low: float
    high: float
    batches: tuple[dict[str, Any], ...]
    scores: np.ndarray


def testable_batches(libraries: Libraries, per_arm: int) -> list[str]:
    """Name the batches that hold enough people of both arms."""
    found = []
    for batch in np.unique(libraries.batches):
        here = libraries.batches == batch
        people = [
            len(np.unique(libraries.subjects[here & (libraries.is_case == case)]))
            for case in (True, False)
        ]
        if min(people) >= per_arm:
            found.append(str(batch))
    return found


def leave_batches_out(
    procedure: Procedure,
    X: pd.DataFrame,
    libraries: Libraries,
    settings: Mapping[str, Any],
    *,
    jobs: int = 1,
    say: Say | None = None,
) -> BatchOut:
    """Test each batch by a model of all other batches; people of the batch are not trained on."""
    names = testable_batches(libraries, settings["batch_per_arm"])
    arguments = [
        (
            procedure,
            X,
            libraries.is_case,
            libraries.subjects,
            libraries.batches == name,
            at,
            settings,
        )
        for at, name in enumerate(names)
    ]
    found = run(_one_batch, arguments, jobs=jobs, what="leave one batch out", say=say)
    scores = np.full(len(X), np.nan)
    rows, drawn, pairs = [], [], []
    for at, (name, result) in enumerate(zip(names, found, strict=True)):
        here = libraries.batches == name
        scores[here] = result
        averaged, is_case, people = by_person(
            result, libraries.is_case[here], libraries.subjects[here]
        )
        n_case, n_control = int(is_case.sum()), int((~is_case).sum())
        auc = float(areas(averaged[None], is_case)[0])
        rows.append({"batch": name, "n_case": n_case, "n_control": n_control, "auc": auc})
        pairs.append(n_case * n_control)
        seed = [settings["seed"], Stream.PEOPLE, at]
        weights = resample(is_case, people, settings["bootstraps"], seed)
        drawn.append(np.concatenate([weighted_aucs(averaged, is_case, one) for one in weights]))
    together = np.average(drawn, axis=0, weights=pairs)
    low, high = np.quantile(together, [(1 - COVERAGE) / 2, (1 + COVERAGE) / 2])
    auc = float(np.average([row["auc"] for row in rows], weights=pairs))
    return BatchOut(auc, float(low), float(high), tuple(rows), scores)


def _one_batch(
    procedure: Procedure,
    X: pd.DataFrame,
    is_case: np.ndarray,
    subjects: np.ndarray,
    here: np.ndarray,
    at: int,
    settings: Mapping[str, Any],
) -> np.ndarray:
    others = ~here & ~np.isin(subjects, subjects[here])
    fitted = clone(procedure).set_params(seed=(settings["seed"], Stream.INNER, 0, at))
    fitted.fit(X.iloc[np.flatnonzero(others)], is_case[others], subjects[others])
    scores: np.ndarray = fitted.decision_function(X.iloc[np.flatnonzero(here)], subjects[here])
    return scores

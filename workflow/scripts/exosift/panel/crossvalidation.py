"""How well a procedure separates people whom it never saw: repeated nested cross-validation.

Outer folds test, inner folds (within each training set) choose the penalty and the thresholds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import clone

from exosift.panel.folds import split
from exosift.panel.intervals import auc_interval, fold_auc, plain_auc
from exosift.panel.libraries import Libraries
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
        Log odds, at the share of cases of the whole cohort: a training fold's share is what its
        test fold left, so the intercepts of the models would betray who was left out.
    fold_of : ndarray of int, shape (repeats, libraries)
        The fold in which each library was tested.
    positive : mapping of float to ndarray of bool, shape (repeats, libraries)
        For each specificity, whether a library lies above the threshold of its training fold.
    folds
        A row for each repeat and fold: who was tested, penalty, features.
    aucs : ndarray, shape (repeats,)
        The AUC of each repeat, within its folds; see `intervals`.
    """

    scores: np.ndarray
    fold_of: np.ndarray
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
        (procedure, X, libraries, libraries.is_case, settings, repeat, specificities)
        for repeat in range(settings["repeats"])
    ]
    found = run(one_repeat, arguments, jobs=jobs, what=what, say=say)
    return OutOfFold(
        scores=np.array([one.scores for one in found]),
        fold_of=np.array([one.fold_of for one in found]),
        positive={
            specificity: np.array([one.positive[specificity] for one in found])
            for specificity in specificities
        },
        folds=tuple(row for one in found for row in one.rows),
        aucs=np.array([one.auc for one in found]),
    )


@dataclass(frozen=True)
class Repeat:
    """One repeat of `OutOfFold`; arrays of shape (libraries,)."""

    scores: np.ndarray
    fold_of: np.ndarray
    positive: Mapping[float, np.ndarray]
    rows: list[dict[str, Any]]
    auc: float


def one_repeat(
    procedure: Procedure,
    X: pd.DataFrame,
    libraries: Libraries,
    is_case: np.ndarray,
    settings: Mapping[str, Any],
    repeat: int,
    specificities: Sequence[float] = (),
) -> Repeat:
    """Score each library once, by the model of the fold that did not hold it.

    `is_case` are the labels of the libraries, true or shuffled.
    """
    subjects = libraries.subjects
    scores, fold_of = np.full(len(X), np.nan), np.zeros(len(X), dtype=int)
    odds = _log_odds(is_case)
    positive = {specificity: np.zeros(len(X), dtype=bool) for specificity in specificities}
    rows = []
    seed = settings["seed"]
    outer = split(
        *(is_case, subjects, settings["outer_folds"]),
        [seed, Stream.OUTER, repeat],
        libraries.batches,
    )
    for fold, (train, test) in enumerate(outer):
        fitted = clone(procedure).set_params(seed=(seed, Stream.INNER, repeat, fold))
        fitted.fit(X.iloc[train], is_case[train], subjects[train])
        scores[test] = fitted.decision_function(X.iloc[test], subjects[test])
        for specificity in specificities:
            controls = fitted.inner_scores_[~is_case[train]]
            positive[specificity][test] = scores[test] > threshold_at(controls, specificity)
        scores[test] += odds - _log_odds(is_case[train])
        fold_of[test] = fold
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
    auc = float(fold_auc(scores[None], fold_of, is_case, subjects)[0])
    return Repeat(scores, fold_of, positive, rows, auc)


def _log_odds(is_case: np.ndarray) -> float:
    return float(np.log(is_case.sum() / (~is_case).sum()))


@dataclass(frozen=True)
class BatchOut:
    """Batches that were tested by models trained on all others.

    Attributes
    ----------
    auc
        Mean over batches, weighted by their pairs of a case and a control.
    low, high
        Its interval, of a bootstrap over people.
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
    fold_of, rows = np.zeros(len(X), dtype=int), []
    for at, (name, result) in enumerate(zip(names, found, strict=True)):
        here = libraries.batches == name
        scores[here] = result
        fold_of[here] = at
        is_case, subjects = libraries.is_case[here], libraries.subjects[here]
        rows.append(
            {
                "batch": name,
                "n_case": len(np.unique(subjects[is_case])),
                "n_control": len(np.unique(subjects[~is_case])),
                "auc": plain_auc(result, is_case, subjects),
            }
        )
    tested = np.isfinite(scores)
    interval = auc_interval(
        *(scores[None, tested], fold_of[None, tested]),
        *(libraries.is_case[tested], libraries.subjects[tested]),
        settings["bootstraps"],
        [settings["seed"], Stream.PEOPLE],
    )
    return BatchOut(interval.auc, interval.low, interval.high, tuple(rows), scores)


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

"""What is fitted in every training set: filter, normalisation, scaling, penalty, selection.

All of it stands in one scikit-learn `Pipeline`, so that none of it can be fitted to anything else.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from exosift.panel.elasticnet import ElasticNetPath
from exosift.panel.folds import refuse_overlap, split
from exosift.panel.levels import FrozenLevels
from exosift.settings.panel import Panel


class Procedure(ClassifierMixin, BaseEstimator):
    """A pipeline whose penalty is chosen by an inner cross-validation of the training set.

    It remembers the libraries and the people that it saw, and refuses to score them.

    Parameters
    ----------
    model
        An unfitted pipeline that ends in an `ElasticNetPath`.
    inner_folds
        Folds of the inner cross-validation.
    seed
        For these folds.

    Attributes
    ----------
    model_ : Pipeline
        Fitted to the whole training set, for all penalties.
    chosen_ : int
        Place of the penalty with the smallest log loss in the inner folds; the largest penalty of
        equals.
    inner_scores_ : ndarray, shape (training libraries,)
        Log odds of the training libraries under the chosen penalty, each from inner folds that did
        not hold it. Thresholds are set on them.
    seen_, people_ : frozenset
        Libraries and people of the training set.
    """

    def __init__(
        self, model: Pipeline, inner_folds: int = Panel.inner_folds, seed: Sequence[int] = (0,)
    ) -> None:
        self.model = model
        self.inner_folds = inner_folds
        self.seed = seed

    def fit(self, X: pd.DataFrame, y: np.ndarray, subjects: np.ndarray) -> "Procedure":
        """Choose the penalty and fit.

        Parameters
        ----------
        X : DataFrame, shape (libraries, columns)
            What the pipeline takes, indexed by library.
        y : array of bool
            Whether each library is a case.
        subjects : array
            The person of each library.
        """
        self.classes_ = np.array([False, True])
        self.seen_, self.people_ = frozenset(X.index), frozenset(subjects)
        scores: list[np.ndarray] = [np.empty(0)] * len(X)
        for train, test in split(y, subjects, self.inner_folds, self.seed):
            fitted = clone(self.model).fit(X.iloc[train], y[train])
            for place, score in zip(test, _path_scores(fitted, X.iloc[test]), strict=True):
                scores[place] = score
        inner = np.array(scores)
        loss = np.logaddexp(0, np.where(y[:, None], -inner, inner)).mean(axis=0)
        self.chosen_ = int(np.argmin(loss))
        self.inner_scores_ = inner[:, self.chosen_]
        self.model_ = clone(self.model).fit(X, y)
        return self

    def decision_function(self, X: pd.DataFrame, subjects: np.ndarray) -> np.ndarray:
        """Give the log odds of libraries of other people than those of the training set.

        Raises
        ------
        LeakageError
            If a library or a person was trained on.
        """
        refuse_overlap(self.seen_, X.index, "Libraries")
        refuse_overlap(self.people_, subjects, "Subjects")
        return self._scores(X)

    def apparent(self, X: pd.DataFrame) -> np.ndarray:
        """Give the log odds of the training libraries themselves; optimistic."""
        if frozenset(X.index) != self.seen_:
            raise ValueError("these are not the libraries that were trained on")
        return self._scores(X)

    def _scores(self, X: pd.DataFrame) -> np.ndarray:
        scores: np.ndarray = _path_scores(self.model_, X)[:, self.chosen_]
        return scores

    @property
    def coefficients(self) -> np.ndarray:
        """Coefficients of the chosen model on the standardised columns."""
        coefficients: np.ndarray = self.model_[-1].coef_[self.chosen_]
        return coefficients

    @property
    def intercept(self) -> float:
        """Intercept of the chosen model."""
        return float(self.model_[-1].intercept_[self.chosen_])

    @property
    def penalty(self) -> float:
        """The chosen penalty."""
        return float(self.model_[-1].penalty_[self.chosen_])


def panel_procedure(settings: Mapping[str, Any], seed: Sequence[int]) -> Procedure:
    """Make the procedure of the panel; it takes raw counts."""
    return _procedure([("levels", FrozenLevels())], settings, seed)


def numbers_procedure(settings: Mapping[str, Any], seed: Sequence[int]) -> Procedure:
    """Make the same procedure for numbers such as age or quality metrics; NaN is missing."""
    return _procedure([("impute", _imputer())], settings, seed)


def joint_procedure(
    mirnas: Sequence[str], others: Sequence[str], settings: Mapping[str, Any], seed: Sequence[int]
) -> Procedure:
    """Make the procedure of the panel with other columns that stand in every model."""
    parts = [("levels", FrozenLevels(), list(mirnas)), ("others", _imputer(), list(others))]
    columns = ColumnTransformer(parts, verbose_feature_names_out=False)
    return _procedure([("columns", columns)], settings, seed, len(others))


def selected(procedure: Procedure) -> list[str]:
    """Name the columns of the chosen model of a fitted procedure."""
    names = procedure.model_[:-2].get_feature_names_out()
    return [str(name) for name in names[procedure.coefficients != 0]]


def _procedure(
    steps: list[tuple[str, Any]],
    settings: Mapping[str, Any],
    seed: Sequence[int],
    always: int = 0,
) -> Procedure:
    path = ElasticNetPath(
        l1_ratio=settings["l1_ratio"],
        penalties=settings["penalties"],
        most_features=settings["most_features"],
        libraries_per_feature=settings["libraries_per_feature"],
        always=always,
    )
    model = Pipeline([*steps, ("scale", StandardScaler()), ("net", path)])
    return Procedure(model, settings["inner_folds"], tuple(seed))


def _imputer() -> SimpleImputer:
    return SimpleImputer(strategy="median", keep_empty_features=True)


def _path_scores(fitted: Pipeline, X: pd.DataFrame) -> np.ndarray:
    scores: np.ndarray = fitted[-1].decision_path(fitted[:-1].transform(X))
    return scores

"""Logistic regression with an elastic net, for a whole path of penalties at once.

Coordinate descent as in glmnet (Friedman, Hastie and Tibshirani 2010, doi:10.18637/jss.v033.i01),
compiled: a path of five penalties takes milliseconds where scikit-learn's saga takes half a second,
and 200 permutations need 6,000 of them. The tests hold it against scikit-learn.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numba import njit
from sklearn.base import BaseEstimator, ClassifierMixin

from exosift.settings.panel import Panel

TOLERANCE = 1e-8  # squared change of the linear predictor, per library, at which descent ends
MOST_ROUNDS, MOST_SWEEPS = 50, 1000
LEAST_WEIGHT = 1e-5  # of a library that the model is certain of
NO_MODEL = 1e6  # times the largest gradient: a penalty at which nothing enters

RATIOS = (0.8, 0.1)
"""The largest and the smallest penalty tried, as shares of the one at which nothing enters."""


class ElasticNetPath(ClassifierMixin, BaseEstimator):
    """An elastic net for each of several penalties, none with more than a few features.

    At each penalty the features with the largest coefficients are kept, and the model is fitted
    again to them alone with the same penalty.

    Parameters
    ----------
    l1_ratio
        Share of the lasso in the penalty.
    penalties
        How many penalties are tried, evenly spaced on the log scale between `RATIOS`.
    most_features
        The most features that a model may have.
    libraries_per_feature
        The smaller arm must have so many libraries for each feature (rounded up, at least two
        features).
    always
        The last so many columns stand in every model, without penalty and beside the limit.

    Attributes
    ----------
    coef_ : ndarray, shape (penalties, columns)
    intercept_ : ndarray, shape (penalties,)
    penalty_ : ndarray, shape (penalties,)
        On the mean log-likelihood of a library, largest first.
    """

    def __init__(
        self,
        l1_ratio: float = Panel.l1_ratio,
        penalties: int = Panel.penalties,
        most_features: int = Panel.most_features,
        libraries_per_feature: int = Panel.libraries_per_feature,
        always: int = 0,
    ) -> None:
        self.l1_ratio = l1_ratio
        self.penalties = penalties
        self.most_features = most_features
        self.libraries_per_feature = libraries_per_feature
        self.always = always

    def fit(self, X: np.ndarray, y: Sequence[bool] | np.ndarray) -> "ElasticNetPath":
        """Fit the path.

        Parameters
        ----------
        X : array, shape (libraries, columns)
            Standardised levels.
        y : array of bool, shape (libraries,)
            Whether each library is a case; both kinds must be there.
        """
        case = np.asarray(y, dtype=float)
        columns = np.ascontiguousarray(np.asarray(X, dtype=float).T)
        weights = np.ones(len(columns))
        weights[len(columns) - self.always :] = 0
        self.classes_ = np.array([False, True])
        self.penalty_ = self._penalties(columns, case, weights)
        self.limit_ = feature_limit(case > 0, self.most_features, self.libraries_per_feature)
        intercepts, coefs = follow(columns, case, self.penalty_, self.l1_ratio, weights)
        for at, penalty in enumerate(self.penalty_):
            kept = _largest(coefs[at], self.limit_, self.always)
            alone, few = follow(
                columns[kept], case, np.array([penalty]), self.l1_ratio, weights[kept]
            )
            coefs[at] = 0
            coefs[at, kept], intercepts[at] = few[0], alone[0]
        self.coef_, self.intercept_ = coefs, intercepts
        return self

    def decision_path(self, X: np.ndarray) -> np.ndarray:
        """Give the log odds of each library under each penalty; shape (libraries, penalties)."""
        # Not by BLAS, whose sums may depend on the number of its threads.
        scores: np.ndarray = np.einsum("np,mp->nm", np.asarray(X, dtype=float), self.coef_)
        return scores + self.intercept_

    def _penalties(self, columns: np.ndarray, case: np.ndarray, weights: np.ndarray) -> np.ndarray:
        largest = largest_penalty(columns, case, self.l1_ratio, weights)
        return largest * np.geomspace(*RATIOS, num=self.penalties)


def feature_limit(is_case: np.ndarray, most: int, libraries_per_feature: int) -> int:
    """Tell how many features the smaller arm can carry: at least 2, at most `most`."""
    smaller = min(int(is_case.sum()), int((~is_case).sum()))
    return min(most, max(2, -(-smaller // libraries_per_feature)))


def largest_penalty(
    columns: np.ndarray, case: np.ndarray, l1_ratio: float, weights: np.ndarray
) -> float:
    """Find the penalty from which on no penalised column enters the model."""
    steepest = np.abs(_slopes(columns, case - case.mean())).max(initial=0.0)
    nothing = np.array([NO_MODEL * max(steepest, 1e-9)])
    intercept, coef = follow(columns, case, nothing, l1_ratio, weights)
    odds = intercept[0] + np.einsum("p,pn->n", coef[0], columns)
    gradient = np.abs(_slopes(columns[weights > 0], case - 1 / (1 + np.exp(-odds))))
    return max(float(gradient.max(initial=0.0)) / l1_ratio, 1e-6)


def _slopes(columns: np.ndarray, residual: np.ndarray) -> np.ndarray:
    slopes: np.ndarray = np.einsum("pn,n->p", columns, residual) / len(residual)
    return slopes


def follow(
    columns: np.ndarray,
    case: np.ndarray,
    penalties: np.ndarray,
    l1_ratio: float,
    weights: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Fit the elastic net at each penalty, each begun where the last one ended.

    Minimises the mean negative log-likelihood of a library plus
    penalty * sum(weight * (l1_ratio * |b| + (1 - l1_ratio) / 2 * b^2)); the intercept is free.

    Parameters
    ----------
    columns : ndarray, shape (columns, libraries)
        Contiguous rows.
    case : ndarray of float, shape (libraries,)
        1 for cases, 0 for controls.
    penalties : ndarray
        Falling.
    l1_ratio
        Share of the lasso.
    weights : ndarray, shape (columns,)
        Factors on the penalty; 0 for columns that are free.

    Returns
    -------
    Intercepts, shape (penalties,), and coefficients, shape (penalties, columns).
    """
    result: tuple[np.ndarray, np.ndarray] = _follow(
        np.ascontiguousarray(columns, dtype=np.float64),
        np.ascontiguousarray(case, dtype=np.float64),
        np.ascontiguousarray(penalties, dtype=np.float64),
        float(l1_ratio),
        np.ascontiguousarray(weights, dtype=np.float64),
    )
    return result


def _largest(coef: np.ndarray, limit: int, always: int) -> np.ndarray:
    """Find the columns to keep: the largest coefficients, the first of equals; sorted."""
    free = len(coef) - always
    order = np.argsort(-np.abs(coef[:free]), kind="stable")[:limit]
    chosen = order[coef[order] != 0]
    kept: np.ndarray = np.concatenate([np.sort(chosen), np.arange(free, len(coef))]).astype(np.intp)
    return kept


@njit(cache=True)
def _follow(columns: Any, case: Any, penalties: Any, l1_ratio: Any, weights: Any) -> Any:
    p, n = columns.shape
    intercepts, coefs = np.zeros(len(penalties)), np.zeros((len(penalties), p))
    beta = np.zeros(p)
    share = case.mean()
    intercept = np.log(share / (1 - share))
    eta = np.full(n, intercept)
    gradient = np.empty(p)
    _gradient(columns, case, eta, gradient)
    active = weights == 0
    before = penalties[0]
    for step in range(len(penalties)):
        penalty = penalties[step]
        # The strong rule (Tibshirani 2012, doi:10.1111/j.1467-9868.2011.01004.x) guesses who will
        # enter; who was forgotten is found below.
        for j in range(p):
            if np.abs(gradient[j]) >= l1_ratio * weights[j] * (2 * penalty - before):
                active[j] = True
        while True:
            intercept = _newton(
                columns, case, penalty, l1_ratio, weights, active, intercept, beta, eta
            )
            _gradient(columns, case, eta, gradient)
            forgotten = False
            for j in range(p):
                if not active[j] and np.abs(gradient[j]) > l1_ratio * weights[j] * penalty:
                    active[j] = True
                    forgotten = True
            if not forgotten:
                break
        intercepts[step] = intercept
        coefs[step] = beta
        before = penalty
    return intercepts, coefs


@njit(cache=True)
def _gradient(columns: Any, case: Any, eta: Any, gradient: Any) -> None:
    p, n = columns.shape
    residual = np.empty(n)
    for i in range(n):
        residual[i] = case[i] - 1 / (1 + np.exp(-eta[i]))
    for j in range(p):
        total = 0.0
        for i in range(n):
            total += columns[j, i] * residual[i]
        gradient[j] = total / n


@njit(cache=True)
def _newton(
    columns: Any,
    case: Any,
    penalty: Any,
    l1_ratio: Any,
    weights: Any,
    active: Any,
    intercept: Any,
    beta: Any,
    eta: Any,
) -> Any:
    """Reweighted least squares over the active columns; changes `beta` and `eta` in place."""
    n = columns.shape[1]
    members = np.flatnonzero(active)
    curvature = np.empty(len(members))
    weight, residual = np.empty(n), np.empty(n)
    for _ in range(MOST_ROUNDS):
        total_weight = 0.0
        for i in range(n):
            chance = 1 / (1 + np.exp(-eta[i]))
            weight[i] = max(chance * (1 - chance), LEAST_WEIGHT)
            residual[i] = (case[i] - chance) / weight[i]
            total_weight += weight[i]
        for at in range(len(members)):
            column = columns[members[at]]
            total = 0.0
            for i in range(n):
                total += weight[i] * column[i] * column[i]
            curvature[at] = total / n
        start, started = beta.copy(), intercept
        everyone = True
        for _ in range(MOST_SWEEPS):
            step = 0.0
            for i in range(n):
                step += weight[i] * residual[i]
            step /= total_weight
            intercept += step
            largest = step * step * total_weight / n
            for i in range(n):
                residual[i] -= step
            for at in range(len(members)):
                j = members[at]
                if not everyone and beta[j] == 0:
                    continue
                column = columns[j]
                slope = 0.0
                for i in range(n):
                    slope += weight[i] * residual[i] * column[i]
                slope = slope / n + curvature[at] * beta[j]
                bound = l1_ratio * penalty * weights[j]
                divisor = curvature[at] + (1 - l1_ratio) * penalty * weights[j]
                if np.abs(slope) <= bound or divisor <= 0:
                    new = 0.0
                elif slope > 0:
                    new = (slope - bound) / divisor
                else:
                    new = (slope + bound) / divisor
                change = new - beta[j]
                if change != 0:
                    beta[j] = new
                    largest = max(largest, curvature[at] * change * change)
                    for i in range(n):
                        residual[i] -= change * column[i]
            # Those that are in the model settle first; then all are asked again.
            if largest < TOLERANCE:
                if everyone:
                    break
                everyone = True
            else:
                everyone = False
        moved = (intercept - started) ** 2 * total_weight / n
        eta[:] = intercept
        for at in range(len(members)):
            j = members[at]
            if beta[j] != 0:
                column = columns[j]
                for i in range(n):
                    eta[i] += beta[j] * column[i]
            moved = max(moved, curvature[at] * (beta[j] - start[j]) ** 2)
        if moved < TOLERANCE:
            break
    return intercept

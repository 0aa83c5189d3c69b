"""The elastic net agrees with scikit-learn's, and never has too many features."""

import numpy as np
import pytest
from exosift.panel.elasticnet import ElasticNetPath, feature_limit, follow, largest_penalty
from sklearn.linear_model import LogisticRegression


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(3)
    X = rng.normal(size=(60, 25)) + rng.normal(size=(60, 1))
    y = rng.random(60) < 1 / (1 + np.exp(-1.5 * X[:, 0] + X[:, 4]))
    return (X - X.mean(axis=0)) / X.std(axis=0), y


@pytest.mark.parametrize("share", [0.7, 0.2, 0.05])
@pytest.mark.parametrize("l1_ratio", [0.5, 1.0])
def test_coefficients_are_those_of_scikit_learn(data, share, l1_ratio):
    X, y = data
    columns, weights = np.ascontiguousarray(X.T), np.ones(X.shape[1])
    penalty = share * largest_penalty(columns, y.astype(float), l1_ratio, weights)
    intercept, coef = follow(columns, y.astype(float), np.array([penalty]), l1_ratio, weights)
    oracle = LogisticRegression(
        solver="saga", l1_ratio=l1_ratio, C=1 / (len(y) * penalty), max_iter=50_000, tol=1e-8
    ).fit(X, y)
    assert coef[0] == pytest.approx(oracle.coef_[0], abs=2e-3)
    assert intercept[0] == pytest.approx(oracle.intercept_[0], abs=2e-3)
    assert (coef[0] != 0).sum() > 0


def test_a_path_that_is_followed_ends_where_a_fresh_start_does(data):
    X, y = data
    columns, weights, case = np.ascontiguousarray(X.T), np.ones(X.shape[1]), y.astype(float)
    penalties = largest_penalty(columns, case, 0.5, weights) * np.geomspace(0.8, 0.02, 8)
    followed = follow(columns, case, penalties, 0.5, weights)[1][-1]
    fresh = follow(columns, case, penalties[-1:], 0.5, weights)[1][0]
    assert followed == pytest.approx(fresh, abs=5e-3)


def test_nothing_enters_at_the_largest_penalty_and_something_just_below(data):
    X, y = data
    columns, weights, case = np.ascontiguousarray(X.T), np.ones(X.shape[1]), y.astype(float)
    largest = largest_penalty(columns, case, 0.5, weights)
    coefs = follow(columns, case, largest * np.array([1.001, 0.98]), 0.5, weights)[1]
    assert (coefs[0] == 0).all()
    assert (coefs[1] != 0).any()


def test_a_model_has_no_more_features_than_the_smaller_arm_carries(data):
    X, y = data
    path = ElasticNetPath(penalties=6).fit(X, y)
    assert path.limit_ == feature_limit(y, 10, 10) <= 3
    assert (path.coef_ != 0).sum(axis=1).max() == path.limit_
    assert path.decision_path(X).shape == (60, 6)


@pytest.mark.parametrize(("smaller", "limit"), [(8, 2), (20, 2), (21, 3), (50, 5), (400, 10)])
def test_the_limit_grows_with_the_smaller_arm(smaller, limit):
    is_case = np.arange(3 * smaller) < smaller
    assert feature_limit(is_case, 10, 10) == limit


def test_columns_that_always_stand_in_the_model_are_not_shrunk(data):
    X, y = data
    path = ElasticNetPath(always=2, penalties=3).fit(X, y)
    alone = LogisticRegression(C=np.inf, tol=1e-8).fit(X[:, -2:], y)
    strong = ElasticNetPath(always=2, penalties=2)
    assert (path.coef_[:, -2:] != 0).all()
    columns, weights = np.ascontiguousarray(X.T), np.ones(25)
    weights[-2:] = 0
    nothing = follow(columns, y.astype(float), np.array([1e3]), 0.5, weights)[1][0]
    assert nothing[-2:] == pytest.approx(alone.coef_[0], abs=2e-3)
    assert (strong.fit(X, y).coef_[:, :-2] != 0).sum(axis=1).max() <= strong.limit_


def test_arms_that_are_separate_completely_still_have_a_model():
    X = np.linspace(-1, 1, 40)[:, None] * np.ones((1, 3))
    path = ElasticNetPath().fit(X, np.arange(40) >= 20)
    assert np.isfinite(path.coef_).all()
    assert np.isfinite(path.intercept_).all()

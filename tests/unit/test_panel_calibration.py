"""Calibration is told for chances that are right, too extreme, and too low."""

import numpy as np
import pytest
from exosift.panel.calibration import calibrate
from sklearn.linear_model import LogisticRegression

PEOPLE = np.array([f"p{at}" for at in range(400)])


@pytest.fixture(scope="module")
def truth():
    rng = np.random.default_rng(4)
    odds = rng.normal(0, 1.5, 400)
    return odds, rng.random(400) < 1 / (1 + np.exp(-odds))


def test_right_chances_have_a_slope_of_one(truth):
    odds, is_case = truth
    found = calibrate(odds, is_case, PEOPLE, 300, [1])
    for name, right in (("intercept", 0), ("slope", 1)):
        assert found[name]["low"] < right < found[name]["high"]
    assert 0.2 < found["scaled_brier"] < 0.5


def test_the_slope_is_that_of_a_logistic_regression(truth):
    odds, is_case = truth
    oracle = LogisticRegression(C=np.inf, tol=1e-9).fit(odds[:, None], is_case)
    assert calibrate(odds, is_case, PEOPLE, 200, [1])["slope"]["value"] == pytest.approx(
        oracle.coef_[0, 0], abs=1e-3
    )


def test_chances_that_are_too_extreme_have_a_small_slope(truth):
    odds, is_case = truth
    found = calibrate(3 * odds, is_case, PEOPLE, 300, [1])
    assert found["slope"]["high"] < 0.6
    assert found["brier"] > calibrate(odds, is_case, PEOPLE, 200, [1])["brier"]


def test_chances_that_are_too_low_have_a_positive_intercept(truth):
    odds, is_case = truth
    assert calibrate(odds - 1, is_case, PEOPLE, 300, [1])["intercept"]["low"] > 0.5


def test_the_interval_of_the_intercept_is_as_wide_as_its_standard_error_says(truth):
    odds, is_case = truth
    found = calibrate(odds, is_case, PEOPLE, 2000, [1])["intercept"]
    chance = 1 / (1 + np.exp(-odds - found["value"]))
    standard_error = 1 / np.sqrt((chance * (1 - chance)).sum())
    assert found["high"] - found["low"] == pytest.approx(2 * 1.96 * standard_error, rel=0.1)


def test_the_intervals_cover_the_truth_as_often_as_they_say():
    """`python tests/benchmarks/panel.py calibration` has the figures of more cohorts."""
    cohorts = [right_chances(seed, 120) for seed in range(200)]
    for name, right in (("intercept", 0), ("slope", 1)):
        held = [one[name]["low"] <= right <= one[name]["high"] for one in cohorts]
        assert 0.91 <= np.mean(held) <= 0.98


def right_chances(seed, people):
    """Calibrate chances at which people are ill indeed."""
    rng = np.random.default_rng([seed, 5])
    odds = rng.normal(0, 1.5, people)
    is_case = rng.random(people) < 1 / (1 + np.exp(-odds))
    return calibrate(odds, is_case, PEOPLE[:people], 400, [seed])


def test_the_same_chance_for_everybody_explains_nothing():
    is_case = np.arange(100) < 50
    found = calibrate(np.zeros(100), is_case, PEOPLE[:100], 200, [1])
    assert found["scaled_brier"] == pytest.approx(0)
    assert sum(one["people"] for one in found["bins"]) == 100

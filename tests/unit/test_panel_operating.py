"""Thresholds, exact intervals, predictive values."""

import numpy as np
import pytest
from exosift.panel.operating import (
    balanced_threshold,
    operating_point,
    predictive_value,
    share_of,
    threshold_at,
)


def test_a_threshold_lets_no_more_controls_above_it_than_allowed():
    controls = np.arange(40.0)
    assert (controls > threshold_at(controls, 0.95)).sum() == 2
    assert (controls > threshold_at(np.arange(100.0), 0.98)).sum() == 0
    assert (np.arange(39.0) > threshold_at(np.arange(39.0), 0.95)).sum() == 1


def test_the_balanced_threshold_has_the_largest_sum_of_both():
    scores = np.array([0.0, 1, 2, 3, 4, 5])
    is_case = np.array([False, False, True, False, True, True])
    assert balanced_threshold(scores, is_case) == pytest.approx(1.5)


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"), [(98, 100, 0.930, 0.998), (198, 200, 0.964, 0.999)]
)
def test_intervals_are_exact(hits, of, low, high):
    found = share_of(hits, of)
    assert found["low"] == pytest.approx(low, abs=5e-4)
    assert found["high"] == pytest.approx(high, abs=5e-4)


def test_no_hit_and_all_hits_have_intervals_that_end_at_the_border():
    assert share_of(0, 20)["low"] == 0
    assert share_of(0, 20)["high"] == pytest.approx(1 - 0.025 ** (1 / 20))
    assert share_of(20, 20)["high"] == 1
    assert share_of(0, 0)["share"] is None


def test_a_rare_disease_makes_most_positives_false():
    assert predictive_value(0.5, 0.95, 0.005) == pytest.approx(0.0478, abs=1e-4)
    assert predictive_value(0.0, 1.0, 0.01) is None


def test_a_person_is_positive_in_more_than_half_of_the_repeats():
    positive = np.array([[1, 1, 0, 1], [1, 0, 0, 1], [1, 0, 0, 0]], dtype=bool)
    is_case, people = np.array([True, True, False, False]), np.array(["a", "b", "c", "d"])
    point = operating_point(0.95, positive, is_case, people, np.array(["I", "II", "", ""]), [0.01])
    assert (point["sensitivity"]["hits"], point["sensitivity"]["of"]) == (1, 2)
    assert (point["specificity"]["hits"], point["specificity"]["of"]) == (1, 2)
    assert {stage: one["hits"] for stage, one in point["stages"].items()} == {"I": 1, "II": 0}
    (value,) = point["predictive_values"]
    assert value["value"] == pytest.approx(0.01)
    assert value["low"] < value["value"] < value["high"]


def test_no_false_positive_among_few_controls_does_not_promise_none_among_thousands():
    positive = np.arange(30)[None] < 20
    people = np.array([f"p{at}" for at in range(30)])
    point = operating_point(0.95, positive, positive[0], people, None, [0.005])
    assert point["specificity"]["share"] == point["sensitivity"]["share"] == 1
    (value,) = point["predictive_values"]
    assert 0.05 < value["value"] < 0.2

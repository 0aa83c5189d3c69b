"""AUCs within folds, and bootstraps over people."""

import numpy as np
import pytest
from exosift.panel.intervals import auc_interval, fold_auc, mean_roc, plain_auc, resample

RNG = np.random.default_rng(6)
CASE = np.arange(60) % 2 == 0
PEOPLE = np.array([f"p{at:02}" for at in range(60)])
FOLDS = np.array([RNG.permutation(np.arange(60) // 2 % 5) for _ in range(8)])
SCORES = RNG.normal(size=(8, 60)) + CASE


def by_hand(scores, folds):
    won = met = 0.0
    for i in np.flatnonzero(CASE):
        for j in np.flatnonzero(~CASE):
            if folds[i] == folds[j]:
                met += 1
                won += 1.0 * (scores[i] > scores[j]) + 0.5 * (scores[i] == scores[j])
    return won, met


def test_only_pairs_of_one_fold_count():
    scores = np.round(SCORES[0])
    won, met = by_hand(scores, FOLDS[0])
    assert fold_auc(scores[None], FOLDS[0], CASE, PEOPLE)[0] == pytest.approx(won / met)


def test_an_offset_of_a_fold_changes_nothing():
    shifted = SCORES[0] + 100 * FOLDS[0]
    same = fold_auc(SCORES[:1], FOLDS[0], CASE, PEOPLE)
    assert fold_auc(shifted[None], FOLDS[0], CASE, PEOPLE) == pytest.approx(same)
    assert plain_auc(shifted, CASE, PEOPLE) != pytest.approx(same[0], abs=0.01)


def test_the_interval_is_around_the_auc_of_all_repeats():
    totals = np.array([by_hand(*one) for one in zip(SCORES, FOLDS, strict=True)]).sum(axis=0)
    found = auc_interval(SCORES, FOLDS, CASE, PEOPLE, 400, [1, 6])
    assert found.auc == pytest.approx(totals[0] / totals[1])
    assert found.low < found.auc < found.high
    assert 0.1 < found.high - found.low < 0.4


def test_the_interval_covers_the_truth_as_often_as_it_says():
    rng = np.random.default_rng(11)
    one = np.zeros((1, 60), dtype=int)
    truth = 0.7602  # of two normal distributions one standard deviation apart
    intervals = [
        auc_interval((rng.normal(size=60) + CASE)[None], one, CASE, PEOPLE, 200, [at])
        for at in range(200)
    ]
    assert np.mean([found.low <= truth <= found.high for found in intervals]) >= 0.93


def test_arms_that_are_separate_have_an_interval_all_the_same():
    found = auc_interval((CASE * 1.0)[None], np.zeros((1, 60)), CASE, PEOPLE, 200, [1])
    assert found.auc == found.high == 1
    assert 0.8 < found.low < 1


def test_several_libraries_of_a_person_are_one_vote():
    twice = np.repeat(np.arange(30), 2)
    people, case = PEOPLE[twice], np.arange(30)[twice] % 2 == 0
    scores = RNG.normal(size=30)[twice]
    once = auc_interval(scores[None, ::2], np.zeros((1, 30)), case[::2], people[::2], 200, [3])
    both = auc_interval(scores[None], np.zeros((1, 60)), case, people, 200, [3])
    assert both == once


def test_people_of_both_arms_are_drawn_for_both():
    people = np.repeat(PEOPLE[:10], 2)
    case = np.arange(20) % 2 == 0
    times = np.concatenate(list(resample(case, people, 300, [1])))
    assert times.shape == (300, 20)
    assert (times[:, ::2] == times[:, 1::2]).all()
    assert (times.sum(axis=1) == 20).all()


def test_each_arm_keeps_its_size():
    times = next(iter(resample(np.arange(9) < 3, PEOPLE[:9], 50, [1])))
    assert (times[:, :3].sum(axis=1) == 3).all()
    assert (times[:, 3:].sum(axis=1) == 6).all()


def area(curve):
    return float(np.trapezoid(curve, dx=1 / (len(curve) - 1)))


@pytest.mark.parametrize("digits", [9, 1, 0])
def test_the_area_of_the_mean_roc_is_the_auc(digits):
    """With ties as without: 0 digits leave about five different scores."""
    scores = np.round(SCORES, digits)
    curve = mean_roc(scores, FOLDS, CASE, PEOPLE)
    assert curve[-1] == 1
    assert (np.diff(curve) >= -1e-12).all()
    auc = auc_interval(scores, FOLDS, CASE, PEOPLE, 200, [1]).auc
    assert area(curve) == pytest.approx(auc, abs=0.002)


def test_scores_that_say_nothing_are_drawn_as_a_coin():
    curve = mean_roc(np.zeros((1, 60)), np.zeros((1, 60)), CASE, PEOPLE)
    assert curve == pytest.approx(np.linspace(0, 1, len(curve)))


def test_arms_that_are_separate_fill_the_square():
    curve = mean_roc((CASE * 1.0)[None], np.zeros((1, 60)), CASE, PEOPLE)
    assert (curve == 1).all()


@pytest.mark.parametrize("controls", [3, 7, 10, 33])
def test_no_number_of_controls_shifts_the_curve(controls):
    rng = np.random.default_rng(controls)
    case = np.arange(2 * controls) < controls
    people = np.array([f"p{at}" for at in range(2 * controls)])
    scores = rng.normal(size=(40, 2 * controls)) + case
    folds = np.zeros(scores.shape)
    curve = mean_roc(scores, folds, case, people)
    assert area(curve) == pytest.approx(fold_auc(scores, folds[0], case, people).mean(), abs=0.002)

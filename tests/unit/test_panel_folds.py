"""People stay whole: in folds, in halves, and when labels are shuffled."""

import numpy as np
import pandas as pd
import pytest
from exosift.panel.folds import (
    LeakageError,
    batches_of,
    halves,
    refuse_overlap,
    shuffled_labels,
    split,
)

IS_CASE = np.arange(40) % 2 == 0
PEOPLE = np.array([f"p{at:02}" for at in range(40)])
BATCHES = np.array([f"B{at // 2 % 4}" for at in range(40)])
SHARED = np.array([f"p{at // 2:02}" for at in range(40)])  # pairs of neighbours


def test_each_library_is_tested_once_and_arms_are_shared_out():
    parts = list(split(IS_CASE, PEOPLE, 5, [1, 2]))
    assert sorted(np.concatenate([test for _, test in parts])) == list(range(40))
    for train, test in parts:
        assert set(train) & set(test) == set()
        assert IS_CASE[test].sum() == 4


def test_all_libraries_of_a_person_are_in_one_fold():
    twice = np.repeat(PEOPLE[:20], 2)
    labels = np.repeat(np.arange(20) % 2 == 0, 2)
    for train, test in split(labels, twice, 5, [3]):
        assert not set(twice[train]) & set(twice[test])


def test_batches_are_spread_over_the_folds_within_each_arm():
    for _, test in split(IS_CASE, PEOPLE, 5, [3], BATCHES):
        for arm in (True, False):
            assert np.unique(BATCHES[test][IS_CASE[test] == arm], return_counts=True)[1].max() <= 2


def test_batches_smaller_than_the_folds_are_no_obstacle():
    small = np.array([f"B{at // 4}" for at in range(40)])
    sizes = [IS_CASE[test].sum() for _, test in split(IS_CASE, PEOPLE, 5, [3], small)]
    assert min(sizes) >= 3
    assert max(sizes) <= 5


def test_the_seed_decides_the_folds():
    def tested(seed):
        return [list(test) for _, test in split(IS_CASE, PEOPLE, 5, seed)]

    assert tested([1, 1]) == tested([1, 1]) != tested([1, 2])


def test_an_arm_with_fewer_people_than_folds_has_fewer_folds():
    labels = np.arange(20) < 3
    assert len(list(split(labels, PEOPLE[:20], 5, [1]))) == 3


def test_overlap_is_a_hard_error_that_names_who():
    with pytest.raises(LeakageError, match="Libraries in the training and in the test set: s2"):
        refuse_overlap(["s1", "s2"], ["s2", "s3"], "Libraries")


def test_halves_are_complementary_and_keep_people_whole():
    labels = np.repeat(np.arange(20) % 2 == 0, 2)
    one, other = halves(labels, SHARED, np.random.default_rng(1))
    assert sorted([*one, *other]) == list(range(40))
    assert not set(SHARED[one]) & set(SHARED[other])
    assert labels[one].sum() == labels[other].sum() == 10


def test_labels_are_shuffled_within_batches():
    rng = np.random.default_rng(4)
    shuffled = shuffled_labels(IS_CASE, PEOPLE, BATCHES, rng)
    assert (shuffled != IS_CASE).any()
    for batch in np.unique(BATCHES):
        assert shuffled[batch == BATCHES].sum() == IS_CASE[batch == BATCHES].sum()


def test_libraries_of_a_person_change_together():
    labels = np.repeat(np.arange(20) % 2 == 0, 2)
    shuffled = shuffled_labels(labels, SHARED, np.full(40, ""), np.random.default_rng(4))
    assert (shuffled[::2] == shuffled[1::2]).all()
    assert shuffled.sum() == labels.sum()


def test_before_and_after_of_a_person_are_exchanged():
    shuffled = shuffled_labels(IS_CASE, SHARED, np.full(40, ""), np.random.default_rng(4))
    assert (shuffled[::2] != shuffled[1::2]).all()
    assert 0 < (shuffled != IS_CASE).sum() < 40


def test_batches_are_told_by_covariates_that_say_how_and_by_batch_and_protocol():
    sheet = pd.DataFrame(
        {
            "isolation_day": ["d1", "d1", "d2", "d2"],
            "sex": ["f", "m", "f", "m"],
            "batch": ["1", "2", "1", "2"],
            "protocol": ["truseq"] * 4,
        }
    )
    batches, columns = batches_of(sheet, ["isolation_day", "sex"])
    assert columns == ["isolation_day", "batch"]
    assert list(batches) == ["d1 / 1", "d1 / 2", "d2 / 1", "d2 / 2"]
    assert batches_of(sheet[["sex"]], ["sex"])[1] == []

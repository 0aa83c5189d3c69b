import numpy as np
import pytest
from exosift.discrimination import discriminate
from scipy import stats


def test_the_auc_is_the_share_of_pairs_in_the_right_order() -> None:
    cases, controls = np.array([3.0, 2.0, 5.0]), np.array([1.0, 2.0])
    # pairs: 3>1 3>2 2>1 2=2 5>1 5>2
    assert discriminate(cases, controls, 1).auc == pytest.approx(5.5 / 6)
    assert discriminate(cases, controls, -1).auc == pytest.approx(0.5 / 6)


def test_the_direction_is_not_turned_after_looking() -> None:
    rng = np.random.default_rng(2)
    found = discriminate(rng.normal(2, 1, 20), rng.normal(0, 1, 20), -0.3)
    assert found.high < 0.5


def test_full_separation_has_an_interval_all_the_same() -> None:
    found = discriminate(np.arange(5) + 10.0, np.arange(5.0), 1)
    assert found.auc == found.high == 1
    assert 0.1 < found.low < 0.9
    larger = discriminate(np.arange(50) + 100.0, np.arange(50.0), 1)
    assert 0.9 < larger.low < 1


@pytest.mark.parametrize("direction", [0, np.nan])
def test_without_a_direction_there_is_no_auc(direction: float) -> None:
    assert np.isnan(discriminate(np.arange(3.0), np.arange(3.0), direction).auc)
    assert np.isnan(discriminate(np.array([]), np.arange(3.0), 1).low)


@pytest.mark.parametrize(("n", "auc"), [(12, 0.95), (8, 0.95), (12, 0.7), (45, 0.95), (25, 0.995)])
def test_the_interval_covers_the_truth(n: int, auc: float) -> None:
    rng = np.random.default_rng(12)
    shift = np.sqrt(2) * stats.norm.ppf(auc)
    covered = [
        found.low <= auc <= found.high
        for found in (
            discriminate(rng.normal(shift, 1, n), rng.normal(0, 1, n), 1) for _ in range(500)
        )
    ]
    assert np.mean(covered) >= 0.93


def test_from_forty_in_each_arm_the_wider_of_both_variances_is_taken() -> None:
    # Cases are of two kinds, which DeLong's variance sees and Hanley and McNeil's does not.
    rng = np.random.default_rng(3)
    controls = rng.normal(0, 0.1, 40)
    cases = np.concatenate([np.full(20, 5.0), np.full(20, -5.0)]) + rng.normal(0, 0.1, 40)
    large = discriminate(cases, controls, 1)
    small = discriminate(cases[1:], controls, 1)
    assert large.high - large.low > 1.05 * (small.high - small.low)

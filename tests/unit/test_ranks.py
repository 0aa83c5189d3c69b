import numpy as np
import pytest
from exosift.differential_expression.ranks import jonckheere, standardised_effect
from scipy import stats


def test_with_two_groups_jonckheere_is_the_rank_sum_test() -> None:
    rng = np.random.default_rng(1)
    levels = rng.integers(0, 6, (40, 23)).astype(float)
    groups = np.array([0] * 11 + [1] * 12)
    theirs = stats.mannwhitneyu(
        *(levels[:, groups == 0], levels[:, groups == 1]),
        axis=1,
        use_continuity=False,
        method="asymptotic",
    ).pvalue
    np.testing.assert_allclose(jonckheere(levels, groups), theirs, rtol=1e-9)


def test_jonckheere_sees_an_order_and_is_even_without_one() -> None:
    rng = np.random.default_rng(2)
    steps = np.repeat([0, 1, 2, 3], 8)
    chance = jonckheere(rng.normal(size=(2000, 32)), steps)
    assert (chance < 0.05).mean() == pytest.approx(0.05, abs=0.015)
    rising = rng.normal(size=(20, 32)) + steps
    assert jonckheere(rising, steps).max() < 0.001
    np.testing.assert_allclose(jonckheere(-rising, steps), jonckheere(rising, steps))
    assert jonckheere(np.ones((1, 32)), steps)[0] == 1


def test_hedges_g_and_its_interval_are_those_of_the_formula() -> None:
    levels = np.array([[1.0, 2.0, 3.0, 2.0, 5.0, 6.0, 7.0, 6.0]])
    case = np.array([False] * 4 + [True] * 4)
    row = standardised_effect(levels, case, ["m"]).iloc[0]  # type: ignore[arg-type]
    g = 4 / np.sqrt(2 / 3) * (1 - 3 / 23)
    assert row["hedges_g"] == pytest.approx(g)
    half = 1.959964 * np.sqrt(8 / 16 + g**2 / 16)
    assert row["hedges_g_ci_low"] == pytest.approx(g - half, abs=1e-5)

import numpy as np
import pandas as pd
import pytest
from exosift.normalisation import (
    cpm,
    expressed_log_cpm,
    filter_by_expression,
    log_cpm,
    tmm_factors,
)


@pytest.fixture
def counts() -> pd.DataFrame:
    rng = np.random.default_rng(4)
    level = rng.lognormal(5, 1.5, 80)
    values = rng.negative_binomial(5, 5 / (5 + level[:, None] * np.ones(10)))
    return pd.DataFrame(
        values, index=[f"miR-{at}" for at in range(80)], columns=[f"s{at}" for at in range(10)]
    )


def test_the_filter_asks_for_reads_in_the_smaller_arm() -> None:
    # 1,000,000 reads each, so that 10 reads at the median depth are 10 CPM.
    counts = pd.DataFrame(
        [[999_000] * 10, [10] * 3 + [0] * 7, [10] * 2 + [9] * 8],
        index=["common", "in_three", "in_two"],
    )
    counts.loc["rest"] = 1_000_000 - counts.sum(axis=0)
    arms = np.array([True] * 3 + [False] * 7)
    kept = filter_by_expression(counts, arms)
    assert kept.to_dict() == {"common": True, "in_three": True, "in_two": False, "rest": True}
    swapped = filter_by_expression(counts, arms[::-1])
    pd.testing.assert_series_equal(kept, swapped)


def test_tmm_withstands_one_abundant_mirna_that_rises(counts: pd.DataFrame) -> None:
    shifted = counts.copy()
    top = counts.sum(axis=1).idxmax()
    shifted.loc[top, ["s0", "s1", "s2", "s3", "s4"]] *= 20
    others = shifted.index != top
    naive = np.log2(cpm(shifted) + 1)[others]
    normal = np.log2(cpm(shifted, tmm_factors(shifted)) + 1)[others]
    left, right = shifted.columns[:5], shifted.columns[5:]
    fall = naive[left].mean(axis=1) - naive[right].mean(axis=1)
    assert fall.median() < -0.7
    level = normal[left].mean(axis=1) - normal[right].mean(axis=1)
    assert abs(level.median()) < 0.15


def test_tmm_factors_multiply_to_one_and_do_not_depend_on_depth(counts: pd.DataFrame) -> None:
    factors = tmm_factors(counts)
    assert np.exp(np.log(factors).mean()) == pytest.approx(1)
    deeper = counts * np.arange(1, 11)
    np.testing.assert_allclose(tmm_factors(deeper), factors, rtol=0.02)


def test_log_cpm_is_that_of_edger(counts: pd.DataFrame) -> None:
    import edgepython

    data = edgepython.make_dgelist(counts.to_numpy(dtype=float))
    data = edgepython.calc_norm_factors(data)
    theirs = edgepython.cpm(data, log=True, prior_count=2)
    np.testing.assert_allclose(log_cpm(counts, tmm_factors(counts)), theirs, rtol=1e-9)


def test_an_empty_library_stays_finite_and_at_the_floor(counts: pd.DataFrame) -> None:
    counts["s3"] = 0
    assert tmm_factors(counts)["s3"] == 1
    levels = log_cpm(counts, tmm_factors(counts))
    assert np.isfinite(levels).all().all()
    assert (levels["s3"] <= levels.min(axis=1) + 1e-9).all()
    assert (cpm(counts)["s3"] == 0).all()


@pytest.mark.parametrize("columns", [[], ["s0"]])
def test_none_or_one_library_is_no_error(counts: pd.DataFrame, columns: list[str]) -> None:
    few = counts[columns]
    assert (tmm_factors(few) == 1).all()
    assert expressed_log_cpm(few).shape[1] == len(columns)
    nothing = few * 0
    assert not filter_by_expression(nothing).any()
    assert expressed_log_cpm(nothing).empty

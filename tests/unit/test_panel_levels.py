"""Levels: edgeR's filter and TMM, frozen on the training libraries."""

import numpy as np
import pytest
from edgepython.normalization import _calc_factor_tmm
from exosift.normalisation import filter_by_expression
from exosift.panel.levels import FrozenLevels, expressed, frozen_levels, tmm_against

from tests.panel_cohort import make_counts


@pytest.fixture(scope="module")
def counts():
    rng = np.random.default_rng(8)
    made = make_counts(rng, np.arange(30) < 12, 120)
    return (made * rng.integers(0, 2, (1, 120)) + made // 40).astype("int64")


def test_the_filter_is_that_of_the_tests(counts):
    is_case = np.arange(30) < 12
    ours = expressed(counts.to_numpy(dtype=float), is_case)
    theirs = filter_by_expression(counts.T, is_case)
    assert 20 < ours.sum() < 110
    assert (ours == theirs.to_numpy()).all()


def test_factors_are_those_of_edgepython(counts):
    reference = counts.to_numpy(dtype=float).mean(axis=0) + 0.01
    ours = tmm_against(counts.to_numpy(), reference)
    theirs = [_calc_factor_tmm(row, reference) for row in counts.to_numpy(dtype=float)]
    assert ours == pytest.approx(theirs, rel=1e-9)
    assert ours.std() > 0.01


def test_equal_values_share_their_ranks_as_in_edgepython():
    rng = np.random.default_rng(1)
    counts = rng.integers(0, 6, (5, 80)).astype(float)
    reference = np.full(80, 4.0)
    theirs = [_calc_factor_tmm(row, reference) for row in counts]
    assert tmm_against(counts, reference) == pytest.approx(theirs, rel=1e-9)


def test_depth_alone_changes_no_level(counts):
    reference = counts.to_numpy(dtype=float).mean(axis=0) + 1
    once = frozen_levels(counts.to_numpy(dtype=float), reference, 20.0)
    deeper = frozen_levels(counts.to_numpy(dtype=float) * 50, reference, 20.0)
    assert deeper == pytest.approx(once, abs=0.05)


def test_a_library_is_normalised_alone(counts):
    is_case = np.arange(30) < 12
    levels = FrozenLevels().fit(counts.iloc[:20], is_case[:20])
    alone = levels.transform(counts.iloc[[25]])
    wild = counts.iloc[20:].copy()
    wild.iloc[0] = 10**6
    assert (levels.transform(wild)[5] == alone[0]).all()


def test_a_library_without_reads_is_at_the_floor(counts):
    levels = FrozenLevels().fit(counts, np.arange(30) < 12)
    empty = levels.transform(counts.iloc[[0]] * 0)
    assert empty == pytest.approx(np.log2(levels.prior_))
    with_empty = counts.copy()
    with_empty.iloc[3] = 0
    assert np.isfinite(FrozenLevels().fit_transform(with_empty, np.arange(30) < 12)).all()

"""Sharing reads that fit several miRNAs."""

import numpy as np
import pytest
from exosift.kernel.layout import KIND_MISMATCH
from exosift.sharing import (
    UNIT,
    expected_weight,
    learn,
    share_by_evidence,
    share_equally,
    whole_parts,
)


def code(feature, shift_5p=0, shift_3p=0, kind=0):
    return feature << 24 | kind << 16 | shift_5p + 128 << 8 | shift_3p + 128


def shared(*groups, habits=None):
    """Share groups, each (reads, calls); give for each its feature -> share."""
    codes = np.array([one for _, calls in groups for one in calls], np.int64)
    of = np.repeat(np.arange(len(groups)), [len(calls) for _, calls in groups])
    reads = np.array([reads for reads, _ in groups])
    if habits is None:
        habits = learn(codes[:0], reads[:0])
    parts = share_by_evidence(codes, of, reads, habits.likelihood(codes))
    found = [{} for _ in groups]
    for one, group, part in zip(codes.tolist(), of.tolist(), parts.tolist(), strict=True):
        found[group][one >> 24] = part / UNIT
    return found


A, B = code(1), code(2)


def test_without_evidence_and_with_the_same_ends_a_tie_is_split_in_halves():
    assert shared((10, [A, B])) == [{1: 0.5, 2: 0.5}]


def test_a_silent_sibling_gets_nothing_of_a_busy_sister():
    assert shared((10_000, [A]), (100, [A, B]))[1] == {1: 1, 2: 0}


def test_two_busy_siblings_share_by_their_own_reads():
    tie = shared((300, [A]), (100, [B]), (400, [A, B]))[2]
    assert tie[1] == pytest.approx(0.75, abs=0.002)


def test_ends_tell_two_matures_apart_that_share_every_read():
    # miR-5692b is miR-5692c without its last two bases; the reads peak at the end of one.
    ties = [(900, [code(1), code(2, 0, -2)]), (80, [code(1, 0, 1), code(2, 0, -1)])]
    found = shared(*ties, (20, [code(1, 0, 2), code(2)]))
    assert all(shares[1] > 0.9 for shares in found)


def test_the_tail_of_a_busy_sister_is_not_given_to_the_sibling_whose_template_holds_it():
    tail_a = code(1, 0, 0, 1)
    found = shared((10_000, [A]), (500, [tail_a, B]))
    assert found[1][1] > 0.95
    # Where the sibling has reads of its own, it gets what its template explains.
    found = shared((1000, [A]), (5000, [code(2, 0, 1)]), (5000, [tail_a, B]))
    assert found[2][2] > 0.9


def test_sequencing_errors_of_a_busy_sister_are_hers_and_a_real_sibling_keeps_its_reads():
    changed = code(1, 0, 0, KIND_MISMATCH)
    found = shared((100_000, [A]), (30, [changed, B]))
    assert found[1][1] > 0.99
    found = shared((100_000, [A]), (3000, [changed, B]))
    assert found[1][2] > 0.95


def test_habits_are_those_of_the_library_and_no_single_mirna_speaks_alone():
    codes = np.array([code(1), *(code(n, 0, -1) for n in range(2, 40))])
    habits = learn(codes, np.array([1_000_000, *[100] * 38]))
    assert habits.shifts_3p[127] > 5 * habits.shifts_3p[128]
    assert habits.shifts_5p.sum() == pytest.approx(1)
    assert habits.kinds[:KIND_MISMATCH].sum() == pytest.approx(1)


def test_tails_are_learned_by_length_and_base():
    tails = [code(n, 0, 0, 4) for n in range(1, 30)]  # one T each
    habits = learn(np.array(tails), np.full(29, 100))
    assert habits.kinds[4] > 0.5
    assert habits.kinds[4] > habits.kinds[1] > habits.kinds[5]


def test_shares_are_whole_parts_that_sum_to_one():
    rng = np.random.default_rng(1)
    sizes = rng.integers(1, 7, 500)
    group = np.repeat(np.arange(500), sizes)
    shares = rng.random(len(group))
    shares /= np.bincount(group, shares)[group]
    parts = whole_parts(shares, group, 500)
    assert (np.bincount(group, parts) == UNIT).all()
    assert np.abs(parts - UNIT * shares).max() < 8
    assert (np.bincount(group, share_equally(group, 500)) == UNIT).all()


def test_weights_are_those_of_variational_bayes():
    digamma = pytest.importorskip("scipy.special").digamma
    amounts = np.array([0.0, 0.001, 0.5, 1, 5, 1e7])
    assert expected_weight(amounts) == pytest.approx(np.exp(digamma(amounts + 0.01)), rel=1e-4)


def test_nothing_to_share_is_shared():
    empty = np.empty(0, np.int64)
    assert len(share_by_evidence(empty, empty, empty, np.empty(0))) == 0

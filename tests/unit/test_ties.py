"""Sharing reads that fit several miRNAs."""

from fractions import Fraction

import pytest
from exosift.ties import Isomir, estimate, shares

A, B = Isomir("miR-a", 0, 0), Isomir("miR-b", 0, 0)


def test_without_evidence_and_with_the_same_ends_a_tie_is_split_in_halves():
    reads = estimate({(A, B): 10}, {})
    assert shares((A, B), reads) == {"miR-a": Fraction(1, 2), "miR-b": Fraction(1, 2)}


def test_the_closer_mature_gets_more_where_nothing_else_tells():
    shorter = (Isomir("miR-a", 0, 0), Isomir("miR-b", 0, 2))
    found = shares(shorter, {"miR-a": 1.0, "miR-b": 1.0})
    assert found["miR-a"] == Fraction(4, 5)


def test_a_silent_sibling_gets_nothing_of_a_busy_sister():
    reads = estimate({(A, B): 100}, {"miR-a": 10_000})
    assert shares((A, B), reads) == {"miR-a": Fraction(1)}


def test_two_busy_siblings_share_by_their_own_reads():
    reads = estimate({(A, B): 400}, {"miR-a": 300, "miR-b": 100})
    assert reads == pytest.approx({"miR-a": 600, "miR-b": 200})
    assert shares((A, B), reads)["miR-a"] == Fraction(3, 4)


def test_ends_tell_two_matures_apart_that_share_every_read():
    # miR-5692b is miR-5692c without its last two bases; the reads peak at the end of one.
    ties = {
        (Isomir("5692b", 0, 0), Isomir("5692c", 0, 2)): 900,
        (Isomir("5692b", 0, 1), Isomir("5692c", 0, 1)): 80,
        (Isomir("5692b", 0, 2), Isomir("5692c", 0, 0)): 20,
    }
    reads = estimate(ties, {})
    assert reads["5692b"] > 950
    assert sum(reads.values()) == pytest.approx(1000)


@pytest.mark.parametrize("evidence", [{}, {"miR-a": 1e-9, "miR-b": 3.0}, {"miR-a": 7.0}])
def test_shares_sum_to_one_exactly(evidence):
    assert sum(shares((A, B), evidence).values()) == 1

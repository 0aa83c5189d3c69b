"""The judges of the end-to-end test judge rightly."""

import pandas as pd
import pytest

from tests.end_to_end.accuracy import Counted, agreement, expected_ghosts
from tests.end_to_end.truth import count_agreement, names_of, recovery

FEATURES = pd.DataFrame(
    {
        "mirna": ["hsa-miR-199a-3p/199b-3p", "hsa-let-7a-5p", "hsa-miR-21-5p"],
        "sequence": ["ACAGTAGTCTGCACATTGGTTA", "TGAGGTAGTAGGTTGTATAGTT", "TAGCTTATCAGACTGATGTTGA"],
    }
)
PLANTED = pd.DataFrame(
    [
        ("hsa-miR-199b-3p", "lung", 1.5, 100.0),
        ("hsa-let-7a-5p", "lung", -2.0, 50.0),
        ("hsa-miR-21-5p", "lung", 0.9, 500.0),
        ("hsa-miR-5-5p", "lung", 2.0, 5.0),
        ("hsa-miR-22-3p", "brain", 1.0, 500.0),
    ],
    columns=["mirna", "condition", "log2fc", "mean_reads"],
)


def results(*rows):
    return pd.DataFrame(rows, columns=["mirna", "edger_log2fc", "edger_q", "limma_q"])


def test_a_merged_feature_holds_each_name():
    assert names_of("hsa-miR-199a-3p/199b-3p") == ["hsa-miR-199a-3p", "hsa-miR-199b-3p"]
    assert names_of("hsa-miR-1-3p/hsa-miR-2-3p") == ["hsa-miR-1-3p", "hsa-miR-2-3p"]
    assert names_of("hsa-let-7a-5p") == ["hsa-let-7a-5p"]


def test_calls_are_judged_by_name_sign_and_both_engines():
    table = results(
        ("hsa-miR-199a-3p/199b-3p", 1.2, 0.01, 0.01),  # right
        ("hsa-let-7a-5p", 2.0, 0.01, 0.01),  # wrong sign
        ("hsa-miR-21-5p", 0.9, 0.01, 0.01),  # right, though too small to be due
        ("hsa-miR-5-5p", 2.0, 0.01, 0.20),  # one engine only
        ("hsa-miR-22-3p", 1.0, 0.01, 0.01),  # planted in another cancer
        ("hsa-miR-23-3p", 0.3, 0.01, 0.01),  # too small to be called
    )
    judged = recovery({"lung": table}, PLANTED)
    assert (judged.planted, judged.recovered) == (2, 1)
    assert (judged.calls, judged.false_calls) == (4, 2)
    assert (judged.power, judged.false_share) == (0.5, 0.5)
    assert judged.missed == ("lung: hsa-let-7a-5p",)
    assert judged.wrong == ("lung: hsa-let-7a-5p", "lung: hsa-miR-22-3p")


def test_counts_are_compared_by_sequence():
    truth = pd.DataFrame(
        {"s1": [100, 50, 0, 20], "s2": [1, 1, 1, 1]},
        index=["hsa-miR-199b-3p", "hsa-let-7a-5p", "hsa-miR-21-5p", "hsa-miR-9-5p"],
    )
    counts = pd.DataFrame({"s1": [90, 50, 5]}, index=FEATURES["mirna"])
    agreement = count_agreement(counts, truth, FEATURES)
    assert agreement.true_reads == 170
    assert agreement.recovered == pytest.approx(140 / 170)
    assert agreement.surplus == pytest.approx(5 / 170)
    assert agreement.mean_relative_error == pytest.approx((0.1 + 0 + 1) / 3)


SHORT = "TGAGGTAGTAGGTTGTATAG"


def test_libraries_are_judged_by_what_is_right_wrong_and_out_of_nothing():
    found = Counted({"A": 90.0, "B": 12.0, "C": 4.0, "D": 9.0}, frozenset({"D"}))
    judged = agreement(found, {"A": 100, "B": 10, "E": 5})
    assert judged.reads == 115
    assert judged.recovered == pytest.approx(100 / 115)
    assert judged.misplaced == pytest.approx((2 + 4 + 9) / 115)
    assert judged.relative_error == pytest.approx((0.1 + 0.2) / 2)
    assert judged.ghosts == {"C": 4.0}
    assert judged.ghosts_above(5, {}) == {"C": 4.0}
    assert judged.ghosts_above(5, {"C": 4.0}) == {}


def test_errors_make_ghosts_of_neighbours_only():
    other = SHORT[:10] + "A" + SHORT[11:]
    far = "ACAGTAGTCTGCACATTGGTTA"
    expected = expected_ghosts({SHORT: 30_000}, [SHORT, other, "T" + other, far], 0.001)
    assert expected == {other: pytest.approx(10), "T" + other: pytest.approx(10)}
    assert expected_ghosts({SHORT: 100}, [SHORT + "TT"], 0.0)[SHORT + "TT"] < 10

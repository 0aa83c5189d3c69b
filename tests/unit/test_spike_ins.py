"""Spike-ins: reads against amounts, and amounts that nobody can use."""

import numpy as np
import pandas as pd
import pytest
from exosift.errors import UserError
from exosift.spike_ins import (
    LINEARITY_COLUMNS,
    READ_COLUMNS,
    known_spike_ins,
    linearity,
    read_amounts,
    read_spike_ins,
    spike_in_reads,
)

AMOUNTS = {"RC1": 1.0, "RC2": 4.0, "RC3": 16.0, "RC4": 0.25}


def measured(columns):
    counts = pd.DataFrame(columns, index=["RC1", "RC2", "RC3"])
    reads = spike_in_reads(counts, AMOUNTS)
    assert tuple(reads) == READ_COLUMNS
    told = linearity(reads)
    assert tuple(told) == LINEARITY_COLUMNS
    return told.set_index("sample")


def test_reads_in_proportion_have_the_slope_one():
    told = measured({"s1": [10, 40, 160], "s2": [3, 12, 48]})
    assert told["slope"].tolist() == pytest.approx([1, 1])
    assert told["pearson_r"].tolist() == pytest.approx([1, 1])
    assert told["spike_ins"].tolist() == [4, 4]
    assert told["seen"].tolist() == [3, 3]


def test_reads_that_lag_behind_have_a_lower_slope():
    told = measured({"root": [10, 20, 40], "turned": [160, 40, 10], "flat": [7, 7, 7]})
    assert told["slope"].to_dict() == pytest.approx({"root": 0.5, "turned": -1, "flat": 0})
    assert told["pearson_r"].tolist()[:2] == pytest.approx([1, -1])
    assert np.isnan(told.at["flat", "pearson_r"])


def test_slope_and_correlation_are_those_of_numpy():
    rng = np.random.default_rng(2)
    amounts = {f"s{at}": 2.0 ** (at % 7) for at in range(20)}
    counts = pd.DataFrame({"one": rng.integers(1, 900, 20)}, index=list(amounts))
    (row,) = linearity(spike_in_reads(counts, amounts)).itertuples()
    x, y = np.log2(list(amounts.values())), np.log2(counts["one"].to_numpy())
    assert row.slope == pytest.approx(np.polyfit(x, y, 1)[0])
    assert row.pearson_r == pytest.approx(np.corrcoef(x, y)[0, 1])


def test_two_amounts_make_no_line():
    told = measured({"s1": [10, 40, 0], "none": [0, 0, 0]})
    assert told["slope"].isna().all()
    assert told["seen"].tolist() == [2, 0]


def test_amounts_are_read_in_the_order_of_the_table(tmp_path):
    (tmp_path / "transcripts.tsv").write_text(
        "name\tclass\tlength\tfeature\nmiRNA|x\tmiRNA\t20\tx\n"
        "spike_in|RC1\tspike_in\t20\tRC1\nspike_in|RC2\tspike_in\t20\tRC2\n"
    )
    known = known_spike_ins(tmp_path / "transcripts.tsv")
    assert list(known) == ["RC1", "RC2"]
    (tmp_path / "amounts.tsv").write_text("spike\tamount\tunit\nRC2\t1e-3\tfmol\nRC1\t4\tfmol\n")
    amounts = read_amounts(tmp_path / "amounts.tsv", known)
    assert list(amounts.items()) == [("RC2", 0.001), ("RC1", 4)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name\tamount\nRC1\t1\n", "has no column 'spike'"),
        ("spike\tamount\nRC9\t1\n", "row 2, column 'spike': found 'RC9', which is not among"),
        ("spike\tamount\nRC1\t1\nRC1\t2\n", "row 3, column 'spike': 'RC1' stands there twice"),
        ("spike\tamount\nRC1\t0\nRC2\tmuch\n", "row 2, column 'amount': found '0'"),
        ("spike\tamount\nRC1\t0\nRC2\tmuch\n", "row 3, column 'amount': found 'much'"),
        ("spike\tamount\nRC1\tinf\n", "found 'inf'"),
        ("spike\tamount\n", "holds no spike-in"),
    ],
)
def test_amounts_that_cannot_be_used_are_told(tmp_path, text, words):
    (tmp_path / "amounts.tsv").write_text(text)
    with pytest.raises(UserError) as caught:
        read_amounts(tmp_path / "amounts.tsv", AMOUNTS)
    assert words in str(caught.value)


def test_a_matrix_that_somebody_else_made_is_checked(tmp_path):
    path = tmp_path / "spike_ins.tsv"
    path.write_text("spike\ts2\ts1\tx\nRC1\t5\t7\t1\nRC2\t0\t2\t1\n")
    assert read_spike_ins([], ["s1"], imported=True) is None
    found = read_spike_ins([path], ["s1", "s2"], imported=True)
    assert found.to_dict("list") == {"s1": [7, 2], "s2": [5, 0]}
    assert list(found.index) == ["RC1", "RC2"]
    with pytest.raises(UserError, match="1 samples of the sheet have no column: s3"):
        read_spike_ins([path], ["s1", "s3"], imported=True)
    path.write_text("spike\ts1\nRC1\t5.5\n")
    with pytest.raises(UserError, match=r"found '5\.5'"):
        read_spike_ins([path], ["s1"], imported=True)

"""Count matrices: whole numbers that keep their sums, and blocks of rows that nobody notices."""

from fractions import Fraction

import numpy as np
import pytest
from exosift import count_matrix
from exosift.count_matrix import UNIT, CountMatrix, largest_remainder, read_shares


@pytest.mark.parametrize(
    ("shares", "whole"),
    [
        (["1/4", "1/4", "1/4", "1/4"], [1, 0, 0, 0]),
        (["3/5", "4/5", "8/5"], [0, 1, 2]),
        (["1/2", "7/2"], [0, 4]),
        (["1/4", "1/4", "5/2"], [0, 0, 3]),
        (["999983/1000000", "17/1000000", "3"], [1, 0, 3]),
        (["7", "3"], [7, 3]),
        ([], []),
    ],
)
def test_largest_remainder_keeps_the_sum(shares, whole):
    assert largest_remainder(read_shares(shares)).tolist() == whole


def test_shares_are_read_exactly():
    cells = ["3", "61090549/200000", "0", "1/1000000", "9007199254741"]
    assert [Fraction(share, UNIT) for share in read_shares(cells).tolist()] == [
        Fraction(cell) for cell in cells
    ]


def filled(seed=4, rows=50, samples=7):
    rng = np.random.default_rng(seed)
    table = rng.integers(0, 40, (rows, samples)) * (rng.random((rows, samples)) < 0.3)
    matrix = CountMatrix()
    for at in range(samples):
        chosen = rng.permutation(np.flatnonzero(table[:, at]))
        numbers = [matrix.rows[f"r{row}"] for row in chosen]
        matrix.add(f"s{at}", np.array(numbers, np.int32), table[chosen, at])
    return matrix, table


def test_what_was_added_is_read_back_in_any_order(tmp_path, monkeypatch):
    matrix, table = filled()
    names = [f"r{row}" for row in range(50)]
    assert np.array_equal([counts for _, counts in matrix.lines(names)], table)
    monkeypatch.setattr(count_matrix, "BLOCK", 8)
    assert np.array_equal([counts for _, counts in matrix.lines(names[::-1])], table[::-1])
    totals = dict(zip(matrix.rows, matrix.totals().tolist(), strict=True))
    assert totals == {
        name: total for name, total in zip(names, table.sum(axis=1), strict=True) if total
    }
    matrix.write(tmp_path / "m.tsv", names[:2], ["row"])
    assert (tmp_path / "m.tsv").read_text().splitlines() == [
        "\t".join(["row", *(f"s{at}" for at in range(7))]),
        *("\t".join([names[row], *map(str, table[row])]) for row in range(2)),
    ]


def test_rows_of_one_group_are_added_up():
    matrix, table = filled()
    grouped = matrix.grouped(lambda name: "even" if int(name[1:]) % 2 == 0 else "odd")
    assert grouped.samples == matrix.samples
    lines = dict(grouped.lines(["even", "odd", "none"]))
    assert np.array_equal(lines["even"], table[::2].sum(axis=0))
    assert np.array_equal(lines["odd"], table[1::2].sum(axis=0))
    assert not lines["none"].any()


def test_a_matrix_without_libraries_has_rows_all_the_same(tmp_path):
    CountMatrix().write(tmp_path / "m.tsv", ["a"], ["row"])
    assert (tmp_path / "m.tsv").read_text() == "row\na\n"

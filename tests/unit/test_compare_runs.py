"""The comparison of the results of two versions."""

import json
from io import StringIO

import pytest

from tests.benchmarks.compare_runs import (
    compare_folders,
    compare_records,
    compare_tables,
    read_table,
)

OLD = (
    "mirna\tcall\ttier\tlog2fc\tnote\na\tcandidate\tB\t1.5\tx\n"
    "b\tnot_called\tC\t0.7\ty\nc\tcandidate\tA\t2\tz\n"
)
NEW = (
    "mirna\tcall\ttier\tlog2fc\tremark\tmore\na\tcandidate\tB\t1.50\tx\t1\n"
    "b\tnot_called\tC\t0.8\tY\t2\nc\tnot_called\tC\t2\tz\t3\nd\tnot_called\tC\t0\t\t4\n"
)


@pytest.fixture
def folders(tmp_path):
    """Two folders with a table and a record, of which some cells differ."""
    for name, table, record in (
        ("old", OLD, {"verdict": "fitted", "checks": [{"p": 0.1}], "gone": 1}),
        ("new", NEW, {"verdict": "fitted", "checks": [{"p": 0.2}], "added": 2}),
    ):
        (tmp_path / name / "candidates").mkdir(parents=True)
        (tmp_path / name / "candidates" / "q.tsv").write_text(table)
        (tmp_path / name / "candidates" / "q.json").write_text(json.dumps(record))
        (tmp_path / name / "same.tsv").write_text("sample\tn\ns1\t1\n")
    return tmp_path / "old", tmp_path / "new"


def test_columns_that_differ_are_named_with_their_rows(folders):
    old, new = (read_table(folder / "candidates" / "q.tsv") for folder in folders)
    found = compare_tables(old, new, {"note": "remark"})
    assert found.same == ("mirna",)
    by_name = {one.column: one for one in found.differences}
    assert by_name["log2fc"].rows == ("b",)
    assert by_name["log2fc"].largest == pytest.approx(0.1)
    assert by_name["remark"].rows == ("b",)
    assert by_name["call"].rows == ("c",)
    assert (found.gone, found.added) == ((), ("more",))
    assert (found.rows_gone, found.rows_added) == ((), ("d",))
    assert not found.identical


def test_numbers_that_are_written_otherwise_are_equal():
    old = read_table_of("mirna\tq\na\t1.50\n")
    new = read_table_of("mirna\tq\na\t1.5\n")
    assert compare_tables(old, new).identical


def test_a_column_without_its_new_name_is_gone_and_added(folders):
    old, new = (read_table(folder / "candidates" / "q.tsv") for folder in folders)
    found = compare_tables(old, new)
    assert found.gone == ("note",)
    assert found.added == ("remark", "more")


def test_calls_and_tiers_that_moved_are_named(folders):
    old, new = (read_table(folder / "candidates" / "q.tsv") for folder in folders)
    assert compare_tables(old, new).moves == {
        ("candidate, A", "not_called, C"): ("c",),
        ("candidate, B", "candidate, B"): ("a",),
        ("not_called, C", "not_called, C"): ("b",),
    }


def test_another_order_of_the_rows_is_a_difference():
    old, new = read_table_of("mirna\tq\na\t1\nb\t2\n"), read_table_of("mirna\tq\nb\t2\na\t1\n")
    found = compare_tables(old, new)
    assert found.reordered
    assert found.differences == ()


def test_rows_are_matched_by_as_many_columns_as_tell_them_apart():
    table = "mirna\tcancer\tq\na\tlung\t1\na\tcolon\t2\n"
    found = compare_tables(read_table_of(table), read_table_of(table.replace("2\n", "3\n")))
    assert [one.rows for one in found.differences] == [("a / colon",)]


def test_keys_of_records_that_differ_are_named(folders):
    old, new = (json.loads((one / "candidates" / "q.json").read_text()) for one in folders)
    assert dict(compare_records(old, new)) == {
        "checks[0].p": "0.1 -> 0.2",
        "gone": "gone (was 1)",
        "added": "added (2)",
    }


def test_the_whole_comparison_can_be_read(folders):
    text = "\n".join(compare_folders(*folders, {"note": "remark"}))
    assert "Identical (1): same.tsv" in text
    assert "columns added (1): more" in text
    assert "candidate, A  ->  not_called, C: c" in text


def read_table_of(text):
    """Read a table that is given as text."""
    return read_table(StringIO(text))

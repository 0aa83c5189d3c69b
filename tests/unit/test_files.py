"""Files: whole or not there, the same bytes on every machine."""

import hashlib

import pandas as pd
import pytest
from exosift.files import read_json, replacing, sha256, write_json, write_table, write_text


class Interrupted(BaseException):
    """What ends a block without being an error, as Ctrl-C does."""


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def write_half(path, end):
    with replacing(path) as part:
        part.write_text("hal")
        raise end


def test_a_file_has_its_name_only_when_it_is_whole(tmp_path):
    with replacing(tmp_path / "deep" / "table.tsv") as part:
        part.write_text("whole")
        assert "table.tsv" not in names(tmp_path / "deep")
    assert names(tmp_path / "deep") == ["table.tsv"]
    assert (tmp_path / "deep" / "table.tsv").read_text() == "whole"


@pytest.mark.parametrize("end", [ValueError, KeyboardInterrupt, SystemExit, Interrupted])
def test_a_block_that_fails_or_is_interrupted_leaves_nothing(tmp_path, end):
    with pytest.raises(end):
        write_half(tmp_path / "table.tsv", end)
    assert names(tmp_path) == []


def test_a_block_that_fails_leaves_the_old_file(tmp_path):
    path = tmp_path / "table.tsv"
    path.write_text("old")
    with pytest.raises(ZeroDivisionError):
        write_half(path, ZeroDivisionError)
    assert names(tmp_path) == ["table.tsv"]
    assert path.read_text() == "old"


def test_a_block_that_writes_nothing_is_an_error_and_keeps_the_old_file(tmp_path):
    (tmp_path / "a").write_text("old")
    with pytest.raises(FileNotFoundError), replacing(tmp_path / "a"):
        pass
    assert (tmp_path / "a").read_text() == "old"


def test_text_is_utf_8_with_unix_line_ends(tmp_path):
    write_text("miR-1246 ≤ 3\n", tmp_path / "a.txt")
    assert (tmp_path / "a.txt").read_bytes() == "miR-1246 ≤ 3\n".encode()


def test_json_keeps_order_and_letters_and_refuses_what_json_has_no_word_for(tmp_path):
    value = {"z": 1, "a": ["Größe", None]}
    write_json(value, tmp_path / "a.json")
    assert read_json(tmp_path / "a.json") == value
    text = (tmp_path / "a.json").read_text(encoding="utf-8")
    assert "Größe" in text
    assert text.index('"z"') < text.index('"a"')
    assert text.endswith("}\n")
    with pytest.raises(ValueError, match="JSON compliant"):
        write_json({"share": float("nan")}, tmp_path / "b.json")
    assert names(tmp_path) == ["a.json"]


def test_a_table_has_empty_cells_where_nothing_is_known_and_six_digits(tmp_path):
    table = pd.DataFrame({"mirna": ["a", "b"], "p": [1 / 3, None]})
    write_table(table, tmp_path / "a.tsv")
    assert (tmp_path / "a.tsv").read_bytes() == b"mirna\tp\na\t0.333333\nb\t\n"


def test_the_index_of_a_table_is_written_if_asked_for(tmp_path):
    write_table(
        pd.DataFrame({"x": [1]}, index=pd.Index(["s"], name="sample")), tmp_path / "a", True
    )
    assert (tmp_path / "a").read_text() == "sample\tx\ns\t1\n"


def test_a_checksum_is_that_of_the_bytes(tmp_path):
    data = b"reads\n" * 100_000
    (tmp_path / "a").write_bytes(data)
    assert sha256(tmp_path / "a") == hashlib.sha256(data).hexdigest()

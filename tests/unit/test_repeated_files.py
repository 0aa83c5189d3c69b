"""One FASTQ file for two libraries, or twice for one, however it is written."""

import gzip
import os
import shutil
from pathlib import Path

import pytest
from exosift import repeated_files
from exosift.errors import UserError
from exosift.repeated_files import NamedFile, find_repetitions
from exosift.samples import read_samples


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Give a folder with two files of equal size and a third one, links and copies of the first."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "fq").mkdir()
    content = b"@1\nACGT\n+\nIIII\n" * 20_000  # longer than what is compared at both ends
    middle = len(content) // 2
    (tmp_path / "fq" / "a.fq").write_bytes(content)
    (tmp_path / "fq" / "b.fq").write_bytes(content[:middle] + b"T" + content[middle + 1 :])
    (tmp_path / "fq" / "c.fq").write_bytes(content + b"@2\nACGT\n+\nIIII\n")
    shutil.copy("fq/a.fq", "copy.fq")
    (tmp_path / "link.fq").symlink_to("fq/a.fq")
    (tmp_path / "hard.fq").hardlink_to(tmp_path / "fq" / "a.fq")
    (tmp_path / "run2").symlink_to("fq")
    return tmp_path


def complaint(*cells):
    rows = "".join(f"s{at}\t{cell}\tlung\n" for at, cell in enumerate(cells, start=1))
    Path("samples.tsv").write_text(f"sample\tfastq\tcondition\n{rows}")
    with pytest.raises(UserError) as caught:
        read_samples("samples.tsv", protocols=[])
    return caught.value.problems


@pytest.mark.parametrize(
    ("cell", "what"),
    [
        ("fq/a.fq", "is also the file of sample 's1' (row 2)"),
        ("./fq/a.fq", "is the same file as fq/a.fq of sample 's1' (row 2)"),
        ("fq//a.fq", "is the same file as fq/a.fq of sample 's1' (row 2)"),
        ("fq/../run2/a.fq", "is the same file as fq/a.fq of sample 's1' (row 2)"),
        ("link.fq", "is the same file as fq/a.fq of sample 's1' (row 2)"),
        ("hard.fq", "is the same file as fq/a.fq of sample 's1' (row 2)"),
        ("copy.fq", "is a copy, byte for byte, of fq/a.fq of sample 's1' (row 2)"),
    ],
)
def test_one_file_for_two_libraries_is_refused(cell, what):
    assert complaint("fq/a.fq", "fq/b.fq", cell) == (
        f"samples.tsv, row 4: `fastq` {cell} {what}. A file belongs to one library. Name the file "
        "of this library; if there is none, take the row out.",
    )


@pytest.mark.parametrize(
    ("cell", "what"),
    [
        ("fq/a.fq;fq/a.fq", "fq/a.fq stands twice in the cell"),
        ("fq/a.fq;fq/b.fq;./fq/a.fq", "./fq/a.fq is the same file as fq/a.fq in the same cell"),
        ("fq/a.fq;copy.fq", "copy.fq is a copy, byte for byte, of fq/a.fq in the same cell"),
    ],
)
def test_one_file_twice_in_a_cell_is_refused(cell, what):
    assert complaint(cell, "fq/c.fq") == (
        f"samples.tsv, row 2: `fastq` {what}. Its reads would count twice. Name each lane once.",
    )


def test_all_are_shown_at_once_with_what_else_is_wrong():
    problems = complaint("fq/a.fq", "link.fq", "copy.fq;gone.fq")
    assert len(problems) == 3
    assert "gone.fq does not exist" in problems[0]


def test_an_absolute_path_is_one_more_spelling(folder):
    (problem,) = complaint("fq/a.fq", str(folder / "fq" / "a.fq"))
    assert "is the same file as fq/a.fq" in problem


def named(*paths):
    return [NamedFile(row, f"s{row}", path) for row, path in enumerate(paths, start=2)]


def test_files_of_equal_size_ends_and_names_that_differ_are_two():
    os.link("fq/c.fq", "fq/d.fq")
    assert find_repetitions(named("fq/a.fq", "fq/b.fq", "fq/c.fq")) == []
    assert len(find_repetitions(named("fq/a.fq", "fq/b.fq", "fq/c.fq", "fq/d.fq"))) == 1


@pytest.mark.parametrize("content", [b"", gzip.compress(b"", mtime=0)])
def test_files_without_a_read_are_no_copies_of_each_other(content):
    Path("empty1.fq").write_bytes(content)
    Path("empty2.fq").write_bytes(content)
    assert find_repetitions(named("empty1.fq", "empty2.fq")) == []
    assert [one.kind for one in find_repetitions(named("empty1.fq", "empty1.fq"))] == ["path"]


def test_files_that_are_still_to_be_made_are_compared_by_path():
    files = named("simulated/x.fq", "simulated/y.fq", "./simulated/x.fq")
    (repetition,) = find_repetitions(files)
    assert (repetition.kind, repetition.earlier.row) == ("link", 2)


def test_only_files_of_equal_size_and_ends_are_read_as_a_whole(monkeypatch):
    read = []
    monkeypatch.setattr(repeated_files, "_ends", lambda path: read.append(path) or path[0])
    monkeypatch.setattr(repeated_files, "_whole", lambda path: read.append("all " + path) or path)
    find_repetitions(named("fq/a.fq", "fq/b.fq", "fq/c.fq", "copy.fq"))
    assert read == ["fq/a.fq", "fq/b.fq", "copy.fq", "all fq/a.fq", "all fq/b.fq"]


def test_the_handed_case_is_refused(shared_cases, monkeypatch):
    case = shared_cases / "same-fastq-twice"
    monkeypatch.chdir(case)
    with pytest.raises(UserError) as caught:
        read_samples("samples.tsv", protocols=[])
    rows = {problem.partition(": ")[0] for problem in caught.value.problems}
    assert rows == {"samples.tsv, row 3", "samples.tsv, row 4", "samples.tsv, row 5"}

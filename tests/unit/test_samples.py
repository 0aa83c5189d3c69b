"""The sample sheet: what is put right, what is refused, and in which words."""

import pytest
from exosift.errors import UserError
from exosift.samples import bad_name, read_samples, safe_name

PROTOCOLS = ("truseq", "nextflex_v3")


@pytest.fixture
def sheet(tmp_path, monkeypatch):
    """Write a sheet in an empty folder with two FASTQ files, and read it."""
    monkeypatch.chdir(tmp_path)
    for name in ("a.fastq.gz", "b.fastq.gz"):
        (tmp_path / name).write_bytes(b"@")

    def write(text, **options):
        (tmp_path / "samples.tsv").write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_samples("samples.tsv", protocols=PROTOCOLS, **options)

    return write


def complaint(sheet, text, **options):
    with pytest.raises(UserError) as caught:
        sheet(text, **options)
    return str(caught.value)


HEAD = "sample\tfastq\tcondition"


def test_reads_names_lanes_and_default_protocol(sheet):
    samples = sheet(f"{HEAD}\tprotocol\ns1\ta.fastq.gz; b.fastq.gz\thealthy\t\n")
    assert samples.names == ["s1"]
    assert samples.lanes("s1") == ["a.fastq.gz", "b.fastq.gz"]
    assert samples.protocol("s1", "truseq") == "truseq"


def test_mends_bom_windows_lines_spaces_comments_and_empty_lines(sheet):
    text = f"\ufeff{HEAD} \r\n# a note\r\n s1 \ta.fastq.gz\thealthy\r\n\r\n"
    assert sheet(text).table.loc["s1", "condition"] == "healthy"


def test_shows_all_problems_at_once(sheet):
    said = complaint(sheet, f"{HEAD}\ns 1\tc.fastq.gz\t\n")
    assert "3 problems" in said
    assert "row 2: `sample` is 's 1'" in said
    assert "For example: s_1" in said
    assert "c.fastq.gz does not exist" in said
    assert "`condition` is empty" in said


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is empty"),
        ("sample,fastq,condition\n", "not separated by tabs"),
        ("sample\tfastq\tconditon\ns1\ta.fastq.gz\tx\n", "Rename 'conditon'?"),
        (f"{HEAD}\tsample\n", "column 'sample' stands there twice"),
        (f"{HEAD}\t\tage\n", "column 4 has no name"),
        (f"{HEAD}\ns1\ta.fastq.gz\tx\ty\n", "4 cells, but there are 3 columns"),
        (f"{HEAD}\n", "there is no sample in it"),
        (f"{HEAD}\ns1\ta.fastq.gz\tx\ns1\tb.fastq.gz\tx\n", "row 3: `sample` is 's1', as in row 2"),
        (f"{HEAD}\ns1\ta.fastq.gz\tx\nS1\tb.fastq.gz\tx\n", "but for upper and lower case"),
        (f"{HEAD}\ns1\ta.fastq.gz\tx\ns2\ta.fastq.gz\tx\n", "is also the file of sample 's1'"),
        (f"{HEAD}\ns1\t\tx\n", "`fastq` is empty"),
        (f"{HEAD}\ns1\t.\tx\n", "is a folder"),
        (f"{HEAD}\ns1\t/dev/null\tx\n", "is not a plain file"),
        (f"{HEAD}\tage\ns1\ta.fastq.gz\tx\tforty\n", "`age` is 'forty'"),
        (f"{HEAD}\tage\ns1\ta.fastq.gz\tx\tInfinity\n", "`age` is 'Infinity'"),
        (f"{HEAD}\tprotocol\ns1\ta.fastq.gz\tx\ttrueseq\n", "Did you mean 'truseq'?"),
        (b"sample\tfastq\tcondition\ns1\ta.fastq.gz\t\xff\xfe\n", "is not UTF-8 text"),
        (b"PK\x03\x04", "is not a text file"),
    ],
)
def test_refuses_with_the_right_sentence(sheet, text, words):
    assert words in complaint(sheet, text)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "a b",
        "a;b",
        "$(touch canary)",
        "`id`",
        "a'b",
        'a"b',
        "a\nb",
        "../a",
        "-rf",
        "a..b",
        "ä",
        "*",
        "<script>",
        "a" * 65,
        ".hidden",
    ],
)
def test_no_harmful_name_gets_in_and_the_suggestion_does(name):
    assert bad_name(name)
    assert not bad_name(safe_name(name))


def test_counts_need_no_fastq(sheet):
    assert sheet("sample\tcondition\ns1\thealthy\n", from_counts=True).names == ["s1"]


def test_a_missing_file_that_the_workflow_makes_is_no_problem(sheet):
    text = f"{HEAD}\ns1\tsimulated/x.fastq.gz\thealthy\n"
    assert sheet(text, can_be_made=lambda path: path.startswith("simulated/")).names == ["s1"]


def test_second_mates_are_warned_about(sheet, tmp_path):
    (tmp_path / "s1_R2.fastq.gz").write_bytes(b"@")
    (warning,) = sheet(f"{HEAD}\ns1\ts1_R2.fastq.gz\thealthy\n").warnings
    assert "second mate" in warning


@pytest.mark.parametrize("cell", ['"5 ml tube', '"two\nlines"', '"5" tube'])
def test_a_quotation_mark_never_swallows_the_rows_below(sheet, cell):
    text = f"{HEAD}\ttube\ns1\ta.fastq.gz\thealthy\t{cell}\ns2\tb.fastq.gz\thealthy\t1\n"
    told = complaint(sheet, text)
    assert "row 2: the quotation marks do not match" in told


def test_quoted_cells_and_marks_within_cells_are_read(sheet):
    text = f'{HEAD}\ttube\ns1\ta.fastq.gz\t"say ""a"", b"\t5" tube\n'
    assert list(sheet(text).table.loc["s1", ["condition", "tube"]]) == ['say "a", b', '5" tube']


@pytest.mark.parametrize("mark", ["\u2028", "\u0085", "\x0b", "\x1e"])
def test_only_line_ends_end_a_row(sheet, mark):
    samples = sheet(f"{HEAD}\ns1\ta.fastq.gz\tlung{mark}left\n")
    assert samples.table.at["s1", "condition"] == f"lung{mark}left"


@pytest.mark.parametrize(
    "column", ["name", "Patient name", "Date_of_Birth", "DOB", "MRN", "e-mail"]
)
def test_columns_that_tell_who_somebody_is_are_warned_about(sheet, column):
    samples = sheet(f"{HEAD}\t{column}\ns1\ta.fastq.gz\thealthy\tx\n")
    assert any(f"'{column}' may tell who" in warning for warning in samples.warnings)


def test_ordinary_columns_are_not_warned_about(sheet):
    heading = f"{HEAD}\tsubject\tplate_name\tsite\tstreetlight"
    samples = sheet(f"{heading}\ns1\ta.fastq.gz\thealthy\tP1\t1\tx\ty\n")
    assert samples.warnings == ()


@pytest.mark.parametrize(("column", "known"), [("Batch", "batch"), ("timepont", "timepoint")])
def test_a_column_that_is_nearly_a_known_one_is_asked_about(sheet, column, known):
    samples = sheet(f"{HEAD}\t{column}\ns1\ta.fastq.gz\thealthy\t1\n")
    assert f"if you meant '{known}', rename it" in samples.warnings[0]


def from_counts(sheet, column, cells):
    rows = "".join(f"s{at}\thealthy\t{cell}\n" for at, cell in enumerate(cells))
    return sheet(f"sample\tcondition\t{column}\n{rows}", from_counts=True)


def test_a_sex_is_read_in_one_spelling(sheet):
    samples = from_counts(sheet, "sex", ["M", "male", "F", "female", "m", "", "F", "F"])
    assert list(samples.table["sex"]) == [
        *("male", "male", "female", "female", "male", "", "female", "female")
    ]
    assert set(samples.warnings) == {
        "`sex`: 'M' and 'm' and 'male' are read as one, male.",
        "`sex`: 'F' and 'female' are read as one, female.",
    }


def test_one_spelling_stays_as_it_is(sheet):
    samples = from_counts(sheet, "sex", ["M", "F"] * 4)
    assert list(samples.table["sex"]) == ["M", "F"] * 4
    assert samples.warnings == ()


def test_groups_that_differ_by_their_spelling_alone_are_named(sheet):
    (warning,) = from_counts(sheet, "batch", ["B1", "b1 ", "B2", "B2"] * 2).warnings
    assert warning.startswith("`batch`: 'B1' and 'b1' are taken for different groups.")


@pytest.mark.parametrize("name", ["mirna", "Feature", "variant"])
def test_refuses_a_library_called_like_a_heading_of_the_matrices(sheet, name):
    text = complaint(sheet, f"{HEAD}\n{name}\ta.fastq.gz\thealthy\n")
    assert f"row 2: `sample` is '{name}', which heads another column" in text
    assert f"{name}_1" in text

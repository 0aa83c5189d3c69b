"""The first sample sheet: what the names of files tell, and what they must not be made to tell."""

import csv

import pytest
from exosift.errors import UserError
from exosift.init import COLUMNS, find_libraries, sample_of, write_sample_sheet
from exosift.samples import bad_name, read_samples


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Make empty FASTQ files in a folder `fastq` of an empty working directory."""
    monkeypatch.chdir(tmp_path)

    def make(*names):
        for name in names:
            file = tmp_path / "fastq" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(b"@r\nACGT\n+\nIIII\n")
        return tmp_path.joinpath("fastq").relative_to(tmp_path)

    return make


def libraries(folder):
    return {
        name: [lane.relative_to(folder).as_posix() for lane in lanes]
        for name, lanes in find_libraries(folder).items()
    }


@pytest.mark.parametrize(
    ("file", "sample"),
    [
        ("EV1_S3_L001_R1_001.fastq.gz", "EV1"),
        ("EV1_S3_R1_001.fastq.gz", "EV1"),
        ("EV1_R1.fq.gz", "EV1"),
        ("EV1_S3_L002.fastq", "EV1"),
        ("SRR5130146_1.fastq.gz", "SRR5130146"),
        ("EV1.fq", "EV1"),
        ("EV_S2.fastq.gz", "EV_S2"),
        ("P_001.fastq.gz", "P_001"),
        ("healthy_11.fastq.gz", "healthy_11"),
        ("plasma.v2.fastq.gz", "plasma.v2"),
        ("Bob's EV (new).fastq.gz", "Bob_s_EV_new"),
        ("-rf.fastq", "rf"),
        ("ä.fastq", "sample1"),
    ],
)
def test_the_name_of_a_sample_is_read_out_of_the_file(file, sample):
    assert sample_of(file) == sample
    assert not bad_name(sample)


def test_lanes_are_joined_and_second_mates_left_out_and_told(folder, capsys):
    found = folder(
        "EV1_S1_L001_R1_001.fastq.gz",
        "EV1_S1_L001_R2_001.fastq.gz",
        "EV1_S1_L002_R1_001.fastq.gz",
        "EV2_S2_L001_R1_001.fastq.gz",
        "notes.txt",
    )
    assert libraries(found) == {
        "EV1": ["EV1_S1_L001_R1_001.fastq.gz", "EV1_S1_L002_R1_001.fastq.gz"],
        "EV2": ["EV2_S2_L001_R1_001.fastq.gz"],
    }
    said = capsys.readouterr().out
    assert said == "Left out as second mates: fastq/EV1_S1_L001_R2_001.fastq.gz.\n"


def test_lanes_may_lie_in_folders_of_their_own(folder):
    found = folder("L1/EV1_S1_L001_R1_001.fastq.gz", "L2/EV1_S1_L002_R1_001.fastq.gz")
    assert list(libraries(found)) == ["EV1"]


def test_samples_whose_names_end_in_a_number_stay_apart(folder):
    assert list(libraries(folder("EV_S1.fastq.gz", "EV_S2.fastq.gz", "EV_S3.fastq.gz"))) == [
        *("EV_S1", "EV_S2", "EV_S3"),
    ]


@pytest.mark.parametrize(
    "names",
    [
        ("run1/EV1.fastq.gz", "run2/EV1.fastq.gz"),
        ("run1/EV1_S1_L001_R1_001.fastq.gz", "run2/EV1_S1_L001_R1_001.fastq.gz"),
        ("EV1.fastq", "EV1.fastq.gz"),
        ("a b.fastq", "a_b.fastq"),
        ("ä.fastq", "ö.fastq"),
    ],
)
def test_files_that_are_no_lanes_of_one_library_are_never_mixed(folder, names):
    found = folder(*names)
    with pytest.raises(UserError) as caught:
        find_libraries(found)
    said = str(caught.value)
    for name in names:
        assert f"fastq/{name}" in said
    assert "Rename one of them" in said


def test_hidden_companions_of_a_macintosh_are_no_libraries(folder):
    assert libraries(folder("._EV1.fastq.gz", "EV1.fastq.gz")) == {"EV1": ["EV1.fastq.gz"]}


def test_a_folder_that_is_not_there_is_told(tmp_path):
    with pytest.raises(UserError, match=r"There is no folder .*nowhere\."):
        find_libraries(tmp_path / "nowhere")


@pytest.mark.parametrize("names", [(), ("a.bam", "b.fasta"), ("c_R2.fastq.gz",)])
def test_a_folder_without_libraries_is_told(tmp_path, names):
    for name in names:
        (tmp_path / name).write_bytes(b"")
    with pytest.raises(UserError) as caught:
        find_libraries(tmp_path)
    assert str(caught.value) == (
        f"No FASTQ file lies in {tmp_path}: names end with .fastq, .fq, .fastq.gz or .fq.gz."
    )


def test_the_sheet_is_one_that_can_be_read_once_conditions_are_filled_in(folder, tmp_path, capsys):
    found = folder("EV1_S1_L001_R1_001.fastq.gz", "EV1_S1_L002_R1_001.fastq.gz", "EV 2.fastq")
    sheet = tmp_path / "config" / "samples.tsv"
    write_sample_sheet(found, sheet)
    assert "samples.tsv: 2 libraries. Now fill in `condition`" in capsys.readouterr().out
    text = sheet.read_text()
    assert text.splitlines()[0].split("\t") == list(COLUMNS)
    with pytest.raises(UserError, match="`condition` is empty"):
        read_samples(sheet, protocols=["truseq"])
    rows = list(csv.DictReader(text.splitlines(), delimiter="\t"))
    for row in rows:
        row["condition"] = "healthy"
    lines = ["\t".join(COLUMNS), *("\t".join(row.values()) for row in rows)]
    sheet.write_text("\n".join(lines) + "\n")
    samples = read_samples(sheet, protocols=["truseq"])
    assert samples.names == ["EV_2", "EV1"]
    assert samples.lanes("EV1") == [
        "fastq/EV1_S1_L001_R1_001.fastq.gz",
        "fastq/EV1_S1_L002_R1_001.fastq.gz",
    ]


def test_a_sheet_that_is_there_is_replaced_only_by_force(folder, tmp_path):
    found = folder("EV1.fastq.gz")
    sheet = tmp_path / "samples.tsv"
    sheet.write_text("mine")
    with pytest.raises(UserError) as caught:
        write_sample_sheet(found, sheet)
    assert str(caught.value) == (
        f"{sheet} is there already. Give --force to replace it, or --output."
    )
    assert sheet.read_text() == "mine"
    write_sample_sheet(found, sheet, force=True)
    assert "EV1.fastq.gz" in sheet.read_text()

"""The check before the queue: what it prints, and the status that it ends with."""

import pandas as pd
import pytest
from exosift.__main__ import main

HEAD = "sample\tcondition\tbatch\n"
QUESTION = "contrast\tcancer\tcase\tcontrol\tcovariates\n"


def sheet(batches):
    rows = (
        f"s{at:02}\t{('melanoma', 'healthy')[at % 2]}\t{batch}\n"
        for at, batch in enumerate(batches * 6)
    )
    return HEAD + "".join(rows)


MIXED, CONFOUNDED = sheet("1122"), sheet("78")


def matrix(samples):
    """Write a count matrix for a sheet."""
    names = [line.partition("\t")[0] for line in samples.splitlines()[1:]]
    return "\t".join(["mirna", *names]) + "\n" + "\t".join(["hsa-miR-21-5p", *"7" * len(names)])


@pytest.fixture
def check(tmp_path, monkeypatch, capsys):
    """Check a run from counts in an empty folder; give the status and what was printed."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config").mkdir()

    def run(
        samples=MIXED,
        contrasts="m_h\tmelanoma\tmelanoma\thealthy\tbatch\n",
        config="",
        counts=None,
        heading=QUESTION,
    ):
        (tmp_path / "matrix.tsv").write_text(matrix(samples) if counts is None else counts)
        (tmp_path / "config" / "samples.tsv").write_text(samples)
        (tmp_path / "config" / "contrasts.tsv").write_text(heading + contrasts)
        (tmp_path / "config" / "config.yaml").write_text(f"counts: matrix.tsv\n{config}")
        status = main(["check"])
        said = capsys.readouterr()
        assert "Traceback" not in said.out + said.err
        return status, said

    return run


def test_a_run_that_can_start_is_told_as_it_was_understood(check):
    status, said = check()
    assert status == 0
    assert said.out == (
        "24 libraries (12 melanoma, 12 healthy) from counts in matrix.tsv; "
        "1 contrasts in 1 cancers.\n"
        "m_h: can be tested.\n"
    )
    assert said.err == ""


def test_a_design_that_cannot_answer_is_refused_with_status_four(check):
    status, said = check(CONFOUNDED)
    assert status == 4
    assert "m_h: batch and condition coincide completely" in said.out


def test_one_refused_contrast_does_not_hide_the_others(check):
    both = CONFOUNDED + "".join(f"n{at}\tsarcoma\t8\n" for at in range(6))
    status, said = check(
        both,
        "m_h\tmelanoma\tmelanoma\thealthy\t\ns_h\tsarcoma\tsarcoma\thealthy\t\n",
    )
    assert status == 4
    assert "m_h: batch and condition coincide completely" in said.out
    assert "s_h: can be tested." in said.out


def test_a_design_without_candidates_is_told(check):
    rows = "".join(
        f"s{at:02}\t{('melanoma', 'healthy')[at % 2]}\t1\t{(70, 40)[at % 2] + at % 5}\n"
        for at in range(24)
    )
    status, said = check(f"{HEAD.strip()}\tage\n{rows}", "m_h\tmelanoma\tmelanoma\thealthy\tage\n")
    assert status == 0
    assert "m_h: can be tested. In this design nothing may be called a candidate" in said.out


def test_sorted_rows_are_told_and_stop_nothing(check):
    rows = [f"{name}{at}\t{name}\t1\n" for name in ("healthy", "melanoma") for at in range(12)]
    status, said = check(HEAD + "".join(rows))
    assert status == 0
    assert "m_h: Along the order of the sheet, melanoma and healthy stand in blocks" in said.out
    assert "(runs test p = 7e-07)" in said.out


def test_a_kit_that_is_the_condition_is_refused_with_status_four(check):
    rows = "".join(
        f"s{at:02}\t{('melanoma', 'healthy')[at % 2]}\t1\t{('nebnext', 'truseq')[at % 2]}\n"
        for at in range(24)
    )
    status, said = check(
        f"{HEAD.strip()}\tprotocol\n{rows}", "m_h\tmelanoma\tmelanoma\thealthy\t\n"
    )
    assert status == 4
    assert "m_h: protocol and condition coincide completely" in said.out


@pytest.fixture
def gse71008(shared_data):
    """Give the sheet of a study of three cancers, all 192 libraries."""
    sheet = pd.read_csv(shared_data / "counts" / "GSE71008_samples.tsv", sep="\t", dtype=str)
    sheet = sheet.rename(columns={"CancerType": "condition", "Sex": "sex", "Age": "age"})
    told = ["sample", "condition", "age", "sex", "stage", "rna_isolation_batch", "library_prep_day"]
    return sheet[told].to_csv(sep="\t", index=False)


def test_gse71008_is_judged_from_its_sheet(check, gse71008):
    status, said = check(
        gse71008,
        "crc\tcolorectal\tColorectal Cancer\tHealthy Control\trna_isolation_batch,age,sex\n"
        "pdac\tpancreatic\tPancreatic Cancer\tHealthy Control\t\n"
        "prostate\tprostate\tProstate Cancer\tHealthy Control\trna_isolation_batch\n",
    )
    assert status == 4
    assert "crc: can be tested.\ncrc: Not used: 1 × rna_isolation_batch is empty.\n" in said.out
    (refused,) = [line for line in said.out.splitlines() if "coincide completely" in line]
    assert refused.startswith(
        "pdac: rna_isolation_batch and condition coincide completely: all 6 Pancreatic Cancer "
        "libraries are rna_isolation_batch 9.0 and none of the 50 Healthy Control libraries is."
    )
    assert "prostate: can be tested. What weakens it follows.\n" in said.out
    assert (
        "prostate: Not used: 25 × sex is Female; prostate is studied in males alone.\n" in said.out
    )
    assert "prostate: age differs between the arms (standardised difference 1.15)" in said.out


def test_too_few_libraries_are_told_but_not_refused(check):
    status, said = check(HEAD + "s1\tmelanoma\t1\ns2\thealthy\t1\n")
    assert status == 0
    assert "m_h: " in said.out
    assert "can be tested" not in said.out


def test_warnings_are_printed(check):
    status, said = check(MIXED + "x1\tsarcoma\t1\n")
    assert status == 0
    assert "\nNote: " in said.out
    assert "sarcoma" in said.out


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        ("", "matrix.tsv is empty."),
        (
            matrix(MIXED).replace("5p\t7", "5p\t0.5"),
            "row 'hsa-miR-21-5p', column 's00': found '0.5'",
        ),
        (matrix(MIXED).replace("\ts01", "\tx"), "1 samples of the sheet have no column: s01"),
        (matrix(MIXED).replace("\t", ","), "no tabs"),
    ],
)
def test_a_matrix_that_no_run_could_read_is_told(check, counts, words):
    status, said = check(counts=counts)
    assert status == 2
    assert words in said.err
    assert said.out == ""


def test_all_matrices_are_told_of_at_once(check, tmp_path):
    (tmp_path / "spikes.tsv").write_text("x\ts00\na\t1\n")
    (tmp_path / "amounts.tsv").write_text("spike\tamount\na\t1\n")
    (tmp_path / "other.tsv").write_text("x\to1\na\t-4\n")
    (tmp_path / "others.tsv").write_text("sample\tcondition\no1\tmelanoma\no2\thealthy\n")
    status, said = check(
        config="spike_in_counts: spikes.tsv\n"
        "validation: {counts: other.tsv, samples: others.tsv}\n",
        counts="",
    )
    assert status == 2
    assert "3 problems to mend" in said.err
    for words in ("matrix.tsv is empty", "spikes.tsv: 23 samples", "other.tsv: 1 samples"):
        assert words in said.err
    (tmp_path / "others.tsv").write_text("sample\nx\n")
    assert (
        "others.tsv: there is no column 'condition'"
        in check(config="validation: {counts: other.tsv, samples: others.tsv}\n")[1].err
    )


@pytest.mark.parametrize("design", ["groups", "paired"])
def test_strangers_with_one_number_are_refused_before_any_design_is_advised(check, design):
    arms = ("melanoma", "healthy")
    rows = "".join(
        f"s{at:02}\t{arms[at % 2]}\t1\t{at // 2 + 1}\t{'MFFM'[at % 4]}\n" for at in range(24)
    )
    status, said = check(
        f"{HEAD.strip()}\tsubject\tsex\n{rows}",
        f"m_h\tmelanoma\tmelanoma\thealthy\t\t{design}\n",
        heading=QUESTION.replace("\n", "\tdesign\n"),
    )
    assert status == 2
    assert "12 of the 12 subjects with libraries of several `condition`" in said.err
    assert "Give different people different names, such as melanoma-1 and healthy-1" in said.err
    assert "paired" not in said.out + said.err


def test_what_is_not_known_is_told_of_both_sheets(check, tmp_path):
    (tmp_path / "other.tsv").write_text("x\to1\to2\nhsa-miR-21-5p\t4\t4\n")
    (tmp_path / "others.tsv").write_text(
        "sample\tcondition\tsex\no1\tmelanoma\tNA\no2\thealthy\tunknown\n"
    )
    status, said = check(
        MIXED.replace("s03\thealthy\t2", "s03\thealthy\tn/a"),
        config="validation: {counts: other.tsv, samples: others.tsv}\n",
    )
    assert status == 0
    assert "m_h: Not used: 1 × batch is empty." in said.out
    assert "Note: config/samples.tsv: `batch` 'n/a' in row 5 is read as not known" in said.out
    assert "Note: others.tsv: `sex` 'NA' in row 2, 'unknown' in row 3 are read as" in said.out


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"config": "protocoll: truseq\n"}, "there is no key 'protocoll'. Did you mean 'protocol'"),
        ({"config": "quality: [\n"}, "config/config.yaml is not YAML that can be read"),
        ({"samples": "PK\x03\x04"}, "config/samples.tsv is not a text file"),
        ({"contrasts": "m_h\tmelanoma\tmelanom\thealthy\t\n"}, "'melanom'"),
        ({"samples": MIXED + "s00\thealthy\t1\n"}, "as in row 2"),
    ],
)
def test_a_mistake_ends_with_status_two(check, given, words):
    status, said = check(**given)
    assert status == 2
    assert words in said.err
    assert said.out == ""


def test_a_folder_without_a_configuration_is_told(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["check"]) == 2
    assert capsys.readouterr().err.startswith("There is no config/config.yaml here.")


def test_a_machine_without_bowtie_is_told_with_status_five(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.fq").write_text("x")
    (tmp_path / "samples.tsv").write_text("sample\tfastq\tcondition\ns1\ta.fq\thealthy\n")
    (tmp_path / "contrasts.tsv").write_text(QUESTION)
    (tmp_path / "genome.fa").write_text(">chr1\nACGT\n")
    (tmp_path / "config.yaml").write_text(
        "samples: samples.tsv\ncontrasts: contrasts.tsv\nreferences: {genome: genome.fa}\n"
    )
    monkeypatch.setenv("PATH", str(tmp_path))
    assert main(["check", "--config", "config.yaml"]) == 5
    assert capsys.readouterr().err.startswith("bowtie and bowtie-build are not on the PATH.")

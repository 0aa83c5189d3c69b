"""Matrices: whole numbers that keep their sums, and foreign matrices checked cell by cell."""

import pandas as pd
import pytest
from exosift.errors import UserError
from exosift.matrices import check_counts, import_counts, read_matrix


@pytest.fixture
def features(tmp_path):
    path = tmp_path / "features.tsv"
    path.write_text(
        "mirna\tnames\taccessions\tsequence\n"
        "hsa-let-7a-5p\thsa-let-7a-5p\tMIMAT0000062\tTGAGGTAGTAGGTTGTATAGTT\n"
        "hsa-miR-199a-3p/199b-3p\thsa-miR-199a-3p;hsa-miR-199b-3p\tM1;M2\tACAGTAGTCTGCACATTGGTTA\n"
    )
    return path


def write(folder, text):
    (folder / "matrix.tsv").write_text(text)
    return folder / "matrix.tsv"


def test_a_foreign_matrix_is_taken_with_the_names_that_it_has(tmp_path, features):
    path = write(tmp_path, "x\ts1\ts2\tother\nhsa-miR-199b-3p\t3\t4\t1\nhsa-miR-9999\t0\t1\t1\n")
    names = ("mirna_counts", "mirna_cpm", "feature_table")
    out = {name: tmp_path / f"{name}.tsv" for name in names}
    notes = import_counts(path, ["s2", "s1"], features, **out)
    assert "1 of 2 names are not miRBase 22 matures" in notes[1]
    assert "1 columns" in notes[0]
    matrix = read_matrix(out["mirna_counts"])
    assert list(matrix.columns) == ["s2", "s1"]
    assert matrix.loc["hsa-miR-199b-3p", "s2"] == 4
    annotation = pd.read_csv(out["feature_table"], sep="\t", index_col="mirna")
    assert annotation.at["hsa-miR-199b-3p", "accessions"] == "M1;M2"
    assert pd.isna(annotation.at["hsa-miR-9999", "accessions"])


def test_names_of_one_sequence_may_be_listed_in_a_foreign_matrix(tmp_path, features):
    path = write(tmp_path, "x\ts1\nhsa-miR-199a-3p;hsa-miR-199b-3p\t3\nhsa-let-7a-5p;x\t1\n")
    names = ("mirna_counts", "mirna_cpm", "feature_table")
    out = {name: tmp_path / f"{name}.tsv" for name in names}
    notes = import_counts(path, ["s1"], features, **out)
    assert "1 of 2 names are not miRBase 22 matures" in notes[0]
    annotation = pd.read_csv(out["feature_table"], sep="\t", index_col="mirna")
    assert annotation.at["hsa-miR-199a-3p;hsa-miR-199b-3p", "accessions"] == "M1;M2"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x\ts1\na\t1\n", "1 samples of the sheet have no column: s2"),
        ("x\ts1\ts2\na\t1\t2\na\t1\t2\n", "row names stand there twice: a"),
        ("x\ts1\ts2\nNA\t1\t2\n\t1\t2\na\t1\t2\n", "2 rows are named '', 'NA'. Every row"),
        ("x\ts1\ts2\na\t1.5\t2\n", "row 'a', column 's1': found '1.5'"),
        ("x\ts1\ts2\na\t-1\t2\n", "found '-1'"),
        ("x\ts1\ts2\na\tNA\t2\n", "found 'NA'"),
    ],
)
def test_a_foreign_matrix_is_refused_with_the_cell(tmp_path, text, words):
    with pytest.raises(UserError) as caught:
        check_counts(write(tmp_path, text), ["s1", "s2"])
    assert words in str(caught.value)


def test_a_missing_matrix_is_told(tmp_path):
    with pytest.raises(UserError, match="There is no"):
        check_counts(tmp_path / "nowhere.tsv", ["s1"])

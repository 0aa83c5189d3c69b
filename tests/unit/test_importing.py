"""Importing: foreign matrices checked cell by cell, their rows named alike, nothing lost."""

import pandas as pd
import pytest
from exosift.errors import UserError
from exosift.importing import check_counts, import_counts, under_our_names
from exosift.matrices import read_matrix

OUTPUTS = ("mirna_counts", "mirna_cpm", "feature_table", "imported_names")


@pytest.fixture
def features(tmp_path):
    path = tmp_path / "features.tsv"
    path.write_text(
        "mirna\tnames\taccessions\tsequence\n"
        "hsa-let-7a-5p\thsa-let-7a-5p\tMIMAT0000062\tTGAGGTAGTAGGTTGTATAGTT\n"
        "hsa-miR-199a-3p/199b-3p\thsa-miR-199a-3p;hsa-miR-199b-3p\t"
        "MIMAT0000232;MIMAT0004563\tACAGTAGTCTGCACATTGGTTA\n"
    )
    return path


@pytest.fixture
def history(tmp_path):
    path = tmp_path / "history.tsv"
    path.write_text(
        "version\tacc\tname\nv9_2\tMIMAT0000062\thsa-let-7a\nv9_2\tMIMAT0099999\thsa-miR-1\n"
    )
    return path


def write(folder, text):
    (folder / "matrix.tsv").write_text(text)
    return folder / "matrix.tsv"


@pytest.fixture
def imported(tmp_path, features):
    """Import a matrix; give counts, annotation, names and notes."""

    def call(text, samples, history=""):
        out = {name: tmp_path / f"{name}.tsv" for name in OUTPUTS}
        notes = import_counts(write(tmp_path, text), samples, features, history, **out)
        annotation = pd.read_csv(out["feature_table"], sep="\t", index_col="mirna")
        names = pd.read_csv(out["imported_names"], sep="\t", index_col="name", na_filter=False)
        return read_matrix(out["mirna_counts"]), annotation, names, notes

    return call


def test_a_foreign_matrix_is_taken_under_the_names_of_this_release(imported):
    matrix, annotation, names, notes = imported(
        "x\ts1\ts2\tother\nhsa-miR-199b-3p\t3\t4\t1\nhsa-miR-9999\t0\t1\t1\n", ["s2", "s1"]
    )
    assert notes[0].startswith("1 columns of ")
    assert "1 of 2 rows have another name now: hsa-miR-199b-3p is hsa-miR-199a-3p/" in notes[1]
    assert notes[2].startswith("WARNING: 1 of 2 names are not known and stay rows of their own")
    assert "with 12.50% of the reads: hsa-miR-9999." in notes[2]
    assert "`name_history`" in notes[3]
    assert list(matrix.columns) == ["s2", "s1"]
    assert matrix.loc["hsa-miR-199a-3p/199b-3p"].tolist() == [4, 3]
    assert annotation.at["hsa-miR-199a-3p/199b-3p", "accessions"] == "MIMAT0000232;MIMAT0004563"
    assert pd.isna(annotation.at["hsa-miR-9999", "accessions"])
    assert names["how"].to_dict() == {"hsa-miR-199b-3p": "renamed", "hsa-miR-9999": "unknown"}
    assert names["reads"].tolist() == [7, 1]


def test_rows_of_one_sequence_are_added_up(imported):
    matrix, _, names, notes = imported(
        "x\ts1\ts2\nhsa-miR-199a-3p\t3\t1\nMIMAT0000062\t5\t0\nhsa-miR-199b-3p\t2\t1\n",
        ["s1", "s2"],
    )
    assert matrix.index.tolist() == ["hsa-miR-199a-3p/199b-3p", "hsa-let-7a-5p"]
    assert matrix.to_numpy().tolist() == [[5, 2], [5, 0]]
    assert names["how"].tolist() == ["merged", "renamed", "merged"]
    said = "2 rows were added up: hsa-miR-199a-3p + hsa-miR-199b-3p to hsa-miR-199a-3p/199b-3p."
    assert said in notes
    assert not [note for note in notes if "identical" in note]


def test_rows_that_were_counted_twice_are_told(imported):
    notes = imported("x\ts1\nhsa-miR-199a-3p\t3\nhsa-miR-199b-3p\t3\n", ["s1"])[3]
    (said,) = [note for note in notes if "identical" in note]
    assert said.startswith("WARNING: rows that were added up are identical: hsa-miR-199a-3p and ")
    empty = imported("x\ts1\nhsa-miR-199a-3p\t0\nhsa-miR-199b-3p\t0\n", ["s1"])[3]
    assert not [note for note in empty if "identical" in note]


def test_older_names_need_the_history(imported, history):
    text = "x\ts1\nhsa-let-7a\t3\nhsa-miR-1\t2\nMIMAT0099999\t4\n"
    matrix, _, names, notes = imported(text, ["s1"])
    assert matrix["s1"].to_dict() == {"hsa-let-7a-5p": 3, "hsa-miR-1": 2, "MIMAT0099999": 4}
    assert names.at["hsa-let-7a", "reason"] == "the only arm that miRBase 22 has"
    assert names.at["MIMAT0099999", "how"] == "unknown"
    matrix, _, names, notes = imported(text, ["s1"], history)
    assert matrix["s1"].to_dict() == {"hsa-let-7a-5p": 3, "hsa-miR-1": 2, "MIMAT0099999": 4}
    assert names.at["hsa-let-7a", "reason"] == "MIMAT0000062 in miRBase 9.2"
    assert names["how"].tolist() == ["renamed", "dead", "dead"]
    assert "WARNING: 2 of 3 names were withdrawn from miRBase" in notes[1]
    assert "MIMAT0099999, hsa-miR-1." in notes[1]
    assert not [note for note in notes if "name_history" in note]


def test_a_second_cohort_gets_the_names_of_the_first(features, history):
    index = pd.Index(["hsa-let-7a", "hsa-miR-199b-3p", "hsa-miR-199a-3p"], name="mirna")
    matrix = pd.DataFrame({"s1": [5, 1, 2]}, index=index)
    named, decisions, notes = under_our_names(matrix, features, history)
    assert named["s1"].to_dict() == {"hsa-let-7a-5p": 5, "hsa-miR-199a-3p/199b-3p": 3}
    assert [one.how for one in decisions] == ["renamed", "merged", "merged"]
    assert "hsa-let-7a is hsa-let-7a-5p" in " ".join(notes)


def test_no_read_is_lost(imported):
    text = (
        "x\ts1\ts2\nlet-7a-5p\t3\t1\nHSA-LET-7A-5P\t5\t0\nhsa-let-7a-5p;x\t2\t1\ncel-miR-39\t1\t9\n"
    )
    matrix, _, names, _ = imported(text, ["s1", "s2"])
    assert matrix.sum().tolist() == [11, 11]
    assert names["reads"].sum() == 22
    assert set(names["feature"]) == set(matrix.index)


@pytest.mark.parametrize("name", ["GSE71008_CRC_vs_NC_hsa_miRNA", "draculR_GSE105052"])
def test_real_matrices_keep_their_sums(shared_data, repository, tmp_path, name):
    from exosift.features import read_features, write_features

    resources = repository / "resources"
    features = read_features(resources / "matures.fa", resources / "mirgenedb.gff3.gz")
    write_features(features, [], tmp_path / "features.tsv", tmp_path / "windows.tsv")
    path = shared_data / "counts" / f"{name}_counts.tsv.gz"
    given = pd.read_csv(path, sep="\t", index_col=0)
    history = shared_data / "knowledge" / "miRBase_name_history_hsa_mature.tsv.gz"
    out = {one: tmp_path / f"{one}.tsv" for one in OUTPUTS}
    import_counts(path, list(given), tmp_path / "features.tsv", history, **out)
    pd.testing.assert_series_equal(read_matrix(out["mirna_counts"]).sum(), given.sum())
    names = pd.read_csv(out["imported_names"], sep="\t", index_col="name", na_filter=False)
    assert names.at["hsa-miR-375", "feature"] == "hsa-miR-375-3p"
    left = set(names.index[names["how"] == "unknown"])
    assert left <= {"cel-miR-39-3p"}
    assert "hsa-miR-7641" in names.index[names["how"] == "dead"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x\ts1\na\t1\n", "1 samples of the sheet have no column: s2"),
        ("x\ts1\ts2\na\t1\t2\na\t1\t2\n", "row names stand there twice: a"),
        ("x\ts1\ts2\nNA\t1\t2\n\t1\t2\na\t1\t2\n", "2 rows are named '', 'NA'. Every row"),
        ("x\ts1\ts2\na\t1.5\t2\n", "row 'a', column 's1': found '1.5'"),
        ("x\ts1\ts2\na\t-1\t2\n", "found '-1'"),
        ("x\ts1\ts2\na\tNA\t2\n", "found 'NA'"),
        ("x\ts1\ts2\na\t1e300\t2\n", "found '1e300'"),
        ("x\ts1\ts2\na\t99999999999999999999\t2\n", "found '99999999999999999999'"),
        ("x\ts1\ts2\ts1\na\t1\t2\t3\n", "column names stand there twice: s1"),
        ("", "matrix.tsv is empty. It takes a tab-separated table: a row for each miRNA"),
        ("\n\n", "matrix.tsv is empty."),
        ("x\ts1\ts2\n", "has names of columns, and no row below them"),
        ("x,s1,s2\na,1,2\n", "has one column alone: no tabs."),
    ],
)
def test_a_foreign_matrix_is_refused_with_the_cell(tmp_path, text, words):
    with pytest.raises(UserError) as caught:
        check_counts(write(tmp_path, text), ["s1", "s2"])
    assert words in str(caught.value)


@pytest.mark.parametrize("ending", ["gz", "bz2", "xz", "zip", "zst"])
def test_a_damaged_archive_is_told(tmp_path, ending):
    path = tmp_path / f"matrix.tsv.{ending}"
    path.write_bytes(b"\x1f\x8b\x08\0\0\0\0\0\0\x03\xff\xff\xff\xff")
    with pytest.raises(UserError, match=r"is not a tab-separated table: .*[^.]\. It takes"):
        check_counts(path, ["s1"])


def test_text_beside_the_samples_does_no_harm(tmp_path):
    path = write(tmp_path, "x\tnote\ts1\n1\tNA\t3\n2\tb\t4.0\n")
    matrix, notes = check_counts(path, ["s1"])
    assert matrix["s1"].to_dict() == {"1": 3, "2": 4}
    assert notes == [f"1 columns of {path} are not in the sample sheet and are left out."]


def test_a_missing_matrix_is_told(tmp_path):
    with pytest.raises(UserError, match="There is no"):
        check_counts(tmp_path / "nowhere.tsv", ["s1"])

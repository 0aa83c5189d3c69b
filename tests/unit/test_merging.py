"""Merging: libraries side by side, nothing lost, and fragments of other RNAs set apart."""

import json
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import pytest
from exosift import quantification
from exosift.errors import UserError
from exosift.library_tables import COUNT_COLUMNS, DOUBTS
from exosift.matrices import read_matrix
from exosift.merging import Limits, merge

LET7, MIR199, MIR1246 = "hsa-let-7a-5p", "hsa-miR-199a-3p/199b-3p", "hsa-miR-1246"
OUTPUTS = ("mirna_counts", "mirna_cpm", "fragment_derived", "feature_table", "class_counts")
CLASSES = ("tRNA", "snRNA", "rRNA")


def test_the_tables_of_libraries_have_the_columns_that_are_written():
    assert COUNT_COLUMNS == quantification.COLUMNS
    assert DOUBTS == quantification.DOUBTS


@dataclass
class Cohort:
    """Tables of made-up libraries in a folder, and the matrices that become of them."""

    folder: Path
    names: list[str] = field(default_factory=list)

    def add(self, name, rows, status="ok", fates=None, classes=None):
        """Write the tables of a library; `rows` are class, feature, kind, then the numbers."""
        lines = ["\t".join(COUNT_COLUMNS), *("\t".join(row.split()) for row in rows)]
        lines = [line.replace("\t-\t", "\t\t") for line in lines]
        (self.folder / f"{name}.tsv").write_text("\n".join(lines) + "\n")
        fates = {"adapter_dimer": 1} if fates is None else fates
        classes = classes or {"miRNA": 0, "tRNA": 0, "unmapped": 0}
        told = {"sample": name, "status": status, "reason": "", "fates": fates}
        told |= {"classes": classes, "reads_in": sum(fates.values()) + sum(classes.values())}
        (self.folder / f"{name}.json").write_text(json.dumps(told))
        self.names.append(name)

    def merge(self, names=None, **limits):
        """Merge; give the tables by name and the fragment-derived miRNAs."""
        names = names or self.names
        out = {name: self.folder / "out" / f"{name}.tsv" for name in (*OUTPUTS, *CLASSES)}
        moved = merge(
            [self.folder / f"{name}.tsv" for name in names],
            [self.folder / f"{name}.json" for name in names],
            self.folder / "features.tsv",
            Limits(**limits),
            **{name: out[name] for name in OUTPUTS},
            class_matrices={rna: out[rna] for rna in CLASSES},
        )
        return {name: path.read_text() for name, path in out.items()}, moved


@pytest.fixture
def cohort(tmp_path):
    rows = [f"{name}\t{name}\tM{at}\tACGT" for at, name in enumerate((LET7, MIR199, MIR1246))]
    text = "\n".join(["mirna\tnames\taccessions\tsequence", *rows])
    (tmp_path / "features.tsv").write_text(text + "\n")
    return Cohort(tmp_path)


def add_two(cohort):
    cohort.add(
        "s1",
        [
            f"miRNA {LET7} - 9/2 2 0 1/2 0 1",
            f"miRNA {MIR199} - 1/2 1 0 1/2 0 0",
            f"miRNA {MIR1246} - 20 1 20 0 0 0",
            "tRNA tRNA-Gly-GCC-10 5p_half 3/2 1 0 3/2 0 0",
            "tRNA tRNA-Gly-GCC-2 5p_half 3/2 1 0 3/2 0 0",
            "tRNA tRNA-Gly-GCC-2 tRF-3 2 1 0 0 0 0",
            "snRNA U2 - 7 2 0 0 0 0",
        ],
        classes={"miRNA": 25, "tRNA": 5, "snRNA": 7, "unmapped": 1},
    )
    cohort.add("bad", [], status="failed", fates={"adapter_dimer": 0})
    cohort.add(
        "s2",
        [f"miRNA {LET7} - 100 3 12 0 5 0", f"miRNA {MIR1246} - 3 1 1 0 0 0"],
        classes={"miRNA": 103, "tRNA": 0, "snRNA": 0, "unmapped": 2},
    )


def rows_of(text):
    return [line.split("\t") for line in text.splitlines()]


def test_libraries_stand_side_by_side_and_damaged_ones_are_left_out(cohort):
    add_two(cohort)
    tables, _ = cohort.merge()
    assert rows_of(tables["mirna_counts"]) == [
        ["mirna", "s1", "s2"],
        [LET7, "5", "100"],
        [MIR199, "0", "0"],
    ]
    assert rows_of(tables["mirna_cpm"])[1:] == [[LET7, "1e+06", "1e+06"], [MIR199, "0", "0"]]


def test_a_mirna_of_reads_that_mostly_fit_another_class_is_set_apart(cohort):
    add_two(cohort)
    tables, moved = cohort.merge()
    assert moved == [MIR1246]
    assert rows_of(tables["fragment_derived"]) == [["mirna", "s1", "s2"], [MIR1246, "20", "3"]]
    features = {row[0]: row[-1] for row in rows_of(tables["feature_table"])}
    assert features == {
        "mirna": "status",
        LET7: "ambiguous",  # 12 of 104.5 reads
        MIR199: "counted",
        MIR1246: "fragment_derived",  # in s2 alone it is not: the cohort decides
    }
    assert cohort.merge(["s2"])[1] == []


def test_the_two_tables_of_mirnas_sum_to_the_class(cohort):
    add_two(cohort)
    for share in (0.05, 0.5, 1.0):
        tables, _ = cohort.merge(fragment_share=share, ambiguous_share=0.01)
        both = rows_of(tables["mirna_counts"])[1:] + rows_of(tables["fragment_derived"])[1:]
        sums = [sum(int(row[at]) for row in both) for at in (1, 2)]
        assert sums == [25, 103]
        assert sorted(row[0] for row in both) == sorted((LET7, MIR199, MIR1246))


def test_ties_between_mirnas_set_nothing_apart(cohort):
    cohort.add("s1", [f"miRNA {LET7} - 4 2 0 4 0 0"], classes={"miRNA": 4})
    _, moved = cohort.merge()
    assert moved == []
    table = pd.read_csv(cohort.folder / "out" / "feature_table.tsv", sep="\t", index_col="mirna")
    assert table.loc[LET7, ["ambiguous_share", "shared_share", "tailed_share"]].tolist() == [
        0,
        1,
        0,
    ]
    assert table.loc[MIR1246, "status"] == "counted"
    assert pd.isna(table.loc[MIR1246, "ambiguous_share"])  # it has no reads


def test_the_verdict_on_a_mirna_does_not_depend_on_the_order_of_the_libraries(cohort):
    share = "333333/1000000"
    for at in range(9):
        rest = f"{1000000 * (at + 2) - 333333}/1000000"
        rows = [
            f"miRNA {LET7} - {share} 1 {share} 0 0 0",
            f"miRNA {MIR199} - {rest} 1 {rest} 0 0 0",
        ]
        cohort.add(f"s{at}", rows, classes={"miRNA": at + 2})
    forth, back = (cohort.merge(names)[0] for names in (cohort.names, cohort.names[::-1]))
    assert forth["feature_table"] == back["feature_table"]


def test_each_class_has_a_matrix_and_trna_is_told_by_fragment(cohort):
    add_two(cohort)
    tables, _ = cohort.merge()
    assert rows_of(tables["tRNA"]) == [
        ["feature", "s1", "s2"],
        ["tRNA-Gly-GCC-2|5p_half", "1", "0"],
        ["tRNA-Gly-GCC-2|tRF-3", "2", "0"],
        ["tRNA-Gly-GCC-10|5p_half", "2", "0"],
    ]
    assert rows_of(tables["snRNA"])[1:] == [["U2", "7", "0"]]
    assert tables["rRNA"] == "feature\ts1\ts2\n"


def test_class_counts_name_the_failed_and_sum_to_the_reads_in(cohort):
    add_two(cohort)
    table = pd.read_csv(_written(cohort, "class_counts"), sep="\t", index_col="sample")
    assert table["status"].to_dict() == {"s1": "ok", "bad": "failed", "s2": "ok"}
    assert "umi_duplicate" not in table
    assert (table.iloc[:, 2:].sum(axis=1) == table["reads_in"]).all()
    assert table.loc["bad", "reads_in"] == 0


def test_class_counts_tell_of_copies_where_a_library_has_umis(cohort):
    fates = {"adapter_dimer": 1, "umi_duplicate": 6}
    cohort.add("s1", [f"miRNA {LET7} - 4 2 0 0 0 0"], fates=fates, classes={"miRNA": 4})
    cohort.add("s2", [f"miRNA {LET7} - 4 2 0 0 0 0"], classes={"miRNA": 4})
    table = pd.read_csv(_written(cohort, "class_counts"), sep="\t", index_col="sample")
    assert table["umi_duplicate"].tolist() == [6, 0]
    assert table["reads_in"].tolist() == [11, 5]


def _written(cohort, name):
    cohort.merge()
    return cohort.folder / "out" / f"{name}.tsv"


def test_a_cohort_of_failed_libraries_has_empty_matrices(cohort):
    cohort.add("s1", [], status="failed")
    tables, moved = cohort.merge()
    assert moved == []
    assert read_matrix(cohort.folder / "out" / "mirna_counts.tsv").shape == (3, 0)
    assert tables["fragment_derived"] == "mirna\n"
    assert rows_of(tables["class_counts"])[1][:2] == ["s1", "failed"]


def test_a_library_without_mirna_has_empty_cpm(cohort):
    cohort.add("s1", ["snRNA U2 - 7 2 0 0 0 0"], classes={"miRNA": 0, "snRNA": 7})
    tables, _ = cohort.merge()
    assert rows_of(tables["mirna_cpm"])[1:] == [[LET7, ""], [MIR199, ""], [MIR1246, ""]]


@pytest.mark.parametrize(
    ("row", "classes", "words"),
    [
        (f"miRNA {LET7} - 4 2 0 0 0 0", {"miRNA": 5}, "4 reads of miRNA, but the summary of"),
        ("miRNA hsa-miR-0 - 4 2 0 0 0 0", {"miRNA": 4}, "such as hsa-miR-0: it is not of"),
    ],
)
def test_files_of_different_runs_are_told(cohort, row, classes, words):
    cohort.add("s1", [row], classes=classes)
    with pytest.raises(UserError, match=words):
        cohort.merge()


def test_a_table_of_another_version_is_told(cohort):
    cohort.add("s1", [])
    (cohort.folder / "s1.tsv").write_text("class\tfeature\tcount\n")
    with pytest.raises(UserError, match=r"s1\.tsv does not begin with the columns class, feature"):
        cohort.merge()

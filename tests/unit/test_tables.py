"""Tables: what the rooms wrote is read back as it was, whatever the samples are called."""

import pandas as pd
import pytest
from exosift.errors import UserError
from exosift.files import write_json, write_table
from exosift.findings import Exclusion
from exosift.study_sheets import GROUPS
from exosift.tables import (
    Tables,
    fragment_derived,
    read_class_counts,
    read_summaries,
)

NAMES = ["NA", "007", "1e5"]
"""Names of samples that a careless reader takes for numbers or for nothing."""


@pytest.fixture
def given(tmp_path, monkeypatch):
    """Write the sheets and tables of a run from counts; give the named inputs of a step."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config").mkdir()
    rows = [f"{name}\t{condition}" for name, condition in zip(NAMES, "aab", strict=True)]
    (tmp_path / "config/samples.tsv").write_text("\n".join(["sample\tcondition", *rows]) + "\n")
    (tmp_path / "config/contrasts.tsv").write_text("contrast\tcancer\tcase\tcontrol\tcovariates\n")
    index = pd.Index(NAMES, name="sample")
    counts = pd.DataFrame(
        [[1, 2, 3], [4, 5, 6]], index=pd.Index(["hsa-miR-21-5p", "null"], name="mirna")
    )
    write_table(counts.set_axis(NAMES, axis=1), "counts.tsv", index=True)
    classes = {"status": "ok", "reads_in": [9, 8, 7]}
    write_table(pd.DataFrame(classes, index=index), "classes.tsv", index=True)
    components = pd.DataFrame({"pc1": [0.5, -0.5, 0], "pc2": 0.25}, index=index)
    write_table(components, "pca.tsv", index=True)
    quality = pd.DataFrame(
        {
            "status": ["pass", "fail", "warn"],
            "reason": ["", "too few reads", "few reads"],
            "mirna_reads": [1.0, 2.0, None],
        },
        index=index,
    )
    write_table(quality, "quality.tsv", index=True)
    write_json({"explained": [0.6, 0.2]}, "pca.json")
    for name in NAMES:
        write_json({"sample": name, "status": "ok"}, f"{name}.json")
    (tmp_path / "features.tsv").write_text(
        "mirna\tnames\tmirgenedb\tambiguous_share\tstatus\n"
        "hsa-miR-21-5p\tNA\t\t0.25\tambiguous\n"
        "null\tnull\tx\t\tcounted\n"
        "hsa-miR-1246\thsa-miR-1246\t\t0.9\tfragment_derived\n"
    )
    return {
        "samples": "config/samples.tsv",
        "counts": "counts.tsv",
        "class_counts": "classes.tsv",
        "quality": "quality.tsv",
        "features": "features.tsv",
        "pca": "pca.tsv",
        "explained": "pca.json",
        "summaries": [f"{name}.json" for name in NAMES],
    }


SETTINGS = {"counts": "counts.tsv", "protocol": "auto", "protocols": "", GROUPS: {}}
"""What a rule declares for any step that reads the sheets."""


def test_samples_keep_their_names_in_every_table(given):
    tables = Tables.read(SETTINGS, given)
    assert list(tables.sheet.index) == NAMES
    assert list(tables.counts.columns) == NAMES
    assert list(tables.class_counts.index) == NAMES
    assert list(tables.quality.index) == NAMES
    assert list(tables.components.index) == NAMES
    assert list(tables.summaries) == NAMES


def test_numbers_are_numbers_and_texts_are_texts(given):
    tables = Tables.read(SETTINGS, given)
    assert tables.counts.loc["hsa-miR-21-5p"].tolist() == [1, 2, 3]
    assert tables.class_counts["reads_in"].tolist() == [9, 8, 7]
    assert tables.components["pc1"].tolist() == [0.5, -0.5, 0]
    assert tables.explained == {"explained": [0.6, 0.2]}
    assert tables.features["names"].tolist() == ["NA", "null", "hsa-miR-1246"]
    assert tables.features["mirgenedb"].tolist() == ["", "x", ""]
    assert tables.features.at["hsa-miR-21-5p", "ambiguous_share"] == 0.25
    assert pd.isna(tables.features.at["null", "ambiguous_share"])


def test_the_sheet_knows_the_kit_that_the_reads_told(given):
    assert "protocol" not in Tables.read(SETTINGS, given).sheet
    quality = pd.read_csv("quality.tsv", sep="\t", keep_default_na=False)
    write_table(quality.assign(protocol=["truseq", "truseq", "qiaseq"]), "quality.tsv")
    assert Tables.read(SETTINGS, given).sheet["protocol"].tolist() == ["truseq", "truseq", "qiaseq"]


def test_libraries_that_failed_are_excluded_with_their_reason(given):
    assert Tables.read(SETTINGS, given).excluded == {
        "007": Exclusion("quality_status", {"status": "fail"})
    }


def test_a_table_that_a_step_does_not_get_is_empty(given):
    few = {"samples": given["samples"], "class_counts": [], "summaries": []}
    tables = Tables.read(SETTINGS, few)
    assert tables.counts.empty
    assert tables.class_counts is None
    assert tables.summaries == {}
    assert tables.explained == {}


def test_one_summary_may_come_without_a_list(given):
    assert list(read_summaries(given["summaries"][0])) == ["NA"]


def test_a_study_that_cannot_be_opened_is_told(given, tmp_path):
    (tmp_path / "config/samples.tsv").unlink()
    with pytest.raises(UserError, match=r"There is no config/samples\.tsv"):
        Tables.read(SETTINGS, given)


def test_a_table_of_no_libraries_has_no_rows(tmp_path):
    (tmp_path / "a.tsv").write_text("sample\tstatus\trRNA\n")
    assert list(read_class_counts(tmp_path / "a.tsv").columns) == ["rRNA"]
    assert read_class_counts(tmp_path / "a.tsv").empty


def test_libraries_that_could_not_be_read_have_no_class_counts(tmp_path):
    (tmp_path / "a.tsv").write_text(
        "sample\tstatus\treads_in\tmiRNA\ns1\tok\t5\t5\ns2\tfailed\t0\t0\n"
    )
    assert read_class_counts(tmp_path / "a.tsv").to_dict("index") == {
        "s1": {"reads_in": 5, "miRNA": 5}
    }


def test_fragments_of_other_rnas_are_named(given):
    assert fragment_derived(Tables.read(SETTINGS, given).features) == ["hsa-miR-1246"]
    assert fragment_derived(pd.DataFrame({"mirgenedb": ["x"]})) == []


def rewrite(path, change):
    """Change a table of the run by hand."""
    change(pd.read_csv(path, sep="\t", dtype=str, na_filter=False)).to_csv(
        path, sep="\t", index=False
    )


@pytest.mark.parametrize(
    ("path", "change", "tables", "names"),
    [
        ("quality.tsv", lambda t: t.iloc[1:], "config/samples.tsv and quality.tsv", "NA"),
        ("quality.tsv", lambda t: t.replace("NA", "x"), "config/samples.tsv and quality.tsv", "NA"),
        ("counts.tsv", lambda t: t.drop(columns="007"), "quality.tsv and counts.tsv", "007"),
        (
            "counts.tsv",
            lambda t: t.assign(**dict.fromkeys("abcde", 1)),
            "counts.tsv and config/samples.tsv",
            "a, b, c and 2 more",
        ),
        ("classes.tsv", lambda t: t.iloc[:2], "counts.tsv and classes.tsv", "1e5"),
        ("counts.tsv", lambda t: t.iloc[:1], "features.tsv and counts.tsv", "null"),
        ("features.tsv", lambda t: t.iloc[1:], "counts.tsv and features.tsv", "hsa-miR-21-5p"),
    ],
)
def test_tables_of_two_runs_are_refused(given, path, change, tables, names):
    rewrite(path, change)
    del given["summaries"]
    with pytest.raises(UserError, match=f"{tables} do not belong to one run") as refused:
        Tables.read(SETTINGS, given)
    assert f" alone holds {names}. Files of two runs may have been mixed" in str(refused.value)


def test_summaries_of_other_libraries_are_refused(given):
    given["summaries"] = given["summaries"][1:]
    with pytest.raises(UserError, match="the summaries of the libraries do not belong to one run"):
        Tables.read(SETTINGS, given)


def test_a_library_that_could_not_be_read_may_lack_counts(given):
    rewrite("quality.tsv", lambda t: t.assign(status=["pass", "unreadable", "warn"]))
    rewrite("counts.tsv", lambda t: t.drop(columns="007"))
    rewrite("classes.tsv", lambda t: t.assign(status=["ok", "failed", "ok"]))
    write_json({"sample": "007", "status": "failed"}, "007.json")
    tables = Tables.read(SETTINGS, given)
    assert list(tables.counts) == ["NA", "1e5"]
    assert list(tables.excluded) == ["007"]


def test_the_order_of_libraries_may_differ(given):
    rewrite("quality.tsv", lambda t: t[::-1])
    assert list(Tables.read(SETTINGS, given).quality.index) == NAMES[::-1]

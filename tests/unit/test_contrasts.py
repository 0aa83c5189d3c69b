"""The contrast sheet, checked against the samples."""

import pandas as pd
import pytest
from exosift.contrasts import Contrast, read_contrasts, unused_conditions
from exosift.errors import UserError

HEAD = "contrast\tcancer\tcase\tcontrol\tcovariates"


@pytest.fixture
def table():
    """Twelve cases, twelve controls, one benign library."""
    conditions = ["lung"] * 12 + ["healthy"] * 12 + ["benign"]
    return pd.DataFrame(
        {
            "condition": conditions,
            "subject": [f"p{number}" for number in range(25)],
            "batch": ["1", "2"] * 12 + ["1"],
            "stage": ["I", "II", "III"] * 8 + [""],
            "timepoint": ["baseline"] * 24 + ["later"],
        },
        index=pd.Index([f"s{number}" for number in range(25)], name="sample"),
    )


@pytest.fixture
def read(tmp_path, table):
    def write(*rows, head=HEAD):
        (tmp_path / "contrasts.tsv").write_text("\n".join([head, *rows]) + "\n")
        return read_contrasts(tmp_path / "contrasts.tsv", table)

    return write


def test_reads_a_row(read):
    (contrast,), warnings = read("lung_vs_healthy\tlung\tlung\thealthy\tbatch")
    assert contrast.covariates == ("batch",)
    assert contrast.column == "condition"
    assert contrast.design == "groups"
    assert not warnings


def test_no_rows_means_counts_and_quality_only(read):
    assert read() == ([], [])


def test_arms_follow_column_subset_and_design(read, table):
    head = f"{HEAD}\tcolumn\tdesign\tlevels\tsubset"
    (trend, rest, subset), _ = read(
        "t\tlung\tIII\tI\t\tstage\ttrend\tI,II,III\t",
        "r\tlung\tlung\t\t\t\tone_vs_rest\t\t",
        "b\tlung\tlung\thealthy\t\t\t\t\ttimepoint=baseline; batch=1",
        head=head,
    )
    assert trend.levels == ("I", "II", "III")
    assert (rest.arm(table) == "control").sum() == 13
    assert (subset.arm(table) == "case").sum() == 6


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("c\tlung\tlung\thelthy\t", "Did you mean 'healthy'?"),
        ("c\tlung\tlung\tlung\t", "`case` and `control` are both 'lung'"),
        ("c\tlung\t\thealthy\t", "`case` is empty"),
        ("c\tlung\tlung\thealthy\tbacth", "Did you mean 'batch'?"),
        ("c\tlung\tlung\thealthy\tbatch,batch", "'batch' twice"),
        ("c\tlung\tlung\thealthy\tcondition", "the column under test itself"),
        ("c d\tlung\tlung\thealthy\t", "cannot name files safely"),
        ("c\tindex\tlung\thealthy\t", "front page"),
        ("c\tlung\tlung\thealthy\t\t\tpared", "Did you mean 'paired'?"),
        ("c\tlung\tlung\thealthy\t\tgroup", "`column` names 'group'"),
        ("c\tlung\tIII\tI\t\tstage\ttrend\tI,III", "at least three"),
        ("c\tlung\tIII\tI\t\tstage\ttrend\tI,II,II,III", "`levels` names 'II' twice"),
        ("c\tlung\tIII\tI\t\tstage\ttrend\tI,II,IV", "`levels` names 'IV'"),
        ("c\tlung\tlung\thealthy\t\t\tone_vs_rest\t", "Leave it empty, and name those others"),
        ("c\tlung\tlung\thealthy\t\t\t\t\tbaseline", "Write it as timepoint=baseline"),
        ("c\tlung\tlung\thealthy\t\t\t\t\ttimepoint=never", "leaves no sample"),
        ("c\tlung\tlung\thealthy\t\t\t\t\tday=1", "`subset` names 'day'"),
    ],
)
def test_refuses_with_the_right_sentence(read, row, words):
    with pytest.raises(UserError) as caught:
        read(row, head=f"{HEAD}\tcolumn\tdesign\tlevels\tsubset")
    assert words in str(caught.value)


def test_shows_the_problems_of_all_rows(read):
    with pytest.raises(UserError) as caught:
        read("c\tlung\tlung\thelthy\t", "c\tlung\tlnug\thealthy\t")
    assert "row 2" in str(caught.value)
    assert "row 3: `contrast` is 'c', as in row 2" in str(caught.value)
    assert "'lnug'" in str(caught.value)


def test_missing_and_unknown_columns_are_named(read):
    with pytest.raises(UserError) as caught:
        read("c\tlung\tlung\thealthy\t", head="contrast\tcancer\tcase\tcontrol\tcovariate")
    assert "Rename 'covariate'?" in str(caught.value)


def test_small_arms_and_idle_conditions_are_told(read, table):
    contrasts, warnings = read("c\tlung\tbenign\thealthy\t")
    (warning,) = warnings
    assert "c has 1 case and 12 control libraries" in warning
    assert "below 10 nothing is called a candidate" in warning
    assert unused_conditions(contrasts, table) == [
        "No contrast asks about condition 'lung' (12 libraries)."
    ]


def test_a_contrast_cannot_have_the_name_of_a_table_of_the_run(read):
    with pytest.raises(UserError, match="the name of a table of the run"):
        read("across_cancers\tlung\tlung\thealthy")


@pytest.mark.parametrize(
    ("contrast", "cases", "against"),
    [
        (Contrast("a", "lung", "lung", "healthy"), "lung", "healthy"),
        (Contrast("a", "lung", "lung", "", design="one_vs_rest"), "lung", "other"),
        (
            Contrast("a", "lung", "lung", "", (), "stage", "trend", ("I", "II", "III", "IV")),
            "stage II to IV",
            "stage I",
        ),
        (
            Contrast("a", "lung", "lung", "healthy", (), "stage", "trend", ("I", "II", "III")),
            "lung",
            "healthy",
        ),
    ],
)
def test_the_arms_of_each_design_have_names(contrast, cases, against):
    assert (contrast.cases, contrast.against) == (cases, against)


@pytest.mark.parametrize(
    ("asked", "of_the_disease"),
    [
        ({}, True),
        ({"column": "stage"}, False),
        ({"design": "paired"}, False),
        ({"design": "one_vs_rest"}, False),
        ({"design": "trend", "levels": ("I", "II", "III")}, True),
        ({"design": "trend", "levels": ("healthy", "II", "III")}, False),
    ],
)
def test_published_directions_apply_to_the_disease_itself(asked, of_the_disease):
    assert Contrast("q", "lung", "lung", "healthy", **asked).of_the_disease == of_the_disease


def test_a_sex_may_be_written_otherwise_than_in_the_sheet(read, table):
    table["sex"] = ["male", "female"] * (len(table) // 2) + ["male"] * (len(table) % 2)
    (contrast,), _ = read("c\tlung\tlung\thealthy\t\tsex=M", head=f"{HEAD}\tsubset")
    assert contrast.subset == {"sex": "male"}
    (between,), _ = read("s\tlung\tF\tM\t\tsex", head=f"{HEAD}\tcolumn")
    assert (between.case, between.control) == ("female", "male")

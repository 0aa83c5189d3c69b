"""Words that mean "not known": read as empty cells, with a note, unless a contrast names them."""

import shutil

import pandas as pd
import pytest
from exosift.design.gate import judge
from exosift.errors import UserError
from exosift.missing import means_missing, values_named
from exosift.samples import KNOWN, read_samples
from exosift.sentences.exclusions import counted
from exosift.sheet_columns import is_numeric
from exosift.study import open_study

CONTRASTS = "contrast\tcancer\tcase\tcontrol\tcovariates\tcolumn\tdesign\tlevels\tsubset\n"


@pytest.fixture
def read(tmp_path, monkeypatch):
    """Write a sheet without FASTQ files, whose columns are given, and read it."""
    monkeypatch.chdir(tmp_path)

    def make(named=None, **columns):
        count = len(next(iter(columns.values())))
        given = {"sample": [f"s{at}" for at in range(count)], "condition": ["lung"] * count}
        text = pd.DataFrame(given | columns).to_csv(sep="\t", index=False)
        (tmp_path / "samples.tsv").write_text(text)
        return read_samples(
            "samples.tsv", protocols=["truseq"], from_counts=True, named=named or {}
        )

    return make


@pytest.mark.parametrize(
    "cell",
    [
        *("NA", "N/A", "na", "n/a", "nan", "NaN", "null", "unknown", "Unknown", "UNKNOWN"),
        *("not recorded", "Not Available", "missing", "-", "--", "?", "??", ".", "n.a.", "#N/A"),
        *("<NA>", "[unknown]", "not_recorded", "not-known", "  not   available ", "'--", "—"),
        *("not applicable", "not collected", "missing: lab stock", "restricted access"),
    ],
)
@pytest.mark.parametrize("column", ["batch", "sex", "age", "stage", "plate"])
def test_a_word_that_means_not_known_is_an_empty_cell(read, column, cell):
    samples = read(**{column: ["1", cell, "2", "1"]})
    assert list(samples.table[column]) == ["1", "", "2", "1"]
    (note,) = samples.warnings
    assert note.startswith(
        f"samples.tsv: `{column}` {cell.strip()!r} in row 3 is read as not known"
    )


@pytest.mark.parametrize(
    "cell", ["no", "0", "99", "NA12878", "Nan Chang", "nd", "+", "unknown primary", "B-", "n"]
)
def test_other_words_stay(read, cell):
    samples = read(batch=["1", cell, "2", "1"])
    assert list(samples.table["batch"]) == ["1", cell, "2", "1"]


def test_each_column_has_one_note_with_all_rows(read):
    cells = ["B1", "NA", "NA", "NA", "NA", "?", "B2", "unknown", "?"]
    samples = read(batch=cells, sex=["M", "F", "NA", *"MFMFMF"])
    assert samples.warnings == (
        "samples.tsv: `batch` 'NA' in rows 3 to 6, '?' in rows 7 and 10, 'unknown' in row 9 are "
        "read as not known (an empty cell). If it is a value of its own, call it something else.",
        "samples.tsv: `sex` 'NA' in row 4 is read as not known (an empty cell). If it is a value "
        "of its own, call it something else.",
    )


def test_rows_are_lines_of_the_file(tmp_path):
    path = tmp_path / "samples.tsv"
    path.write_text("# a note\nsample\tcondition\tbatch\n\ns1\tlung\tNA\n# more\ns2\tlung\tNA\n")
    (note,) = read_samples(path, protocols=[], from_counts=True).warnings
    assert "'NA' in rows 4 and 6 are" in note


def test_none_is_missing_where_every_library_has_a_value(read):
    missing = {column for column in KNOWN if means_missing("None", column)}
    assert missing == {
        *("subject", "biofluid", "batch", "age", "sex", "timepoint", "storage_time"),
        *("ev_particles", "ev_markers", "ev_negative_markers", "ev_fraction"),
    }
    samples = read(
        None,
        isolation=["none", "SEC"],
        response=["none", "partial"],
        drug=["none", "5-FU"],
        subject=["none", "None"],
    )
    assert samples.table.loc["s0", ["isolation", "response", "drug"]].tolist() == ["none"] * 3
    assert samples.table["subject"].tolist() == ["", ""]


def test_names_of_samples_stay(read):
    assert read(sample=["NA", "unknown"]).names == ["NA", "unknown"]


def test_a_minus_beside_a_plus_is_a_value(read):
    samples = read(her2=["+", "-", "NA", "-"], er=["1", "-", "2", "-"])
    assert samples.table["her2"].tolist() == ["+", "-", "", "-"]
    assert samples.table["er"].tolist() == ["1", "", "2", ""]


def test_a_protocol_that_is_not_known_is_that_of_the_configuration(read):
    samples = read(protocol=["truseq", "NA"])
    assert samples.protocol("s1", "auto") == "auto"
    assert samples.warnings[0].endswith(
        "is read as not known (an empty cell), so that `protocol` of the configuration holds. "
        "Write auto where the reads shall tell it."
    )


def test_what_a_contrast_names_stays(read):
    named = {"stage": {"unknown"}, "condition": {"NA", "lung"}}
    samples = read(named, condition=["lung", "NA"], stage=["Unknown", "unknown"], sex=["NA", "M"])
    assert samples.table["stage"].tolist() == ["Unknown", "unknown"]
    assert samples.table["condition"].tolist() == ["lung", "NA"]
    assert samples.table["sex"].tolist() == ["", "M"]


def test_a_condition_that_is_not_known_is_refused_with_all_its_rows(read):
    with pytest.raises(UserError) as caught:
        read(condition=["lung", "NA", "NA", "NA", "?", "none"])
    assert caught.value.problems == (
        "samples.tsv, rows 3 to 5: `condition` is 'NA', which means that the group is not known. "
        "Say which group the library belongs to, or take the row out (put # before it). If it is "
        "a group, name it in a contrast, or call it something else.",
        "samples.tsv, row 6: `condition` is '?', which means that the group is not known. "
        "Say which group the library belongs to, or take the row out (put # before it). If it is "
        "a group, name it in a contrast, or call it something else.",
    )


@pytest.mark.parametrize(
    ("row", "named"),
    [
        ("q\tlung\tlung\tunknown\t\t\t\t\t", {"condition": {"lung", "unknown"}}),
        ("q\tlung\tyes\tunknown\t\tresponse\t\t\t", {"response": {"yes", "unknown"}}),
        (
            "q\tlung\tlung\tna\t\tstage\ttrend\tI,II,unknown\t",
            {"stage": {"na", "I", "II", "unknown"}, "condition": {"lung", "na"}},
        ),
        (
            "q\tlung\tyes\tno\t\tresponse\tchange\tunknown,w6\tsex=NA; plate = ?",
            {
                "response": {"yes", "no"},
                "timepoint": {"unknown", "w6"},
                "sex": {"NA"},
                "plate": {"?"},
            },
        ),
    ],
)
def test_the_values_that_contrasts_name_are_found(tmp_path, row, named):
    (tmp_path / "contrasts.tsv").write_text(f"{CONTRASTS}{row}\n")
    found = values_named(tmp_path / "contrasts.tsv")
    assert {column: found[column] & values for column, values in named.items()} == named
    assert "" not in set().union(*found.values())


def test_a_contrast_sheet_that_cannot_be_read_names_nothing(tmp_path):
    assert values_named(tmp_path / "gone.tsv") == {}


def test_a_column_of_numbers_with_words_for_missing_is_one_of_numbers(read):
    numbers = [f"{at}.5" for at in range(14)]
    samples = read(bmi=[*numbers, "<20", *["NA", "unknown", "-"] * 3])
    assert is_numeric(samples.table, "bmi")
    few = read(bmi=[*numbers[:7], *["<20"] * 3, *["NA"] * 9])
    assert not is_numeric(few.table, "bmi")


def study(tmp_path, samples, contrasts):
    (tmp_path / "samples.tsv").write_text(samples)
    (tmp_path / "contrasts.tsv").write_text(CONTRASTS + contrasts)
    (tmp_path / "counts.tsv").write_text("x")
    files = {name: str(tmp_path / f"{name}.tsv") for name in ("samples", "contrasts", "counts")}
    return open_study(files)


def test_a_study_keeps_the_group_that_its_contrast_calls_unknown(tmp_path):
    rows = "".join(f"s{at}\t{('lung', 'unknown')[at % 2]}\tNA\n" for at in range(8))
    opened = study(
        tmp_path, f"sample\tcondition\tsex\n{rows}", "q\tlung\tlung\tunknown\t\t\t\t\t\n"
    )
    assert opened.contrasts[0].arm(opened.samples.table).value_counts().to_dict() == {
        "case": 4,
        "control": 4,
    }
    assert set(opened.samples.table["sex"]) == {""}


@pytest.mark.parametrize("word", ["NA", "unknown", "-", "?", "Not recorded"])
def test_those_of_unknown_batch_form_no_batch_in_the_model(tmp_path, word):
    batches = ["B1", "B2", "B2", "B1"] * 6
    batches[5] = batches[10] = word
    rows = "".join(
        f"s{at:02}\t{('lung', 'healthy')[at % 2]}\t{batch}\n" for at, batch in enumerate(batches)
    )
    opened = study(
        tmp_path, f"sample\tcondition\tbatch\n{rows}", "q\tlung\tlung\thealthy\tbatch\t\t\t\t\n"
    )
    judged = judge(opened.stated_sheet, opened.contrasts[0])
    assert judged.design is not None
    assert judged.design.matrix.shape == (22, 3)
    assert counted(judged.cohort.exclusions()) == "2 × batch is empty"


def test_those_of_unknown_response_are_no_part_of_the_rest(tmp_path):
    cells = ["yes", "no", "unknown", "partial"] * 4
    rows = "".join(f"s{at}\tlung\t{cell}\n" for at, cell in enumerate(cells))
    opened = study(
        tmp_path,
        f"sample\tcondition\tresponse\n{rows}",
        "q\tlung\tyes\t\t\tresponse\tone_vs_rest\t\t\n",
    )
    levels = opened.contrasts[0].level(opened.samples.table)
    assert set(levels) == {"yes", "no", "partial", ""}


def test_the_handed_case_has_neither_a_sex_nor_a_batch_called_na(shared_cases, tmp_path):
    for name in ("samples.tsv", "contrasts.tsv", "counts.tsv"):
        shutil.copy(shared_cases / "na-words-in-covariates" / name, tmp_path / name)
    files = {name: str(tmp_path / f"{name}.tsv") for name in ("samples", "contrasts", "counts")}
    opened = open_study(files)
    table = opened.samples.table
    assert set(table["sex"]) == {"M", "F", ""}
    assert set(table["batch"]) == {"B1", "B2", ""}
    assert sum("are read as not known" in warning for warning in opened.warnings) == 2

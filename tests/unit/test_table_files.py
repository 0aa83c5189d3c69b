"""Tables of a run: declared columns, and types that do not depend on what stands in a cell."""

import ast

import numpy as np
import pandas as pd
import pytest
from exosift import (
    across_cancers,
    analyses,
    antisense,
    candidates,
    confounding,
    differential_expression,
    library_tables,
    matrices,
    meta_analysis,
    power,
    quality,
    references,
    spike_ins,
)
from exosift.errors import UserError
from exosift.isomir_kinds import ISOMIR_METRICS
from exosift.library_metrics import CLASS_METRICS, COUNT_METRICS, READ_METRICS, UMI_METRICS
from exosift.panel import training, validation
from exosift.table_files import read_run_table, write_run_table
from exosift.table_schemas import SCHEMAS, Kind

NAMES = ["1", "007", "1e5", "NA", "nan", "True", "-3.50", "inf"]
"""Names that a careless reader takes for numbers, for truth values or for nothing."""

COLUMNS = {
    "tests": differential_expression.COLUMNS,
    "candidates": (*candidates.COLUMNS, *power.COLUMNS),
    "covariates": confounding.COVARIATE_COLUMNS,
    "weighed": confounding.MIRNA_COLUMNS,
    "across": across_cancers.COLUMNS,
    "meta": meta_analysis.COLUMNS,
    "power": power.SUMMARY,
    "analyses": analyses.COLUMNS,
    "antisense": antisense.COLUMNS,
    "reference_antisense": antisense.PARTNER_COLUMNS,
    "transcripts": references.TRANSCRIPT_COLUMNS,
    "spike_in_reads": spike_ins.READ_COLUMNS,
    "spike_in_linearity": spike_ins.LINEARITY_COLUMNS,
    "validated": validation.COLUMNS,
    **training.TABLES,
}


@pytest.mark.parametrize("name", COLUMNS)
def test_what_a_step_writes_is_declared(name):
    assert tuple(SCHEMAS[name].columns) == tuple(COLUMNS[name])


def test_metrics_and_shares_are_declared():
    metrics = (*READ_METRICS, *COUNT_METRICS, *CLASS_METRICS, *UMI_METRICS, *ISOMIR_METRICS)
    assert set(SCHEMAS["quality"].columns) == {
        *("sample", *quality.TEXTS, *metrics, *quality.COHORT_METRICS)
    }
    shares = [f"{kind}_share" for kind in library_tables.DOUBTS]
    assert SCHEMAS["features"].named(Kind.NUMBER) == tuple(shares)


def filled(name, text="x", number=0.5):
    """Make a table of two rows with all columns that are declared."""
    cells = {Kind.TEXT: text, Kind.NUMBER: number, Kind.INTEGER: 3, Kind.WHOLE: 4}
    schema = SCHEMAS[name]
    table = pd.DataFrame({column: [cells[kind]] * 2 for column, kind in schema.columns.items()})
    return table.assign(**dict.fromkeys(("S1", "S2"), 7)) if schema.others else table


def declared_types(name, table):
    """Name the columns whose type is not that of their kind."""
    types = {Kind.TEXT: "object", Kind.INTEGER: "int64", Kind.WHOLE: "float64"}
    kinds = {column: SCHEMAS[name].kind(column) for column in table}
    return [c for c, kind in kinds.items() if table[c].dtype != types.get(kind, "float64")]


@pytest.mark.parametrize("name", SCHEMAS)
@pytest.mark.parametrize("text", ["", "NA", "nan", "1", "1e5", "True"])
def test_types_do_not_depend_on_the_content(tmp_path, name, text):
    wanted = filled(name, text, np.nan)
    write_run_table(name, wanted, tmp_path / "a.tsv")
    found = read_run_table(name, tmp_path / "a.tsv")
    assert declared_types(name, found) == []
    for column in SCHEMAS[name].named(Kind.TEXT):
        assert found[column].tolist() == [text] * 2
    if SCHEMAS[name].index:
        assert found.index.tolist() == [text] * 2
        assert found.index.name == SCHEMAS[name].index


@pytest.mark.parametrize("name", SCHEMAS)
def test_types_do_not_depend_on_the_number_of_rows(tmp_path, name):
    write_run_table(name, filled(name).iloc[:0], tmp_path / "a.tsv")
    found = read_run_table(name, tmp_path / "a.tsv")
    assert len(found) == 0
    assert set(found) == {*filled(name)} - {SCHEMAS[name].index}


def test_numbers_without_any_number_are_numbers(tmp_path):
    table = filled("antisense").assign(alike_share=np.nan, overlap=pd.NA)
    write_run_table("antisense", table, tmp_path / "a.tsv")
    found = read_run_table("antisense", tmp_path / "a.tsv")
    assert found["alike_share"].isna().all()
    assert found["overlap"].isna().all()
    assert found["alike_share"].dtype == found["overlap"].dtype == float


@pytest.mark.parametrize("names", [NAMES, [*"123456"], ["1.0", "1.10"], ["NA"], ["True", "False"]])
def test_names_of_libraries_and_mirnas_are_text(tmp_path, names):
    counts = pd.DataFrame(
        np.arange(len(names) ** 2).reshape(len(names), -1),
        index=pd.Index(names, name="mirna"),
        columns=names,
    )
    write_run_table("counts", counts, tmp_path / "counts.tsv")
    pd.testing.assert_frame_equal(read_run_table("counts", tmp_path / "counts.tsv"), counts)
    judged = pd.DataFrame(
        {"status": "pass", "reason": "", "flags": ""}, index=pd.Index(names, name="sample")
    )
    write_run_table("quality", judged, tmp_path / "quality.tsv")
    assert list(quality.read_quality(tmp_path / "quality.tsv").index) == names


def test_whole_numbers_keep_all_their_digits(tmp_path):
    reads = filled("quality").assign(reads_in=[123456789.0, np.nan])
    write_run_table("quality", reads, tmp_path / "a.tsv")
    found = read_run_table("quality", tmp_path / "a.tsv")["reads_in"]
    assert found.iloc[0] == 123456789
    assert np.isnan(found.iloc[1])


@pytest.mark.parametrize(
    ("column", "cell", "message"),
    [
        ("edger_p", "low", "row 3, column 'edger_p': found 'low', which is no number"),
        ("normalisations", "4.5", "found '4.5', which is no whole number"),
    ],
)
def test_a_cell_of_another_kind_is_named(tmp_path, column, cell, message):
    write_run_table("tests", filled("tests"), tmp_path / "a.tsv")
    table = pd.read_csv(tmp_path / "a.tsv", sep="\t", dtype=str)
    table.loc[1, column] = cell
    table.to_csv(tmp_path / "a.tsv", sep="\t", index=False)
    with pytest.raises(UserError, match=message):
        read_run_table("tests", tmp_path / "a.tsv")


@pytest.mark.parametrize("cell", ["", "1.5", "x", "99999999999999999999"])
def test_a_count_that_is_none_is_named(tmp_path, cell):
    (tmp_path / "a.tsv").write_text(f"mirna\tS1\tS2\nmiR-1\t3\t4\nmiR-2\t{cell}\t5\n")
    with pytest.raises(UserError, match=f"row 3, column 'S1': found '{cell}', which is no whole"):
        matrices.read_matrix(tmp_path / "a.tsv")


def test_a_table_of_another_version_is_refused(tmp_path):
    table = filled("power")
    for wrong, what in [
        (table.drop(columns="alpha"), "lacks the column 'alpha'"),
        (table.assign(beta=1), "has the column 'beta', unlike candidates/detectable"),
    ]:
        wrong.to_csv(tmp_path / "a.tsv", sep="\t", index=False)
        with pytest.raises(UserError, match=what):
            read_run_table("power", tmp_path / "a.tsv")
    (tmp_path / "a.tsv").write_text("")
    with pytest.raises(UserError, match=r"a\.tsv is empty"):
        read_run_table("power", tmp_path / "a.tsv")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"contrast": 4}, "no text"),
        ({"tested": np.nan}, "no integer"),
        ({"tested": 4.5}, "no integer"),
        ({"alpha": "low"}, "no number"),
        ({"beta": 1}, r"\['beta'\]"),
    ],
)
def test_a_step_that_writes_something_else_stops(tmp_path, change, message):
    with pytest.raises(ValueError, match=message):
        write_run_table("power", filled("power").assign(**change), tmp_path / "a.tsv")
    assert not (tmp_path / "a.tsv").exists()


READERS_OF_USERS = {"importing.py", "names.py"}
"""Modules that read what users give: matrices of others, and histories of names."""


def test_no_other_code_writes_a_table_of_a_run(repository):
    scripts = repository / "workflow" / "scripts"
    found = {
        path.relative_to(scripts).as_posix()
        for path in scripts.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Name) and node.id == "write_table"
    }
    # What is simulated is what a user would give, and no table of a run.
    assert found == {"exosift/table_files.py", "exosift/simulation/cohort.py"}


def test_no_other_code_reads_a_table(repository):
    scripts = repository / "workflow" / "scripts"
    found = {
        path.name
        for path in scripts.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in ("read_csv", "read_table")
    }
    assert found == {"table_files.py", *READERS_OF_USERS}

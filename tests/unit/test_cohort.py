import pandas as pd
import pytest
from exosift.cohort import select_samples
from exosift.contrasts import Contrast
from exosift.sentences.exclusions import counted
from exosift.sentences.warnings import warning_sentence
from exosift.sheet_columns import is_numeric

from tests.example_findings import excluded, too_shallow


def sheet(**columns: list[str]) -> pd.DataFrame:
    names = [f"s{at}" for at in range(len(next(iter(columns.values()))))]
    return pd.DataFrame(columns, index=pd.Index(names, name="sample"))


def question(*covariates: str, **more: object) -> Contrast:
    return Contrast("q", "melanoma", "melanoma", "healthy", covariates, **more)  # type: ignore[arg-type]


TEN = ["melanoma", "healthy"] * 5


@pytest.mark.parametrize(
    ("column", "cells", "numeric"),
    [
        ("age", ["60", "61", "60", "", "60", "61"], True),
        ("batch", ["1", "2", "3", "4", "5", "6"], False),
        ("rna_isolation_batch", ["1.0", "2.5", "3.0", "4.0", "5.0", "6.0"], False),
        ("bmi", ["21.4", "30.1", "25", "24.9", "27.2", "22"], True),
        ("gel_cut", ["1", "2", "3", "4", "5", "6"] * 4, False),
        ("volume", ["250", "300", "210", "400", "500", "350"], True),
        ("volume", ["250", "300", "210", "400", "500", "much"], False),
        ("dose", ["0.5", "1.5", "0.5", "1.5", "0.5", "1.5"], False),
    ],
)
def test_numbers_that_name_groups_are_told_from_measurements(
    column: str, cells: list[str], numeric: bool
) -> None:
    assert is_numeric(sheet(**{column: cells}), column) is numeric


def test_every_library_of_either_arm_is_listed_with_its_reason() -> None:
    table = sheet(
        condition=[*TEN, "lung"],
        batch=["1", "2", "", "1", "1", "2", "2", "1", "1", "2", "1"],
    )
    cohort = select_samples(table, question("batch"), too_shallow(["s0"]))
    assert [member.sample for member in cohort.members] == [f"s{at}" for at in range(10)]
    assert excluded(cohort.members) == {
        "s0": "884 reads of mature miRNAs (fails below 30,000); 14 miRNAs detected (fails below "
        "75)",
        "s2": "batch is empty",
    }
    assert cohort.count("case") == 3
    assert cohort.count("control") == 5
    assert "1 × batch is empty" in counted(cohort.exclusions())


def test_reasons_of_one_kind_are_counted_together() -> None:
    table = sheet(condition=TEN, subject=["a", "a", "b", "b", "c", "c", "d", "e", "f", "g"])
    cohort = select_samples(table, question(design="paired"))
    assert counted(cohort.exclusions()) == "4 × the subject has no usable library in the other arm"


def test_a_cell_that_is_no_number_is_named() -> None:
    cohort = select_samples(sheet(condition=TEN, age=["60", "abc", *["50"] * 8]), question("age"))
    assert excluded(cohort.members) == {"s1": "age is 'abc', not a number"}


def test_a_covariate_that_many_lack_is_left_out_instead_of_them() -> None:
    cohort = select_samples(sheet(condition=TEN, age=["", "", "", *["50"] * 7]), question("age"))
    assert len(cohort.samples) == 10
    assert cohort.covariates == ()
    assert "age is missing in 3 of 10 libraries" in warning_sentence(cohort.warnings[0])


def test_the_order_of_the_sheet_does_not_matter() -> None:
    table = sheet(condition=TEN, batch=["1", "2"] * 5)
    assert select_samples(table[::-1], question("batch")) == select_samples(
        table, question("batch")
    )


def test_pairs_need_both_libraries() -> None:
    table = sheet(condition=TEN, subject=["a", "a", "b", "b", "c", "c", "d", "d", "e", "f"])
    cohort = select_samples(table, question(design="paired"), too_shallow(["s0"]))
    assert cohort.samples == ["s2", "s3", "s4", "s5", "s6", "s7"]
    assert cohort.covariates == ("subject",)
    assert excluded(cohort.members)["s1"] == "subject a has no usable library in the other arm"

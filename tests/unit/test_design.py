from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from exosift.contrasts import Contrast
from exosift.design import judge

TWELVE = ["melanoma", "healthy"] * 6


def sheet(condition: list[str] = TWELVE, **columns: list[str]) -> pd.DataFrame:
    names = [f"s{at:02}" for at in range(len(condition))]
    return pd.DataFrame({"condition": condition, **columns}, index=pd.Index(names, name="sample"))


def question(*covariates: str, **more: object) -> Contrast:
    return Contrast("q", "melanoma", "melanoma", "healthy", covariates, **more)  # type: ignore[arg-type]


def test_the_matrix_holds_covariates_and_the_condition_last() -> None:
    table = sheet(
        batch=["1", "1", "2", "2", "10", "10"] * 2, age=[str(50 + at) for at in range(12)]
    )
    judged = judge(table, question("age", "batch"))
    assert judged.verdict == "fitted"
    assert judged.design is not None
    assert judged.design.formula == "~ age + batch + condition"
    assert judged.design.coefficients == (
        *("(intercept)", "age", "batch=2", "batch=10"),
        "condition=melanoma",
    )
    matrix = judged.design.matrix
    assert matrix.shape == (12, 5)
    assert matrix[:, 1].mean() == pytest.approx(0)
    np.testing.assert_array_equal(matrix[:, -1], [1, 0] * 6)
    np.testing.assert_array_equal(matrix[:, 3], [0, 0, 0, 0, 1, 1] * 2)


@pytest.mark.parametrize("covariates", [("batch",), ("sex", "batch"), ()])
def test_a_batch_that_is_the_condition_is_refused(covariates: tuple[str, ...]) -> None:
    table = sheet(batch=["7", "8"] * 6, sex=["f", "f", "m", "m"] * 3)
    judged = judge(table, question(*covariates))
    assert judged.verdict == "refused"
    assert judged.design is None
    (sentence,) = judged.sentences
    assert sentence.startswith("batch and condition coincide completely: all 6 melanoma libraries")
    assert "are batch 7" in sentence
    assert "It takes melanoma and healthy libraries within the same batch" in sentence


def test_an_unlisted_protocol_that_is_the_condition_is_refused() -> None:
    judged = judge(sheet(protocol=["truseq", "nextflex4n"] * 6), question())
    assert judged.verdict == "refused"
    assert "protocol and condition coincide completely" in judged.sentences[0]


def test_batches_that_each_hold_one_arm_are_refused() -> None:
    judged = judge(sheet(batch=["1", "2", "3", "4"] * 3), question("batch"))
    assert judged.verdict == "refused"
    assert (
        "no batch holds libraries of both arms (melanoma: 1, 3; healthy: 2, 4)"
        in (judged.sentences[0])
    )


def test_one_batch_of_cases_only_leaves_the_others_to_answer() -> None:
    judged = judge(sheet(batch=["1", "1", "2", "2", "3", "2"] * 2), question("batch"))
    assert judged.verdict == "fitted"


def test_covariates_that_only_together_are_the_condition_are_named() -> None:
    table = sheet(
        ["melanoma"] * 4 + ["healthy"] * 8,
        sex=["f", "m"] * 6,
        day=["2"] * 4 + ["1"] * 4 + ["2"] * 4,
        tube=["x"] * 8 + ["y"] * 4,
    )
    judged = judge(table, question("sex", "day", "tube"))
    assert judged.verdict == "refused"
    assert judged.sentences[0].startswith("day and tube together determine completely which")


def test_a_label_of_each_library_is_no_covariate_and_no_batch() -> None:
    labels = sheet(run=[f"SRR{at}" for at in range(12)])
    assert judge(labels, question()).verdict == "fitted"
    judged = judge(labels, question("run"))
    assert judged.verdict == "refused"
    assert "run has a value of its own for every library" in judged.sentences[0]


def test_constant_and_aliased_covariates_are_left_out_and_named() -> None:
    table = sheet(
        sex=["f"] * 12,
        age=["60"] * 12,
        batch=["1", "1", "2", "2", "3", "3"] * 2,
        day=["9", "9", "9", "9", "8", "8"] * 2,
    )
    judged = judge(table, question("sex", "age", "batch", "day"))
    assert judged.verdict == "fitted"
    assert judged.design is not None
    assert judged.design.formula == "~ batch + condition"
    told = " ".join(judged.warnings)
    assert "sex is left out: it is f in all 12 libraries" in told
    assert "age is left out: it is 60 in all 12 libraries" in told
    assert "day is left out: batch determines it" in told


def test_an_aliased_level_is_left_out_and_named() -> None:
    table = sheet(
        batch=["1", "1", "1", "1", "2", "2", "2", "2", "3", "3", "3", "3"],
        day=["a", "a", "b", "b", "a", "a", "b", "b", "c", "c", "c", "c"],
    )
    judged = judge(table, question("batch", "day"))
    assert judged.verdict == "fitted"
    assert "day=c is left out of the model: determined by batch" in judged.warnings[0]


@pytest.mark.parametrize(
    ("condition", "verdict", "words"),
    [
        (["melanoma"] * 2 + ["healthy"] * 9, "too_few", "2 usable melanoma libraries (cases)"),
        (["melanoma"] * 9 + ["healthy"], "too_few", "1 usable healthy library (controls)"),
    ],
)
def test_small_arms_are_not_tested(condition: list[str], verdict: str, words: str) -> None:
    judged = judge(sheet(condition), question())
    assert judged.verdict == verdict
    assert words in judged.sentences[0]


def test_a_cohort_without_any_usable_library_says_why() -> None:
    table = sheet()
    judged = judge(table, question(), dict.fromkeys(table.index, "12,000 miRNA reads"))
    assert judged.verdict == "not_assessable"
    assert judged.sentences == (
        "None of the 12 libraries can be used. Not used: 12 × miRNA reads.",
    )


def test_more_coefficients_than_the_libraries_can_carry_are_too_many() -> None:
    table = sheet(
        TWELVE[:6],
        batch=["1", "1", "1", "2", "2", "2"],
        age=["50", "52", "71", "64", "48", "33"],
        bmi=["21.5", "27.2", "30.1", "19.8", "24.4", "26.0"],
    )
    judged = judge(table, question("batch", "age", "bmi"))
    assert judged.verdict == "too_few"
    assert "6 libraries cannot carry the 5 coefficients" in judged.sentences[0]
    assert judge(table, question("batch", "age")).verdict == "fitted"


def test_a_subject_in_both_arms_needs_the_paired_design() -> None:
    subjects = [f"p{at // 2}" for at in range(12)]
    judged = judge(sheet(subject=subjects), question())
    assert judged.verdict == "refused"
    assert "(column subject) stand in both arms" in judged.sentences[0]
    paired = judge(sheet(subject=subjects), question(design="paired"))
    assert paired.verdict == "fitted"
    assert paired.design is not None
    assert paired.design.matrix.shape == (12, 7)


def test_repeated_subjects_are_warned_of() -> None:
    subjects = ["a", "b", "a", *[f"p{at}" for at in range(9)]]
    judged = judge(sheet(subject=subjects), question())
    assert judged.verdict == "fitted"
    assert "a (column subject) has several libraries" in judged.warnings[0]


def test_weak_designs_are_warned_of() -> None:
    table = sheet(
        ["melanoma"] * 10 + ["healthy"] * 10,
        batch=["1"] * 9 + ["2"] + ["2"] * 9 + ["1"],
        age=[str(70 + at) for at in range(10)] + [str(40 + at) for at in range(10)],
        sex=["f"] * 9 + ["m"] * 11,
    )
    judged = judge(table, question("batch"))
    assert judged.verdict == "fitted"
    told = " ".join(judged.warnings)
    assert "condition is in good part explained by batch (variance inflation 2.8)" in told
    assert "Only 0% of the libraries are in a batch that holds two or more of each arm" in told
    assert "age differs between the arms" in told
    assert "sex differs between the arms" in told
    balanced = sheet(batch=["1", "1", "2", "2"] * 3, age=["50", "50", "60", "60"] * 3)
    assert judge(balanced, question("batch")).warnings == ()


def test_a_trend_is_not_passed_off_as_two_groups() -> None:
    table = sheet(["melanoma"] * 4 + ["nevus"] * 4 + ["healthy"] * 4)
    trend = question(design="trend", levels=("healthy", "nevus", "melanoma"))
    assert judge(table, trend).verdict == "not_assessable"


@pytest.mark.parametrize("covariates", [("rna_isolation_batch", "age", "sex"), ()])
def test_the_pancreatic_contrast_of_gse71008_is_refused_from_its_sheet(
    shared_data: Path, covariates: tuple[str, ...]
) -> None:
    table = pd.read_csv(
        shared_data / "counts" / "GSE71008_samples.tsv", sep="\t", dtype=str, keep_default_na=False
    ).set_index("sample")
    table = table.rename(columns={"Age": "age", "Sex": "sex", "CancerType": "condition"})
    contrast = Contrast("pdac", "pancreatic", "Pancreatic Cancer", "Healthy Control", covariates)
    judged = judge(table, contrast)
    assert judged.verdict == "refused"
    assert "all 6 Pancreatic Cancer libraries are rna_isolation_batch 9.0" in judged.sentences[0]

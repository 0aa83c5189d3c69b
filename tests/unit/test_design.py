from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from exosift.contrasts import Contrast
from exosift.design.balance import separability
from exosift.design.gate import Judgement, judge
from exosift.findings import Check
from exosift.peers import with_kits
from exosift.sentences.checks import check_sentence

from tests.example_findings import excluded, reasons, too_shallow, warned

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
    (sentence,) = reasons(judged)
    assert sentence.startswith("batch and condition coincide completely: all 6 melanoma libraries")
    assert "are batch 7" in sentence
    assert "It takes melanoma and healthy libraries within the same batch" in sentence


def test_an_unlisted_protocol_that_is_the_condition_is_refused() -> None:
    judged = judge(sheet(protocol=["truseq", "nextflex4n"] * 6), question())
    assert judged.verdict == "refused"
    assert "protocol and condition coincide completely" in reasons(judged)[0]


def test_batches_that_each_hold_one_arm_are_refused() -> None:
    judged = judge(sheet(batch=["1", "2", "3", "4"] * 3), question("batch"))
    assert judged.verdict == "refused"
    assert (
        "no batch holds libraries of both arms (melanoma: 1, 3; healthy: 2, 4)"
        in (reasons(judged)[0])
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
    assert reasons(judged)[0].startswith("day and tube together determine completely which")


def test_a_label_of_each_library_is_no_covariate_and_no_batch() -> None:
    labels = sheet(run=[f"SRR{at}" for at in range(12)])
    assert judge(labels, question()).verdict == "fitted"
    judged = judge(labels, question("run"))
    assert judged.verdict == "refused"
    assert "run has a value of its own for every library" in reasons(judged)[0]


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
    told = " ".join(warned(judged))
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
    assert "day=c is left out of the model: determined by batch" in warned(judged)[0]


@pytest.mark.parametrize(
    ("condition", "verdict", "words"),
    [
        (["melanoma"] * 2 + ["healthy"] * 9, "too_few", "2 people with usable melanoma"),
        (["melanoma"] * 9 + ["healthy"], "too_few", "1 person with usable healthy"),
    ],
)
def test_small_arms_are_not_tested(condition: list[str], verdict: str, words: str) -> None:
    judged = judge(sheet(condition), question())
    assert judged.verdict == verdict
    assert words in reasons(judged)[0]


def test_a_cohort_without_any_usable_library_says_why() -> None:
    table = sheet()
    judged = judge(table, question(), too_shallow(table.index))
    assert judged.verdict == "not_assessable"
    assert reasons(judged) == [
        "None of the 12 libraries can be used. Not used: 12 × reads of mature miRNAs (fails below "
        "30,000)."
    ]


def test_more_coefficients_than_the_libraries_can_carry_are_too_many() -> None:
    table = sheet(
        TWELVE[:6],
        batch=["1", "1", "1", "2", "2", "2"],
        age=["50", "52", "71", "64", "48", "33"],
        bmi=["21.5", "27.2", "30.1", "19.8", "24.4", "26.0"],
    )
    judged = judge(table, question("batch", "age", "bmi"))
    assert judged.verdict == "too_few"
    assert "6 libraries cannot carry the 5 coefficients" in reasons(judged)[0]
    assert judge(table, question("batch", "age")).verdict == "fitted"


def test_a_subject_in_both_arms_needs_the_paired_design() -> None:
    subjects = [f"p{at // 2}" for at in range(12)]
    judged = judge(sheet(subject=subjects), question())
    assert judged.verdict == "refused"
    assert "(column subject) stand in both arms" in reasons(judged)[0]
    paired = judge(sheet(subject=subjects), question(design="paired"))
    assert paired.verdict == "fitted"
    assert paired.design is not None
    assert paired.design.matrix.shape == (12, 7)


def test_replicates_of_a_subject_are_one_unit() -> None:
    subjects = ["a", "x", "a", *[f"p{at}" for at in range(9)]]
    judged = judge(sheet(subject=subjects), question())
    assert judged.verdict == "fitted"
    assert "1 subject has several libraries of one kind" in warned(judged)[0]
    assert judged.design is not None
    assert judged.design.matrix.shape == (11, 2)
    assert (judged.cohort.count("case"), judged.cohort.count("control")) == (5, 6)


TWENTY = ["melanoma"] * 10 + ["healthy"] * 10


def test_weak_designs_are_warned_of() -> None:
    table = sheet(
        TWENTY,
        batch=["1"] * 8 + ["2"] * 2 + ["2"] * 8 + ["1"] * 2,
        kit=["x"] * 2 + ["y"] * 8 + ["z"] * 9 + ["y"],
        age=[str(70 + at) for at in range(10)] + [str(68 + at) for at in range(10)],
        sex=["f"] * 7 + ["m"] * 3 + ["f"] * 6 + ["m"] * 4,
    )
    judged = judge(table.drop(columns="kit"), question("batch"))
    assert judged.verdict == "fitted"
    assert judged.outcome == "warn"
    assert judged.design is not None
    assert judged.design.formula == "~ batch + age + condition"
    told = " ".join(warned(judged))
    assert "age differs between the arms (standardised difference 0.66)" in told
    assert "it has been taken into the model" in told
    assert "stand in blocks (runs test p = 1e-05)" in told
    refused = judge(table, question("batch"))
    assert refused.verdict == "refused"
    assert reasons(refused)[0].startswith("No kit holds enough libraries of each arm")
    balanced = sheet(batch=["1", "1", "2", "2"] * 3, age=["50", "50", "60", "60"] * 3)
    assert warned(judge(balanced, question("batch"))) == []
    assert judge(balanced, question("batch")).outcome == "fit"


def test_a_batch_that_says_most_of_the_condition_caps() -> None:
    n = 40
    table = sheet(["melanoma"] * n + ["healthy"] * n, batch=["1"] * 38 + ["2"] * 40 + ["1"] * 2)
    judged = judge(table, question("batch"))
    assert judged.outcome == "cap"
    assert "condition is mostly explained by batch (variance inflation 5.3)" in warned(judged)[0]
    unlisted = judge(table, question())
    assert unlisted.verdict == "refused"
    assert "batch and condition nearly coincide (Cramér's V 0.90" in reasons(unlisted)[0]


def test_few_people_cap() -> None:
    judged = judge(sheet(TWELVE[:8]), question())
    assert judged.outcome == "cap"
    assert "effective size 2.0, below 2.5" in warned(judged)[0]


def test_batches_of_one_pair_are_balanced_and_not_refused() -> None:
    judged = judge(sheet(batch=[str(at // 2) for at in range(12)]), question("batch"))
    assert judged.outcome == "fit"


def test_age_and_sex_that_tell_the_arms_apart_cap() -> None:
    ages = [str(70 + at) for at in range(10)] + [str(40 + at) for at in range(10)]
    judged = judge(sheet(TWENTY, age=ages), question())
    assert judged.forced == ("age",)
    assert judged.outcome == "cap"
    assert any("Age alone tells the arms apart (AUC 1.00)" in w for w in warned(judged))


def test_any_number_in_the_model_whose_arms_do_not_overlap_caps() -> None:
    rng = np.random.default_rng(4)
    storage = [f"{at:.1f}" for at in [*rng.uniform(1, 3, 10), *rng.uniform(3.1, 5, 10)]]
    ages = [f"{at:.1f}" for at in rng.normal(60, 8, 20)]
    table = sheet(TWENTY, storage_years=storage, age=ages, sex=["f", "m"] * 10)
    (check,) = apart(judge(table, question("age", "sex", "storage_years")))
    assert (check.column, check.outcome) == ("age, sex, storage_years", "cap")
    assert "Age, sex and storage_years alone tell the arms apart" in check_sentence(check)
    (unlisted,) = apart(judge(table, question("age", "sex")))
    assert (unlisted.column, unlisted.outcome) == ("age, sex", "fit")


def test_many_numbers_of_few_people_do_not_tell_arms_apart_by_chance() -> None:
    """Six columns of noise separate six against six completely, but for people left out."""
    found = []
    for seed in range(20):
        noise = np.random.default_rng(seed).normal(size=(12, 6))
        found.append(separability(noise, np.arange(12) < 6))
    assert np.mean(found) < 0.6
    assert np.mean(np.array(found) > 0.9) <= 0.05


def test_unknown_ages_of_a_few_do_not_hide_that_arms_do_not_overlap() -> None:
    ages = [str(70 + at) for at in range(10)] + [str(40 + at) for at in range(9)] + [""]
    (check,) = apart(judge(sheet(TWENTY, age=ages), question()))
    assert (check.column, check.outcome) == ("age", "cap")


def apart(judged: Judgement) -> list[Check]:
    return [check for check in judged.checks if check.code == "separability"]


@pytest.mark.parametrize(
    ("summary", "words"),
    [
        ({"headers": {"instrument": "A", "run": "1", "flowcell": "F{}", "lane": "1"}}, "flow cell"),
        ({"headers": {"index": "ACGT{}"}}, "index of the FASTQ headers"),
        ({"protocol_call": {"called": "kit{}"}}, "kit found in the reads"),
    ],
)
def test_what_headers_and_reads_tell_is_held_against_the_condition(
    summary: dict[str, dict[str, str]], words: str
) -> None:
    table = sheet(["melanoma", "healthy"] * 10)

    def summaries(parts: list[int]) -> dict[str, dict[str, dict[str, str]]]:
        return {
            name: {
                key: {k: v.format(part) for k, v in cells.items()} for key, cells in summary.items()
            }
            for name, part in zip(table.index, parts, strict=True)
        }

    judged = judge(table, question(), summaries=summaries([1, 2] * 10))
    assert judged.verdict == "refused"
    assert words in judged.confounders[0]
    assert f"{judged.confounders[0]} and condition coincide completely" in reasons(judged)[0]
    mixed = judge(table, question(), summaries=summaries([1, 1, 2, 2] * 5))
    assert mixed.outcome == "fit"


def test_a_kit_that_only_the_reads_know_is_held_against_the_condition() -> None:
    table = sheet(["melanoma"] * 10 + ["healthy"] * 10)
    kits = pd.Series(["truseq"] * 9 + ["qiaseq"] + ["truseq"] + ["qiaseq"] * 9, index=table.index)
    nearly = judge(with_kits(table.assign(protocol="auto"), kits), question())
    assert nearly.verdict == "refused"
    assert nearly.confounders == ("protocol",)
    assert "No protocol holds two or more libraries of each arm" in reasons(nearly)[0]
    kits[:] = ["truseq"] * 10 + ["qiaseq"] * 10
    nested = judge(with_kits(table, kits), question())
    assert "protocol and condition coincide completely" in reasons(nested)[0]
    unknown = judge(with_kits(table, kits * 0), question())
    assert unknown.verdict == "fitted"
    assert {check.column for check in unknown.checks}.isdisjoint({"protocol"})


def test_kits_that_no_table_has_are_told_apart_by_their_layout() -> None:
    table = sheet(["melanoma", "healthy"] * 10)
    summaries = {
        name: {"protocol_call": {"called": "detected", "layout": f"{at % 2} nt + insert"}}
        for at, name in enumerate(table.index)
    }
    judged = judge(table, question(), summaries=summaries)
    assert judged.verdict == "refused"
    assert "detected: 0 nt + insert" in reasons(judged)[0]


def test_sorted_labels_are_warned_of_as_in_gse39833() -> None:
    table = sheet(["healthy"] * 11 + ["melanoma"] * 88)
    judged = judge(table, question())
    assert judged.verdict == "fitted"
    (check,) = [check for check in judged.checks if check.code == "order"]
    assert check.outcome == "warn"
    assert check.p is not None
    assert check.p < 1e-3
    stages = table["condition"].map({"healthy": "s1S", "melanoma": "s4S"})
    for arm in (table["condition"], stages):  # names that tell the arm tell no order
        named = table.set_index(arm + table.index.str.removeprefix("s"))
        assert not [check for check in judge(named, question()).checks if check.code == "order"]


@pytest.mark.parametrize(
    ("cancer", "sexes", "used"),
    [("prostate", "male", 9), ("ovarian", "female", 3), ("lung", "", 12)],
)
def test_cancers_of_one_sex_have_controls_of_that_sex(cancer: str, sexes: str, used: int) -> None:
    table = sheet(sex=["M", "male", "m", "F"] * 3)
    contrast = Contrast("q", cancer, "melanoma", "healthy")
    judged = judge(table, contrast)
    assert len(judged.cohort.samples) == used
    if sexes:
        told = excluded(judged.cohort.members).values()
        assert all(text.endswith(f"{cancer} is studied in {sexes}s alone") for text in told)
    untold = judge(table.drop(columns="sex"), contrast)
    assert len(untold.cohort.samples) == 12
    assert any("does not tell the sex" in warning for warning in warned(untold)) == bool(sexes)


STAGES = ["I", "II", "III", "IV"]


def test_a_trend_tests_the_place_in_the_order() -> None:
    table = sheet(
        ["melanoma"] * 12 + ["healthy"] * 6, stage=STAGES * 3 + [""] * 6, batch=["1", "2"] * 9
    )
    trend = question("batch", design="trend", levels=tuple(STAGES), column="stage")
    judged = judge(table, trend)
    assert judged.verdict == "fitted"
    assert judged.design is not None
    np.testing.assert_array_equal(judged.design.matrix[:, -1], [1, 2, 3, 4] * 3 + [0] * 6)
    assert (judged.cohort.count("case"), judged.cohort.count("control")) == (12, 6)
    assert judged.design.coefficients[-1] == "stage (per level)"
    within = Contrast(
        *("q", "melanoma", "melanoma", ""), column="stage", design="trend", levels=tuple(STAGES)
    )
    alone = judge(table, within)
    assert alone.design is not None
    np.testing.assert_array_equal(alone.design.matrix[:, -1], [0, 1, 2, 3] * 3)
    batches = table.assign(batch=table["stage"])
    assert judge(batches, within).verdict == "refused"


def test_one_against_the_rest_is_against_the_mean_of_the_others() -> None:
    table = sheet(["melanoma"] * 6 + ["lung"] * 12 + ["healthy"] * 4)
    rest = Contrast("q", "melanoma", "melanoma", "", design="one_vs_rest")
    judged = judge(table, rest)
    assert judged.design is not None
    level = np.array([5.0] * 6 + [1.0] * 12 + [3.0] * 4)
    answer = np.linalg.lstsq(judged.design.matrix, level, rcond=None)[0][-1]
    assert answer == pytest.approx(5 - 2)
    assert judged.design.vif == pytest.approx(1)


def test_a_change_is_the_difference_of_two_changes() -> None:
    rows = [(f"p{at}", ("yes", "no")[at % 2], time) for at in range(8) for time in ("t0", "t1")]
    table = pd.DataFrame(rows, columns=["subject", "response", "timepoint"])
    table.index = pd.Index([f"s{at:02}" for at in range(16)], name="sample")
    contrast = Contrast(
        *("q", "melanoma", "yes", "no"), column="response", design="change", levels=("t0", "t1")
    )
    judged = judge(table, contrast)
    assert judged.verdict == "fitted"
    assert judged.design is not None
    later = (table["timepoint"] == "t1").to_numpy()
    level = np.arange(16) // 2 + later * np.where(table["response"] == "yes", 3.0, 1.0)
    answer = np.linalg.lstsq(judged.design.matrix, level, rcond=None)[0][-1]
    assert answer == pytest.approx(2)
    assert (judged.cohort.count("case"), judged.cohort.count("control")) == (4, 4)
    assert judged.design.vif == pytest.approx(1)


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
    assert "all 6 Pancreatic Cancer libraries are rna_isolation_batch 9.0" in reasons(judged)[0]

"""How libraries were made, held against what each design compares."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from exosift.contrasts import Contrast
from exosift.design.balance import imbalance
from exosift.design.gate import Judgement, judge
from exosift.design.hidden import associate, overlap
from exosift.design.model import NUMBER
from exosift.sentences.checks import check_sentence
from exosift.sheet_columns import technical

from tests.example_findings import excluded, reasons, warned

ARMS = ["tumour"] * 12 + ["healthy"] * 12
GROUPS = Contrast("q", "lung", "tumour", "healthy")


def sheet(condition: Sequence[str] = ARMS, **columns: Sequence[str]) -> pd.DataFrame:
    names = [f"s{(7 * at) % 101:03}" for at in range(len(condition))]
    return pd.DataFrame(
        {"condition": list(condition), **{k: list(v) for k, v in columns.items()}},
        index=pd.Index(names, name="sample"),
    )


def looks(judged: Judgement, code: str) -> dict[str, tuple[str, str]]:
    return {
        one.column or one.facts["order"]: (one.outcome, check_sentence(one))
        for one in judged.checks
        if one.code == code
    }


@pytest.mark.parametrize(
    "column",
    [
        *("flow_cell", "FlowCell", "site", "hospital", "extraction_date", "sequencing_date"),
        *("sequencer", "collection_tube", "operator", "lot", "platform", "RNAkit", "librarykit"),
        *("batchID", "runID", "SeqRun", "prepDay", "lab", "fluid", "study", "batch2"),
        *("cancer_center", "group_batch", "treatment_centre"),
    ],
)
def test_a_column_on_the_making_that_is_the_class_is_refused_by_any_name(column: str) -> None:
    assert technical(column)
    judged = judge(sheet(**{column: ["A"] * 12 + ["B"] * 12}), GROUPS)
    assert judged.verdict == "refused"
    assert f"{column} and condition coincide completely" in reasons(judged)[0]


@pytest.mark.parametrize(
    "column",
    [
        *("tumour_site", "stage", "diagnosis", "smoking_status", "grade", "study_arm", "visit"),
        *("anatomic_site", "chemo_protocol", "hospital_stay", "metastases_site"),
    ],
)
def test_what_goes_with_the_disease_by_its_nature_is_no_flaw(column: str) -> None:
    judged = judge(sheet(**{column: ["A"] * 12 + ["B"] * 12}), GROUPS)
    assert (judged.verdict, warned(judged)) == ("fitted", [])


@pytest.mark.parametrize("column", ["sample_type", "freezer", "cohort", "cKIT"])
def test_any_other_column_that_is_the_class_is_asked_about(column: str) -> None:
    judged = judge(sheet(**{column: ["A"] * 12 + ["B"] * 12}), GROUPS)
    assert judged.verdict == "fitted"
    (warning,) = warned(judged)
    assert warning.startswith(f"{column} sorts the libraries exactly as condition does.")
    assert judged.outcome == "warn"


def test_a_technical_column_of_one_arm_alone_is_warned_of() -> None:
    judged = judge(sheet(kit=["neb"] * 12 + [""] * 12), GROUPS)
    outcome, sentence = looks(judged, "known_in_one_arm")["kit"]
    assert outcome == "warn"
    assert sentence.startswith("kit is filled in for tumour libraries alone")


def test_a_column_that_few_libraries_have_cannot_stop_the_others() -> None:
    known = ["A", "A", *[""] * 48, "B", "B", *[""] * 48]
    judged = judge(sheet(["tumour"] * 50 + ["healthy"] * 50, kit_lot=known), GROUPS)
    assert judged.verdict == "fitted"
    assert all("whose kit_lot is known" in warning for warning in warned(judged))


def test_a_refusal_says_how_many_libraries_it_knows() -> None:
    judged = judge(sheet(plate=["A"] * 11 + [""] + ["B"] * 12), GROUPS)
    assert "all 11 tumour libraries whose plate is known are plate A" in reasons(judged)[0]


def plates(*irrelevant: int) -> Judgement:
    plate = ["P1"] * 28 + ["P2"] * 2 + ["P2"] * 28 + ["P1"] * 2
    others = {
        f"run_{at}": np.random.default_rng(at).permutation(["x", "y"] * 30) for at in irrelevant
    }
    table = sheet(["tumour"] * 30 + ["healthy"] * 30, plate=plate, **others)
    return judge(table, GROUPS)


@pytest.mark.parametrize("others", [0, 9, 25])
def test_other_columns_do_not_hide_one_that_nearly_coincides(others: int) -> None:
    judged = plates(*range(others))
    assert judged.verdict == "refused"
    assert judged.confounders == ("plate",)


def test_the_strength_of_two_arms_is_that_of_cramer_and_its_p_that_of_draws() -> None:
    rng = np.random.default_rng(1)
    cells = pd.Series(rng.choice(["a", "b", "c"], 40))
    is_case = rng.random(40) < 0.5
    table = pd.crosstab(cells, is_case).to_numpy()
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / 40
    chi_square = ((table - expected) ** 2 / expected).sum()
    found = associate(cells, is_case, 1)
    assert found.v == pytest.approx(np.sqrt(chi_square / 40))
    order = rng.permutation(40)
    assert associate(cells[order], is_case[order], 1) == found


def test_a_p_of_chance_is_uniform_along_levels() -> None:
    rng = np.random.default_rng(2)
    scores = np.repeat([0, 1, 2, 3], 10)
    p = [associate(pd.Series(rng.permutation(["a", "b"] * 20)), scores, 1).p for _ in range(60)]
    assert 0.35 < np.mean(p) < 0.65


def test_a_group_needs_two_levels_to_overlap() -> None:
    cells = pd.Series(["a"] * 6 + ["b"] * 6)
    assert overlap(cells, np.repeat(["1", "2", "3", "4"], 3), 2) == 1
    assert overlap(cells, np.repeat(["1", "2"], 6), 2) == 0
    assert overlap(cells, np.array(["1"] * 6 + ["1", "2"] * 3), 2) == 0.5


STAGES = ("I", "II", "III", "IV")
TREND = Contrast("q", "lung", "tumour", "healthy", column="stage", design="trend", levels=STAGES)


def stages(controls: int = 40, **columns: Sequence[str]) -> pd.DataFrame:
    stage = [""] * controls + [at for at in STAGES for _ in range(15)]
    return sheet(["healthy"] * controls + ["tumour"] * 60, stage=stage, **columns)


def test_a_batch_of_early_stages_caps_a_trend_with_controls() -> None:
    batch = ["A", "B"] * 20 + ["A"] * 30 + ["B"] * 30
    judged = judge(stages(batch=batch), TREND)
    assert judged.outcome == "cap"
    found = looks(judged, "association")
    assert found["batch"][0] == "warn"
    assert "batch goes with stage (correlation ratio" in found["batch"][1]
    assert looks(judged, "association_among_cases")["batch"][0] == "cap"


def test_a_batch_of_early_stages_refuses_a_trend_without_controls() -> None:
    alone = Contrast("q", "lung", "tumour", "", column="stage", design="trend", levels=STAGES)
    judged = judge(stages(0, batch=["A"] * 30 + ["B"] * 30), alone)
    assert judged.verdict == "refused"
    assert "It takes I, II, III and IV libraries within the same batch" in reasons(judged)[0]


def test_a_batch_that_is_even_along_the_levels_is_fine() -> None:
    judged = judge(stages(batch=["A", "B"] * 50), TREND)
    assert (judged.outcome, warned(judged)) == ("fit", [])


def test_an_age_that_rises_along_the_levels_is_taken_into_the_model() -> None:
    rng = np.random.default_rng(3)
    means = [54] * 40 + [56] * 15 + [60] * 15 + [64] * 15 + [68] * 15
    ages = [f"{value:.0f}" for value in rng.normal(means, 2.5)]
    judged = judge(stages(age=ages), TREND)
    assert judged.forced == ("age",)
    assert "age goes with stage (standardised difference" in " ".join(warned(judged))


def test_an_age_that_a_level_in_the_middle_lacks_is_still_compared() -> None:
    ages = [*["50"] * 15, *[""] * 15, *["62", "63", "61"] * 5]
    stage = [at for at in ("I", "II", "III") for _ in range(15)]
    asked = Contrast(
        "q", "lung", "tumour", "", column="stage", design="trend", levels=("I", "II", "III")
    )
    judged = judge(sheet(["tumour"] * 45, stage=stage, age=ages), asked)
    assert "age is known of" not in " ".join(warned(judged))
    assert judged.forced or "age goes with stage" in " ".join(warned(judged))


def test_the_difference_along_levels_is_that_of_two_arms_as_far_apart() -> None:
    rng = np.random.default_rng(4)
    scores = np.repeat([0.0, 1.0], 4000)
    values = pd.Series(rng.normal(scores * 0.8, 1).astype(str))
    arms = imbalance(values, scores, numeric=True)
    assert arms == pytest.approx(0.8, abs=0.05)
    along = np.repeat([0.0, 1.0, 1.0, 2.0], 2000)
    rising = pd.Series(rng.normal(along / np.std(along) * 0.8 / 2, 1).astype(str))
    assert imbalance(rising, along, numeric=True) == pytest.approx(0.8, abs=0.08)
    groups = pd.Series(np.where(rng.random(8000) < 0.3 + 0.2 * along, "f", "m"))
    assert 0.2 < imbalance(groups, along, numeric=False) < 0.8


def test_an_empty_level_is_named() -> None:
    table = stages()
    judged = judge(table[table["stage"] != "III"], TREND)
    assert judged.verdict == "fitted"
    assert "No library can be used of stage III" in warned(judged)[0]


def test_small_plates_of_both_arms_overlap() -> None:
    mine = ["tumour"] * 3 + ["healthy"] + ["tumour"] + ["healthy"] * 3
    plate = [f"P{at // 4}" for at in range(48)]
    judged = judge(sheet(mine * 6, plate=plate), replace(GROUPS, covariates=("plate",)))
    assert (judged.verdict, judged.outcome) == ("fitted", "fit")


def test_an_age_of_one_arm_alone_is_warned_of() -> None:
    judged = judge(sheet(age=[str(50 + at) for at in range(12)] + [""] * 12), GROUPS)
    assert judged.outcome == "warn"
    assert warned(judged)[0].startswith("age is known of 12 tumour and 0 healthy libraries")


CHANGE = Contrast(
    "q", "lung", "yes", "no", column="response", design="change", levels=("before", "after")
)


def people(batch: dict[tuple[str, str], str]) -> pd.DataFrame:
    """Sixteen people of each response at two time points, in the batch that is given for both."""
    rows = [
        (response, time, f"{response}{at}")
        for response in ("yes", "no")
        for at in range(16)
        for time in ("before", "after")
    ]
    response, time, subject = zip(*rows, strict=True)
    cells = [batch[one, at] for one, at, _ in rows]
    return sheet(
        ["tumour"] * len(rows), response=response, timepoint=time, subject=subject, batch=cells
    )


def test_a_batch_that_stays_the_same_in_each_person_does_not_touch_a_change() -> None:
    of_response = {(one, at): one for one in ("yes", "no") for at in ("before", "after")}
    judged = judge(people(of_response), CHANGE)
    assert (judged.verdict, warned(judged)) == ("fitted", [])


@pytest.mark.parametrize("before", [("1", "1"), ("1", "2")])
def test_a_batch_that_changes_with_the_responders_alone_is_refused(before: tuple[str, str]) -> None:
    mine, theirs = before
    judged = judge(
        people(
            {
                **{("yes", "before"): mine, ("yes", "after"): "2"},
                **{("no", "before"): theirs, ("no", "after"): "1"},
            }
        ),
        CHANGE,
    )
    assert judged.verdict == "refused"
    assert (
        "all 16 yes subjects are batch 1 → 2 and none of the 16 no subjects is"
        in (reasons(judged)[0])
    )


def test_people_whose_response_changes_are_named() -> None:
    table = people({(one, at): "1" for one in ("yes", "no") for at in ("before", "after")})
    switched = (table["subject"] == "yes3") & (table["timepoint"] == "after")
    table.loc[switched, "response"] = "no"
    judged = judge(table, CHANGE)
    assert judged.verdict == "refused"
    assert reasons(judged)[0].startswith(
        "response of yes3 (column subject) is not the same at both time points"
    )


def test_a_small_condition_of_the_rest_weighs_as_much_as_a_large_one() -> None:
    table = sheet(["lung"] * 15 + ["colon"] * 40 + ["brain"])
    rest = Contrast("q", "lung", "lung", "", design="one_vs_rest")
    (size,) = (one for one in judge(table, rest).checks if one.code == "effective_size")
    assert size.value == pytest.approx(1 / (1 / 15 + (1 / 40 + 1) / 4))
    none = judge(sheet(["lung"] * 4 + ["colon"] * 40 + ["brain"]), rest)
    assert none.outcome == "cap"
    assert "`levels` without it" in " ".join(warned(none))


def test_a_comma_within_a_level_makes_no_level_more() -> None:
    batch = ["Lab A, plate 1", "Lab A, plate 2"] * 12
    judged = judge(sheet(batch=batch), Contrast("q", "lung", "tumour", "healthy", ("batch",)))
    assert judged.design is not None
    assert judged.design.kinds["batch"].to_dict() == {
        "kind": "groups",
        "levels": ["Lab A, plate 1", "Lab A, plate 2"],
    }


def test_what_is_no_number_among_numbers_is_missing() -> None:
    bmi = [f"{20 + at * 0.37:.1f}" for at in range(24)]
    bmi[3], bmi[15] = "NA", "<20"
    asked = Contrast("q", "lung", "tumour", "healthy", ("bmi",))
    judged = judge(sheet(bmi=[bmi[(5 * at) % 24] for at in range(24)]), asked)
    assert judged.verdict == "fitted"
    assert judged.design is not None
    assert judged.design.kinds == {"bmi": NUMBER}
    lost = sorted(excluded(judged.cohort.members).values())
    assert lost == ["bmi is '<20', not a number", "bmi is 'NA', not a number"]


@pytest.mark.parametrize("covariates", [(), ("sex",)])
def test_an_age_that_is_no_number_stops_nothing(covariates: tuple[str, ...]) -> None:
    ages = [str(50 + (7 * at) % 20) for at in range(24)]
    ages[2], ages[20] = "NA", "unknown"
    table = sheet(age=ages, sex=["m", "f"] * 12)
    asked = Contrast("q", "lung", "tumour", "healthy", covariates)
    assert judge(table, asked).verdict == "fitted"


def test_ages_that_differ_in_writing_alone_are_left_out() -> None:
    table = sheet(age=["60", "60.0"] * 12)
    judged = judge(table, Contrast("q", "lung", "tumour", "healthy", ("age",)))
    assert judged.verdict == "fitted"
    assert warned(judged) == ["age is left out: it is 60 in all 24 libraries."]


@pytest.mark.parametrize(
    "column", ["pfs_time", "birth_date", "drinks_per_week", "prothrombin_time"]
)
def test_times_of_patients_are_no_order_of_libraries(column: str) -> None:
    judged = judge(sheet(**{column: [str(at) for at in range(24)]}), GROUPS)
    assert column not in looks(judged, "order")


@pytest.mark.parametrize("column", ["prep_day", "run_date", "sequencing_order", "day"])
def test_an_order_that_the_sheet_records_is_looked_at(column: str) -> None:
    places = [f"2026-{1 + at // 28:02}-{1 + at % 28:02}" for at in range(24)]
    if column != "run_date":
        places = [str(at) for at in range(24)]
    judged = judge(sheet(**{column: places}), GROUPS)
    outcome, sentence = looks(judged, "order")[column]
    assert outcome == "warn"
    assert sentence.startswith(f"Along {column}, tumour and healthy stand in blocks")
    mixed = judge(sheet(["tumour", "healthy"] * 12, **{column: places}), GROUPS)
    assert looks(mixed, "order")[column] == ("fit", "")


def test_an_order_in_the_model_is_no_hidden_one() -> None:
    days = [f"{at + 0.5}" for at in range(24)]
    listed = judge(sheet(prep_day=days), replace(GROUPS, covariates=("prep_day",)))
    assert "prep_day" not in looks(listed, "order")
    assert looks(judge(sheet(prep_day=days), GROUPS), "order")["prep_day"][0] == "warn"


def test_what_measures_the_making_is_compared_and_no_group() -> None:
    rng = np.random.default_rng(6)
    minutes = [str(5 * at) for at in rng.integers(4, 24, 40)]
    mixed = judge(sheet(["tumour", "healthy"] * 20, processing_time=minutes), GROUPS)
    assert (mixed.outcome, warned(mixed)) == ("fit", [])
    apart = [str(20 + at) for at in range(20)] + [str(90 + at) for at in range(20)]
    sorted_out = judge(sheet(["tumour"] * 20 + ["healthy"] * 20, processing_time=apart), GROUPS)
    assert sorted_out.outcome == "cap"
    assert looks(sorted_out, "difference")["processing_time"][0] == "warn"


def test_people_randomised_over_batches_leave_no_gap_in_a_change() -> None:
    rng = np.random.default_rng(7)
    table = people({(one, at): "1" for one in ("yes", "no") for at in ("before", "after")})
    table["batch"] = [str(at) for at in rng.integers(1, 5, len(table))]
    judged = judge(table, replace(CHANGE, covariates=("batch",)))
    assert (judged.verdict, judged.outcome) == ("fitted", "fit")


def test_what_is_constant_in_a_person_is_left_out_and_no_person_is() -> None:
    table = people({(one, at): at for one in ("yes", "no") for at in ("before", "after")})
    table["age"] = [str(40 + int(one[2:].lstrip("so") or 0)) for one in table["subject"]]
    table["batch"] = "1"
    paired = Contrast("q", "lung", "after", "before", ("age",), column="timepoint", design="paired")
    judged = judge(table, paired)
    assert judged.design is not None
    assert judged.design.formula == "~ subject + timepoint"
    assert "age is left out: subject determines it." in warned(judged)


def test_a_forgotten_time_point_is_named() -> None:
    table = people({(one, at): "1" for one in ("yes", "no") for at in ("before", "after")})
    table = table[table["timepoint"] == "before"]
    again = table.iloc[:1].rename(index={table.index[0]: "again"}).assign(timepoint="")
    judged = judge(pd.concat([table, again]), Contrast("q", "lung", "yes", "no", column="response"))
    assert "(before, and empty cells): fill in `timepoint`, and" in reasons(judged)[0]


def test_people_at_several_time_points_are_not_chosen_among() -> None:
    table = people({(one, at): "1" for one in ("yes", "no") for at in ("before", "after")})
    asked = Contrast("q", "lung", "yes", "no", column="response")
    judged = judge(table, asked)
    assert judged.verdict == "refused"
    assert "libraries of several time points (after, before)" in reasons(judged)[0]
    baseline = replace(asked, subset={"timepoint": "before"})
    assert judge(table, baseline).verdict == "fitted"


def test_whoever_has_prostate_cancer_needs_no_word_on_sex() -> None:
    table = sheet(sex=[""] * 12 + ["male", "female"] * 6)
    asked = Contrast("q", "prostate", "tumour", "healthy")
    cohort = judge(table, asked).cohort
    assert (cohort.count("case"), cohort.count("control")) == (12, 6)
    coded = judge(sheet(sex=["1"] * 12 + ["1", "2"] * 6), asked)
    assert "('1', '2' could be either)" in warned(coded)[0]

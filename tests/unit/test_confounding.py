"""What may explain a miRNA but the disease: planted causes are found, and nothing else is."""

import numpy as np
import pandas as pd
import pytest
from exosift import differential_expression as de
from exosift.config import defaults
from exosift.confounding import ConfoundingRules, weigh_confounders
from exosift.confounding.association import partial, within_arms
from exosift.confounding.covariates import Covariate, model_of
from exosift.confounding.detection_rates import detection_rates, firth, wilson
from exosift.confounding.pairs import match
from exosift.contrasts import Contrast
from exosift.findings import Exclusion
from exosift.quality import assess, exclusions
from scipy import stats

from tests.example_findings import too_shallow
from tests.fake_course import fake_course

ARM = 40
TRUE, OF_AGE, OF_BATCH, OF_STORAGE, OF_DEPTH = (
    f"hsa-miR-{at}-5p" for at in (901, 902, 903, 904, 905)
)
LIMITS = de.Limits(de.TestRules(permutations=2, edger_permutations=0, deseq2=False))


def cohort(seed: int = 5, ages_differ: float = 6.0) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Draw cases that are older: one miRNA follows the disease, others age, batch and storage."""
    rng = np.random.default_rng(seed)
    names = [f"hsa-miR-{900 + at}-5p" for at in range(60)]
    n = 2 * ARM
    case = np.arange(n) % 2 == 0
    age = 60 + ages_differ / 2 * np.where(case, 1, -1) + rng.normal(0, 7, n)
    storage = rng.uniform(1, 10, n) + np.where(case, 0, 4)
    batch = np.arange(n) // 2 % 3
    level = rng.normal(9, 1, len(names))[:, None] + rng.normal(0, 0.3, (len(names), n))
    level[names.index(TRUE)] += 1.2 * case
    level[names.index(OF_AGE)] += 0.12 * (age - 60)
    level[names.index(OF_BATCH)] += np.array([0, 1.0, 2.0])[batch]
    level[names.index(OF_STORAGE)] -= 0.25 * storage
    counts = pd.DataFrame(
        rng.poisson(2**level * rng.uniform(0.7, 1.4, n)),
        index=pd.Index(names, name="mirna"),
        columns=[f"s{at:02}" for at in range(n)],
    )
    sheet = pd.DataFrame(
        {
            "condition": np.where(case, "ill", "well"),
            "age": [f"{value:.1f}" for value in age],
            "sex": np.where(np.arange(n) // 2 % 2, "male", "female"),
            "batch": [f"B{at}" for at in batch],
            "storage_time": [f"{value:.2f}" for value in storage],
        },
        index=counts.columns,
    )
    return counts, sheet


def weigh(counts, sheet, covariates=(), design="groups", **rules):
    contrast = Contrast("ill_well", "none", "ill", "well", covariates, design=design)
    quality = assess(sheet, None, counts, None, defaults()["quality"])
    excluded = dict[str, Exclusion]()
    result = de.test_contrast(counts, sheet, contrast, excluded, limits=LIMITS)
    assert result.record["verdict"] == "fitted", result.record["reasons"]
    return result, weigh_confounders(
        *(result.table, result.record, counts, sheet, quality, contrast, excluded),
        rules=ConfoundingRules(**rules),
    )


def against(found, mirna, covariate):
    rows = found.covariates
    (row,) = rows[(rows["mirna"] == mirna) & (rows["covariate"] == covariate)].to_dict("records")
    return row


@pytest.fixture(scope="module")
def weighed():
    """The cohort, with nothing in the model but what imbalance forces into it."""
    return weigh(*cohort())


def test_a_mirna_that_follows_age_alone_is_explained_by_it(weighed):
    _, found = weighed
    row = against(found, OF_AGE, "age")
    assert row["explains"] == "yes"
    assert row["q_without"] < 0.01
    assert row["attenuation"] > 0.5
    assert row["association_control"] > 0.5
    assert row["association_case"] > 0.5
    assert "age" in found.mirnas.set_index("mirna").at[OF_AGE, "explained_by"].split(";")


def test_a_true_one_is_explained_by_nothing(weighed):
    result, found = weighed
    assert result.table.set_index("mirna").at[TRUE, "edger_q"] < 1e-6
    assert found.mirnas.set_index("mirna").at[TRUE, "explained_by"] == ""
    row = against(found, TRUE, "age")
    assert abs(row["attenuation"]) < 0.25
    assert row["log2fc_with"] == pytest.approx(1.2, abs=0.35)
    assert row["ci_low_with"] < row["log2fc_with"] < row["ci_high_with"]


def test_a_covariate_of_the_model_is_weighed_by_taking_it_out(weighed):
    result, found = weighed
    assert "age" in result.record["covariate_kinds"]  # forced in by imbalance
    row = against(found, OF_AGE, "age")
    assert row["in_model"] == "yes"
    assert row["log2fc_with"] == pytest.approx(
        result.table.set_index("mirna").at[OF_AGE, "limma_log2fc"], abs=1e-6
    )


def test_what_the_model_does_not_hold_is_weighed_by_adding_it(weighed):
    result, found = weighed
    assert "storage_time" not in result.record["covariate_kinds"]
    row = against(found, OF_STORAGE, "storage_time")
    assert row["in_model"] == ""
    assert result.table.set_index("mirna").at[OF_STORAGE, "edger_q"] < 0.05
    assert row["explains"] == "yes"
    assert row["association_control"] < -0.5
    assert against(found, TRUE, "storage_time")["explains"] == ""


def test_a_batch_that_both_arms_share_moves_a_mirna_and_explains_no_difference(weighed):
    _, found = weighed
    row = against(found, OF_BATCH, "batch")
    assert row["measure"] == "eta2"
    assert min(row["association_control"], row["association_case"]) > 0.5
    assert against(found, TRUE, "batch")["association_p_control"] > 0.001
    told = {one["covariate"]: one for one in found.record["covariates"]}
    assert 1 <= told["batch"]["follow_control"] <= 4
    assert told["sex"]["follow_control"] <= 2


def test_pairs_of_like_age_and_sex_keep_the_true_effect_alone(weighed):
    _, found = weighed
    assert found.record["pairs"]["reason"] == ""
    assert found.record["pairs"]["pairs"] >= 15
    assert found.record["pairs"]["matched_on"] == ["age", "sex"]
    mirnas = found.mirnas.set_index("mirna")
    assert mirnas.at[TRUE, "matched_log2fc"] == pytest.approx(1.2, abs=0.4)
    assert mirnas.at[TRUE, "matched_p"] < 0.001
    assert mirnas.at[OF_AGE, "matched_p"] > 0.01


def test_pairs_agree_in_sex_and_nearly_in_age():
    counts, sheet = cohort()
    result, _ = weigh(counts, sheet)
    contrast = Contrast("ill_well", "none", "ill", "well")
    model = model_of(result.record, sheet, contrast)
    made = match(model, contrast, sheet, fewest=10, caliper=0.2)
    assert len({unit for pair in made.units for unit in pair}) == 2 * len(made.units)
    for case, control in made.units:
        assert (sheet.at[case, "condition"], sheet.at[control, "condition"]) == ("ill", "well")
        assert sheet.at[case, "sex"] == sheet.at[control, "sex"]
        gap = abs(float(sheet.at[case, "age"]) - float(sheet.at[control, "age"]))
        assert gap <= made.caliper
    few = match(model, contrast, sheet, fewest=len(made.units) + 1, caliper=0.2)
    assert "it takes" in few.reason


def test_the_model_is_that_of_the_test():
    counts, sheet = cohort()
    result, found = weigh(counts, sheet, ("batch", "sex"))
    contrast = Contrast("ill_well", "none", "ill", "well", ("batch", "sex"))
    model = model_of(result.record, sheet, contrast)
    assert list(model.coefficients) == result.record["coefficients"]
    assert model.without("batch").shape[1] == model.matrix.shape[1] - 2
    told = {one["covariate"]: one for one in found.record["covariates"]}
    assert told["batch"]["in_model"]
    assert found.mirnas.set_index("mirna").at[TRUE, "explained_by"] == ""


def test_neither_order_nor_irrelevant_columns_change_anything(weighed):
    counts, sheet = cohort()
    turned = counts.iloc[::-1, ::-1]
    _, again = weigh(turned, sheet.iloc[::-1].assign(note="seen"))
    pd.testing.assert_frame_equal(weighed[1].covariates, again.covariates)
    pd.testing.assert_frame_equal(weighed[1].mirnas, again.mirnas)
    assert weighed[1].record == again.record


def test_what_cannot_be_used_says_why():
    counts, sheet = cohort()
    sheet["storage_time"] = ""
    sheet["kit"] = "one"
    _, found = weigh(counts, sheet.drop(columns="sex"), ("batch",))
    told = {one["covariate"]: one for one in found.record["covariates"]}
    assert told["storage_time"]["reason"] == f"known of 0 of {2 * ARM} people"
    assert not {"kit", "sex"} & set(told)
    assert "storage_time" not in set(found.covariates["covariate"])


def test_pairs_of_one_person_are_weighed_without_what_does_not_change_in_them():
    counts, sheet = cohort()
    sheet["subject"] = [f"p{at // 2}" for at in range(len(sheet))]
    sheet["age"] = [sheet["age"].iloc[at // 2 * 2] for at in range(len(sheet))]
    _, found = weigh(counts, sheet, design="paired")
    told = {one["covariate"]: one for one in found.record["covariates"]}
    assert told["age"]["reason"] == "determined by what the model holds"
    assert "no two groups" in found.record["pairs"]["reason"]
    assert found.mirnas["presence_p"].isna().all()
    assert found.mirnas.set_index("mirna").at[TRUE, "explained_by"] == ""


def test_nothing_is_weighed_where_nothing_was_tested():
    counts, sheet = cohort()
    contrast = Contrast("ill_well", "none", "ill", "well")
    quality = assess(sheet, None, counts, None, defaults()["quality"])
    few = too_shallow(sheet.index[4:])
    result = de.test_contrast(counts, sheet, contrast, few, limits=LIMITS)
    found = weigh_confounders(result.table, result.record, counts, sheet, quality, contrast, few)
    assert found.covariates.empty
    assert found.mirnas.empty
    assert found.record["ev_origin"]["grade"] == "E0"
    assert exclusions(quality)  # too few miRNAs for the limits of a run


def test_partial_ranks_are_those_of_spearman_where_nothing_is_held():
    rng = np.random.default_rng(2)
    x, levels = rng.normal(size=(30, 1)), rng.normal(size=(5, 30))
    levels[0] += 2 * x[:, 0]
    r, p = partial(levels, x, np.ones((30, 1)))
    for row, own, chance in zip(levels, r, p, strict=True):
        expected = stats.spearmanr(row, x[:, 0])
        assert own == pytest.approx(expected.statistic)
        assert chance == pytest.approx(expected.pvalue)
    held = np.column_stack([np.ones(30), stats.rankdata(x[:, 0])])
    assert np.isnan(partial(levels, x, held)[0]).all()


def test_groups_share_the_spread_of_the_ranks_as_in_an_analysis_of_variance():
    rng = np.random.default_rng(3)
    groups = np.arange(30) % 3
    levels = rng.normal(size=(1, 30)) + groups
    dummies = np.column_stack([groups == 1, groups == 2]).astype(float)
    eta2, p = partial(levels, dummies, np.ones((30, 1)))
    ranks = stats.rankdata(levels[0])
    expected = stats.f_oneway(*(ranks[groups == at] for at in range(3)))
    assert p[0] == pytest.approx(expected.pvalue)
    between = sum((ranks[groups == at].mean() - ranks.mean()) ** 2 * 10 for at in range(3))
    assert eta2[0] == pytest.approx(between / ((ranks - ranks.mean()) ** 2).sum())


def test_estimates_of_a_table_with_an_empty_cell_are_those_of_firth():
    """In a saturated table Firth's estimate is that of half a person more in each cell."""
    case = np.repeat([1.0, 0.0], [8, 12])
    found = np.zeros((2, 20), bool)
    found[0, :5] = True  # five of eight cases, none of twelve controls
    found[1, [0, 1, 2, 8, 9]] = True
    effect, p = firth(found, np.column_stack([np.ones(20), case]))
    assert effect[0] == pytest.approx(np.log(5.5 / 3.5 / (0.5 / 12.5)), abs=1e-5)
    assert effect[1] == pytest.approx(np.log(3.5 / 5.5 / (2.5 / 10.5)), abs=1e-5)
    assert p[0] < 0.01 < 0.1 < p[1]


def test_intervals_of_shares_are_those_of_wilson():
    low, high = wilson(np.array([0, 3, 12]), 12)
    for at, k in enumerate((0, 3, 12)):
        expected = stats.binomtest(k, 12).proportion_ci(method="wilson")
        assert (low[at], high[at]) == pytest.approx((expected.low, expected.high))


def test_depth_explains_presence_that_follows_depth_alone():
    rng = np.random.default_rng(8)
    case = np.arange(60) < 30
    depth = np.where(case, 2.5e5, 1e5) * rng.uniform(0.4, 2.5, 60)
    faint = rng.poisson(depth * 3e-5 * rng.uniform(0.8, 1.2, 60))
    present = np.where(case, rng.poisson(40, 60), rng.poisson(2, 60))
    counts = pd.DataFrame([faint, present, np.full(60, 50)], index=["faint", "own", "all"])
    table = detection_rates(counts, pd.Series(depth), case, 5)
    assert table.at["faint", "presence_p"] < 0.01
    assert table.at["faint", "presence_depth_p"] > 0.05
    assert table.at["own", "presence_depth_p"] < 0.001
    assert table.at["own", "presence_odds_ratio"] > 5
    assert np.isnan(table.at["all", "presence_p"])
    gap = table.at["faint", "common_depth_case"] - table.at["faint", "common_depth_control"]
    assert abs(gap) < 0.15
    assert (table["detected_case_low"] <= (counts.loc[:, case] >= 5).mean(axis=1)).all()


@pytest.mark.parametrize("depths", [(1000, 2000), (1000001, 1000000)])
def test_depth_that_is_the_arm_is_not_held_constant(depths):
    case = np.arange(6) < 3
    counts = pd.DataFrame([[5, 5, 5, 0, 0, 0], [5, 0, 5, 0, 5, 0]], index=["own", "any"])
    table = detection_rates(counts, pd.Series(np.where(case, *depths)), case, 5)
    assert table["presence_p"].tolist() == pytest.approx([0.1, 1])
    assert table[["presence_odds_ratio", "presence_depth_p"]].isna().all(axis=None)


def test_reads_of_one_scale_or_another_tell_the_same_of_presence():
    case = np.arange(8) < 4
    counts = pd.DataFrame([[5, 5, 5, 0, 0, 0, 5, 0]], index=["a"])
    wide = 10.0 ** np.array([5, 6, 5.5, 6, 5, 5.5, 5, 6])
    narrow = 10.0 ** (6 + 1e-6 * np.log10(wide))
    one, other = (detection_rates(counts, pd.Series(d), case, 5) for d in (wide, narrow))
    columns = ["presence_odds_ratio", "presence_depth_p"]
    assert other[columns].to_numpy() == pytest.approx(one[columns].to_numpy(), rel=1e-4)


def test_people_of_a_change_count_once_within_an_arm():
    made = fake_course("change")
    outcome, sheet = made.outcome, made.run.sheet
    model = model_of(outcome.record, sheet, outcome.contrast)
    rng = np.random.default_rng(3)
    person = {name: float(rng.normal()) for name in sorted(set(model.cohort.people))}
    values = pd.Series([person[name] for name in model.cohort.people], index=model.cells.index)
    levels = rng.normal(size=(1, len(values)))
    (r,), (p,) = within_arms(levels, ["a"], model, Covariate("age", values, True))["control"]
    here = ~model.cohort.is_case & (model.cohort.levels == "before")
    assert here.sum() == 12
    expected = stats.spearmanr(values[here], levels[0, here])
    assert (r, p) == pytest.approx((expected.statistic, expected.pvalue))

"""Which effects could have been seen."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from exosift.power import COLUMNS, SUMMARY, add_power, people_per_arm, summarise, threshold
from exosift.settings.power import PowerRules
from scipy import stats

RECORD: dict[str, Any] = {
    "cancer": "lung",
    "design": "groups",
    "levels": [],
    "n_case": 20,
    "n_control": 20,
    "coefficients": ["(intercept)", "condition=lung"],
    "dispersion": {"prior_degrees_of_freedom": None},
    "samples": [{"unit": f"s{at}", "used": True} for at in range(40)],
    "checks": [{"code": "effective_size", "value": 10.0}],
}


def table_of(errors: list[float], effect: float = 1.0) -> pd.DataFrame:
    half = 1.959964 * np.array(errors)
    return pd.DataFrame(
        {
            "mirna": [f"m{at}" for at in range(len(errors))],
            "edger_log2fc": effect,
            "edger_ci_low": effect - half,
            "edger_ci_high": effect + half,
            "limma_ci_low": effect - half / 2,
            "limma_ci_high": effect + half / 2,
            "edger_q": [0.01, *[0.9] * (len(errors) - 1)],
        }
    )


def added(table: pd.DataFrame, **changes: Any) -> pd.DataFrame:
    called = table[["mirna"]].assign(call=["candidate", *["not_significant"] * (len(table) - 1)])
    return add_power(called, table, RECORD | changes)


def test_an_effect_that_is_just_detectable_is_found_with_the_promised_power() -> None:
    table = table_of([0.2, 0.4])
    smallest = added(table)["detectable_log2fc"]
    assert smallest[1] == pytest.approx(2 * smallest[0])
    alpha = threshold(table, 0.05)
    assert alpha == 0.025
    found = stats.norm(smallest[0], 0.2).sf(stats.norm.isf(alpha / 2) * 0.2)
    assert found == pytest.approx(0.8, abs=1e-6)


def test_few_people_see_less_at_the_same_standard_error() -> None:
    few = {"samples": RECORD["samples"][:6], "dispersion": {"prior_degrees_of_freedom": 0}}
    table = table_of([0.2])
    half_by_t = 0.2 * 1.959964 / stats.t.ppf(0.975, 4)
    limit = stats.t.isf(0.05 / 2, 4) + stats.t.ppf(0.8, 4)
    assert added(table, **few)["detectable_log2fc"][0] == pytest.approx(half_by_t * limit)


def test_each_library_of_a_person_counts_where_both_are_in_the_model() -> None:
    """A change has two units and one coefficient for each person."""
    table = table_of([0.2])
    model = {"coefficients": [f"c{at}" for at in range(42)], "design": "change"}
    model |= {"dispersion": {"prior_degrees_of_freedom": 3.4}, "n_case": 20, "n_control": 20}
    both = {"samples": [{"unit": f"s{at}", "used": True} for at in range(80)]}
    found = added(table, **model, **both)["detectable_log2fc"][0]
    assert found == pytest.approx(added(table)["detectable_log2fc"][0], rel=0.1)


def test_a_validation_of_the_computed_size_has_its_power() -> None:
    needed = people_per_arm(np.array([1.0]), np.array([1.0]), 0.05, 0.8)[0]
    assert needed == 17  # as in the tables of two-sample t tests
    away = np.sqrt(needed / 2)
    freedom = 2 * needed - 2
    found = stats.nct(freedom, away).sf(stats.t.isf(0.025, freedom))
    assert 0.8 <= found < 0.83


def test_candidates_get_numbers_and_the_cautious_one_is_larger() -> None:
    found = added(table_of([0.2, 0.2]))
    variance = 0.2**2 * 10
    assert found.loc[0, "validation_per_arm"] == people_per_arm(
        np.array([1.0]), np.array([variance]), 0.05, 0.8
    )
    assert found.loc[0, "validation_per_arm_cautious"] > found.loc[0, "validation_per_arm"]
    assert found.loc[1, list(COLUMNS[1:])].isna().all()


def test_covariates_that_widened_the_error_do_not_count_for_a_validation() -> None:
    table = table_of([0.2])
    widened = [{"code": "effective_size", "value": 2.5}]
    plain, inflated = added(table), added(table, checks=widened)
    assert inflated.loc[0, "validation_per_arm"] < plain.loc[0, "validation_per_arm"]


def test_other_designs_have_no_arms_to_count() -> None:
    found = added(table_of([0.2]), design="trend")
    assert found.loc[0, list(COLUMNS[1:])].isna().all()
    assert found.loc[0, "detectable_log2fc"] > 0


def test_a_contrast_is_summed_up_and_one_without_tests_left_out() -> None:
    table = table_of([0.1, 0.2, 0.4])
    empty = pd.DataFrame(columns=["mirna", "call", *COLUMNS])
    found = summarise(
        {"a": added(table), "b": empty}, {"a": table, "b": table}, {"a": RECORD}, 0.05, 0.58
    )
    assert list(found.columns) == list(SUMMARY)
    assert list(found["contrast"]) == ["a"]
    assert found.loc[0, "detectable_median"] == added(table)["detectable_log2fc"][1]
    assert found.loc[0, "share_within_call"] == pytest.approx(1 / 3)


def test_more_power_takes_larger_effects() -> None:
    table = table_of([0.2])
    called = table[["mirna"]].assign(call="candidate")
    more = add_power(called, table, RECORD, rules=PowerRules(power=0.9))
    assert more.loc[0, "detectable_log2fc"] > added(table).loc[0, "detectable_log2fc"]


def test_without_rows_there_is_a_heading() -> None:
    found = add_power(pd.DataFrame(columns=["mirna", "call"]), pd.DataFrame(), {})
    assert list(found.columns) == ["mirna", "call", *COLUMNS]

"""Several cohorts of one cancer."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from exosift.contrasts import Contrast
from exosift.meta_analysis import COLUMNS, combine_cohorts, random_effects
from statsmodels.stats.meta_analysis import combine_effects

COHORTS = [
    Contrast("one", "lung", "tumour", "healthy"),
    Contrast("two", "lung", "tumour", "healthy"),
]


def test_the_numbers_are_those_of_statsmodels() -> None:
    effects, errors = np.array([0.4, 1.6, 0.9, 2.4]), np.array([0.3, 0.2, 0.4, 0.3])
    found = random_effects(effects, errors)
    other = combine_effects(effects, errors**2, method_re="dl", use_t=True)
    assert found["effect"] == pytest.approx(other.mean_effect_re, abs=1e-9)
    assert found["tau2"] == pytest.approx(other.tau2, abs=1e-9)
    assert found["i2"] == pytest.approx(other.i2, abs=1e-9)
    low, high = other.conf_int(alpha=0.05, use_t=True)[3]  # with the factor of Hartung and Knapp
    assert other.scale_hksj_re > 1
    assert (found["low"], found["high"]) == pytest.approx((low, high), abs=1e-6)


def test_cohorts_that_agree_by_chance_do_not_narrow_the_interval() -> None:
    found = random_effects(np.array([1.0, 1.0]), np.array([0.2, 0.2]))
    assert (found["effect"], found["tau2"], found["i2"]) == (pytest.approx(1), 0, 0)
    assert found["high"] - 1 == pytest.approx(12.7062 * 0.2 / np.sqrt(2), rel=1e-4)


def table(**effects: float) -> pd.DataFrame:
    rows = [
        {"mirna": n, "edger_log2fc": e, "edger_ci_low": e - 0.4, "edger_ci_high": e + 0.4}
        for n, e in effects.items()
    ]
    return pd.DataFrame(rows)


def record(*samples: str, verdict: str = "fitted") -> dict[str, Any]:
    return {"verdict": verdict, "samples": [{"sample": s, "used": True} for s in samples]}


def test_a_mirna_of_two_cohorts_has_a_row_with_the_agreement_of_signs() -> None:
    tables = {"one": table(a=1.0, b=1.0, c=1.0), "two": table(a=1.4, b=-1.0)}
    records = {"one": record("s1", "s2"), "two": record("s3", "s4")}
    found = combine_cohorts(COHORTS, tables, records)
    assert list(found.columns) == list(COLUMNS)
    assert list(found["mirna"]) == ["a", "b"]
    assert list(found["same_sign"]) == [2, 1]
    assert list(found["log2fc"]) == pytest.approx([1.2, 0])
    assert list(found["contrasts"]) == ["one;two"] * 2
    assert (found["q"] >= found["p"]).all()


def test_a_contrast_of_all_cohorts_does_not_stand_in_their_way() -> None:
    whole = Contrast("whole", "lung", "tumour", "healthy")
    tables = {"one": table(a=1.0), "two": table(a=1.4), "whole": table(a=1.2)}
    records = {"one": record("s1", "s2"), "two": record("s3", "s4")}
    records["whole"] = record("s1", "s2", "s3", "s4", "s5")
    for order in ([whole, *COHORTS], [*COHORTS, whole]):
        found = combine_cohorts(order, tables, records)
        assert list(found["contrasts"]) == ["one;two"]
    again = records | {"two": record("s1", "s2")}  # the same people with other covariates
    assert combine_cohorts(COHORTS, tables, again).empty


@pytest.mark.parametrize(
    "second", [record("s1", "s4"), record("s3", "s4", verdict="refused")], ids=["shared", "refused"]
)
def test_contrasts_of_the_same_people_and_refused_ones_are_no_cohorts(
    second: dict[str, Any],
) -> None:
    tables = {"one": table(a=1.0), "two": table(a=1.0)}
    found = combine_cohorts(COHORTS, tables, {"one": record("s1", "s2"), "two": second})
    assert found.empty
    assert list(found.columns) == list(COLUMNS)


def test_a_part_of_one_cohort_does_not_take_its_place() -> None:
    young = Contrast("young", "lung", "tumour", "healthy", subset={"cohort": "one"})
    tables = {"one": table(a=1.0), "two": table(a=1.4), "young": table(a=1.2)}
    records = {"one": record("s1", "s2", "s3"), "two": record("s4", "s5"), "young": record("s1")}
    found = combine_cohorts([young, *COHORTS], tables, records)
    assert list(found["contrasts"]) == ["one;two"]


def test_men_and_women_of_one_cohort_are_not_two() -> None:
    contrasts = [
        Contrast(sex, "lung", "tumour", "healthy", subset={"sex": sex}) for sex in ("men", "women")
    ]
    tables = {"men": table(a=1.0), "women": table(a=1.4)}
    records = {"men": record("s1", "s2"), "women": record("s3", "s4")}
    assert combine_cohorts(contrasts, tables, records).empty

"""How well the sheet shows that miRNAs come from vesicles, and what fractions of it tell."""

import numpy as np
import pandas as pd
import pytest
from exosift.confounding.ev_origin import (
    GRADES,
    MEANING,
    NOT_SHOWN,
    WANTED,
    OriginRules,
    fraction_pairs,
    fraction_ratios,
    grade_contrast,
    grade_library,
)
from exosift.confounding.literature import compare_with_literature
from exosift.knowledge import Role
from scipy import stats

RULES = OriginRules()
SHOWN = {
    "isolation": "ultracentrifugation",
    "ev_particles": "NTA",
    "ev_markers": "CD9; CD63; TSG101",
    "ev_negative_markers": "APOA1",
}


@pytest.mark.parametrize(
    ("cells", "grade"),
    [
        ({}, "E0"),
        ({"isolation": ""}, "E0"),
        ({"isolation": "none"}, "E0"),
        ({"isolation": "whole plasma"}, "E0"),
        (SHOWN | {"ev_fraction": "depleted"}, "E0"),
        ({"isolation": "SEC"}, "E1"),
        (SHOWN | {"ev_markers": "CD9; CD9; CD9"}, "E1"),
        (SHOWN | {"ev_negative_markers": ""}, "E1"),
        (SHOWN | {"ev_particles": ""}, "E1"),
        (SHOWN, "E2"),
        (SHOWN | {"ev_treatment": "RNase A"}, "E2"),
        (SHOWN | {"ev_treatment": "proteinase K, then RNase A"}, "E3"),
        (SHOWN | {"isolation": "size-exclusion chromatography"}, "E3"),
        (SHOWN | {"isolation": "iodixanol density gradient"}, "E3"),
        (SHOWN | {"isolation": "polymer precipitation"}, "E2"),
    ],
)
def test_a_library_has_the_grade_that_its_row_shows(cells, grade):
    assert grade_library(cells, RULES) == grade


def sheet_of(rows):
    return pd.DataFrame(rows).fillna("").set_index("sample")


def test_a_contrast_has_the_grade_of_its_weakest_library():
    sheet = sheet_of([{"sample": f"s{at}", **SHOWN} for at in range(4)])
    told = grade_contrast(sheet, list(sheet.index), [], RULES)
    assert (told["grade"], told["libraries"]) == ("E2", {"E2": 4})
    assert told["sentence"] == NOT_SHOWN
    assert "ev_treatment" in told["wanted"]
    sheet.at["s3", "isolation"] = ""
    told = grade_contrast(sheet, list(sheet.index), [], RULES)
    assert (told["grade"], told["libraries"]) == ("E0", {"E0": 1, "E2": 3})


def test_every_grade_has_a_meaning_and_all_but_the_last_a_way_up():
    assert list(MEANING) == list(GRADES)
    assert list(WANTED) == list(GRADES[:-1])


def fractions(people=5):
    rows = []
    for at in range(people):
        both = {"subject": f"p{at}", "condition": "ill", "isolation": "SEC"}
        rows += [
            {"sample": f"v{at}", "ev_fraction": "EV", **both},
            {"sample": f"d{at}", "ev_fraction": "depleted", **both},
        ]
    rows.append({"sample": "alone", "subject": "p9", "condition": "ill", "ev_fraction": "EV"})
    return sheet_of(rows)


def test_fractions_of_one_person_are_paired_and_compared():
    sheet = fractions()
    pairs = fraction_pairs(sheet, list(sheet.index))
    assert pairs == [(f"v{at}", f"d{at}") for at in range(5)]
    rng = np.random.default_rng(1)
    level = np.full((40, len(sheet)), 300.0)
    level[0, sheet["ev_fraction"] == "EV"] *= 8
    counts = pd.DataFrame(rng.poisson(level), columns=sheet.index)
    table = fraction_ratios(counts, pairs, counts.index, 3)
    assert table.at[0, "ev_log2_ratio"] == pytest.approx(3, abs=0.3)
    assert table.at[0, "ev_ci_low"] > 2
    assert (table["ev_ci_low"] < 0).sum() > 30
    told = grade_contrast(sheet, ["v0", "v1"], pairs, RULES)
    assert (told["grade"], told["sentence"], told["pairs"]) == ("E4", "", 5)
    few = fraction_pairs(sheet, ["v0", "d0", "v1", "d1", "alone"])
    assert grade_contrast(sheet, ["v0", "v1"], few, RULES)["grade"] == "E1"
    assert fraction_ratios(counts, few, counts.index, 3).isna().all(axis=None)


def test_fractions_need_subjects():
    assert fraction_pairs(fractions().drop(columns="subject"), ["v0", "d0"]) == []


def role(direction, pmid="1"):
    return Role(
        *("x", "yes", "lung", "diagnosis", direction, "seen", "plasma", pmid, "na", "na"),
        *("2020", "A", "yes", "none"),
    )


def test_published_mirnas_among_the_significant_are_counted_against_all_that_were_tested():
    names = [f"m{at:02}" for at in range(40)]
    effects = pd.Series(1.0, index=names)
    effects["m01"] = -1.0
    significant = pd.Series([at < 5 for at in range(40)], index=names)
    roles = {"m00": [role("up")], "m01": [role("up", "2")], "m02": [role("na")]}
    roles |= {"m30": [role("down")], "m03": [role("up"), role("down", "3")], "gone": [role("up")]}
    table, told = compare_with_literature(effects, significant, roles)
    assert (told["tested"], told["published"], told["significant"], told["both"]) == (40, 5, 5, 4)
    expected = stats.fisher_exact([[4, 1], [1, 34]], alternative="greater").pvalue
    assert told["p"] == pytest.approx(expected, rel=1e-5)
    assert told["expected"] == pytest.approx(25 / 40)
    assert (told["agreements"], told["disagreements"]) == (["m00"], ["m01"])
    assert (told["assessed"], told["agree"]) == (3, 1)
    assert list(table.loc[["m00", "m01", "m02", "m03"], "published"]) == [
        *("up", "up", "no direction", "disputed"),
    ]
    assert list(table.loc[["m00", "m01", "m30"], "agrees"]) == ["yes", "no", "no"]
    assert "blood cells" in told["bias"]


def test_nothing_published_is_no_disagreement():
    effects = pd.Series([1.0, -1.0], index=["a", "b"])
    _, told = compare_with_literature(effects, effects > 0, {})
    assert told["p"] is None
    assert told["sign_p"] is None


def test_directions_of_patients_do_not_judge_another_question():
    effects = pd.Series({"m00": 1.0, "m01": -1.0})
    significant = pd.Series(True, index=effects.index)
    roles = {"m00": [role("up")], "m01": [role("up", "2")]}
    table, told = compare_with_literature(effects, significant, roles, directed=False)
    assert (told["both"], told["assessed"], told["disagreements"]) == (2, 0, [])
    assert list(table["published"]) == ["up", "up"]
    assert list(table["agrees"]) == ["", ""]

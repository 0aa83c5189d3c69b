"""Sentences of a page that state a cause or a fact: only where their condition establishes it."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from exosift.differential_expression import Limits, TestRules
from exosift.differential_expression import test_contrast as run_contrast
from exosift.reports import confounding
from exosift.reports.agreement import compare_tests
from exosift.reports.other_cancers import look_elsewhere
from exosift.reports.panel_operating import calibration_in_words
from exosift.reports.progression import progression
from exosift.reports.reach import meaning_of_nothing, share_within_call

from tests.fake_course import fake_course
from tests.fake_run import Made, Plan, fake_run, write_pages


@pytest.fixture(scope="module")
def made() -> Made:
    return fake_run(Plan(from_counts=True))


def with_cells(made: Made, column: str, value: str) -> Made:
    """Give a run with one value in a column of its sheet."""
    return Made(replace(made.run, sheet=made.run.sheet.assign(**{column: value})), made.outcome)


def trend(made: Made) -> str:
    found = progression(made.run, made.outcome)
    assert found is not None
    return " ".join(found.sentences)


def test_a_trend_over_conditions_does_not_claim_to_be_of_patients_alone() -> None:
    """Levels such as healthy, glioma, GBM stand in the column of the conditions."""
    made = fake_course("within")
    sheet = made.run.sheet.copy()
    steps = {"I": "healthy", "II": "glioma", "III": "GBM"}
    sheet["condition"] = sheet["stage"].map(steps).fillna(sheet["condition"])
    told = trend(Made(replace(made.run, sheet=sheet), made.outcome))
    assert "of several conditions (GBM, glioma and healthy)" in told
    assert "may be no more than a difference between two of them" in told
    assert "patients" not in told


def test_a_trend_within_one_condition_says_which() -> None:
    assert "All levels are of one condition (lung)" in trend(fake_course("within"))


def test_a_trend_without_conditions_claims_nothing_of_them() -> None:
    assert "cannot be told" in trend(with_cells(fake_course("within"), "condition", ""))


@pytest.mark.parametrize("fluid", ["serum", "urine", ""])
def test_what_is_known_of_plasma_is_not_said_of_another_fluid(made: Made, fluid: str) -> None:
    given = with_cells(made, "biofluid", fluid)
    told = " ".join(confounding.weigh(given.run, given.outcome).of_origin)
    assert "Plasma also holds" not in told
    assert "as was shown in plasma" in told
    given = with_cells(made, "biofluid", "plasma")
    told = " ".join(confounding.weigh(given.run, given.outcome).of_origin)
    assert "Plasma also holds miRNA" in told


def test_a_test_that_gave_no_p_does_not_ask_for_more_people(made: Made) -> None:
    """Wilcoxon's q can be missing where there are people enough."""
    record = dict(made.outcome.record) | {"n_case": 40, "n_control": 40}
    outcome = replace(made.outcome, record=record)
    told = {one.name: one.meaning for one in compare_tests(made.run, outcome).tests}
    assert told["Wilcoxon"] == "Not run: gave no p."


def test_only_the_p_values_that_are_too_small_are_distrusted(made: Made) -> None:
    permuted = {"permutations": 100, "small_share": 0.05, "inflation": 1.0, "reason": ""}
    permuted["edger"] = {"permutations": 5, "small_share": 0.09, "inflation": 1.8}
    outcome = replace(made.outcome, record=dict(made.outcome.record) | {"permutation": permuted})
    told = compare_tests(made.run, outcome).sentences[-1]
    assert "too many with edgeR: trust the line" in told
    assert told.endswith("rather than the p-values of edgeR.")


def test_without_permutations_the_covariates_are_not_blamed(made: Made) -> None:
    rules = TestRules(permutations=0, deseq2=False)
    result = run_contrast(
        made.run.counts, made.run.sheet, made.outcome.contrast, limits=Limits(rules)
    )
    reason = result.record["permutation"]["reason"]
    assert reason == "The configuration asks for no permutations."


def test_other_cancers_that_were_tested_otherwise_are_not_denied(made: Made) -> None:
    power = pd.concat([made.run.power, made.run.power.assign(contrast="x", cancer="lung")])
    across = pd.DataFrame({"cancer": ["colorectal"], "candidate": ["no"], "contrast": ["c"]})
    run = replace(made.run, power=power, across=across)
    told = look_elsewhere(run, "colorectal", [made.outcome]).sentences[0]
    assert "only cancer" not in told
    assert "(lung) none was tested against controls" in told


@pytest.mark.parametrize(
    ("slope", "words"),
    [
        ((-1.5, -2.0, -0.5), "point the wrong way"),
        ((0.4, -0.3, 0.9), "is not shown"),
        ((0.4, 0.2, 0.9), "too extreme"),
        ((1.0, 0.7, 1.4), "Nothing speaks against"),
    ],
)
def test_a_calibration_that_may_say_nothing_is_not_praised(
    slope: tuple[float, float, float], words: str
) -> None:
    told = calibration_in_words(
        {
            "intercept": {"value": 0.0, "low": -0.5, "high": 0.5},
            "slope": dict(zip(("value", "low", "high"), slope, strict=True)),
            "brier": 0.2,
            "scaled_brier": 0.1,
            "prevalence": 0.5,
        }
    )
    assert words in told


@pytest.mark.parametrize(
    ("within", "words"),
    [
        (0.0, "does not show that there is none"),
        (0.3, "30% of them: in the others it may be there unseen"),
        (0.9, "90% of them: for these that is a result"),
        (1.0, "each of them: that is a result"),
    ],
)
def test_nothing_found_is_a_result_only_where_something_could_be(
    made: Made, within: float, words: str
) -> None:
    run = replace(made.run, power=made.run.power.assign(share_within_call=within))
    assert share_within_call(run, made.outcome) == within
    assert words in meaning_of_nothing(run, made.outcome)
    assert meaning_of_nothing(replace(run, power=run.power[:0]), made.outcome) == ""


def test_a_page_without_a_difference_does_not_call_that_a_result_by_itself(tmp_path) -> None:
    made = fake_run(Plan(changed=0, per_arm=12, from_counts=True))
    assert (made.outcome.candidates["call"] == "not_significant").all()
    run = replace(made.run, power=made.run.power.assign(share_within_call=0.0))
    page, _ = write_pages(tmp_path, Made(run, made.outcome))
    assert "an empty result is a result" not in page
    assert "That does not show that there is none" in page


def test_a_refusal_for_libraries_that_are_not_independent_names_no_coincidence(tmp_path) -> None:
    made = fake_run(Plan(confounded=True))
    page, _ = write_pages(tmp_path, made)
    assert "what coincides with it" in page
    record = dict(made.outcome.record) | {"confounders": []}
    page, _ = write_pages(tmp_path, Made(made.run, replace(made.outcome, record=record)))
    assert "what coincides with it" not in page
    assert "libraries that are not independent" in page


def test_every_fold_change_of_a_page_names_its_method(made: Made, tmp_path) -> None:
    """Headings, captions, axes and marks say whether a fold change is edgeR's or limma's."""
    page, index = write_pages(tmp_path, made)
    # Cards name their methods themselves.
    rest = re.sub(r'<article class="card">.*?</article>', " ", page + index, flags=re.DOTALL)
    parts = re.split(r"</?(?:th|td|p|text|caption|title|li|figcaption|span|dt|dd|h4)\b[^>]*>", rest)
    shown = [one for one in parts if re.search(r"log[₂2] (fold change|FC)", one)]
    assert len(shown) > 10
    silent = [
        re.sub(r"<[^>]+>", " ", one).strip()[:200]
        for one in shown
        if not re.search("edgeR|limma", one)
    ]
    assert silent == []


def test_both_effects_of_a_mirna_are_told_apart(made: Made, tmp_path) -> None:
    """Where edgeR and limma give other numbers, each stands with its name."""
    rows = made.outcome.table.set_index("mirna")
    name = made.outcome.candidates["mirna"].iloc[0]
    assert not np.isclose(rows.at[name, "edger_log2fc"], rows.at[name, "limma_log2fc"], atol=0.001)
    page, _ = write_pages(tmp_path, made)
    assert f"{name}: log2 fold change" in page
    assert "log₂ fold changes by limma" in page
    assert "log₂ fold change (edgeR)" in page

import numpy as np
import pandas as pd
import pytest
from exosift import differential_expression as de
from exosift.candidates import Knowledge, call_candidates
from exosift.config import defaults
from exosift.contrasts import Contrast
from exosift.design.gate import judge
from exosift.design.quality import weigh_factors, weigh_quality
from exosift.design.sections import SectionRules
from exosift.normalisation import tmm_factors
from exosift.sentences.checks import check_sentence
from exosift.sentences.warnings import record_warnings
from exosift.settings.design import GateRules

QUESTION = Contrast("q", "melanoma", "melanoma", "healthy")
RAISED = 2.0  # standard deviations


def cohort(
    per_arm: int, raised: float = 0.0, seed: int = 1, **columns: list[str]
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Make up counts, a sheet and its quality; in cases `mirna_share` is raised by so many SD."""
    rng = np.random.default_rng([seed, per_arm])
    names = pd.Index([f"s{at:03}" for at in rng.permutation(2 * per_arm)], name="sample")
    case = np.arange(2 * per_arm) % 2 == 0
    sheet = pd.DataFrame({"condition": np.where(case, "melanoma", "healthy"), **columns}, names)
    noise = rng.normal(size=(2 * per_arm, 3))
    quality = pd.DataFrame(
        {
            "reads_in": np.round(4e6 * 2 ** noise[:, 0]),
            "mirna_share": 0.3 + 0.05 * (noise[:, 1] + raised * case),
            "dimer_share": 0.1 + 0.02 * noise[:, 2],
            "status": "pass",
        },
        names,
    )
    level = rng.lognormal(6, 1, (60, 1))
    counts = pd.DataFrame(rng.negative_binomial(6, 6 / (6 + level), (60, 2 * per_arm)))
    return counts.set_axis([f"m{at}" for at in range(60)]).set_axis(names, axis=1), sheet, quality


def weigh(per_arm: int, raised: float = 0.0, **more: object) -> tuple[str, dict[str, object]]:
    counts, sheet, quality = cohort(per_arm, raised, **more)  # type: ignore[arg-type]
    judged = judge(sheet, QUESTION)
    found, record = weigh_quality(
        *(judged, counts, sheet, quality, QUESTION), rules=GateRules(), people=SectionRules()
    )
    checks = [check.outcome for check in found.checks if check.code == "quality"]
    return (checks or ["not assessed"])[0], record


def test_quality_that_knows_the_arms_caps() -> None:
    outcome, record = weigh(20, RAISED)
    assert outcome == "cap"
    assert record["low"] > 0.7  # type: ignore[operator]
    assert record["strongest"] == "mirna_share"
    assert record["strongest_auc"] > 0.8  # type: ignore[operator]
    assert record["columns"] == ["reads_in", "mirna_share", "dimer_share"]


def test_quality_that_knows_them_in_part_warns() -> None:
    assert weigh(30, 1.1)[0] == "warn"


def test_quality_without_meaning_is_no_flaw() -> None:
    outcomes = [weigh(15, seed=seed)[0] for seed in range(5)]
    assert "cap" not in outcomes
    assert outcomes.count("fit") >= 4


def test_few_people_and_unmeasured_libraries_are_not_assessable() -> None:
    outcome, record = weigh(9, RAISED)
    assert outcome == "not assessed"
    assert record == {"reason": "It takes 10 in each arm; there are 9."}
    counts, sheet, quality = cohort(12, RAISED)
    judged = judge(sheet, QUESTION)
    limits = {"rules": GateRules(), "people": SectionRules()}
    same, told = weigh_quality(judged, counts, sheet, None, QUESTION, **limits)  # type: ignore[arg-type]
    assert (same, told["reason"]) == (judged, "Nothing was measured of the libraries.")
    flat = quality.assign(reads_in=9e6, mirna_share=0.2, dimer_share=np.nan)
    told = weigh_quality(judged, counts, sheet, flat, QUESTION, **limits)[1]  # type: ignore[arg-type]
    assert told["reason"] == "No measure of quality differs between the libraries."


def test_the_order_of_the_sheet_changes_nothing() -> None:
    counts, sheet, quality = cohort(12, 1.0)
    turned = (counts[counts.columns[::-1]], sheet[::-1], quality[::-1])
    found = [
        weigh_quality(
            *(judge(one[1], QUESTION), *one, QUESTION), rules=GateRules(), people=SectionRules()
        )[1]
        for one in ((counts, sheet, quality), turned)
    ]
    assert found[0] == found[1]


def test_an_arm_of_another_composition_is_warned_of() -> None:
    counts, sheet, _ = cohort(12)
    counts.loc["m0"] += counts.sum(axis=0) // 5
    judged = judge(sheet, QUESTION)
    kept = counts.sort_index(axis=1)
    alike = weigh_factors(tmm_factors(kept), judged.cohort, GateRules())
    assert alike.outcome == "fit"
    assert alike.value == pytest.approx(1, abs=0.2)
    kept.loc["m0", judged.cohort.is_case] *= 8
    found = weigh_factors(tmm_factors(kept), judged.cohort, GateRules())
    assert found.outcome == "warn"
    assert found.value < 0.7
    assert found.p is not None
    assert found.p < 0.01
    assert "The normalisation factors differ between the arms" in check_sentence(found)


@pytest.fixture(scope="module")
def capped() -> tuple[de.Result, pd.DataFrame]:
    counts, sheet, quality = cohort(20, 3.0)
    case = (sheet["condition"] == "melanoma").to_numpy()
    counts.loc["m0", case] *= 8
    limits = de.Limits(de.TestRules(permutations=0, deseq2=False), panel=defaults()["panel"])
    return de.test_contrast(counts, sheet, QUESTION, quality=quality, limits=limits), counts


def test_a_capped_contrast_is_tested_and_has_no_candidates(
    capped: tuple[de.Result, pd.DataFrame],
) -> None:
    result, counts = capped
    record = result.record
    assert (record["verdict"], record["outcome"]) == ("fitted", "cap")
    (check,) = [one for one in record["checks"] if one["code"] == "quality"]
    assert (80, check_sentence(check)) in record_warnings(record)
    assert check["value"] == record["quality"]["auc"]
    features = pd.DataFrame(index=counts.index)
    found = call_candidates(result.table, record, counts, QUESTION, Knowledge(features, {}, {}))
    best = found.table.set_index("mirna").loc["m0"]
    assert best["edger_q"] < 1e-6
    assert best["call"] == "not_called"
    assert best["criterion_design"] == "not met"
    assert "library quality separates the groups" in best["criteria_reasons"]
    assert best["tier"] == "C"
    assert found.verdict.code == "weak_design"


def test_one_abundant_marker_does_not_speak_against_its_own_contrast() -> None:
    counts, sheet, quality = cohort(20)
    case = (sheet["condition"] == "melanoma").to_numpy()
    quality["top_mirna_share"] = np.where(case, 0.3, 0.06)
    quality["haemolysis_h1"] = np.where(case, 4.0, 1.0)
    quality["haemolysis_h2"] = np.where(case, 4.0, 1.0)
    judged = judge(sheet, QUESTION)
    found, record = weigh_quality(
        *(judged, counts, sheet, quality, QUESTION), rules=GateRules(), people=SectionRules()
    )
    assert found.outcome == "fit"
    assert record["columns"] == ["reads_in", "mirna_share", "dimer_share"]

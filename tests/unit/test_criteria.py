"""Ten criteria, each with its outcome and facts, and the tier, call and verdict that follow."""

from typing import Any

import numpy as np
import pytest
from exosift.criteria import FOR_A_ONLY, MET, NAMES, Assessment, Criterion, assess
from exosift.criteria.evaluate import Evidence, design_codes
from exosift.knowledge import Flag
from exosift.sentences.criteria import SENTENCES, criterion_sentence
from exosift.settings.candidates import CallRules
from exosift.settings.tiers import TierRules
from exosift.verdicts import reach_verdict

ROW = {
    "edger_log2fc": 1.0,
    "edger_ci_low": 0.6,
    "edger_ci_high": 1.4,
    "edger_q": 0.01,
    "edger_q_global": 0.02,
    "limma_log2fc": 0.9,
    "limma_ci_low": 0.5,
    "limma_ci_high": 1.3,
    "limma_q": 0.02,
    "limma_q_global": 0.03,
    "detected_case": 1.0,
    "detected_control": 1.0,
    "normalisations": 5,
    "attenuation": 0.1,
    "blood_q": 0.03,
}
"""A row of tests that meets every criterion."""


def assessed(
    *flags: Flag,
    people: int = 20,
    reads: float = 100,
    frequency: float | None = 0.9,
    share: float = 0.02,
    has_reads: bool = True,
    capped: tuple[str, ...] = (),
    not_recorded: tuple[str, ...] = (),
    explained: dict[str, list[str]] | None = None,
    blood_names: bool = True,
    rules: TierRules | None = None,
    **changes: Any,
) -> Assessment:
    """Assess a miRNA that meets every criterion, but for what is changed."""
    evidence = Evidence(
        row=ROW | changes,
        span=1,
        medians={"case": reads, "control": reads},
        people={"case": people, "control": people},
        design={"capped": capped, "not_recorded": not_recorded},
        flags=flags,
        ambiguous_share=share,
        has_reads=has_reads,
        frequency=frequency,
        explained=explained or {},
        blood_names=blood_names,
    )
    return assess(evidence, CallRules(), rules or TierRules())


def names(found: Assessment, outcome: str) -> list[str]:
    return [one.name for one in found.criteria if one.outcome == outcome]


def reason(found: Assessment, name: str) -> str:
    return next(criterion_sentence(one) for one in found.criteria if one.name == name)


def test_one_that_meets_all_ten_is_of_tier_a_without_a_reason_to_give() -> None:
    found = assessed()
    assert (found.tier, found.call) == ("A", "candidate")
    assert {one.outcome for one in found.criteria} == {MET}
    assert [one.name for one in found.criteria] == list(NAMES)
    assert not any(one.code for one in found.criteria)


@pytest.mark.parametrize(
    ("name", "changes", "words"),
    [
        ("effect", {"edger_log2fc": 0.57}, "is +0.57; a candidate needs 0.58 in either direction"),
        ("effect", {"limma_ci_low": -0.1}, "interval of limma includes 0: -0.10 to +1.30"),
        ("detection", {"reads": 9}, "medians of 9 and 9 reads; one group needs 50% and 10 reads"),
        ("detection", {"detected_case": 0.4, "detected_control": 0.3}, "40% of the cases and 30%"),
        ("normalisations", {"normalisations": 3}, "in 3 of 5 normalisations; 4 are needed"),
        ("confounders", {"attenuation": 0.51}, "removes 51% of the effect; the limit is 50%"),
        ("confounders", {"attenuation": 1.4}, "Adjusting for blood cells reverses the effect"),
        ("confounders", {"blood_q": 0.11}, "for blood cells q = 0.11; the limit is 0.1"),
        ("confounders", {"explained": {"explained_by": ["age"]}}, "Explained by age."),
        ("confounders", {"explained": {"unclear_with": ["depth"]}}, "beside sequencing depth."),
        ("artefacts", {"share": 0.11}, "11% of its reads fit another RNA as well; the limit"),
        ("design", {"capped": ("overlap",)}, "share their batch with the other group"),
        ("people", {"people": 9}, "9 cases and 9 controls; a candidate needs 10 of each"),
    ],
)  # fmt: skip
def test_one_criterion_that_is_not_met_makes_a_mirna_that_differs_c(
    name: str, changes: dict[str, Any], words: str
) -> None:
    found = assessed(**changes)
    assert (found.tier, names(found, "not met")) == ("C", [name])
    assert found.call == ("doubtful" if name == "artefacts" else "not_called")
    assert words in reason(found, name)


@pytest.mark.parametrize(
    ("name", "changes", "words"),
    [
        ("false_discovery", {"limma_q_global": 0.06}, "q = 0.06 over all contrasts of the run"),
        ("false_discovery", {"edger_q_global": np.nan}, "No q over all contrasts of the run"),
        ("stability", {"frequency": 0.7}, "from 70% of the halves of the people; tier A needs 80%"),
        ("people", {"people": 19}, "19 cases and 19 controls; tier A needs 20 of each"),
    ],
)
def test_a_criterion_at_its_looser_limit_allows_b(
    name: str, changes: dict[str, Any], words: str
) -> None:
    found = assessed(**changes)
    assert (found.tier, found.call) == ("B", "candidate")
    assert names(found, "met for B") == [name]
    assert words in reason(found, name)


def test_only_tier_a_needs_stability() -> None:
    for frequency in (0.5, 0.0, None):
        found = assessed(frequency=frequency)
        assert (found.tier, found.call) == ("B", "candidate")
        assert found.outcome(FOR_A_ONLY) in ("not met", "not assessed")


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("normalisations", {"normalisations": np.nan}),
        ("confounders", {"attenuation": np.nan, "blood_q": np.nan, "blood_names": False}),
        ("artefacts", {"share": np.nan}),
        ("design", {"not_recorded": ("batch",)}),
    ],
)
def test_what_could_have_been_known_and_was_not_counts_against(
    name: str, changes: dict[str, Any]
) -> None:
    found = assessed(**changes)
    assert (found.tier, found.call) == ("C", "not_called")
    assert names(found, "not assessed") == [name]
    assert reason(found, name)


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("confounders", {"attenuation": np.nan, "blood_q": np.nan}),
        ("artefacts", {"share": np.nan, "has_reads": False}),
    ],
)
def test_what_the_run_could_never_know_allows_b_and_is_named(
    name: str, changes: dict[str, Any]
) -> None:
    found = assessed(**changes)
    assert (found.tier, found.call) == ("B", "candidate")
    assert names(found, "not knowable") == [name]
    assert reason(found, name)


@pytest.mark.parametrize(
    "changes",
    [
        {"edger_q": 0.06, "limma_q": 0.01},
        {"edger_q": 0.01, "limma_q": 0.06},
        {"limma_log2fc": -0.9},
        {"edger_q": np.nan},
    ],
)
def test_what_does_not_differ_in_both_methods_has_no_tier(changes: dict[str, float]) -> None:
    found = assessed(capped=("overlap",), **changes)
    assert (found.tier, found.call) == ("", "not_significant")
    assert found.outcome("effect") == MET


def test_the_haemolysis_set_reaches_b_at_most() -> None:
    found = assessed(Flag("haemolysis_signature", "rises", "PMID:1"))
    assert (found.tier, found.limits) == ("B", ("haemolysis_set",))
    assert assessed(Flag("platelet", "many", "PMID:1")).tier == "A"


@pytest.mark.parametrize("other", ["tRNA-Leu-TAA-1-1", "U2 snRNA"])
def test_a_fragment_of_another_rna_is_doubtful(other: str) -> None:
    found = assessed(Flag("fragment_derived", f"all its 19 nt fit {other}", "PMID:1"))
    assert (found.tier, found.call) == ("C", "doubtful")
    assert f"all its 19 nt fit {other} (PMID:1)." in reason(found, "artefacts")


def test_the_limits_are_those_of_the_settings() -> None:
    strict = TierRules(normalisations=5, attenuation=0.05, stability_a=0.95, per_arm_a=21)
    found = assessed(rules=strict, normalisations=4)
    assert names(found, "not met") == ["normalisations", "confounders"]
    assert names(found, "met for B") == ["stability", "people"]


def test_every_reason_has_a_sentence_and_survives_json() -> None:
    seen = set()
    for changes in (
        {"edger_q": np.nan},
        {"edger_q": 0.2},
        {"edger_q_global": np.nan},
        {"limma_q_global": 0.2},
        {"limma_log2fc": -1.0},
        {"limma_q": 0.2},
        {"edger_log2fc": 0.1},
        {"limma_ci_low": -0.1},
        {"reads": 1},
        {"normalisations": np.nan},
        {"normalisations": 1},
        {"explained": {"explained_by": ["age"]}},
        {"attenuation": np.nan, "blood_names": False},
        {"attenuation": np.nan},
        {"attenuation": 0.9},
        {"blood_q": 0.9},
        {"frequency": None},
        {"frequency": 0.1},
        {"frequency": 0.7},
        {"share": 0.9},
        {"share": np.nan},
        {"capped": ("overlap",)},
        {"not_recorded": ("batch",)},
        {"people": 4},
        {"people": 15},
    ):
        found = assessed(**changes)
        assert Assessment.from_dict(found.to_dict()) == found
        for one in found.criteria:
            if one.code:
                assert criterion_sentence(one)
                seen.add(one.code)
    found = assessed(Flag("fragment_derived", "all of it fits tRNA", "PMID:1"))
    seen |= {one.code for one in found.criteria if one.code}
    assert seen == set(SENTENCES)


def record(people: int = 20, checks: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    return {
        "verdict": "fitted",
        "n_case": people,
        "n_control": people,
        "checks": checks or [],
        "blood": {"indices": ["h1", "platelet"]},
    }


def test_what_explains_an_effect_stands_beside_blood_cells_and_hides_them_never() -> None:
    found = assessed(blood_q=0.9, explained={"explained_by": ["age"]})
    assert "for blood cells q = 0.9" in reason(found, "confounders")
    assert reason(found, "confounders").endswith("Explained by age.")
    assert reach_verdict(record(), {"a": found}, 10).code == "explained_by_blood"


def test_the_verdict_counts_candidates_as_tiers_a_and_b() -> None:
    found = {
        "a": assessed(),
        "b": assessed(frequency=None),
        "c": assessed(blood_q=0.4),
        "d": assessed(edger_q=0.5),
        "e": assessed(limma_q=0.5, capped=("overlap",)),
    }
    verdict = reach_verdict(record(), found, 10)
    assert verdict.code == "candidates"
    assert (verdict.tested, verdict.differ, verdict.candidates) == (5, 3, 2)
    assert verdict.tiers == {"A": 1, "B": 1, "C": 1}
    assert verdict.candidates == verdict.tiers["A"] + verdict.tiers["B"]
    assert sum(verdict.tiers.values()) == verdict.differ
    assert verdict.survive_blood == 2
    unknown = reach_verdict(record() | {"blood": {"indices": []}}, found, 10)
    assert unknown.survive_blood is None


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"blood_q": 0.92}, "explained_by_blood"),
        ({"attenuation": 1.2}, "explained_by_blood"),
        ({"not_recorded": ("batch",)}, "not_recorded"),
        ({"capped": ("component",)}, "weak_design"),
        ({"edger_log2fc": 0.1}, "no_candidates"),
        ({"edger_q": 0.5}, "no_candidates"),
    ],
)
def test_the_verdict_follows_what_stands_against_all_that_differ(
    changes: dict[str, Any], code: str
) -> None:
    found = {f"m{at}": assessed(**changes) for at in range(34)}
    verdict = reach_verdict(record(), found, 10)
    assert (verdict.code, verdict.candidates) == (code, 0)
    assert reach_verdict(record(people=9), found, 10).code == "exploratory"


def test_less_information_never_gives_a_better_tier() -> None:
    order = ["A", "B", "C", ""]
    full = assessed(blood_q=0.4)
    for less in ({"blood_names": False}, {"not_recorded": ("batch",)}, {"normalisations": np.nan}):
        missing = {"attenuation": np.nan, "blood_q": np.nan} if "blood_names" in less else {}
        poorer = assessed(**{"blood_q": 0.4, **less, **missing})
        assert order.index(poorer.tier) >= order.index(full.tier)


def test_a_batch_that_is_not_recorded_counts_against_and_an_isolation_does_not() -> None:
    checks = [
        {"code": "not_recorded", "outcome": "warn", "facts": {"missing": ["batch", "isolation"]}},
        {"code": "overlap", "outcome": "cap", "facts": {}},
    ]
    assert design_codes(record(checks=checks)) == {
        "capped": ["overlap"],
        "not_recorded": ["batch"],
    }


def test_an_unknown_criterion_is_an_error() -> None:
    with pytest.raises(KeyError):
        criterion_sentence(Criterion("no_such_reason", {}, "effect"))

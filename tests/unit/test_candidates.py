"""The table and the record of candidates: one evaluation behind call, tier and verdict."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from exosift.candidates import COLUMNS, Candidates, Knowledge, call_candidates
from exosift.contrasts import Contrast
from exosift.criteria import CALLS, Assessment
from exosift.findings import Caveat
from exosift.knowledge import Flag
from exosift.settings.candidates import CallRules
from exosift.verdicts import Verdict

from tests.example_findings import example_check
from tests.fake_course import PLANTED, fake_course

CONTRAST = Contrast("crc", "colorectal", "tumour", "healthy")
MET = {
    "mean_cpm_case": 400.0,
    "mean_cpm_control": 200.0,
    "detected_case": 1.0,
    "detected_control": 1.0,
    "edger_log2fc": 1.0,
    "edger_ci_low": 0.6,
    "edger_ci_high": 1.4,
    "edger_p": 0.001,
    "edger_q": 0.01,
    "edger_q_global": 0.01,
    "limma_log2fc": 0.9,
    "limma_ci_low": 0.5,
    "limma_ci_high": 1.3,
    "limma_p": 0.001,
    "limma_q": 0.02,
    "limma_q_global": 0.02,
    "normalisations": 5,
    "attenuation": 0.1,
    "blood_q": 0.03,
}
"""A row of tests that meets every criterion."""


def mark(name: str, evidence: str = "seen in a paper", identifier: str = "PMID:1") -> Flag:
    return Flag(name, evidence, identifier)


def row(mirna: str, **changes: float) -> dict[str, Any]:
    return {"mirna": mirna, **MET, **changes}


def call(
    rows: list[dict[str, Any]],
    flags: dict[str, list[Flag]] | None = None,
    features: dict[str, dict[str, object]] | None = None,
    per_arm: int = 20,
    level: tuple[int, int] = (200, 100),
    rules: CallRules | None = None,
    capped: bool = False,
    caveats: dict[str, list[Caveat]] | None = None,
) -> Candidates:
    rows = [*rows, row("rest", edger_q=1, limma_q=1)]  # what the libraries hold besides
    names = [entry["mirna"] for entry in rows]
    samples = [f"s{at}" for at in range(2 * per_arm)]
    rng = np.random.default_rng(0)
    mean = np.repeat(level, per_arm)
    counts = pd.DataFrame(
        [*(rng.poisson(mean) for _ in names[1:]), np.full(2 * per_arm, 100_000)],
        index=names,
        columns=samples,
    )
    arms = ["case" if at < per_arm else "control" for at in range(2 * per_arm)]
    record = {
        "verdict": "fitted",
        "blood": {"indices": ["h1"]},
        "design": "groups",
        "levels": [],
        "samples": [
            {"sample": sample, "arm": arm, "used": True, "unit": sample}
            for sample, arm in zip(samples, arms, strict=True)
        ],
        "n_case": per_arm,
        "n_control": per_arm,
        "sections": {"ranking": {"shown": per_arm >= 5}},
        "checks": [example_check("overlap", "cap").to_dict()] if capped else [],
        "normalisation": {"factors": dict.fromkeys(samples, 1.0)},
    }
    known: dict[str, dict[str, object]] = {
        name: {"mirgenedb": f"Hsa-{name}", "accessions": "MIMAT1", "ambiguous_share": 0.0}
        for name in names
    }
    for name, changes in (features or {}).items():
        known[name] |= changes
    roles = {"a": "promotes angiogenesis (PMID:2)"}
    found = call_candidates(
        *(pd.DataFrame(rows), record, counts, CONTRAST),
        Knowledge(pd.DataFrame.from_dict(known, orient="index"), flags or {}, roles),
        caveats,
        stability=pd.DataFrame({"mirna": names, "frequency": 0.9}),
        rules=rules,
    )
    assert list(found.table.columns) == list(COLUMNS)
    return found


def rows_of(*arguments: Any, **options: Any) -> pd.DataFrame:
    return call(*arguments, **options).table.set_index("mirna").drop("rest")


def test_one_that_meets_every_criterion_is_a_candidate_of_tier_a_without_caveats() -> None:
    found = rows_of([row("a")]).loc["a"]
    assert (found["call"], found["tier"]) == ("candidate", "A")
    assert (found["flags"], found["doubts"], found["criteria_reasons"]) == ("", "", "")
    assert (found["log2fc"], found["ci_low"], found["ci_high"]) == (1.0, 0.6, 1.4)
    assert found["auc"] > 0.95
    assert found["auc_ci_low"] < found["auc"] <= found["auc_ci_high"]
    assert found["known_roles"] == "promotes angiogenesis (PMID:2)"


def test_caveats_of_other_steps_stand_before_those_of_the_annotation() -> None:
    facts = {"covariate": "age", "attenuation": 0.7, "without": 1.0}
    given = {"a": [Caveat("confounded", facts)]}
    found = rows_of([row("a"), row("b")], {"a": [mark("red_cell")]}, caveats=given)
    assert found.at["a", "call"] == "candidate"
    assert found.at["a", "flags"] == "confounded;red_cell"
    assert found.at["a", "doubts"].startswith("Adjusting for age removes 70% of its effect. Red")
    assert found.at["b", "flags"] == ""


def test_a_capped_design_has_no_candidates() -> None:
    found = call([row("a"), row("b", edger_q=0.2)], capped=True)
    table = found.table.set_index("mirna")
    assert (table.at["a", "call"], table.at["a", "tier"]) == ("not_called", "C")
    assert table.at["a", "criteria_not_met"] == "design and data checks"
    assert (table.at["b", "call"], table.at["b", "tier"]) == ("not_significant", "")
    assert found.verdict.code == "weak_design"


@pytest.mark.parametrize(
    ("changes", "outcome", "words"),
    [
        ({"edger_q": 0.2, "limma_q": 0.3}, "not_significant", "q = 0.2 in edgeR"),
        ({"limma_q": 0.11}, "not_significant", "q = 0.01 in edgeR, 0.11 in limma"),
        ({"limma_log2fc": -0.9}, "not_significant", "disagree on the direction: +1.00 in edgeR"),
        (
            {"edger_log2fc": 0.41},
            "not_called",
            "fold change (edgeR) is +0.41; a candidate needs 0.58",
        ),
        ({"limma_ci_low": -0.1}, "not_called", "interval of limma includes 0: -0.10 to +1.30"),
        (
            {"detected_case": 0.4, "detected_control": 0.1},
            *("not_called", "Detected in 40% of the cases and 10% of the controls"),
        ),
        ({"normalisations": 3}, "not_called", "in 3 of 5 normalisations; 4 are needed"),
        ({"blood_q": 0.4}, "not_called", "After adjustment for blood cells q = 0.4"),
    ],
)
def test_a_criterion_that_is_not_met_is_named_with_its_numbers(
    changes: dict[str, float], outcome: str, words: str
) -> None:
    found = rows_of([row("a", **changes)]).loc["a"]
    assert found["call"] == outcome
    assert (found["tier"] == "") == (outcome == "not_significant")
    assert words in found["criteria_reasons"]


def test_few_reads_are_below_the_floor_even_where_all_libraries_have_them() -> None:
    found = rows_of([row("a")], level=(8, 6)).loc["a"]
    assert (found["call"], found["criterion_detection"]) == ("not_called", "not met")
    assert "one group needs 50% and 10 reads" in found["criteria_reasons"]


def test_in_a_small_cohort_nothing_is_a_candidate_and_what_does_not_differ_has_no_tier() -> None:
    found = call([row("a"), row("b", edger_q=0.9, limma_q=0.9)], per_arm=9)
    table = found.table.set_index("mirna")
    assert list(table.loc[["a", "b"], "call"]) == ["not_called", "not_significant"]
    assert list(table.loc[["a", "b"], "tier"]) == ["C", ""]
    assert "9 cases and 9 controls; a candidate needs 10" in table.at["a", "criteria_reasons"]
    assert found.verdict.code == "exploratory"
    rules = CallRules(fewest_per_arm=9)
    assert rows_of([row("a")], per_arm=9, rules=rules).at["a", "call"] == "candidate"


def test_with_too_few_people_rows_are_sorted_by_name() -> None:
    table = rows_of([row("b", edger_q=0.001), row("a"), row("c", edger_q=0.002)], per_arm=4)
    assert list(table.index) == ["a", "b", "c"]


def test_call_and_tier_of_a_change_count_the_same_people() -> None:
    made = fake_course("change", people=6)
    assert (made.outcome.record["n_case"], len(made.outcome.arm("case"))) == (6, 12)
    found = made.outcome.candidates.set_index("mirna").loc[PLANTED]
    assert (found["call"], found["tier"]) == ("not_called", "C")
    assert found["criterion_people"] == "not met"
    assert "6 cases and 6 controls; a candidate needs 10 of each" in found["criteria_reasons"]
    assert made.outcome.candidates["auc"].isna().all()


def test_sets_are_named_with_evidence_and_identifier() -> None:
    marks = {"a": [mark("red_cell"), mark("haemolysis_signature", "rises", "DOI:10.1/x")]}
    found = rows_of([row("a")], marks).loc["a"]
    assert (found["call"], found["tier"]) == ("candidate", "B")
    assert found["tier_limit"] == "haemolysis set: tier B at most"
    assert found["flags"] == "red_cell;haemolysis_signature"
    assert "Red blood cells hold much of it: seen in a paper (PMID:1)." in found["doubts"]
    assert "rises (DOI:10.1/x)" in found["doubts"]


@pytest.mark.parametrize(
    ("share", "flags", "outcome"),
    [(0.05, "", "candidate"), (0.1, "", "candidate"), (0.3, "ambiguous_reads", "doubtful")],
)
def test_many_reads_that_fit_another_rna_make_a_likely_artefact(
    share: float, flags: str, outcome: str
) -> None:
    found = rows_of([row("a")], features={"a": {"ambiguous_share": share}}).loc["a"]
    assert (found["call"], found["flags"]) == (outcome, flags)


def test_a_fragment_of_another_rna_is_doubtful() -> None:
    marks = {"a": [mark("fragment_derived", "matches tRNA-Leu")]}
    found = rows_of([row("a")], marks).loc["a"]
    assert (found["call"], found["tier"]) == ("doubtful", "C")
    assert "It may be a fragment of another RNA: matches tRNA-Leu (PMID:1)." in found["doubts"]


def test_what_is_not_in_mirgenedb_differs_from_what_has_no_annotation() -> None:
    table = rows_of(
        [row("a"), row("b")],
        features={"a": {"mirgenedb": ""}, "b": {"mirgenedb": "", "accessions": ""}},
    )
    assert table.loc["a", "flags"] == "not_in_mirgenedb"
    assert "PMID 31598695" in table.loc["a", "doubts"]
    assert table.loc["b", "flags"] == "no_annotation"


def test_candidates_come_first_and_those_of_mirgenedb_before_the_others() -> None:
    below = {f"{engine}_ci_{end}": -1.0 for engine in ("edger", "limma") for end in ("low", "high")}
    table = rows_of(
        [
            row("not_significant", edger_q=0.5, limma_q=0.5),
            row("unconfirmed", edger_q=0.0001, limma_q=0.0001),
            row("weak", limma_q=0.04),
            row("strong", limma_q=0.001, edger_q=0.001),
            row("larger", limma_q=0.04, edger_log2fc=-2, limma_log2fc=-2, **below),
            row("fragment"),
            row("small", edger_log2fc=0.2),
        ],
        {"fragment": [mark("fragment_derived")]},
        {"unconfirmed": {"mirgenedb": ""}},
    )
    assert list(table.index) == [
        *("strong", "larger", "weak", "unconfirmed", "fragment", "small", "not_significant"),
    ]
    assert list(table["call"].map(CALLS.index)) == [0, 0, 0, 0, 1, 2, 3]
    assert table.loc["larger", "auc"] < 0.05  # its levels are higher in cases, its effect is not


def test_a_contrast_without_a_fit_has_a_header_and_a_verdict_only() -> None:
    nothing = Knowledge(pd.DataFrame(), {}, {})
    table = pd.DataFrame(columns=["mirna"])
    found = call_candidates(table, {"verdict": "refused"}, pd.DataFrame(), CONTRAST, nothing)
    assert found.table.empty
    assert list(found.table.columns) == list(COLUMNS)
    assert found.to_dict() == {"verdict": Verdict("refused").to_dict(), "mirnas": {}}


def test_the_record_holds_what_the_table_says() -> None:
    found = call([row("a"), row("b", blood_q=0.4)], {"a": [mark("red_cell")]})
    record = found.to_dict()
    assert Verdict.from_dict(record["verdict"]) == found.verdict
    for name, one in record["mirnas"].items():
        assessment = Assessment.from_dict(one)
        assert assessment == found.assessments[name]
        cells = found.table.set_index("mirna").loc[name]
        assert (cells["call"], cells["tier"]) == (assessment.call, assessment.tier)
        caveats = tuple(Caveat.from_dict(caveat) for caveat in one["caveats"])
        assert ";".join(caveat.code for caveat in caveats) == cells["flags"]


def test_a_mirna_that_the_features_do_not_know_is_no_error() -> None:
    found = rows_of([row("x")], features={"x": {"mirgenedb": None, "accessions": None}})
    assert found.at["x", "flags"] == "no_annotation"

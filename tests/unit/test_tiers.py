"""Ten gates, each with a word and a reason, and the tier that follows."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pytest
from exosift.settings.tiers import TierRules
from exosift.tiers import COLUMNS, GATES, grade

from tests.example_findings import example_check

PASSING = {
    "mirna": "a",
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


@dataclass(frozen=True)
class Mark:
    set: str
    evidence: str = "seen in a paper"
    identifier: str = "PMID:1"


def judged(
    *marks: Mark,
    per_arm: int = 20,
    reads: int = 100,
    frequency: float | None = 0.9,
    share: float = 0.02,
    capped: bool = False,
    rules: TierRules | None = None,
    explained: str = "",
    **changes: Any,
) -> dict[str, str]:
    """Grade a miRNA that passes every gate, but for what is said."""
    table = pd.DataFrame([PASSING | changes])
    samples = [f"s{at}" for at in range(2 * per_arm)]
    record = {
        "samples": [
            {"sample": s, "unit": s, "used": True, "arm": "control" if at % 2 else "case"}
            for at, s in enumerate(samples)
        ],
        "checks": [example_check("overlap", "cap").to_dict()] if capped else [],
    }
    stability = None
    if frequency is not None:
        stability = pd.DataFrame({"mirna": ["a", "z"], "frequency": [frequency, 0.1]})
    graded = grade(
        table[["mirna"]],
        table,
        record,
        pd.DataFrame(reads, index=["a"], columns=samples),
        pd.DataFrame({"ambiguous_share": [share]}, index=["a"]),
        {"a": marks},
        stability,
        rules=rules,
        explained={"a": [explained]} if explained else None,
    )
    assert list(graded.columns) == ["mirna", *COLUMNS]
    return dict(graded.iloc[0])


def test_one_that_passes_all_ten_is_of_tier_a_without_a_reason_to_give() -> None:
    found = judged()
    assert found["tier"] == "A"
    assert {found[gate] for gate in GATES} == {"passed"}
    assert (found["gates_failed"], found["gates_not_assessable"], found["gate_reasons"]) == (
        "",
    ) * 3


@pytest.mark.parametrize(
    ("gate", "changes", "words"),
    [
        ("gate_2", {"limma_q": 0.06}, "0.06 in limma; both must be at most 0.05"),
        ("gate_2", {"limma_log2fc": -0.9}, "disagree on the direction: +1.00 in edgeR, -0.90"),
        ("gate_3", {"edger_log2fc": 0.57}, "log2 fold change +0.57, it takes 0.58 either way"),
        ("gate_3", {"limma_ci_low": -0.1}, "interval of limma holds 0: -0.10 to +1.30"),
        ("gate_4", {"reads": 9}, "medians 9 and 9 reads; one arm needs 50% and 10 reads"),
        ("gate_4", {"detected_case": 0.4, "detected_control": 0.3}, "in 40% of the cases and 30%"),
        ("gate_5", {"normalisations": 3}, "holds in 3 of 5, it takes 4"),
        ("gate_6", {"attenuation": 0.51}, "takes 51% of the effect; the limit is 50%"),
        ("gate_6", {"attenuation": 1.4}, "turns the effect"),
        ("gate_6", {"blood_q": 0.11}, "adjusted for blood cells, q = 0.11; the limit is 0.1"),
        ("gate_8", {"share": 0.11}, "11% of its reads fit another RNA as well, the limit is 10%"),
        ("gate_9", {"capped": True}, "Design: Only 40% of the libraries share their batch"),
        ("gate_10", {"per_arm": 9}, "9 cases and 9 controls, it takes 10 of each"),
    ],
)
def test_one_failed_gate_makes_a_significant_mirna_c_and_is_named(
    gate: str, changes: dict[str, Any], words: str
) -> None:
    found = judged(**changes)
    assert found["tier"] == "C"
    assert [name for name in GATES if found[name] == "failed"] == [gate]
    assert found["gates_failed"] == GATES[gate]
    assert words in found["gate_reasons"]


@pytest.mark.parametrize(
    ("gate", "changes", "words"),
    [
        ("gate_1", {"limma_q_global": 0.06}, "Over all contrasts of the run, q = 0.06"),
        ("gate_1", {"edger_q_global": np.nan}, "No q over all contrasts of the run is known"),
        ("gate_7", {"frequency": 0.7}, "chosen from 70% of the halves"),
        ("gate_10", {"per_arm": 19}, "tier A takes 20 of each"),
    ],
)
def test_a_gate_at_its_looser_limit_is_enough_for_b(
    gate: str, changes: dict[str, Any], words: str
) -> None:
    found = judged(**changes)
    assert (found["tier"], found[gate], found["gates_failed"]) == ("B", "passed for B", "")
    assert words in found["gate_reasons"]


def test_what_something_else_explains_fails_the_gate_of_confounders() -> None:
    found = judged(explained="explained by age")
    assert (found["tier"], found["gate_6"]) == ("C", "failed")
    assert found["gate_reasons"] == "Confounders: explained by age."


def test_stability_is_asked_for_tier_a_only() -> None:
    found = judged(frequency=0.5)
    assert (found["tier"], found["gate_7"], found["gates_failed"]) == ("B", "failed", "stability")


def test_a_mirna_that_no_half_could_use_was_never_chosen() -> None:
    table = pd.DataFrame([PASSING])
    record = {"samples": [], "checks": []}
    record["samples"] = [
        {"sample": s, "unit": s, "used": True, "arm": arm}
        for s, arm in (("s", "case"), ("t", "control"))
    ]
    graded = grade(
        table[["mirna"]],
        table,
        record,
        pd.DataFrame(100, index=["a"], columns=["s", "t"]),
        pd.DataFrame(),
        {},
        pd.DataFrame({"mirna": ["z"], "frequency": [1.0]}),
    )
    assert graded.loc[0, "gate_7"] == "failed"
    assert "chosen from 0% of the halves" in graded.loc[0, "gate_reasons"]


@pytest.mark.parametrize(
    ("gate", "changes"),
    [
        ("gate_5", {"normalisations": np.nan}),
        ("gate_6", {"attenuation": np.nan, "blood_q": np.nan}),
        ("gate_7", {"frequency": None}),
        ("gate_8", {"share": np.nan}),
    ],
)
def test_what_cannot_be_assessed_is_named_and_never_enough_for_a(
    gate: str, changes: dict[str, Any]
) -> None:
    found = judged(**changes)
    assert (found["tier"], found[gate], found["gates_failed"]) == ("B", "not assessable", "")
    assert found["gates_not_assessable"] == GATES[gate]
    assert found["gate_reasons"].startswith(GATES[gate].capitalize())


def test_what_is_not_significant_has_no_tier_but_all_its_gates() -> None:
    found = judged(edger_q=0.06, limma_q=0.01, capped=True)
    assert (found["tier"], found["gate_1"]) == ("", "failed")
    assert found["gates_failed"] == "false discovery; both engines; design"
    assert found["gate_3"] == "passed"


def test_the_haemolysis_set_reaches_b_at_most_and_says_so() -> None:
    found = judged(Mark("haemolysis_signature"), Mark("platelet"))
    assert (found["tier"], found["tier_limit"]) == ("B", "haemolysis set: B at most")
    assert judged(Mark("platelet"))["tier"] == "A"


def test_fragments_of_u2_reach_b_at_most_and_other_fragments_c() -> None:
    found = judged(Mark("fragment_derived", "all its 19 nt fit U2 snRNA"))
    assert (found["tier"], found["gate_8"]) == ("B", "passed for B")
    assert found["tier_limit"] == "fragment of the U2 snRNA: B at most"
    assert judged(Mark("fragment_derived", "all its 19 nt fit U2 snRNA"), share=0.9)["tier"] == "C"
    other = judged(Mark("fragment_derived", "all its 17 nt fit tRNA-Leu-TAA-1-1"))
    assert (other["tier"], other["gate_8"]) == ("C", "failed")
    assert "Artefacts: all its 17 nt fit tRNA-Leu-TAA-1-1 (PMID:1)." in other["gate_reasons"]


def test_the_limits_are_those_of_the_rules() -> None:
    strict = TierRules(normalisations=5, attenuation=0.05, stability_a=0.95, per_arm_a=21)
    found = judged(rules=strict, normalisations=4)
    assert found["gates_failed"] == "normalisations; confounders"
    assert (found["gate_7"], found["gate_10"]) == ("passed for B", "passed for B")


def test_a_contrast_without_a_test_has_the_heading_only() -> None:
    table = grade(
        pd.DataFrame(columns=["mirna"]), pd.DataFrame(), {}, pd.DataFrame(), pd.DataFrame(), {}
    )
    assert table.empty
    assert list(table.columns) == ["mirna", *COLUMNS]

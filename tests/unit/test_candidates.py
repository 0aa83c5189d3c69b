from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pytest
from exosift.candidates import CALLS, COLUMNS, Doubt, call_candidates
from exosift.contrasts import Contrast
from exosift.settings.candidates import CallRules

from tests.example_findings import example_check
from tests.fake_course import PLANTED, fake_course

CONTRAST = Contrast("crc", "colorectal", "tumour", "healthy")


@dataclass(frozen=True)
class Mark:
    set: str
    evidence: str = "seen in a paper"
    identifier: str = "PMID:1"


def row(mirna: str, **changes: float) -> dict[str, Any]:
    """Make a miRNA that passes every gate, but for what is said."""
    passing = {
        "mean_cpm_case": 400.0,
        "mean_cpm_control": 200.0,
        "detected_case": 1.0,
        "detected_control": 1.0,
        "edger_log2fc": 1.0,
        "edger_ci_low": 0.6,
        "edger_ci_high": 1.4,
        "edger_p": 0.001,
        "edger_q": 0.01,
        "limma_log2fc": 0.9,
        "limma_ci_low": 0.5,
        "limma_ci_high": 1.3,
        "limma_p": 0.001,
        "limma_q": 0.02,
    }
    return {"mirna": mirna, **passing, **changes}


def call(
    rows: list[dict[str, Any]],
    flags: dict[str, list[Mark]] | None = None,
    features: dict[str, dict[str, object]] | None = None,
    per_arm: int = 12,
    level: tuple[int, int] = (200, 100),
    rules: CallRules | None = None,
    capped: bool = False,
    doubts: dict[str, list[Doubt]] | None = None,
) -> pd.DataFrame:
    rows = [*rows, row("rest", edger_q=1, limma_q=1)]  # what the library holds besides
    names = [entry["mirna"] for entry in rows]
    samples = [f"s{at}" for at in range(2 * per_arm)]
    rng = np.random.default_rng(0)
    mean = np.repeat(level, per_arm)
    counts = pd.DataFrame(
        [*(rng.poisson(mean) for _ in names[1:]), np.full(2 * per_arm, 100_000)],
        index=names,
        columns=samples,
    )
    record = {
        "samples": [
            {
                "sample": sample,
                "arm": "case" if at < per_arm else "control",
                "used": True,
                "unit": sample,
            }
            for at, sample in enumerate(samples)
        ],
        "n_case": per_arm,
        "n_control": per_arm,
        "sections": {"ranking": {"shown": per_arm >= 5}},
        "checks": [example_check("overlap", "cap").to_dict()] if capped else [],
        "normalisation": {"factors": dict.fromkeys(samples, 1.0)},
    }
    known = {name: {"mirgenedb": f"Hsa-{name}", "accessions": "MIMAT1"} for name in names}
    for name, changes in (features or {}).items():
        known[name] |= changes
    table = call_candidates(
        pd.DataFrame(rows),
        record,
        counts,
        CONTRAST,
        pd.DataFrame.from_dict(known, orient="index"),
        flags or {},
        rules,
        {"a": "promotes angiogenesis (PMID:2)"},
        doubts,
    )
    assert list(table.columns) == list(COLUMNS)
    return table.set_index("mirna").drop("rest")


def test_doubts_of_other_rooms_stand_before_those_of_biology_and_forbid_no_call() -> None:
    told = {"a": [Doubt("confounded", "Age explains it.")]}
    found = call([row("a"), row("b")], {"a": [Mark("red_cell")]}, doubts=told)
    assert found.at["a", "call"] == "candidate"
    assert found.at["a", "flags"] == "confounded;red_cell"
    assert found.at["a", "doubts"].startswith("Age explains it. Red blood cells hold")
    assert found.at["b", "flags"] == ""


def test_a_weak_design_has_no_candidates() -> None:
    table = call([row("a"), row("b", edger_q=0.2)], capped=True)
    assert table.loc["a", "call"] == "not_called"
    assert table.loc["a", "flags"] == "weak_design"
    assert table.loc["a", "doubts"].startswith("Only 40% of the libraries share their batch")
    assert table.loc["b", "call"] == "not_significant"


def test_one_that_passes_every_gate_is_a_candidate_without_doubts() -> None:
    found = call([row("a")]).loc["a"]
    assert found["call"] == "candidate"
    assert (found["flags"], found["doubts"]) == ("", "")
    assert (found["log2fc"], found["ci_low"], found["ci_high"]) == (1.0, 0.6, 1.4)
    assert found["auc"] > 0.95
    assert found["auc_ci_low"] < found["auc"] <= found["auc_ci_high"]
    assert found["known_roles"] == "promotes angiogenesis (PMID:2)"


@pytest.mark.parametrize(
    ("changes", "outcome", "flag", "words"),
    [
        ({"edger_q": 0.2, "limma_q": 0.3}, "not_significant", "", ""),
        ({"limma_q": 0.11}, "not_significant", "one_engine", "q = 0.01 in edgeR, 0.11 in limma"),
        ({"limma_log2fc": -0.9}, "not_significant", "", ""),
        ({"edger_log2fc": 0.41}, "not_called", "small_effect", "+0.41, a call needs 0.58"),
        ({"limma_ci_low": -0.1}, "not_called", "interval_holds_zero", "limma holds 0: -0.10 to"),
        (
            {"detected_case": 0.4, "detected_control": 0.1},
            *("not_called", "below_detection_floor", "detected in 40% of the cases and 10%"),
        ),
    ],
)
def test_a_gate_that_fails_is_named_with_its_numbers(
    changes: dict[str, float], outcome: str, flag: str, words: str
) -> None:
    found = call([row("a", **changes)]).loc["a"]
    assert found["call"] == outcome
    assert found["flags"] == flag
    assert words in found["doubts"]


def test_few_reads_are_below_the_floor_even_where_all_libraries_have_them() -> None:
    found = call([row("a")], level=(8, 6)).loc["a"]
    assert found["call"] == "not_called"
    assert found["flags"] == "below_detection_floor"
    assert "one arm needs 50% and 10 reads" in found["doubts"]


def test_in_a_small_cohort_nothing_is_called() -> None:
    table = call([row("a"), row("b", edger_q=0.9, limma_q=0.9)], per_arm=9)
    assert set(table["call"]) == {"not_called"}
    assert table["doubts"].str.contains("9 tumour and 9 healthy people").all()
    assert call([row("a")], per_arm=9, rules=CallRules(fewest_per_arm=9)).loc["a", "call"] == (
        "candidate"
    )


def test_of_too_few_people_no_order_is_told() -> None:
    table = call([row("b", edger_q=0.001), row("a"), row("c", edger_q=0.002)], per_arm=4)
    assert list(table.index) == ["a", "b", "c"]


def test_people_of_a_change_count_once_and_have_no_auc() -> None:
    made = fake_course("change", people=6)
    assert (made.outcome.record["n_case"], len(made.outcome.arm("case"))) == (6, 12)
    table = made.outcome.candidates.set_index("mirna")
    assert set(table["call"]) == {"not_called"}
    assert table["auc"].isna().all()
    assert "6 yes and 6 no people" in table.at[PLANTED, "doubts"]


def test_flags_are_told_with_evidence_and_identifier_and_do_not_forbid() -> None:
    marks = {"a": [Mark("red_cell"), Mark("haemolysis_signature", "rises", "DOI:10.1/x")]}
    found = call([row("a")], marks).loc["a"]
    assert found["call"] == "candidate"
    assert found["flags"] == "red_cell;haemolysis_signature"
    assert "Red blood cells hold much of it: seen in a paper (PMID:1)." in found["doubts"]
    assert "rises (DOI:10.1/x)" in found["doubts"]


@pytest.mark.parametrize(("share", "flags"), [(0.05, ""), (0.1, ""), (0.3, "ambiguous_reads")])
def test_reads_that_fit_another_rna_are_flagged(share: float, flags: str) -> None:
    found = call([row("a")], features={"a": {"ambiguous_share": share}}).loc["a"]
    assert (found["call"], found["flags"]) == ("candidate", flags)


def test_a_fragment_is_doubtful() -> None:
    found = call([row("a")], {"a": [Mark("fragment_derived", "matches RNU2-1")]}).loc["a"]
    assert found["call"] == "doubtful"
    assert "It may be a fragment of another RNA: matches RNU2-1 (PMID:1)." in found["doubts"]


def test_what_is_not_in_mirgenedb_and_what_has_no_annotation_are_told_apart() -> None:
    table = call(
        [row("a"), row("b")],
        features={"a": {"mirgenedb": ""}, "b": {"mirgenedb": "", "accessions": ""}},
    )
    assert table.loc["a", "flags"] == "not_in_mirgenedb"
    assert "PMID 31598695" in table.loc["a", "doubts"]
    assert table.loc["b", "flags"] == "no_annotation"


def test_candidates_come_first_and_confirmed_ones_before_the_others() -> None:
    below = {f"{engine}_ci_{end}": -1.0 for engine in ("edger", "limma") for end in ("low", "high")}
    table = call(
        [
            row("not_significant", edger_q=0.5, limma_q=0.5),
            row("unconfirmed", edger_q=0.0001, limma_q=0.0001),
            row("weak", limma_q=0.04),
            row("strong", limma_q=0.001, edger_q=0.001),
            row("larger", limma_q=0.04, edger_log2fc=-2, limma_log2fc=-2, **below),
            row("fragment"),
            row("small", edger_log2fc=0.2),
        ],
        {"fragment": [Mark("fragment_derived")]},
        {"unconfirmed": {"mirgenedb": ""}},
    )
    assert list(table.index) == [
        *("strong", "larger", "weak", "unconfirmed", "fragment", "small", "not_significant"),
    ]
    assert list(table["call"].map(CALLS.index)) == [0, 0, 0, 0, 1, 2, 3]
    assert table.loc["larger", "auc"] < 0.05  # its levels are higher in cases, its effect is not


def test_a_contrast_without_a_fit_has_a_header_only() -> None:
    table = call_candidates(
        pd.DataFrame(columns=["mirna"]), {}, pd.DataFrame(), CONTRAST, pd.DataFrame(), {}
    )
    assert table.empty
    assert list(table.columns) == list(COLUMNS)


def test_a_mirna_that_the_features_do_not_know_is_no_error() -> None:
    counts = pd.DataFrame([[50] * 20], index=["x"], columns=[f"s{at}" for at in range(20)])
    record = {
        "samples": [
            {
                "sample": name,
                "arm": "case" if at < 10 else "control",
                "used": True,
                "unit": name,
            }
            for at, name in enumerate(counts.columns)
        ],
        "n_case": 10,
        "n_control": 10,
        "sections": {"ranking": {"shown": True}},
        "checks": [],
        "normalisation": {"factors": dict.fromkeys(counts.columns, 1.0)},
    }
    features = pd.DataFrame({"mirgenedb": []}, index=pd.Index([], name="mirna"))
    table = call_candidates(pd.DataFrame([row("x")]), record, counts, CONTRAST, features, {})
    assert table.loc[0, "flags"] == "no_annotation"
    assert table.loc[0, "auc"] == 0.5

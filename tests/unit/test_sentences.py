"""Sentences of findings: one for each code, made of the facts alone."""

import json
import re
from pathlib import Path

import pytest
from exosift.cohort import count_exclusions
from exosift.errors import UserError
from exosift.findings import OUTCOMES, Check, Exclusion, Finding, Warning
from exosift.quality_rules import RULES, Breach, read_breaches, write_breaches
from exosift.sentences import (
    blood,
    checks,
    exclusions,
    panels,
    quality,
    reasons,
    validation,
    warnings,
)
from exosift.sentences.checks import check_sentence

from tests.example_findings import (
    ABOUT,
    CHECK_FACTS,
    EXCLUSIONS,
    LACK_FACTS,
    NO_PANEL_FACTS,
    REASON_FACTS,
    REFUSAL_FACTS,
    WARNING_FACTS,
    example_check,
    example_exclusion,
)

PACKAGE = Path(checks.__file__).parents[1]
CODE = re.compile(r"\b(Check|Warning|Finding|Exclusion|stopped)\(\s*(?:\"\w+\", )?\"(\w+)\"")


def test_every_code_has_an_example_and_a_sentence() -> None:
    assert set(CHECK_FACTS) == set(checks.SENTENCES)
    assert set(REASON_FACTS) | set(CHECK_FACTS) == set(reasons.SENTENCES)
    assert set(WARNING_FACTS) == set(warnings.SENTENCES)
    assert set(EXCLUSIONS) == set(exclusions.KINDS)
    assert set(REFUSAL_FACTS) == set(validation.SENTENCES)
    assert set(NO_PANEL_FACTS) == set(panels.SENTENCES)
    assert set(LACK_FACTS) == set(panels.CLAUSES)
    assert set(exclusions.SENTENCES) <= set(exclusions.KINDS)
    assert {rule.metric for rule in RULES} == set(quality.SENTENCES)


def test_every_code_that_the_package_makes_has_a_sentence() -> None:
    """Read the codes from the source, so that a new one cannot lack its sentence."""
    known = {
        "Check": checks.SENTENCES,
        "Warning": warnings.SENTENCES,
        "Finding": {
            **reasons.SENTENCES,
            **blood.SENTENCES,
            **panels.SENTENCES,
            **panels.CLAUSES,
            **validation.SENTENCES,
        },
        "stopped": reasons.SENTENCES,
        "Exclusion": exclusions.KINDS,
    }
    made = [
        found.groups()
        for path in PACKAGE.rglob("*.py")
        for found in CODE.finditer(path.read_text(encoding="utf-8"))
    ]
    assert len(made) > 25
    assert [(kind, code) for kind, code in made if code not in known[kind]] == []


@pytest.mark.parametrize("code", REASON_FACTS)
def test_a_reason_reads_the_same_from_its_record(code: str) -> None:
    reason = Finding(code, {**ABOUT, **REASON_FACTS[code]})
    told = reasons.reason_sentence(json.loads(json.dumps(reason.to_dict())))
    assert told == reasons.reason_sentence(reason)
    assert told.endswith(".")


def test_another_cohort_gets_advice_on_its_sheet() -> None:
    reason = Finding("several_time_points", REASON_FACTS["several_time_points"])
    assert "put timepoint=before into `subset`" in reasons.reason_sentence(reason)
    told = reasons.reason_sentence(reason, own_cohort=False)
    assert "subset" not in told
    assert told.endswith("leave one time point of each person in its sheet.")


@pytest.mark.parametrize("code", WARNING_FACTS)
def test_a_warning_reads_the_same_from_its_record(code: str) -> None:
    warning = Warning(code, WARNING_FACTS[code], 75)
    read = Warning.from_dict(json.loads(json.dumps(warning.to_dict())))
    assert read == warning
    assert warnings.warning_sentence(warning).endswith(".")


def test_warnings_are_ordered_by_severity() -> None:
    said = warnings.ordered_warnings(
        [Warning("replicates_summed", WARNING_FACTS["replicates_summed"], 10)],
        [
            example_check(),
            example_check("difference", "warn", column="sex"),
            example_check("overlap", "cap"),
            example_check("overlap", "refuse", value=0.0),
        ],
    )
    assert [severity for severity, _ in said] == [80, 60, 10]
    assert said[0][1].startswith("Only 40% of the libraries share their batch")
    assert said[1][1].startswith("sex differs between the arms")


@pytest.mark.parametrize("code", EXCLUSIONS)
def test_an_exclusion_reads_the_same_from_its_record(code: str) -> None:
    exclusion = example_exclusion(code)
    read = Exclusion.from_dict(json.loads(json.dumps(exclusion.to_dict())))
    assert read == exclusion
    assert exclusions.exclusion_sentence(read)
    assert exclusions.exclusion_kind(read)


def test_libraries_with_figures_of_their_own_are_of_one_kind() -> None:
    """A figure within the sentence used to make each library a kind of its own."""
    shares = (0.02, 0.031, 0.007)
    few = [
        Exclusion(
            "outside_limit",
            {"metric": "adapter_share", "level": "fail", "limit": 0.05},
            {"value": share, "top_mirna": "", "others": []},
        )
        for share in shares
    ]
    kinds = count_exclusions([*few, example_exclusion("another_way")])
    assert exclusions.counted(kinds) == (
        "3 × the 3' adapter is in too few reads, so the protocol may be another or the reads "
        "already trimmed (fails below 5%); 1 × another batch than another library of the subject"
    )
    assert exclusions.exclusion_sentence(few[1]).startswith("the 3' adapter is in 3.1% of the")


def test_broken_limits_are_written_and_read() -> None:
    found = [Breach("q30_share", "fail", 0.1234567891, 0.6), Breach("spike_in_reads", "fail", 0.0)]
    assert read_breaches(write_breaches(found)) == found
    assert read_breaches("") == []
    with pytest.raises(UserError, match="'mirna_reads' is not of the form"):
        read_breaches("mirna_reads")


@pytest.mark.parametrize("code", checks.SENTENCES)
@pytest.mark.parametrize("outcome", OUTCOMES)
def test_a_check_reads_the_same_from_its_record(code: str, outcome: str) -> None:
    """Write to JSON and back: the same check, and a whole sentence unless all is well."""
    check = example_check(code, outcome)
    read = json.loads(json.dumps(check.to_dict(), allow_nan=False))
    assert Check.from_dict(read) == check
    told = check_sentence(read)
    assert told == check_sentence(check)
    assert bool(told) == (outcome != "fit")
    assert not told or (told.endswith(".") and "  " not in told and "{" not in told)


def test_weak_evidence_of_quality_asserts_no_cause() -> None:
    """An AUC of 0.75 (0.52 to 0.92) does not show how samples were collected."""
    weak = check_sentence(example_check("quality", "warn", value=0.75, p=None))
    assert "(AUC 0.75, 0.52 to 0.92, in people whom the model had not seen)" in weak
    assert "may come from how the samples were collected or prepared" in weak
    assert "not collected" not in weak
    strong = check_sentence(example_check("quality", "cap", value=0.95, low=0.85, high=0.99))
    assert "most likely because the samples were not collected or prepared alike" in strong


def test_a_difference_of_arms_without_spread_has_no_number() -> None:
    """It is infinite; a record cannot hold that, and the page said `nan`."""
    check = example_check("difference", "warn", column="age", value=float("inf"))
    told = check_sentence(json.loads(json.dumps(check.to_dict(), allow_nan=False)))
    assert told == check_sentence(check)
    assert told.startswith("age differs between the arms (constant in each)")


def test_no_auc_where_no_number_may_be_shown() -> None:
    for code in ("separability", "quality"):
        check = example_check(code, "cap", column="age", value=0.97)
        assert "(AUC 0.97" in check_sentence(check)
        assert "AUC" not in check_sentence(check, numbers=False)


def test_a_frozen_panel_is_not_advised_to_list_a_column() -> None:
    for code in ("difference", "association"):
        told = check_sentence(example_check(code, "warn"), adjusts=False)
        assert told.endswith(
            "and nothing is adjusted here: the panel may owe it a part of its AUC."
        )
        assert "List it" not in told


@pytest.mark.parametrize("code", REFUSAL_FACTS)
def test_a_refusal_of_another_cohort_reads_the_same_from_its_record(code: str) -> None:
    record = {"reasons": [Finding(code, REFUSAL_FACTS[code]).to_dict()]}
    (told,) = validation.refusal_sentences(record)
    assert validation.refusal_sentences(json.loads(json.dumps(record))) == [told]
    assert told.endswith(".")
    assert "{" not in told


def test_libraries_that_were_trained_on_are_counted_by_how_they_are_known() -> None:
    facts = REFUSAL_FACTS["trained_on"]
    (told,) = validation.refusal_sentences({"reasons": [Finding("trained_on", facts).to_dict()]})
    assert told == (
        "It is not another cohort: of its 48 libraries the panel was trained on 6, or on their "
        "people (a, b, c, d, e and 1 more). Known are 4 by its name, 2 by its person (subject, or "
        "sample where there is none). Take them out of its sheet. Nothing but names is known of "
        "them: if other people go by the same ones, put the name of the cohort before the names "
        "in its sheet and its matrix."
    )


def test_the_design_of_another_cohort_is_warned_of_from_its_checks() -> None:
    """Checks stand once in the record, and a warning of lesser weight comes behind them."""
    record = {
        "warnings": [Warning("kit_never_seen", WARNING_FACTS["kit_never_seen"]).to_dict()],
        "design": {"checks": [example_check("difference", "cap", column="age").to_dict()]},
    }
    first, second = validation.weakness_sentences(record)
    assert first.endswith("the panel may owe it a part of its AUC.")
    assert second == (
        "1 of the 48 libraries is of protocol truseq, which the panel never saw (it was trained on "
        "nebnext): levels of miRNAs differ between kits, and with them the scores and what the "
        "threshold means."
    )
    assert validation.weakness_sentences({"status": "no_panel"}) == []


@pytest.mark.parametrize("code", NO_PANEL_FACTS)
def test_why_there_is_no_panel_reads_the_same_from_its_record(code: str) -> None:
    record = {"reasons": [Finding(code, NO_PANEL_FACTS[code]).to_dict()]}
    (told,) = panels.absence_sentences(record)
    assert panels.specificity_sentences(json.loads(json.dumps(record))) == [told]
    assert re.fullmatch(r"No (panel|AUC|specificity) ?.*: .*\.", told)
    assert "there are 12.." not in told


@pytest.mark.parametrize("code", LACK_FACTS)
def test_what_a_panel_lacks_follows_a_colon(code: str) -> None:
    told = panels.lack_clause({"reason": Finding(code, LACK_FACTS[code]).to_dict()})
    assert told
    assert told[0].islower()
    assert not told.endswith(".")
    assert panels.lack_clause({"auc": 0.7}) == ""


def test_blood_scores_without_names_blame_the_names() -> None:
    """Names were the cause, and protocol and batch were blamed."""
    told = blood.blood_sentence({"reason": {"code": "blood_mirnas_not_found", "facts": {}}})
    assert "by the name that miRBase gives them" in told
    assert "protocol" not in told
    few = {"code": "too_few_scores", "facts": {"scored": 7, "units": 20}}
    assert blood.blood_sentence({"reason": few}) == "Too few libraries have a score: 7 of 20."
    assert blood.blood_sentence({"reason": None}) == blood.blood_sentence({}) == ""

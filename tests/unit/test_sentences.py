"""Sentences of findings: one for each code, made of the facts alone."""

import json

import pytest
from exosift.findings import OUTCOMES, Check
from exosift.sentences.checks import SENTENCES, check_sentence

from tests.example_findings import CHECK_FACTS, example_check


def test_every_check_has_an_example() -> None:
    assert set(CHECK_FACTS) == set(SENTENCES)


@pytest.mark.parametrize("code", SENTENCES)
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

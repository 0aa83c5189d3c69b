"""The design section: what the gate found, and no number to quote where it refused."""

import re
from dataclasses import replace
from typing import Any

import pytest
from exosift.findings import Exclusion, Warning
from exosift.reports.design import Design, describe_design
from exosift.reports.evidence import Outcome
from exosift.sentences.checks import SENTENCES

from tests.example_findings import example_check
from tests.fake_run import Made, Plan, fake_run


@pytest.fixture(scope="module")
def made() -> Made:
    """A cohort that can be tested."""
    return fake_run()


@pytest.fixture(scope="module")
def refused() -> Made:
    """A cohort whose batches are its arms."""
    return fake_run(Plan(confounded=True))


def described(made: Made, **record: Any) -> Design:
    """Describe the design of a run whose record says something else."""
    changed = {**made.outcome.record, **record}
    return describe_design(made.run, replace(made.outcome, record=changed), quotable=True)


def words(design: Design) -> str:
    """Join everything that a design section says."""
    looks = [f"{one.question} {one.found} {one.sentence}" for one in design.looks]
    facts = [f"{name} {text}" for name, text in design.facts]
    groups = [f"{one.column} {' '.join(one.cells)}" for one in design.groups]
    return " ".join([design.sentence, *looks, *design.unseen, *facts, *groups, design.next])


def test_every_check_stands_with_what_it_found(made: Made) -> None:
    """Vary no check away: as many looks as the record holds, and each asks about its column."""
    design = describe_design(made.run, made.outcome, quotable=True)
    checks = made.outcome.record["checks"]
    assert len(design.looks) == len(checks)
    told = " ".join(look.question for look in design.looks)
    for one in checks:
        if one["code"] in ("difference", "overlap", "association"):
            assert one["column"] in told
    assert design.outcome == made.outcome.record["outcome"]
    assert dict(design.facts)["Model"] == made.outcome.record["formula"]


def test_the_worst_comes_first_with_what_repairs_it(made: Made) -> None:
    design = described(
        made,
        outcome="cap",
        checks=[
            example_check().to_dict(),
            example_check("difference", "warn", column="sex").to_dict(),
            example_check("overlap", "cap").to_dict(),
        ],
    )
    assert [look.outcome for look in design.looks] == ["cap", "warn", "fit"]
    assert design.looks[1].sentence.startswith("Sex differs between the arms")
    assert design.looks[1].sentence.endswith("List it.")
    assert "nothing may be called a candidate" in design.sentence


def test_every_kind_of_check_is_asked_in_words(made: Made) -> None:
    """A new check of the gate needs a question of its own."""
    for name in SENTENCES:
        design = described(made, checks=[example_check(name).to_dict()])
        assert re.search(r"\?|There is none", design.looks[0].question), name
        assert "_" not in design.looks[0].question


def test_a_refused_design_shows_where_libraries_stand_and_no_more(refused: Made) -> None:
    design = describe_design(refused.run, refused.outcome, quotable=False)
    assert design.outcome == "refuse"
    assert design.looks[0].question == "Can condition be told from batch?"
    assert "It takes colorectal and healthy libraries" in design.looks[0].sentence
    assert design.groups[0].column == "batch"
    assert design.groups[0].both == 0
    assert any("B1: " in cell for cell in design.groups[0].cells)
    assert "AUC" not in words(design)
    assert not re.search(r"\bp = ", words(design))
    assert all(not section.shown for section in design.sections)
    assert "No section opens" in design.next


def test_what_is_not_quotable_leaves_its_sentence_without_the_number(made: Made) -> None:
    looked = example_check("separability", "cap", column="age", value=0.97).to_dict()
    record = {**made.outcome.record, "checks": [looked], "verdict": "refused"}
    outcome: Outcome = replace(made.outcome, record=record)
    look = describe_design(made.run, outcome, quotable=False).looks[0]
    assert look.found == ""
    assert look.sentence.startswith("Age alone tells the arms apart: hardly anybody")


def test_forced_and_missing_covariates_are_told(made: Made) -> None:
    samples = [dict(one) for one in made.outcome.record["samples"]]
    samples[0] |= {
        "used": False,
        "exclusion": Exclusion("covariate_empty", {"column": "age"}).to_dict(),
    }
    samples[1] |= {"used": True, "unit": samples[2]["sample"]}
    lacking = {"column": "stage", "missing": 12, "libraries": 30}
    gone = Warning("covariate_missing", lacking).to_dict()
    facts = described(made, samples=samples, forced_covariates=["age"], warnings=[gone]).facts
    told = dict(facts)
    assert told["Forced in"].startswith("age: ")
    assert told["Missing covariates"] == "1 library not used: age is empty"
    assert "summed" in told["Replicates"]
    assert told["Left out of the model"].startswith("stage is missing in 12 of 30 libraries")


def test_levels_with_a_comma_are_not_split(made: Made) -> None:
    """Batches `Lab A, plate 1` and `Lab A, plate 2` were printed as four groups."""
    levels = ["Lab A, plate 1", "Lab A, plate 2"]
    kinds = {"batch": {"kind": "groups", "levels": levels}, "age": {"kind": "number", "levels": []}}
    told = dict(described(made, covariate_kinds=kinds).facts)
    assert told["Read as"].startswith("batch, 2 groups (Lab A, plate 1")
    assert told["Read as"].endswith("age, a number")


def test_controls_of_one_sex_are_told() -> None:
    made = fake_run(Plan(case="ovarian", covariates=("batch", "age")))
    told = dict(describe_design(made.run, made.outcome, quotable=True).facts)
    males = (made.run.sheet["sex"] == "male").sum()
    assert told["Sex"].startswith("ovarian is studied in females alone")
    assert f"{males} libraries" in told["Sex"] or f"{males - 1} libraries" in told["Sex"]


def test_the_next_section_names_its_number(made: Made) -> None:
    """16 people in each arm: candidates, and 20 for a panel."""
    design = describe_design(made.run, made.outcome, quotable=True)
    shown = {section.name: section.shown for section in design.sections}
    assert shown["Candidates"]
    assert not shown["A panel"]
    assert "(a panel) takes 20 people in each arm" in design.next

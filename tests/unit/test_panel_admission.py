"""Another cohort is looked at as a run looks at its own before a panel answers for it."""

from dataclasses import replace

import numpy as np
import pytest
from exosift.config import defaults
from exosift.contrasts import Contrast
from exosift.panel.bundle import FrozenPanel, freeze
from exosift.panel.ledger import applied_before
from exosift.panel.procedure import panel_procedure
from exosift.panel.validation import validate
from exosift.sentences.exclusions import exclusion_sentence
from exosift.sentences.validation import refusal_sentences, weakness_sentences

from tests.panel_cohort import SETTINGS, made_cohort, other_cohort

CONTRAST = Contrast("ill_vs_well", "none", "ill", "well", covariates=("batch",))
MADE_WITH = {"protocol": "nebnext", "isolation": "ExoQuick", "biofluid": "plasma"}


@pytest.fixture(scope="module")
def panel():
    libraries = made_cohort()
    libraries = replace(libraries, sheet=libraries.sheet.assign(**MADE_WITH))
    fitted = panel_procedure(SETTINGS, [1]).fit(
        libraries.counts, libraries.is_case, libraries.subjects
    )
    threshold = {"rule": "balanced", "value": 0.1}
    return FrozenPanel(freeze(fitted, libraries, CONTRAST, SETTINGS, threshold, {}))


@pytest.fixture
def cohort():
    """Counts and sheet of people who were treated alike, in batches that hold both arms."""
    counts, sheet = other_cohort()
    batch = [f"B{at // 2 % 3}" for at in range(len(sheet))]
    return counts, sheet.assign(batch=batch, **MADE_WITH)


@pytest.fixture
def ask(panel):
    """Apply the panel; give the record."""

    def applied(counts, sheet, contrast=CONTRAST, **more):
        found = validate(panel, counts, sheet, contrast, SETTINGS, **more)
        assert ("auc" in found.record) == (found.record["status"] == "applied")
        return found.record

    return applied


def test_a_sound_cohort_is_asked_without_a_word(ask, cohort):
    record = ask(*cohort)
    assert record["status"] == "applied"
    assert record["design"]["outcome"] == "fit"
    assert record["warnings"] == record["left_out"] == []
    assert {one["code"] for one in record["design"]["checks"]} >= {"overlap", "association"}


@pytest.mark.parametrize("column", ["batch", "protocol", "flow_cell"])
def test_what_coincides_with_the_arms_gives_no_auc(ask, cohort, column):
    counts, sheet = cohort
    sheet[column] = np.where(sheet["condition"] == "ill", "one", "two")
    record = ask(counts, sheet)
    assert record["status"] == "refused"
    assert record["design"]["outcome"] == "refuse"
    assert record["reasons"][0]["code"] == "coincidence"
    assert f"{column} and condition coincide completely" in refusal_sentences(record)[0]


def test_a_batch_that_nearly_coincides_gives_no_auc(ask, cohort):
    counts, sheet = cohort
    sheet["batch"] = np.where(sheet["condition"] == "ill", "one", "two")
    sheet.loc[["other_s000", "other_s001"], "batch"] = "two", "one"
    record = ask(counts, sheet)
    assert record["status"] == "refused"
    assert record["design"]["checks"]


def test_an_unlike_age_is_told_without_a_model(ask, cohort):
    counts, sheet = cohort
    rng = np.random.default_rng(2)
    age = rng.normal(60, 8, len(sheet)) + 7 * (sheet["condition"] == "ill")
    record = ask(counts, sheet.assign(age=age.round().astype(int).astype(str)))
    assert record["status"] == "applied"
    found = weakness_sentences(record)
    (said,) = [text for text in found if text.startswith("age ")]
    assert "and nothing is adjusted here: the panel may owe it a part of its AUC" in said
    assert "covariates" not in " ".join(found)


def test_people_whose_age_is_not_known_are_asked_all_the_same(ask, cohort):
    counts, sheet = cohort
    age = np.where(sheet["condition"] == "ill", "70", "50").astype(object)
    age[:4] = ""
    record = ask(counts, sheet.assign(age=age))
    assert record["n_case"] + record["n_control"] == len(sheet)
    assert record["design"]["outcome"] == "cap"


def test_a_kit_that_the_panel_never_saw_is_told(ask, cohort):
    counts, sheet = cohort
    assert weakness_sentences(ask(counts, sheet.assign(protocol="NEBnext"))) == []
    record = ask(counts, sheet.assign(protocol="truseq"))
    assert [one["code"] for one in record["warnings"]] == ["kit_never_seen"]
    assert record["warnings"][0]["facts"]["value"] == "truseq"
    (said,) = weakness_sentences(record)
    assert said.startswith("48 of the 48 libraries are of protocol truseq, which the panel never")
    assert "trained on nebnext" in said
    (said,) = weakness_sentences(ask(counts, sheet.drop(columns="isolation").assign(biofluid="")))
    assert said.startswith("The sheet of the other cohort does not tell isolation and biofluid, so")
    (said,) = weakness_sentences(ask(counts, sheet.drop(columns=list(MADE_WITH))))
    assert "does not tell protocol, isolation and biofluid, so" in said
    assert "sheet of the training" not in said


def test_controls_are_of_the_sex_that_has_the_cancer(ask, cohort):
    counts, sheet = cohort
    contrast = replace(CONTRAST, cancer="prostate")
    sex = np.where(sheet["condition"] == "ill", "male", "").astype(object)
    sex[1::2] = np.where(np.arange(24) % 3 == 0, "female", "male")
    record = ask(counts, sheet.assign(sex=sex), contrast)
    assert record["n_control"] == 16
    assert {exclusion_sentence(one["exclusion"]) for one in record["left_out"]} == {
        "sex is female; prostate is studied in males alone"
    }
    assert "does not tell the sex of anybody" in " ".join(
        weakness_sentences(ask(*cohort, contrast))
    )


def test_libraries_that_hold_too_little_are_left_out(ask, cohort):
    counts, sheet = cohort
    limits = defaults()["quality"]
    limits |= {"mirna_reads": {"fail_below": 3000}, "mirnas_detected": {"fail_below": 40}}
    counts["other_s003"] = counts["other_s003"] // 100
    record = ask(counts, sheet, limits=limits)
    assert record["n_control"] == 23
    (one,) = record["left_out"]
    assert one["sample"] == "other_s003"
    assert "reads of mature miRNAs (fails below" in exclusion_sentence(one["exclusion"])
    limits["mirna_reads"] = {"fail_below": 1_000_000_000}
    record = ask(counts, sheet, limits=limits)
    assert record["status"] == "refused"
    assert (
        "has 0 people with condition 'ill' and usable counts; it takes 3. Not used: 48 ×"
        in refusal_sentences(record)[0]
    )


def test_pairs_are_asked_for_only_where_there_are_some(ask, cohort):
    counts, sheet = cohort
    paired = replace(CONTRAST, design="paired")
    assert ask(counts, sheet, paired)["status"] == "applied"
    people = [f"q{at // 2}" for at in range(len(sheet))]
    assert ask(counts, sheet.assign(subject=people), paired)["status"] == "applied"
    record = ask(counts, sheet.assign(subject=people))
    assert "(column subject) stand in both arms" in refusal_sentences(record)[0]


def test_two_cohorts_of_one_matrix_are_two():
    first = {"panel": "p1", "answers": "a", "counts": "file", "samples": "sheet"}
    first |= {"libraries": ["l1", "l2"], "names": ["n1", "n2"]}
    other = first | {
        "panel": "p2",
        "answers": "b",
        "libraries": ["l8", "l9"],
        "names": ["n8", "n9"],
    }
    assert applied_before(other, [first]) == ""
    assert applied_before(other | {"libraries": ["l2", "l9"]}, [first]) == "p1"
    files = {key: first[key] for key in ("panel", "answers", "counts", "samples")}
    assert applied_before(other, [files]) == "p1"

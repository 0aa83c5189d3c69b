"""The designs: what each answers about itself."""

import numpy as np
import pandas as pd
import pytest
from exosift.cohort import select_samples
from exosift.contrasts import Contrast
from exosift.designs import DEFAULT, DESIGNS, design_of

STAGES = ("I", "II", "III")
QUESTIONS = {
    "groups": Contrast("q", "lung", "lung", "healthy"),
    "paired": Contrast("q", "lung", "after", "before", column="timepoint", design="paired"),
    "trend": Contrast("q", "lung", "lung", "healthy", (), "stage", "trend", STAGES),
    "one_vs_rest": Contrast("q", "lung", "lung", "", design="one_vs_rest"),
    "change": Contrast("q", "lung", "yes", "no", (), "response", "change", ("before", "after")),
}


def course():
    """Make a sheet of four people, each before and after, of whom two respond."""
    rows = [
        {"subject": f"P{at}", "response": "yes" if at < 2 else "no", "timepoint": time}
        for at in range(4)
        for time in ("before", "after")
    ]
    sheet = pd.DataFrame(rows).assign(condition="lung")
    return sheet.set_index(pd.Index([f"L{at}" for at in range(8)], name="sample"))


def test_every_design_has_a_question_here():
    assert [*QUESTIONS] == [*DESIGNS]
    assert all(name == design.name and design.meaning for name, design in DESIGNS.items())
    assert Contrast("q", "lung", "lung", "healthy").design == DEFAULT == "groups"


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_contrast_keeps_the_text_of_the_sheet_and_knows_its_design(name):
    assert QUESTIONS[name].design == name
    assert QUESTIONS[name].kind is DESIGNS[name] is design_of({"design": name})


@pytest.mark.parametrize(
    ("name", "question", "effect", "fold"),
    [
        (
            "groups",
            "lung against healthy",
            "lung over healthy",
            "2.0-fold higher in healthy",
        ),
        (
            "paired",
            "timepoint after against timepoint before, within subjects",
            "timepoint after over timepoint before",
            "2.0-fold higher in timepoint before",
        ),
        (
            "trend",
            "trend over stage I, II, III of lung, above healthy",
            "each level of stage over the one below",
            "2.0-fold lower with each level",
        ),
        (
            "one_vs_rest",
            "lung against all others",
            "lung over all others",
            "2.0-fold higher in all others",
        ),
        (
            "change",
            "change from before to after, response yes against response no",
            "change of response yes over change of response no",
            "change 2.0-fold higher in response no",
        ),
    ],
)
def test_question_and_effect_in_words(name, question, effect, fold):
    asked = QUESTIONS[name]
    assert asked.kind.describe_question(asked) == question
    assert asked.kind.describe_effect(asked) == effect
    assert asked.kind.describe_fold(asked, -1.0) == fold


def test_only_a_trend_has_several_steps():
    levels = ["healthy", *STAGES]
    steps = {name: design.steps(levels) for name, design in DESIGNS.items()}
    assert steps == {"groups": 1, "paired": 1, "trend": 3, "one_vs_rest": 1, "change": 1}


def test_what_each_design_compares():
    def having(what):
        return [name for name, design in DESIGNS.items() if getattr(design, what)]

    assert having("repeated") == ["paired", "change"]
    assert having("compares_people") == ["groups", "one_vs_rest"]
    assert having("compares_changes") == having("no_quality") == ["change"]
    assert having("ordered") == ["trend"]
    assert having("against_rest") == ["one_vs_rest"]
    assert having("case_control") == ["groups"]
    assert having("has_auc") == ["groups", "paired", "trend", "one_vs_rest"]
    assert having("no_panel") == ["trend", "change"]
    taken_singly = {name: design.independent_design for name, design in DESIGNS.items()}
    assert taken_singly == {name: name for name in DESIGNS} | dict.fromkeys(
        ("paired", "change"), "groups"
    )


def test_a_change_tests_the_later_libraries_of_cases_and_permutes_people():
    sheet, asked = course(), QUESTIONS["change"]
    cohort = select_samples(sheet, asked)
    tested = asked.kind.tested_column(asked, cohort)
    later = sheet.loc[cohort.units, "timepoint"] == "after"
    assert list(tested) == list((later & (sheet.loc[cohort.units, "response"] == "yes")) * 1.0)
    values = np.arange(8.0)[None, :] ** 2
    change, is_case = asked.kind.compared_values(values, asked, cohort)
    assert change.tolist() == [[1, 5, 9, 13]]
    assert is_case.tolist() == [True, True, False, False]
    assert asked.kind.monitored_changes(values, asked, cohort).tolist() == [[1, 5]]
    rng = np.random.default_rng(1)
    strata = np.zeros(8, dtype=int)
    permuted = [asked.kind.permute(tested, strata, asked, cohort, rng) for _ in range(20)]
    assert all(one.sum() == 2 and one[~later.to_numpy()].sum() == 0 for one in permuted)
    assert len({tuple(one) for one in permuted}) > 3


def test_labels_stay_within_their_strata():
    tested, strata = np.array([1.0, 0, 0, 1, 1, 1]), np.array([0, 0, 0, 1, 1, 1])
    kind, asked = DESIGNS["groups"], QUESTIONS["groups"]
    rng = np.random.default_rng(1)
    for _ in range(10):
        permuted = kind.permute(tested, strata, asked, select_samples(course(), asked), rng)
        assert permuted[:3].sum() == 1
        assert permuted[3:].sum() == 3
    assert tested.tolist() == [1, 0, 0, 1, 1, 1]


def test_changes_within_subjects_are_asked_of_repeated_designs_alone():
    with pytest.raises(NotImplementedError, match="groups compares nothing within subjects"):
        DESIGNS["groups"].first_level(QUESTIONS["groups"])
    assert DESIGNS["paired"].first_level(QUESTIONS["paired"]) == "control"
    assert {n: d.single_level(QUESTIONS[n]) for n, d in DESIGNS.items()} == dict.fromkeys(
        DESIGNS, ""
    ) | {"change": "before"}

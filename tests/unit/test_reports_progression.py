"""The sections of designs beyond two arms: what they say, and what they must not claim."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from exosift.reports.balance import compare_arms, imbalances
from exosift.reports.blood import compare_blood
from exosift.reports.leading import Progression
from exosift.reports.level_figures import gather_units
from exosift.reports.progression import progression

from tests.fake_course import CONTRASTS, PLANTED, TO_CONTROLS, fake_course
from tests.fake_run import Made, write_pages


@pytest.fixture(scope="module")
def courses() -> dict[str, Made]:
    """One cohort for each design."""
    return {design: fake_course(design) for design in CONTRASTS}


def told(courses: dict[str, Made], design: str) -> Progression:
    """Give the section of a design."""
    made = courses[design]
    found = progression(made.run, made.outcome)
    assert found is not None
    return found


def rows(section: Progression) -> dict[str, dict[str, str]]:
    """Read a table by miRNA and heading."""
    return {
        row[0].text: dict(zip(section.heads, (cell.text for cell in row), strict=True))
        for row in section.rows
    }


def test_a_difference_to_the_controls_is_no_trend(courses: dict[str, Made]) -> None:
    """One planted miRNA rises with every stage, another only over the controls."""
    section = told(courses, "trend")
    found = rows(section)
    assert found[PLANTED]["Read"] == "a trend among the cases too"
    assert found[TO_CONTROLS]["Read"].startswith("a difference to the controls")
    assert section.rows[0][0].text == PLANTED
    said = " ".join(section.sentences)
    assert "healthy (12), I (12), II (12) and III (12)" in said
    assert "is a difference to the controls and no trend" in said


def test_without_controls_the_cases_are_all_there_is(courses: dict[str, Made]) -> None:
    section = told(courses, "within")
    assert "cases alone" not in " ".join(section.heads)
    assert "one condition (lung): no difference between conditions can pose" in " ".join(
        section.sentences
    )


def test_people_are_drawn_and_counted_beyond_their_reference_change(
    courses: dict[str, Made],
) -> None:
    section = told(courses, "paired")
    assert rows(section)[PLANTED]["People beyond"] == "100%"
    assert str(section.figures[0].svg).count('class="slope beyond"') == 12
    said = " ".join(section.sentences)
    assert "12 people" in said
    assert "There are no replicates, or too few" in said


def test_a_change_predicts_nothing(courses: dict[str, Made]) -> None:
    section = told(courses, "change")
    said = " ".join(section.sentences)
    assert "predicts nothing at before" in said
    assert "subset timepoint=before" in said
    changes = rows(section)[PLANTED]
    assert float(changes["Mean change, response yes"]) > 2
    assert abs(float(changes["Mean change, response no"].replace("\N{MINUS SIGN}", "-"))) < 1


def test_a_baseline_stands_apart_from_the_change(courses: dict[str, Made]) -> None:
    section = told(courses, "baseline")
    assert "time point before" in section.sentences[0]
    assert not section.rows


def test_the_nearest_of_the_others_is_named(courses: dict[str, Made]) -> None:
    made = courses["one_vs_rest"]
    nearest = rows(told(courses, "one_vs_rest"))[PLANTED]["Nearest other"]
    levels = gather_units(made.run, made.outcome).levels.loc[PLANTED]
    groups = made.run.sheet.loc[levels.index, "condition"]
    means = levels.groupby(groups).mean()
    gaps = np.abs(means.drop("lung") - means["lung"])
    assert nearest == gaps.idxmin()


def test_two_plain_arms_have_no_such_section(courses: dict[str, Made]) -> None:
    made = courses["trend"]
    plain = type(made.outcome.contrast)("plain", "lung", "lung", "healthy")
    outcome = type(made.outcome)(plain, made.outcome.record, made.outcome.table, made.outcome.table)
    assert progression(made.run, outcome) is None


def test_no_finding_is_made_of_nothing() -> None:
    made = fake_course("paired", effect=0.0)
    section = progression(made.run, made.outcome)
    assert section is not None
    assert "are no finding" in " ".join(section.sentences)


def test_few_people_have_no_leading_mirna() -> None:
    made = fake_course("paired", people=4, effect=0.0)
    section = progression(made.run, made.outcome)
    assert section is not None
    assert not section.rows
    assert not section.figures
    assert "too few people for an order" in " ".join(section.sentences)


@pytest.mark.parametrize("design", list(CONTRASTS))
def test_the_whole_page_of_every_design(
    courses: dict[str, Made], design: str, tmp_path: Path
) -> None:
    page, _ = write_pages(tmp_path, courses[design])
    assert told(courses, design).title in page
    assert not re.search(r"\bnan\b", page, re.IGNORECASE)


def test_a_change_counts_people_once_and_holds_them_against_themselves(
    courses: dict[str, Made],
) -> None:
    run, outcome = courses["change"].run, courses["change"].outcome
    old = (run.sheet["response"] == "yes") & (run.sheet["subject"] != "P01")
    run = replace(run, sheet=run.sheet.assign(age=np.where(old, "70", "50")))
    age, batch = (
        next(row for row in compare_arms(run, outcome) if row.column == column)
        for column in ("age", "batch")
    )
    assert age.grade == "large"
    assert batch.case == ("B1: 12", "B2: 12")  # libraries, two of each person
    ((_, warning),) = imbalances([age], repeated=outcome.contrast.kind.repeated)
    assert warning.endswith("each is their own control, but may change with it.")
    ((_, warning),) = imbalances([age])
    assert warning.endswith("the model is not adjusted for it.")


def test_blood_cells_that_a_person_has_at_both_times_are_no_difference(
    courses: dict[str, Made],
) -> None:
    run, outcome = courses["change"].run, courses["change"].outcome
    index = pd.Series(0.0, index=run.quality.index)
    index[outcome.arm("case")] = 5.0
    index += np.where(run.sheet["timepoint"] == "after", 0.25, 0.0)
    quality = run.quality.assign(haemolysis_h1_z=index)
    red = compare_blood(replace(run, quality=quality), outcome)[0]
    assert len(red.case) == len(red.control) == 12
    assert red.case == pytest.approx(0.25)
    assert not red.differs
    assert red.compared == "the changes of the arms"


def test_the_standardised_effect_of_a_change_is_that_of_the_changes(
    courses: dict[str, Made],
) -> None:
    row = courses["change"].outcome.table.set_index("mirna").loc[PLANTED]
    assert row["hedges_g"] > 4  # the people differ, but each moves by as much


@pytest.mark.parametrize(
    ("design", "names"),
    [
        ("paired", ("after", "before")),
        ("change", ("yes", "no")),
        ("trend", ("lung", "healthy")),
        ("within", ("II and III", "I")),
        ("one_vs_rest", ("lung", "all others")),
    ],
)
def test_arms_have_brief_names_that_differ(
    courses: dict[str, Made], design: str, names: tuple[str, str]
) -> None:
    outcome = courses[design].outcome
    assert (outcome.brief("case"), outcome.brief("control")) == names

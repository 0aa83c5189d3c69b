"""What pages say of other cancers, of several cohorts, and of what could have been seen."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from exosift.across_cancers import COLUMNS, LABELS
from exosift.meta_analysis import combine_cohorts
from exosift.reports import Outcome, Run, build_index, build_report
from exosift.reports.candidate_cards import shown_mirnas
from exosift.reports.other_cancers import MEANINGS, WORDS, look_elsewhere, survey
from exosift.reports.reach import reach
from exosift.reports.several_cohorts import combine

from tests.fake_run import Made, Plan, fake_run

CANCERS = ("colorectal", "lung")
EMPTY = ("tier", "label", "rest_contrast", "reason")


@pytest.fixture(scope="module")
def made() -> Made:
    return fake_run(Plan(from_counts=True))


def cell(mirna: str, cancer: str, effect: float, **cells: Any) -> dict[str, Any]:
    return {
        **dict.fromkeys(EMPTY, ""),
        **{"mirna": mirna, "cancer": cancer, "contrast": f"{cancer}_vs_healthy"},
        **{"candidate": "no", "log2fc": effect, "ci_low": effect - 0.4, "ci_high": effect + 0.4},
        **{"edger_q": 0.5, "limma_q": 0.5, "tau": 0.2, "tau_percentile": 0.91},
        **cells,
    }


def with_across(made: Made, rows: list[dict[str, Any]]) -> Run:
    return replace(made.run, across=pd.DataFrame(rows, columns=list(COLUMNS)))


@pytest.fixture
def run(made: Made) -> Run:
    first, second, third = made.outcome.candidates["mirna"][:3]
    called = {"candidate": "yes", "tier": "B", "edger_q": 0.001, "limma_q": 0.002}
    shared = {"label": "shared", "shared": 2, "cancers": 2}
    alone = {"label": "in_one_only", "shared": 1, "cancers": 2, "reason": "Specificity takes more."}
    rows = [
        cell(first, "colorectal", 1.2, **called, **alone),
        cell(first, "lung", 0.1),
        cell(second, "colorectal", -2.4, **called, **shared),
        cell(second, "lung", -0.7, **called, **shared),
        cell(third, "colorectal", np.nan),
        cell(third, "lung", 1.1, **called, label="not_identifiable", reason="None is comparable."),
    ]
    return with_across(made, rows)


def test_the_contrast_of_each_cancer_is_named(made: Made, run: Run) -> None:
    told = " ".join(look_elsewhere(run, "lung", [made.outcome]).sentences)
    assert "against controls: colorectal_vs_healthy and lung_vs_healthy." in told


def test_every_label_has_words_and_a_meaning() -> None:
    assert tuple(WORDS) == tuple(MEANINGS)
    assert set(WORDS) == set(LABELS)


def test_candidates_stand_beside_their_effects_in_other_cancers(made: Made, run: Run) -> None:
    found = look_elsewhere(run, "colorectal", [made.outcome])
    assert found.cancers == CANCERS
    order = [name for name in made.outcome.candidates["mirna"] if name in set(run.across["mirna"])]
    assert [row.mirna for row in found.rows] == order[:2]
    alone, shared = found.rows
    assert (alone.label, alone.told) == ("in one only", "")
    assert shared.label == "shared, 2 of 2"
    assert [one.style for one in shared.cells] == ["control-3", "control-1"]
    assert [one.style for one in alone.cells] == ["case-2", ""]
    assert [one.differs for one in alone.cells] == [True, False]
    assert "1 shared and 1 in one only" in found.sentences[0]
    assert "nothing can be called specific" in found.sentences[1]


def test_where_nothing_can_be_compared_the_page_says_why(made: Made, run: Run) -> None:
    def told(run: Run, cancer: str, outcome: Outcome = made.outcome) -> str:
        found = look_elsewhere(run, cancer, [outcome])
        assert not found.rows
        return found.sentences[0]

    refused = replace(made.outcome, record={**made.outcome.record, "verdict": "refused"})
    assert "was tested" in told(run, "colorectal", refused)
    assert "only cancer" in told(with_across(made, []), "colorectal")
    assert "No cases of this cancer" in told(run, "melanoma")
    bare = replace(run, across=run.across.assign(candidate="no"))
    assert "none of its miRNAs" in told(bare, "lung")
    two = pd.concat([made.run.power, made.run.power.assign(cancer="lung")])
    nothing = replace(with_across(made, []), power=two)
    assert "No contrast of cases against controls has a candidate" in told(nothing, "colorectal")


def test_the_front_page_gathers_the_candidates_of_all_cancers(
    made: Made, run: Run, tmp_path: Path
) -> None:
    found = survey(run)
    assert found is not None
    assert found.sentence == ("3 miRNAs are candidates in at least one of 2 cancers, 1 in several.")
    assert found.rows[0].labels == ("shared, 2 of 2",)
    assert found.rows[-1].cells[0].effect in ("not tested", "+1.20")
    build_index(run, [made.outcome], tmp_path / "index.html")
    page = (tmp_path / "index.html").read_text()
    assert "Candidates across the cancers" in page
    assert "in one only" in page
    assert survey(made.run) is None


def test_names_of_other_cancers_are_not_live(made: Made, run: Run, tmp_path: Path) -> None:
    payload = "<img src=x onerror=alert(1)>"
    across = run.across.replace({"cancer": {"lung": f"lung{payload}"}})
    across["reason"] = payload
    build_report(replace(run, across=across), "colorectal", [made.outcome], tmp_path / "a.html")
    page = (tmp_path / "a.html").read_text()
    assert payload not in page
    assert "&lt;img src=x" in page


def cohorts(made: Made, *shifts: float) -> tuple[Run, list[Outcome]]:
    """Tell of the same cohort several times, as if its people were others."""
    outcomes = []
    for at, shift in enumerate(shifts):
        table = made.outcome.table.copy()
        for name in ("log2fc", "ci_low", "ci_high"):
            table[f"edger_{name}"] += shift
        record = dict(made.outcome.record)
        record["samples"] = [one | {"sample": f"{at}{one['sample']}"} for one in record["samples"]]
        contrast = replace(made.outcome.contrast, name=f"cohort_{at}")
        outcomes.append(replace(made.outcome, contrast=contrast, table=table, record=record))
    named = {one.contrast.name: one for one in outcomes}
    meta = combine_cohorts(
        [one.contrast for one in outcomes],
        {name: one.table for name, one in named.items()},
        {name: one.record for name, one in named.items()},
    )
    return replace(made.run, meta=meta), outcomes


def test_a_forest_shows_each_cohort_and_all_together(made: Made) -> None:
    run, outcomes = cohorts(made, 0.0, 0.1, -0.1)
    found = combine(run, "colorectal", outcomes)
    assert found is not None
    first = found.forests[0]
    row = run.meta.set_index("mirna").loc[first.title]
    assert first.svg.count("cohort_") >= 6  # a label and the words of a mark each
    assert "Together" in first.caption
    assert f"{row['same_sign']} of 3 the same way" in first.caption
    assert "cohort_0, cohort_1 and cohort_2" in found.sentences[0]
    assert "Two cohorts say little" not in " ".join(found.sentences)
    assert len(found.forests) + found.more >= len(shown_mirnas(outcomes[0])) > 0


def test_two_cohorts_are_said_to_be_few_and_one_has_no_section(made: Made) -> None:
    run, outcomes = cohorts(made, 0.0, 0.1)
    found = combine(run, "colorectal", outcomes)
    assert found is not None
    assert "Two cohorts say little" in found.sentences[-1]
    assert combine(run, "lung", outcomes) is None
    assert combine(made.run, "colorectal", [made.outcome]) is None


def test_what_could_have_been_seen_is_told_with_the_numbers_of_the_table(made: Made) -> None:
    found = reach(made.run, made.outcome)
    assert found is not None
    middle = made.run.power["detectable_median"].iloc[0]
    assert f"by {middle:.2f} log₂ (a factor of" in found.sentences[0]
    assert found.has_people
    rows = made.outcome.candidates.set_index("mirna")
    for one in found.rows:
        known = rows.loc[one.mirna, "validation_per_arm_cautious"]
        assert one.cautious == ("–" if np.isnan(known) else f"{max(known, 3):,.0f}")
    assert "Bonferroni" in found.validation


def test_a_trend_is_told_per_level_and_without_people(made: Made) -> None:
    contrast = replace(made.outcome.contrast, design="trend", column="stage", levels=("I", "II"))
    bare = made.outcome.candidates.assign(
        validation_per_arm=np.nan, validation_per_arm_cautious=np.nan
    )
    found = reach(made.run, replace(made.outcome, contrast=contrast, candidates=bare))
    assert found is not None
    assert "log₂ per level" in found.sentences[0]
    assert "from the first level to the last" in found.sentences[1]
    assert not found.has_people
    assert "two arms" in found.validation
    assert reach(replace(made.run, power=made.run.power[:0]), made.outcome) is None

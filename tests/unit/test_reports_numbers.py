"""The numbers of the reports: sums that close, differences that mean what they say."""

import math
import re
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest
from exosift.contrasts import Contrast
from exosift.criteria import Assessment
from exosift.findings import Caveat, Exclusion, Finding
from exosift.reports import Outcome
from exosift.reports.balance import compare_arms, difference_of_groups, difference_of_numbers
from exosift.reports.drawing import log_scale, place_labels, round_ticks, spread
from exosift.reports.expression_figures import p_value_reading, volcano
from exosift.reports.flow import STEPS, follow, losses
from exosift.reports.markers import choose_markers
from exosift.reports.verdict import Panel, best_by_chance, give_answer
from exosift.reports.wording import interval, listed, probability, signed
from exosift.verdicts import reach_verdict

from tests.example_findings import example_check
from tests.fake_run import Made, Plan, fake_run


@pytest.fixture(scope="module")
def made() -> Made:
    return fake_run()


def test_every_step_of_the_flow_closes(made: Made) -> None:
    steps = follow(made.run, made.outcome)
    assert [step.name for step in steps] == list(STEPS)
    assert steps[0].case + steps[0].control == len(made.run.sheet)
    for before, after in pairwise(steps):
        lost = len(after.losses)
        assert before.case + before.control == after.case + after.control + lost
        assert sum(n for n, _ in after.reasons) == lost
    last = steps[-1]
    record = made.outcome.record
    assert (last.case, last.control) == (record["n_case"], record["n_control"])
    assert len(losses(made.run, made.outcome)) == 2
    assert [len(step.losses) for step in steps] == [0, 1, 1, 0]


def test_a_library_lost_for_a_covariate_is_lost_at_the_contrast(made: Made) -> None:
    record = dict(made.outcome.record)
    record["samples"] = [dict(one) for one in record["samples"]]
    third = next(one for one in record["samples"] if one["used"])
    third |= {"used": False, "exclusion": Exclusion("covariate_empty", {"column": "age"}).to_dict()}
    steps = follow(made.run, replace(made.outcome, record=record))
    assert [loss.sample for loss in steps[-1].losses] == [third["sample"]]
    assert steps[-1].reasons == [(1, "Age is empty.")]


def test_differences_of_the_arms() -> None:
    case, control = np.array([1.0, 2.0, 3.0]), np.array([3.0, 4.0, 5.0])
    assert difference_of_numbers(case, control) == pytest.approx(2.0)
    assert math.isnan(difference_of_numbers(case[:1], control))
    case, control = pd.Series(list("aaab")), pd.Series(list("abbb"))
    assert difference_of_groups(case, control) == pytest.approx(0.5 / math.sqrt(0.1875))
    assert difference_of_groups(case, case) == pytest.approx(0.0)
    assert math.isinf(difference_of_groups(pd.Series(["a"] * 3), pd.Series(["b"] * 3)))
    assert math.isinf(difference_of_groups(pd.Series(list("aab")), pd.Series(list("ccd"))))


def test_a_large_difference_warns_only_where_the_model_ignores_it(made: Made) -> None:
    rows = {row.column: row for row in compare_arms(made.run, made.outcome)}
    assert rows["age"].adjusted
    assert rows["biofluid"].difference == "0.00"
    assert rows["stage"].difference == "patients only"
    bare = fake_run(Plan(covariates=()))
    sheet = bare.run.sheet.copy()
    cases = sheet["condition"] == bare.outcome.case
    sheet["batch"] = ["late" if case else "early" for case in cases]
    run = replace(bare.run, sheet=sheet)
    row = {row.column: row for row in compare_arms(run, bare.outcome)}["batch"]
    assert row.grade == "large"
    assert not row.adjusted


def test_the_best_of_many_by_chance() -> None:
    rng = np.random.default_rng(1)
    tested, cases, controls = 60, 12, 15
    best = []
    for _ in range(400):
        ranks = rng.random((tested, cases + controls)).argsort(axis=1).argsort(axis=1) + 1
        u = ranks[:, :cases].sum(axis=1) - cases * (cases + 1) / 2
        auc = u / (cases * controls)
        best.append(np.maximum(auc, 1 - auc).max())
    assert best_by_chance(tested, cases, controls) == pytest.approx(np.median(best), abs=0.02)


@pytest.mark.parametrize(
    ("plan", "title"),
    [
        (Plan(), "CANDIDATES"),
        (Plan(changed=0), "NO CANDIDATES"),
        (Plan(per_arm=7, shallow=0), "EXPLORATORY"),
        (Plan(confounded=True), "REFUSED: CONFOUNDED (batch)"),
        (Plan(confounded=True, covariates=()), "REFUSED: CONFOUNDED (batch)"),
        (Plan(per_arm=3), "NOT ASSESSABLE: too few libraries"),
    ],
)
def test_the_verdict(plan: Plan, title: str) -> None:
    made = fake_run(plan)
    verdict = give_answer(made.run, made.outcome)
    assert verdict.title == title
    assert bool(verdict.best) == (title == "CANDIDATES")
    assert bool(verdict.repair) == (not verdict.quotable)


def test_no_candidate_and_no_green_where_blood_cells_explain_everything(made: Made) -> None:
    """Regression: 34 candidates in green, all 34 of which failed the criterion of confounders."""
    changed = {
        name: {**one, "criteria": [_explained(criterion) for criterion in one["criteria"]]}
        for name, one in made.outcome.assessed["mirnas"].items()
    }
    found = {name: Assessment.from_dict(one) for name, one in changed.items()}
    verdict = reach_verdict(made.outcome.record, found, 10)
    assessed = {"verdict": verdict.to_dict(), "mirnas": changed}
    answer = give_answer(made.run, replace(made.outcome, assessed=assessed))
    assert verdict.differ > 1
    differ = f"{verdict.differ} miRNAs differ"
    assert answer.title == (
        f"EXPLAINED BY BLOOD CELLS: {differ}, none survives adjustment for blood cells"
    )
    assert answer.slug == "explained-by-blood-cells"
    assert "none meets all criteria of a candidate" in answer.sentences[0]


def _explained(criterion: dict[str, Any]) -> dict[str, Any]:
    if criterion["name"] != "confounders":
        return criterion
    facts = {"q": 0.92, "limit": 0.1}
    return {"name": "confounders", "outcome": "not met", "code": "blood_q", "facts": facts}


def test_the_verdict_quotes_people_whom_no_model_has_seen(made: Made) -> None:
    auc = {"auc": 0.71, "low": 0.6, "high": 0.8, "apparent": 0.93}
    panel = {"auc": auc, "permutation": {"p": 0.01}, "leave_one_batch_out": {"reason": "one batch"}}
    record = {"reasons": [], "panel": panel}
    verdict = give_answer(made.run, replace(made.outcome, panel=record))
    assert verdict.panel == Panel(0.71, 0.6, 0.8, batches=False, p=0.01)
    panel["leave_one_batch_out"] = {"auc": 0.64, "low": 0.5, "high": 0.75, "batches": []}
    verdict = give_answer(made.run, replace(made.outcome, panel=record))
    assert verdict.panel == Panel(0.64, 0.5, 0.75, batches=True, p=0.01)
    few = Finding("more_people_needed", {"needed": 20, "of": "each_arm", "people": 12})
    reason = Finding("too_few_for_a_panel", {"because": few.to_dict()})
    record = {"reasons": [reason.to_dict()], "panel": None}
    verdict = give_answer(made.run, replace(made.outcome, panel=record))
    assert verdict.panel is None
    assert verdict.no_panel == "No panel: it takes 20 in each arm; there are 12."


def test_warnings_stand_worst_first_and_once(made: Made) -> None:
    verdict = give_answer(made.run, made.outcome, [(1, "least"), (99, "worst"), (1, "least")])
    assert verdict.warnings[0] == "Worst."
    assert verdict.warnings[-1] == "Least."


def test_blood_cells_among_the_candidates_are_warned_of(made: Made) -> None:
    caveat = Caveat("red_cell", {"evidence": "seen", "identifier": "PMID:1"}).to_dict()
    mirnas = made.outcome.assessed["mirnas"]
    changed = {name: {**one, "caveats": [caveat]} for name, one in mirnas.items()}
    outcome = replace(made.outcome, assessed={**made.outcome.assessed, "mirnas": changed})
    assert any("blood cells" in text for text in give_answer(made.run, outcome).warnings)


def test_odd_p_values_are_told_below_their_figure() -> None:
    def reading(**facts: object) -> str:
        outcome = "fit" if facts.get("shape") == "usual" or "not_assessable" in facts else "warn"
        return p_value_reading({"checks": [example_check("p_values", outcome, **facts).to_dict()]})

    assert "nothing unusual" in reading(shape="usual")
    assert "pile up near 1" in reading(shape="pile_near_one")
    assert "too few p-values" in reading(not_assessable="few_p_values")


def test_marks_do_not_cover_each_other() -> None:
    heights = np.random.default_rng(5).uniform(0, 60, 40).tolist()
    moved = spread(heights, 7, 60)
    places = list(zip(moved, heights, strict=True))
    gaps = [math.dist(a, b) for at, a in enumerate(places) for b in places[:at]]
    assert min(gaps) >= 7 - 1e-9
    assert spread([1.0, 100.0], 7, 60) == [0.0, 0.0]


def test_labels_stay_inside_and_apart() -> None:
    points = [(50.0 + 3 * at, 50.0 + 4 * (at % 3), f"miR-{at}-5p") for at in range(12)]
    obstacles = [(x, y) for x, y, _ in points]
    placed = place_labels(points, obstacles, (0, 0, 200, 100))
    assert 1 <= len(placed) < len(points)
    lone = place_labels([(195.0, 50.0, "miR-21-5p")], [(195.0, 50.0)], (0, 0, 200, 100))
    assert lone[0][3] == "end"


def test_no_name_stands_on_what_the_line_of_q_says(made: Made) -> None:
    rows = made.outcome.candidates.copy()
    at = rows.loc[rows["call"] == "candidate", "log2fc"].idxmax()
    rows.loc[at, "log2fc"] = rows["log2fc"].abs().max()
    rows.loc[at, "edger_p"] = rows.loc[rows["edger_q"] <= 0.05, "edger_p"].max()
    drawn = volcano(replace(made.outcome, candidates=rows), made.run.rules).svg
    texts = re.findall(r'<text x="([\d.]+)" y="([\d.]+)"[^>]*>([^<]*)</text>', str(drawn))
    (line,) = [float(y) for _, y, words in texts if words.startswith("q ≤")]
    name = rows.at[at, "mirna"].removeprefix("hsa-")
    (place,) = [(float(x), float(y)) for x, y, words in texts if words == name]
    assert place[0] < 490 or abs(place[1] - line) > 11


def test_ticks_are_round() -> None:
    assert [words for _, words in round_ticks(-2.7, 2.7, 5)] == ["−2", "0", "2"]
    assert [words for _, words in round_ticks(0, 0.04, 4)] == [
        "0.00", "0.01", "0.02", "0.03", "0.04",
    ]  # fmt: skip
    assert [words for _, words in log_scale([900, 30000], 0, 100).ticks][:2] == ["1,000", "2,000"]


def test_shapes_follow_batch_and_kit_as_far_as_they_reach(made: Made) -> None:
    markers = choose_markers(made.run, made.outcome)
    assert markers.told_by == ("batch", "protocol")
    assert len(set(markers.shapes.values())) == len(markers.shapes) == 4
    sheet = made.run.sheet.copy()
    sheet["batch"] = [f"B{at % 9}" for at in range(len(sheet))]
    markers = choose_markers(replace(made.run, sheet=sheet), made.outcome)
    assert markers.told_by == ("protocol",)
    sheet["protocol"] = [f"kit{at % 8}" for at in range(len(sheet))]
    assert choose_markers(replace(made.run, sheet=sheet), made.outcome).keys() == []


def test_numbers_in_words() -> None:
    assert signed(-0.456) == "−0.46"
    assert interval(-1, 2, sign=True) == "−1.00 to +2.00"
    assert [probability(p) for p in (1.0, 0.0123, 0.00004, 0.0)] == ["1", "0.012", "4×10⁻⁵", "0"]
    assert listed(["a", "b", "c"], most=2) == "a, b and 1 more"


@pytest.mark.parametrize(
    ("asked", "question", "effect"),
    [
        (
            Contrast("a", "lung", "lung", "healthy"),
            "lung against healthy",
            "lung over healthy",
        ),
        (
            Contrast("a", "lung", "4", "1", column="stage"),
            "stage 4 against stage 1",
            "stage 4 over stage 1",
        ),
        (
            Contrast("a", "lung", "after", "before", column="timepoint", design="paired"),
            "timepoint after against timepoint before, within subjects",
            "timepoint after over timepoint before",
        ),
        (
            Contrast(
                *("a", "lung", "lung", "healthy"),
                column="stage",
                design="trend",
                levels=("I", "II", "III"),
            ),
            "trend over stage I, II, III of lung, above healthy",
            "each level of stage over the one below",
        ),
        (
            Contrast("a", "lung", "lung", "", column="stage", design="trend", levels=("I", "II")),
            "trend over stage I, II of lung",
            "each level of stage over the one below",
        ),
        (
            Contrast("a", "lung", "lung", "", design="one_vs_rest"),
            "lung against all others",
            "lung over all others",
        ),
        (
            Contrast(
                *("a", "lung", "yes", "no"),
                column="response",
                design="change",
                levels=("day 0", "day 30"),
            ),
            "change from day 0 to day 30, response yes against response no",
            "change of response yes over change of response no",
        ),
    ],
)
def test_every_design_says_what_was_asked(asked: Contrast, question: str, effect: str) -> None:
    outcome = Outcome(asked, {}, pd.DataFrame(), pd.DataFrame())
    assert (outcome.question, outcome.effect) == (question, effect)

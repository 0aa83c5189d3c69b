"""What a page says of the tests themselves: agreement, permutations, and what makes them bend."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from exosift.reports.agreement import compare_tests
from exosift.reports.candidate_cards import shown_mirnas
from exosift.reports.robustness import taken, try_leaders

from tests.fake_run import Made, Plan, fake_run


@pytest.fixture(scope="module")
def made() -> Made:
    return fake_run(Plan(from_counts=True))


def found(made: Made) -> dict[str, tuple[str, str]]:
    return {
        one.name: (one.found, one.shared) for one in compare_tests(made.run, made.outcome).tests
    }


def recorded(made: Made, **cells: Any) -> Made:
    record = dict(made.outcome.record) | cells
    return Made(made.run, replace(made.outcome, record=record))


def test_each_test_is_counted_beside_what_both_engines_find(made: Made) -> None:
    table, lines = made.outcome.table, found(made)
    both = (table[["edger_q", "limma_q"]].max(axis=1) <= 0.05) & (
        np.sign(table["edger_log2fc"]) == np.sign(table["limma_log2fc"])
    )
    assert int(lines["both engines"][0]) == both.sum() > 0
    assert lines["both engines"][1] == lines["both engines"][0]
    assert int(lines["edgeR"][0]) == (table["edger_q"] <= 0.05).sum()
    beyond = table["treat_q"] <= 0.05
    assert lines["beyond a factor of 1.2"] == (str(beyond.sum()), str((beyond & both).sum()))


def test_a_test_that_was_not_run_says_why(made: Made) -> None:
    told = {one.name: one for one in compare_tests(made.run, made.outcome).tests}
    assert told["Wilcoxon"].found == told["DESeq2"].found == "–"
    assert told["Wilcoxon"].meaning == "Not run: takes 30 people in each arm."
    trend = replace(made.outcome, contrast=replace(made.outcome.contrast, design="trend"))
    told = {one.name: one for one in compare_tests(made.run, trend).tests}
    assert "not an order" in told["Wilcoxon"].meaning
    assert "beyond a factor of 1.2 per level" in told


@pytest.mark.parametrize(
    ("limma", "edger", "reading"),
    [
        (0.05, 0.052, "keep their promise"),
        (0.03, 0.05, "cautious"),
        (0.05, 0.066, "more than promised"),
        (0.09, 0.05, "too many"),
    ],
)
def test_the_inflation_is_put_into_words(
    made: Made, limma: float, edger: float, reading: str
) -> None:
    def one(share: float) -> dict[str, Any]:
        return {"permutations": 100, "small_share": share, "inflation": share / 0.05, "reason": ""}

    given = recorded(made, permutation=one(limma) | {"edger": one(edger)})
    text = compare_tests(given.run, given.outcome).sentences[-1]
    assert reading in text
    assert f"{limma:.1%} with limma" in text
    assert f"inflation {edger / 0.05:.2f}" in text


def test_without_permutations_the_reason_is_told(made: Made) -> None:
    reason = "Too few ways to permute the labels within batches."
    given = recorded(made, permutation={"permutations": 0, "small_share": None, "reason": reason})
    table = given.outcome.table.assign(permutation_p=np.nan)
    agreement = compare_tests(given.run, replace(given.outcome, table=table))
    assert agreement.sentences[-1].endswith(reason)
    assert next(t for t in agreement.tests if t.name == "by shuffled labels").meaning == reason


def test_the_leading_mirnas_stand_with_each_normalisation(made: Made) -> None:
    found = try_leaders(made.run, made.outcome)
    assert [line.mirna for line in found.lines] == list(shown_mirnas(made.outcome)["mirna"])
    rows = made.outcome.table.set_index("mirna")
    for line in found.lines:
        held = sum(cell.holds for cell in line.cells)
        assert line.holds == f"{held} of {len(found.names)}"
        assert held == rows.loc[line.mirna, "normalisations"]
        assert line.spike_in == ""
    assert not found.used_spike_ins
    assert found.spike_ins == "No spike-ins were counted."


def test_effects_that_blood_takes_are_named(made: Made) -> None:
    name = try_leaders(made.run, made.outcome).lines[0].mirna
    table = made.outcome.table.copy()
    leads = table["mirna"] == name
    table["blood_log2fc"] = table["limma_log2fc"]
    table["blood_ci_low"], table["blood_ci_high"] = table["limma_ci_low"], table["limma_ci_high"]
    table["attenuation"] = np.where(leads, 0.71, 0.02)
    table["blood_q"] = np.where(leads, 0.31, 0.001)
    blood = {"indices": ["h1"], "units": 30, "reason": "", "arms": {}}
    given = recorded(made, blood=blood)
    told = try_leaders(given.run, replace(given.outcome, table=table))
    assert f"more than 50% from {name.removeprefix('hsa-')}" in told.of_blood
    assert told.of_blood.endswith(f"(q above 0.1): {name.removeprefix('hsa-')}.")
    assert told.blood is not None
    assert "▲ 71%" in told.blood.svg
    reason = {"code": "too_few_scores", "facts": {"scored": 4, "units": 30}}
    none = recorded(made, blood=blood | {"indices": [], "reason": reason})
    bare = replace(none.outcome, table=table.assign(blood_log2fc=np.nan, attenuation=np.nan))
    told = try_leaders(none.run, bare)
    assert told.blood is None
    assert told.of_blood.endswith("Too few libraries have a score: 4 of 30.")


def test_amounts_that_turn_are_marked(made: Made) -> None:
    turned = -made.outcome.table["limma_log2fc"]
    table = made.outcome.table.assign(
        spike_in_log2fc=turned,
        spike_in_ci_low=turned - 0.1,
        spike_in_ci_high=turned + 0.1,
        spike_in_q=0.01,
    )
    given = recorded(made, spike_ins={"used": True, "reason": "", "meaning": "By volume."})
    told = try_leaders(given.run, replace(given.outcome, table=table))
    assert told.used_spike_ins
    assert all(line.turns for line in told.lines)
    assert told.spike_ins == "By volume."


@pytest.mark.parametrize(
    ("value", "words"), [(0.314, "31%"), (-0.26, "−26%"), (-0.003, "0%"), (np.nan, "–")]
)
def test_shares_keep_their_sign(value: float, words: str) -> None:
    assert taken(value) == words

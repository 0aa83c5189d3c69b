"""The criteria of a miRNA as a page shows them."""

import re

from exosift.criteria import (
    MET_FOR_B,
    NAMES,
    NOT_ASSESSED,
    NOT_MET,
    Assessment,
    Criterion,
)
from exosift.reports.criteria import tier_of


def assessment(**changes: Criterion) -> Assessment:
    return Assessment(tuple(changes.get(name, Criterion("", {}, name)) for name in NAMES))


SMALL = Criterion("small_effect", {"log2fc": -0.27, "span": 1, "limit": 0.58}, "effect", NOT_MET)
NO_PANEL = Criterion("no_panel", {}, "stability", NOT_ASSESSED)
FEW = Criterion("few_people_for_a", {"case": 12, "control": 14, "limit": 20}, "people", MET_FOR_B)
GLOBAL = Criterion("global_q_above", {"q": 0.07, "limit": 0.05}, "false_discovery", MET_FOR_B)


def test_every_criterion_is_shown_with_its_outcome() -> None:
    tier = tier_of(assessment(effect=SMALL, stability=NO_PANEL, people=FEW))
    assert [one.name for one in tier.criteria] == list(NAMES.values())
    assert [one.mark for one in tier.criteria] == [*"✓✓✗✓✓✓?✓✓✓"]
    assert (tier.letter, tier.met) == ("C", 8)
    signs = re.findall(r"<i class=\"criterion ([a-z-]+)\">([^<]+)</i>", tier.ticks())
    assert "".join(marks for _, marks in signs) == "✓✓✗✓✓✓?✓✓✓"
    assert [style for style, _ in signs][1::2] == ["not-met", "not-assessed", "met-for-b"]
    words = "not met: effect size; not assessed: stability of selection; met for B: sample size"
    assert f"8 of 10 criteria met; {words}" in tier.ticks()


def test_reasons_stand_with_their_criteria_and_the_worst_comes_first() -> None:
    shown = tier_of(assessment(effect=SMALL, stability=NO_PANEL, false_discovery=GLOBAL)).reasons
    assert [one.name for one in shown] == [
        *("effect size", "stability of selection", "false discovery rate"),
    ]
    assert shown[0].reason.startswith(
        "The log2 fold change (edgeR) is -0.27; a candidate needs 0.58"
    )
    assert shown[2].reason.endswith("tier A needs 0.05.")

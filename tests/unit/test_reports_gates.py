"""The gates of a miRNA as a page shows them."""

import re

import pandas as pd
import pytest
from exosift.reports.gates import reasons_by_gate, tier_of
from exosift.tiers import FAILED, FOR_B, GATES, PASSED, UNKNOWN


def row(**answers: str) -> pd.Series:
    cells = dict.fromkeys(GATES, PASSED) | answers
    return pd.Series({"tier": "C", "tier_limit": "", **cells, "gate_reasons": ""})


def test_every_gate_is_shown_with_its_answer() -> None:
    tier = tier_of(row(gate_3=FAILED, gate_7=UNKNOWN, gate_10=FOR_B))
    assert [gate.name for gate in tier.gates] == list(GATES.values())
    assert [gate.mark for gate in tier.gates] == [*"✓✓✗✓✓✓?✓✓✓"]
    assert tier.passed == 8
    signs = re.findall(r"<i class=\"gate ([a-z-]+)\">([^<]+)</i>", tier.ticks())
    assert "".join(marks for _, marks in signs) == "✓✓✗✓✓✓?✓✓✓"
    assert [style for style, _ in signs][1::2] == ["failed", "unknown", "for-b"]
    said = "failed: size of the effect; not assessable: stability; passed for B: people"
    assert f"8 of 10 gates; {said}" in tier.ticks()


def test_reasons_find_their_gates_and_failures_come_first() -> None:
    given = row(gate_3=FAILED, gate_7=UNKNOWN, gate_1=FOR_B)
    given["gate_reasons"] = (
        "False discovery: Over all contrasts of the run, q = 0.07; tier A needs 0.05. Size of the "
        "effect: log2 fold change -0.27, it takes 0.58 either way. Stability: no panel was trained."
    )
    told = tier_of(given).told
    assert [gate.name for gate in told] == ["size of the effect", "stability", "false discovery"]
    assert told[0].reason == "Log2 fold change -0.27, it takes 0.58 either way."
    assert told[2].reason.endswith("tier A needs 0.05.")


@pytest.mark.parametrize("name", GATES.values())
def test_each_gate_is_known_by_its_name(name: str) -> None:
    text = f"Detection: in 4%. {name.capitalize()}: for a reason."
    assert reasons_by_gate(text)[name] == "for a reason."

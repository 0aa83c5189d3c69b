"""The ten gates of a miRNA and its tier, as a page shows them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import pandas as pd
from markupsafe import Markup

from exosift.reports.evidence import Outcome
from exosift.reports.wording import sentence
from exosift.tiers import FAILED, FOR_B, GATES, PASSED, UNKNOWN

MARKS = {PASSED: "✓", FOR_B: "✓", FAILED: "✗", UNKNOWN: "?"}
STYLES = {PASSED: "passed", FOR_B: "for-b", FAILED: "failed", UNKNOWN: "unknown"}

MEANING = (
    "A: all ten gates are passed at their strict limits. B: all but stability. C: differs, and "
    "fails a gate. –: does not differ. ✓ passed (pale: enough for B only), ✗ failed, ? not "
    "assessable; in order: " + ", ".join(GATES.values()) + "."
)

_BY_GATE = re.compile(
    rf"(?:^|(?<=\. ))({'|'.join(name.capitalize() for name in GATES.values())}): "
)


@dataclass(frozen=True)
class Gate:
    """One gate of a miRNA: what it says, and why where it is not passed in full."""

    name: str
    answer: str
    reason: str

    @property
    def mark(self) -> str:
        """The answer as a sign."""
        return MARKS[self.answer]

    @property
    def style(self) -> str:
        """The answer as a name of a style."""
        return STYLES[self.answer]


@dataclass(frozen=True)
class Tier:
    """The tier of a miRNA, what keeps it from A whatever its numbers are, and its gates."""

    letter: str
    limit: str
    gates: tuple[Gate, ...]

    @property
    def passed(self) -> int:
        """How many gates are passed, those that are enough for B included."""
        return sum(gate.answer in (PASSED, FOR_B) for gate in self.gates)

    @property
    def told(self) -> tuple[Gate, ...]:
        """The gates that have something to say, failed ones first."""
        order = (FAILED, UNKNOWN, FOR_B)
        return tuple(
            sorted(
                (gate for gate in self.gates if gate.reason), key=lambda g: order.index(g.answer)
            )
        )

    def ticks(self) -> Markup:
        """Draw the gates as ten signs, and name those that are not passed in full."""
        named = [
            f"{answer}: {', '.join(gate.name for gate in self.gates if gate.answer == answer)}"
            for answer in (FAILED, UNKNOWN, FOR_B)
            if any(gate.answer == answer for gate in self.gates)
        ]
        words = "; ".join([f"{self.passed} of {len(self.gates)} gates", *named])
        # Neighbours of one answer share a tag: there is a line of these for every tested miRNA.
        signs = Markup("").join(
            Markup('<i class="gate {}">{}</i>').format(style, "".join(g.mark for g in alike))
            for style, alike in groupby(self.gates, lambda gate: gate.style)
        )
        return Markup('<span class="ticks" role="img" aria-label="{}" title="{}">{}</span>').format(
            words, words, signs
        )


def tier_of(row: Mapping[str, Any] | pd.Series) -> Tier:
    """Read tier and gates of a miRNA from its row of `candidates/{contrast}.tsv`."""
    reasons = reasons_by_gate(str(row["gate_reasons"]))
    gates = tuple(
        Gate(name, str(row[column]), sentence(reasons[name]) if name in reasons else "")
        for column, name in GATES.items()
    )
    return Tier(str(row["tier"]), str(row["tier_limit"]), gates)


def reasons_by_gate(text: str) -> dict[str, str]:
    """Take the reasons apart that `tiers.grade` joined.

    Examples
    --------
    >>> reasons_by_gate("Detection: in 4% of the cases. Stability: no panel was trained.")
    {'detection': 'in 4% of the cases.', 'stability': 'no panel was trained.'}
    """
    parts = _BY_GATE.split(text)[1:]
    return {
        name.lower(): reason.strip() for name, reason in zip(parts[::2], parts[1::2], strict=True)
    }


def count_tiers(outcome: Outcome) -> dict[str, int]:
    """Count the tested miRNAs of each tier."""
    return {letter: int((outcome.candidates["tier"] == letter).sum()) for letter in "ABC"}

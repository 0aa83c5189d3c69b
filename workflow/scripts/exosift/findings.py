"""Findings: what was seen, as data that every later step and report reads.

A finding holds a code and its facts, never a sentence. It goes into JSON records as it is, and
`exosift.sentences` writes the sentence for a reader. So no step has to parse the prose of another,
and a sentence can change without a change of any result.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

OUTCOMES = ("fit", "warn", "cap", "refuse")
"""Outcomes of a check, best first. A contrast that is capped is tested and yields no candidates."""

SEVERITY = {"fit": 0, "warn": 60, "cap": 80, "refuse": 100}
"""How far up a warning stands on a page, by the outcome of the check that it comes from."""

SEVERE = 75
"""Severity of a warning that weakens every miRNA of a contrast and caps none."""

NOTE = 10
"""Severity of what a reader should know and that weakens nothing."""


@dataclass(frozen=True)
class Finding:
    """Something that was seen.

    Attributes
    ----------
    code
        What kind of thing it is, in snake case; `exosift.sentences` has a sentence for each code.
    facts
        What the sentence needs: names, numbers and texts that JSON can hold.
    """

    code: str
    facts: Mapping[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return the finding as it stands in a JSON record."""
        return {"code": self.code, "facts": dict(self.facts)}


@dataclass(frozen=True)
class Check(Finding):
    """One check of the design or of the data of a contrast.

    Attributes
    ----------
    column
        The column or columns that were checked.
    value, p
        The statistic, and its p-value where there is a test; NaN and None where there is none.
    outcome
        One of `OUTCOMES`.
    """

    column: str = ""
    value: float = float("nan")
    p: float | None = None
    outcome: str = "fit"

    def to_dict(self) -> dict[str, Any]:
        """Return the check as it stands in `checks` of a contrast's record."""
        return {
            "code": self.code,
            "column": self.column,
            "value": rounded(self.value),
            "p": None if self.p is None else rounded(self.p),
            "outcome": self.outcome,
            "facts": dict(self.facts),
        }

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> "Check":
        """Return the check of a record."""
        value = record["value"]
        return cls(
            record["code"],
            record["facts"],
            record["column"],
            float("nan") if value is None else value,
            record["p"],
            record["outcome"],
        )


@dataclass(frozen=True)
class Exclusion(Finding):
    """Why a library is not used.

    `code` and the facts that libraries share say what kind of reason it is, so that reasons can be
    counted; `own` are the figures and names that belong to this library alone.
    """

    own: Mapping[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return the exclusion as it stands in a record."""
        return {**super().to_dict(), "own": dict(self.own)}

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> "Exclusion":
        """Return the exclusion of a record."""
        return cls(record["code"], record["facts"], record["own"])


@dataclass(frozen=True)
class Warning(Finding):
    """Something that weakens a result or that a reader should know; the higher, the worse."""

    severity: int = 60

    def to_dict(self) -> dict[str, Any]:
        """Return the warning as it stands in `warnings` of a record."""
        return {**super().to_dict(), "severity": self.severity}

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> "Warning":
        """Return the warning of a record."""
        return cls(record["code"], record["facts"], record["severity"])


@dataclass(frozen=True)
class Caveat(Finding):
    """A reason to doubt a miRNA.

    Attributes
    ----------
    artefact
        Whether it makes the miRNA a likely artefact, such as a fragment of another RNA.
    """

    artefact: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Return the caveat as it stands in a record."""
        return {**super().to_dict(), "artefact": self.artefact}

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> "Caveat":
        """Return the caveat of a record."""
        return cls(record["code"], record["facts"], record["artefact"])


def rounded(value: float) -> float | None:
    """Return a number with six significant digits; None for what JSON cannot hold."""
    return float(f"{value:.6g}") if abs(value) < float("inf") else None

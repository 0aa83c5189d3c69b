"""What was found of one miRNA: its ten criteria, and the tier and call that follow from them.

Call, tier, verdict and every counter of the reports come from here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from exosift.findings import Finding

MET, MET_FOR_B, NOT_MET = "met", "met for B", "not met"
NOT_ASSESSED, NOT_KNOWABLE = "not assessed", "not knowable"
OUTCOMES = (MET, MET_FOR_B, NOT_KNOWABLE, NOT_ASSESSED, NOT_MET)
"""Outcomes of a criterion, best first.

`met for B` is enough for tier B and not for tier A. `not assessed` counts against a miRNA: the run
lacks something that it could have held. `not knowable` is what no completed sheet could change,
such as the reads behind a matrix of counts: it allows tier B.
"""

NAMES = {
    "false_discovery": "false discovery rate",
    "both_methods": "edgeR and limma agree",
    "effect": "effect size",
    "detection": "detection",
    "normalisations": "other normalisations",
    "confounders": "confounders",
    "stability": "stability of selection",
    "artefacts": "artefacts",
    "design": "design and data checks",
    "people": "sample size",
}
"""The criteria in their order, with the name that pages print."""

PREFIX = "criterion_"
COLUMNS = tuple(f"{PREFIX}{name}" for name in NAMES)
"""Their columns in `candidates/{contrast}.tsv`."""

SIGNIFICANCE = ("false_discovery", "both_methods")
"""What a miRNA that differs must meet: only these have a tier."""

FOR_A_ONLY = "stability"
"""What only tier A needs: a panel takes more people than a single miRNA."""

TIERS = ("A", "B", "C", "")
"""A: all criteria are met at their strict limits. B: at the looser ones, without stability. C: the
miRNA differs, and a criterion is not met or could not be assessed. The rest has no tier."""

CALLS = ("candidate", "doubtful", "not_called", "not_significant")
"""What a miRNA is called, best first.

A `candidate` is of tier A or B. One that is `doubtful` would be, but is likely an artefact. One
that is `not_called` differs significantly, and another criterion is not met or could not be
assessed. One that is `not_significant` may differ all the same.
"""

CALLED = ("candidate", "doubtful")
"""Calls whose miRNAs are looked at further."""

LIMITS = ("haemolysis_set",)
"""What keeps a miRNA from tier A whatever its numbers are."""


@dataclass(frozen=True)
class Criterion(Finding):
    """One criterion of one miRNA.

    Attributes
    ----------
    code
        Why it is not met in full; "" where it is.
    name
        One of `NAMES`.
    outcome
        One of `OUTCOMES`.
    """

    name: str = ""
    outcome: str = MET

    def to_dict(self) -> dict[str, Any]:
        """Return the criterion as it stands in `candidates/{contrast}.json`."""
        return {"name": self.name, "outcome": self.outcome, **super().to_dict()}

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> "Criterion":
        """Return the criterion of a record."""
        return cls(record["code"], record["facts"], record["name"], record["outcome"])


@dataclass(frozen=True)
class Assessment:
    """What follows from the criteria of one miRNA.

    Attributes
    ----------
    criteria
        All ten, in the order of `NAMES`.
    limits
        What keeps it from tier A; of `LIMITS`.
    """

    criteria: tuple[Criterion, ...]
    limits: tuple[str, ...] = field(default=())

    def outcome(self, name: str) -> str:
        """Return the outcome of one criterion."""
        return next(one.outcome for one in self.criteria if one.name == name)

    @property
    def significant(self) -> bool:
        """Whether it differs: both methods, one sign, at the limit of the false discovery rate."""
        return all(self.outcome(name) in (MET, MET_FOR_B) for name in SIGNIFICANCE)

    @property
    def against(self) -> tuple[Criterion, ...]:
        """The criteria that tier B needs and that are not met or could not be assessed."""
        return tuple(
            one
            for one in self.criteria
            if one.name != FOR_A_ONLY and one.outcome in (NOT_MET, NOT_ASSESSED)
        )

    @property
    def tier(self) -> str:
        """One of `TIERS`."""
        if not self.significant:
            return ""
        if self.against:
            return "C"
        strict = all(one.outcome == MET for one in self.criteria) and not self.limits
        return "A" if strict else "B"

    @property
    def call(self) -> str:
        """One of `CALLS`: a candidate is a miRNA of tier A or B, and nothing else."""
        if not self.significant:
            return "not_significant"
        if not self.against:
            return "candidate"
        artefact_alone = [(one.name, one.outcome) for one in self.against] == [
            ("artefacts", NOT_MET)
        ]
        return "doubtful" if artefact_alone else "not_called"

    def to_dict(self) -> dict[str, Any]:
        """Return the assessment as it stands in `candidates/{contrast}.json`."""
        return {
            "call": self.call,
            "tier": self.tier,
            "limits": list(self.limits),
            "criteria": [one.to_dict() for one in self.criteria],
        }

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> "Assessment":
        """Return the assessment of a record."""
        criteria = tuple(Criterion.from_dict(one) for one in record["criteria"])
        return cls(criteria, tuple(record["limits"]))

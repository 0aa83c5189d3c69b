"""The verdict of a contrast, from the criteria of its miRNAs.

Computed once, with the candidates, so that pages, tables and the terminal show the same word and
the same numbers.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from exosift.criteria import CALLS, NOT_ASSESSED, NOT_MET, TIERS, Assessment

CODES = (
    "candidates",
    "explained_by_blood",
    "not_recorded",
    "weak_design",
    "exploratory",
    "no_candidates",
    "not_assessable",
    "refused",
)
"""What may be said of a contrast.

`explained_by_blood`: miRNAs differ, and none survives adjustment for blood cells. `not_recorded`:
miRNAs differ, and the sheet does not record how the libraries were made. `weak_design`: a check
allows no candidate. `exploratory`: a group has fewer people than a candidate needs.
"""

BLOOD = ("blood_attenuation", "blood_q")
"""Reasons of the criterion of confounders that speak of blood cells."""


@dataclass(frozen=True)
class Verdict:
    """What a contrast came to.

    Attributes
    ----------
    code
        One of `CODES`.
    tested, differ
        Tested miRNAs, and those that differ significantly in both methods.
    calls, tiers
        miRNAs of each call, and of each tier.
    survive_blood
        Of those that differ, the ones that still do after adjustment for blood cells; None where
        there are no scores to adjust for.
    against
        How often each criterion is what stands between a miRNA that differs and tier B.
    """

    code: str
    tested: int = 0
    differ: int = 0
    calls: Mapping[str, int] = field(default_factory=dict)
    tiers: Mapping[str, int] = field(default_factory=dict)
    survive_blood: int | None = None
    against: Mapping[str, int] = field(default_factory=dict)

    @property
    def candidates(self) -> int:
        """How many miRNAs are candidates: those of tier A or B."""
        return self.calls.get("candidate", 0)

    def to_dict(self) -> dict[str, Any]:
        """Return the verdict as it stands in `candidates/{contrast}.json`."""
        return asdict(self)

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> "Verdict":
        """Return the verdict of a record."""
        return cls(**record)


def reach_verdict(
    record: Mapping[str, Any], assessments: Mapping[str, Assessment], fewest_per_arm: int
) -> Verdict:
    """Sum up the criteria of all tested miRNAs of a contrast.

    Parameters
    ----------
    record
        `differential_expression/{contrast}.json`.
    assessments
        The assessment of each tested miRNA.
    fewest_per_arm
        People of each arm that a candidate needs.
    """
    if record["verdict"] != "fitted":
        return Verdict("refused" if record["verdict"] == "refused" else "not_assessable")
    calls = Counter(one.call for one in assessments.values())
    tiers = Counter(one.tier for one in assessments.values())
    differing = [one for one in assessments.values() if one.significant]
    against = Counter(criterion.name for one in differing for criterion in one.against)
    survive = None
    if record["blood"].get("indices"):
        survive = sum(not _explained_by_blood(one) for one in differing)
    return Verdict(
        _code(record, differing, calls["candidate"], fewest_per_arm),
        tested=len(assessments),
        differ=len(differing),
        calls={call: calls[call] for call in CALLS},
        tiers={tier: tiers[tier] for tier in TIERS if tier},
        survive_blood=survive,
        against=dict(against.most_common()),
    )


def _code(
    record: Mapping[str, Any], differing: list[Assessment], candidates: int, fewest: int
) -> str:
    if min(record["n_case"], record["n_control"]) < fewest:
        return "exploratory"
    if candidates:
        return "candidates"
    if differing and all(_explained_by_blood(one) for one in differing):
        return "explained_by_blood"
    if differing and all(one.outcome("design") == NOT_MET for one in differing):
        return "weak_design"
    if differing and all(one.outcome("design") == NOT_ASSESSED for one in differing):
        return "not_recorded"
    return "no_candidates"


def _explained_by_blood(one: Assessment) -> bool:
    return any(each.name == "confounders" and each.code in BLOOD for each in one.criteria)


def main_reason(verdict: Verdict) -> str:
    """Return the criterion that most often keeps a miRNA that differs from tier B; "" if none."""
    return max(verdict.against, key=lambda name: verdict.against[name], default="")

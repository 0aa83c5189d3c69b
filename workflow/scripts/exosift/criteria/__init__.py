"""The criteria of a candidate: what they say of each tested miRNA, and the tier that follows."""

from exosift.criteria.assessment import (
    CALLED,
    CALLS,
    COLUMNS,
    FOR_A_ONLY,
    LIMITS,
    MET,
    MET_FOR_B,
    NAMES,
    NOT_ASSESSED,
    NOT_KNOWABLE,
    NOT_MET,
    OUTCOMES,
    PREFIX,
    TIERS,
    Assessment,
    Criterion,
)
from exosift.criteria.evaluate import (
    assess,
    assess_mirnas,
    design_codes,
)

__all__ = [
    "CALLED",
    "CALLS",
    "COLUMNS",
    "FOR_A_ONLY",
    "LIMITS",
    "MET",
    "MET_FOR_B",
    "NAMES",
    "NOT_ASSESSED",
    "NOT_KNOWABLE",
    "NOT_MET",
    "OUTCOMES",
    "PREFIX",
    "TIERS",
    "Assessment",
    "Criterion",
    "assess",
    "assess_mirnas",
    "design_codes",
]

"""An example of every finding that a contrast's record can hold."""

from typing import Any

from exosift.findings import Check

ABOUT = {
    "condition": "condition",
    "arms": ["tumour", "healthy"],
    "compared": "arms",
    "groups": ["tumour", "healthy"],
}

CHECK_FACTS: dict[str, dict[str, Any]] = {
    "variance_inflation": {"covariates": ["age", "batch"], "equivalent_libraries": 8.0},
    "effective_size": {"adjusted": False, "limit": 2.5, "remedy": "add_people"},
    "overlap": {"incomplete": False, "enough": 2},
    "difference": {"limit": 0.25, "in_model": False, "remedy": "list_column"},
    "known_of_few": {"known_cases": 9, "known_controls": 0},
    "separability": {"columns": ["age"], "limit": 0.9},
    "association": {"incomplete": False, "in_sheet": True, "remedies": ["list_column"]},
    "association_among_cases": {"case": "tumour"},
    "known_in_one_arm": {"arm": "tumour"},
    "sorts_like_the_condition": {},
    "order": {"order": "column", "technical_covariates": [], "limit": 0.01},
    "quality": {
        "columns": ["q30_share", "mirna_share"],
        "low": 0.52,
        "high": 0.92,
        "strongest": "q30_share",
        "strongest_auc": 0.8,
    },
    "factors": {"limit": 0.01},
    "differing_share": {"differing": 303, "tested": 409, "q": 0.05},
    "component": {"components": [{"share": 0.6, "explained": 0.98}]},
    "perfect_markers": {"perfect": 101, "tested": 409, "expected": 0.1, "auc": 0.99},
    "p_values": {"shape": "u_shape", "small": 0.3, "tested": 409},
    "exclusions": {
        "left_out": [26, 8],
        "registered": [33, 37],
        "reasons": [
            {"reason": "one miRNA holds too much of the reads (fails above 60%)", "libraries": 24},
            {"reason": "reads of mature miRNAs (fails below 30,000)", "libraries": 5},
        ],
    },
    "not_recorded": {"missing": ["batch"], "suspicious": ["component"]},
}
"""Facts of a check by its code."""


def example_check(
    code: str = "overlap",
    outcome: str = "fit",
    *,
    column: str = "batch",
    value: float = 0.4,
    p: float | None = 0.04,
    **facts: Any,
) -> Check:
    """Return a check as a design would yield it."""
    return Check(code, {**ABOUT, **CHECK_FACTS[code], **facts}, column, value, p, outcome)

"""An example of every finding that a contrast's record can hold."""

from collections.abc import Iterable
from typing import Any

from exosift.design.gate import Judgement
from exosift.findings import Check, Exclusion
from exosift.sentences.exclusions import exclusion_sentence
from exosift.sentences.reasons import reason_sentences
from exosift.sentences.warnings import ordered_warnings

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
            [
                {
                    "code": "outside_limit",
                    "facts": {"metric": "top_mirna_share", "level": "fail", "limit": 0.6},
                    "libraries": 24,
                }
            ],
            [
                {
                    "code": "outside_limit",
                    "facts": {"metric": "mirna_reads", "level": "fail", "limit": 30000.0},
                    "libraries": 5,
                }
            ],
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


REASON_FACTS: dict[str, dict[str, Any]] = {
    "coincidence": {
        "column": "batch",
        "units": "libraries",
        "incomplete": False,
        "groups": [
            {"name": "tumour", "units": 6, "values": ["1"]},
            {"name": "healthy", "units": 6, "values": ["2", "3"]},
        ],
    },
    "coincidence_of_several": {"columns": ["day", "tube"], "case": "tumour"},
    "value_for_each_library": {"column": "run"},
    "too_few_degrees_of_freedom": {
        "libraries": 6,
        "coefficients": 5,
        "formula": "~ batch + condition",
        "left": 1,
        "needed": 2,
    },
    "no_usable_library": {"libraries": 12, "exclusions": []},
    "too_few_people": {
        "people": 2,
        "arm": "case",
        "name": "tumour",
        "needed": 3,
        "exclusions": [{"code": "covariate_empty", "facts": {"column": "age"}, "libraries": 4}],
    },
    "too_few_levels": {"absent": ["III"], "exclusions": []},
    "too_few_mirnas": {"tested": 4, "mirnas": 150, "needed": 10},
    "subjects_in_several_arms": {"subjects": ["p1", "p2"]},
    "arm_changes": {"subjects": ["p1"]},
    "several_time_points": {
        "subjects": ["p1"],
        "time_points": ["before", "after"],
        "empty_cells": False,
    },
}
"""Facts of a reason by its code, beside `ABOUT`."""

WARNING_FACTS: dict[str, dict[str, Any]] = {
    "covariate_missing": {"column": "stage", "missing": 12, "libraries": 30},
    "replicates_summed": {"subjects": 1, "summed": 1},
    "sex_not_recorded": {"cancer": "prostate", "sex": "male", "written": ["1", "2"]},
    "covariate_constant": {"column": "sex", "value": "f", "libraries": 12},
    "covariate_determined": {"column": "day", "by": ["batch"]},
    "levels_determined": {"coefficients": ["day=c"], "by": ["batch"]},
    "levels_without_libraries": {"condition": "stage", "levels": ["III"]},
    "depth_differs": {"deeper": "cases", "ratio": 4.1, "limit": 2},
    "small_p_values": {
        "engines": [{"engine": "limma", "small_share": 0.1, "inflation": 2.0}],
        "limit": 0.075,
    },
    "quality_separates_as_well": {"quality_auc": 0.93, "panel_auc": 0.91},
    "kit_never_seen": {
        "libraries": 1,
        "scored": 48,
        "column": "protocol",
        "value": "truseq",
        "trained": ["nebnext"],
    },
    "kits_not_recorded": {"there": ["isolation", "biofluid"], "training": ["protocol"]},
}
"""Facts of a warning by its code."""

REFUSAL_FACTS: dict[str, dict[str, Any]] = {
    "no_panel": {},
    "no_column": {"column": "condition"},
    "trained_on": {
        "libraries": 48,
        "samples": ["a", "b", "c", "d", "e", "f"],
        "by_counts": 0,
        "by_name": 4,
        "by_person": 2,
        "by_likeness": 0,
    },
    "too_few_of_an_arm": {
        "people": 1,
        "column": "condition",
        "value": "tumour",
        "needed": 3,
        "exclusions": [{"code": "no_mirna_reads", "facts": {}, "libraries": 4}],
    },
    "mirnas_missing": {"mirnas": ["hsa-miR-21-5p"]},
    "profile_missing": {"share": 0.3, "needed": 0.5},
    "another_panel_before": {
        "former": "0123456789abcdef",
        "panel": "fedcba9876543210",
        "ledger": "results/validation/a_vs_b.ledger.json",
    },
}
"""Facts of a reason why a panel was not applied to another cohort, by its code."""

TOO_FEW = {"code": "more_people_needed", "facts": {"needed": 20, "of": "each_arm", "people": 12}}

NO_PANEL_FACTS: dict[str, dict[str, Any]] = {
    "design_without_panel": {"design": "trend"},
    "no_auc": {"because": {"code": "not_tested", "facts": {}}},
    "too_few_for_a_panel": {"because": TOO_FEW},
    "no_specificity": {"specificity": 0.98, "because": TOO_FEW},
}
"""Facts of a reason why there is no panel or no specificity, by its code."""

LACK_FACTS: dict[str, dict[str, Any]] = {
    "not_tested": {},
    "more_people_needed": {"needed": 50, "of": "controls", "people": 12},
    "too_few_batches": {"needed": 3, "people": 5, "batches": 1},
    "people_for_calibration": {"needed": 50},
    "neither_age_nor_sex": {},
    "nothing_measured": {},
    "no_published_direction": {},
    "too_few_reads_of_published": {"mirnas": ["hsa-miR-21-5p"]},
    "not_compared": {},
}
"""Facts of a reason why a panel lacks a part, by its code."""

EXCLUSIONS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "no_counts": ({}, {}),
    "no_mirna_reads": ({}, {}),
    "not_in_the_matrix": ({}, {}),
    "unreadable": ({"error": "record 17 has no quality line"}, {}),
    "outside_limit": (
        {"metric": "mirna_reads", "level": "fail", "limit": 30000.0},
        {
            "value": 884.0,
            "top_mirna": "hsa-miR-21-5p",
            "others": [
                {"metric": "mirnas_detected", "level": "fail", "value": 14.0, "limit": 75.0}
            ],
        },
    ),
    "quality_status": ({"status": "fail"}, {}),
    "other_sex": ({"cell": "female", "cancer": "prostate", "sex": "male"}, {}),
    "covariate_empty": ({"column": "age"}, {}),
    "covariate_not_a_number": ({"column": "age"}, {"cell": "<20"}),
    "another_way": ({"columns": ["batch"]}, {"library": "L1", "subject": "a b"}),
    "no_partner": ({"other": "arm"}, {"subject": "P7"}),
}
"""Shared and own facts of an exclusion by its code."""


def example_exclusion(code: str = "covariate_empty") -> Exclusion:
    """Return why a library is not used."""
    return Exclusion(code, *EXCLUSIONS[code])


def too_shallow(samples: Iterable[str]) -> dict[str, Exclusion]:
    """Return exclusions of libraries with too few reads of miRNAs."""
    return {str(name): example_exclusion("outside_limit") for name in samples}


def excluded(samples: Iterable[Any]) -> dict[str, str]:
    """Return why libraries of a cohort, or of a record, are not used."""
    found = {}
    for one in samples:
        name, why = (
            (one["sample"], one["exclusion"])
            if isinstance(one, dict)
            else (one.sample, one.exclusion)
        )
        if why is not None:
            found[name] = exclusion_sentence(why)
    return found


def reasons(judged: Judgement) -> list[str]:
    """Return why a contrast cannot be tested."""
    return reason_sentences(judged.reasons)


def warned(judged: Judgement) -> list[str]:
    """Return what weakens a contrast, the most severe first."""
    return [text for _, text in ordered_warnings(judged.warnings, judged.checks)]

"""The ten criteria of a candidate, evaluated once for each tested miRNA.

Significance over all tests of a run, agreement of two methods, effect size, detection, robustness
to the normalisation, confounding, stability of selection, artefacts, design, and sample size.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from exosift.consensus import same_sign
from exosift.contrast_data import ContrastData
from exosift.criteria.assessment import (
    MET,
    MET_FOR_B,
    NAMES,
    NOT_ASSESSED,
    NOT_KNOWABLE,
    NOT_MET,
    Assessment,
    Criterion,
)
from exosift.knowledge import Flag
from exosift.settings.candidates import CallRules
from exosift.settings.tiers import TierRules

MUST_BE_RECORDED = ("batch",)
"""What the sheet or the reads must tell of how the libraries were made; where kit, biofluid or
isolation are missing the check of them warns."""

ARTEFACT_SETS = ("fragment_derived", "reagent_contaminant")
HAEMOLYSIS_SET = "haemolysis_signature"


@dataclass(frozen=True)
class Evidence:
    """What the criteria of one miRNA are evaluated on.

    Attributes
    ----------
    row
        Its row of `differential_expression/{contrast}.tsv`.
    span
        Levels between the ends of a trend; 1 in every other design.
    medians, people
        Median reads and number of people of each arm.
    design
        Codes of the checks that capped the contrast, and of those that could not be made.
    flags
        The sets it belongs to.
    ambiguous_share
        Share of its reads that fit another RNA as well; NaN where unknown.
    has_reads
        Whether the run counted reads itself, so that such a share can be known.
    frequency
        Share of the halves of the people that chose it for a panel; None without a panel.
    explained
        Covariates beside blood cells that explain its effect, or leave it unclear.
    blood_names
        Whether the miRNAs of the blood scores are among the names of the counts.
    """

    row: Mapping[str, Any]
    span: int
    medians: Mapping[str, float]
    people: Mapping[str, int]
    design: Mapping[str, Sequence[str]]
    flags: Sequence[Flag]
    ambiguous_share: float
    has_reads: bool
    frequency: float | None
    explained: Mapping[str, Sequence[str]]
    blood_names: bool


def assess_mirnas(
    table: pd.DataFrame,
    data: ContrastData,
    features: pd.DataFrame,
    flags: Mapping[str, Sequence[Flag]],
    explained: Mapping[str, Mapping[str, Sequence[str]]] | None = None,
    stability: pd.DataFrame | None = None,
    call: CallRules | None = None,
    tiers: TierRules | None = None,
) -> dict[str, Assessment]:
    """Evaluate the ten criteria of every tested miRNA.

    Parameters
    ----------
    table
        `differential_expression/{contrast}.tsv`.
    data
        Libraries and counts of the contrast.
    features
        `counts/features.tsv`, indexed by miRNA; `ambiguous_share` may be missing.
    flags
        The sets that each miRNA belongs to.
    explained
        By miRNA the covariates beside blood cells that explain its effect (`explained_by`) or
        leave it unclear (`unclear_with`).
    stability
        `panels/{contrast}/stability.tsv`; None or empty where no panel was trained.
    call, tiers
        The limits.

    Returns
    -------
    The assessment by miRNA, in the order of the table.
    """
    call, tiers = call or CallRules(), tiers or TierRules()
    shares = pd.to_numeric(
        features.reindex(columns=["ambiguous_share"])["ambiguous_share"], errors="coerce"
    )
    frequency = {} if stability is None else dict(stability[["mirna", "frequency"]].to_numpy())
    reason = data.record["blood"].get("reason") or {}
    shared: dict[str, Any] = {
        "span": data.span,
        "people": data.people,
        "design": design_codes(data.record),
        "has_reads": bool(shares.notna().any()),
        "blood_names": reason.get("code") != "blood_mirnas_not_found",
    }
    found = {}
    for row in table.to_dict("records"):
        mirna = str(row["mirna"])
        evidence = Evidence(
            row=row,
            medians={arm: float(values[mirna]) for arm, values in data.medians.items()},
            flags=flags.get(mirna, ()),
            ambiguous_share=float(shares.get(mirna, np.nan)),
            # A miRNA that no half of the people could use was never selected.
            frequency=float(frequency.get(mirna, 0)) if frequency else None,
            explained=(explained or {}).get(mirna, {}),
            **shared,
        )
        found[mirna] = assess(evidence, call, tiers)
    return found


def assess(evidence: Evidence, call: CallRules, tiers: TierRules) -> Assessment:
    """Evaluate the ten criteria of one miRNA."""
    criteria = []
    for name in NAMES:
        outcome, code, facts = _EVALUATE[name](evidence, call, tiers)
        criteria.append(Criterion(code, facts, name, outcome))
    haemolysis = any(flag.set == HAEMOLYSIS_SET for flag in evidence.flags)
    return Assessment(tuple(criteria), ("haemolysis_set",) if haemolysis else ())


def design_codes(record: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return the checks that count against every miRNA of a contrast.

    Returns
    -------
    `capped`: codes of the checks that allow no candidate; `not_recorded`: those of
    `MUST_BE_RECORDED` that are missing.
    """
    capped = [one for one in record["checks"] if one["outcome"] == "cap"]
    missing = {
        name
        for one in record["checks"]
        if one["code"] == "not_recorded"
        for name in one["facts"]["missing"]
    }
    return {
        "capped": [one["code"] for one in capped],
        "not_recorded": [name for name in MUST_BE_RECORDED if name in missing],
    }


Outcome = tuple[str, str, dict[str, Any]]
"""The outcome of a criterion, the code of its reason ("" if met), and the facts of the reason."""

PASS: Outcome = (MET, "", {})


def _false_discovery(evidence: Evidence, call: CallRules, _: TierRules) -> Outcome:
    row = evidence.row
    if pd.isna(row["edger_q"]):
        return NOT_ASSESSED, "no_q", {}
    if row["edger_q"] > call.q:
        return NOT_MET, "q_above", {"q": row["edger_q"], "limit": call.q}
    overall = [row.get("edger_q_global", np.nan), row.get("limma_q_global", np.nan)]
    if np.isnan(overall).any():
        return MET_FOR_B, "no_global_q", {}
    if max(overall) > call.q:
        return MET_FOR_B, "global_q_above", {"q": max(overall), "limit": call.q}
    return PASS


def _both_methods(evidence: Evidence, call: CallRules, _: TierRules) -> Outcome:
    row = evidence.row
    if pd.isna(row["edger_q"]) or pd.isna(row["limma_q"]):
        return NOT_ASSESSED, "no_q", {}
    if not same_sign(row["edger_log2fc"], row["limma_log2fc"]):
        facts = {"edger": row["edger_log2fc"], "limma": row["limma_log2fc"]}
        return NOT_MET, "opposite_signs", facts
    if max(row["edger_q"], row["limma_q"]) > call.q:
        facts = {"edger_q": row["edger_q"], "limma_q": row["limma_q"], "limit": call.q}
        return NOT_MET, "methods_disagree", facts
    return PASS


def _effect(evidence: Evidence, call: CallRules, _: TierRules) -> Outcome:
    row, least = evidence.row, call.log2_fold_change
    if evidence.span * abs(row["edger_log2fc"]) < least:
        facts = {"log2fc": row["edger_log2fc"], "span": evidence.span, "limit": least}
        return NOT_MET, "small_effect", facts
    for method in ("edger", "limma"):
        low, high = row[f"{method}_ci_low"], row[f"{method}_ci_high"]
        if low <= 0 <= high:
            return NOT_MET, "interval_includes_zero", {"method": method, "low": low, "high": high}
    return PASS


def _detection(evidence: Evidence, call: CallRules, _: TierRules) -> Outcome:
    detected = {arm: evidence.row[f"detected_{arm}"] for arm in evidence.medians}
    for arm, median in evidence.medians.items():
        if detected[arm] >= call.detected_share and median >= call.median_reads:
            return PASS
    facts = {
        "detected": detected,
        "medians": dict(evidence.medians),
        "detected_limit": call.detected_share,
        "median_limit": call.median_reads,
    }
    return NOT_MET, "rarely_detected", facts


def _normalisations(evidence: Evidence, _: CallRules, tiers: TierRules) -> Outcome:
    holds = evidence.row.get("normalisations", np.nan)
    if pd.isna(holds):
        return NOT_ASSESSED, "no_other_normalisation", {}
    if holds < tiers.normalisations:
        facts = {"holds": int(holds), "of": 5, "limit": tiers.normalisations}
        return NOT_MET, "few_normalisations", facts
    return PASS


def _confounders(evidence: Evidence, _: CallRules, tiers: TierRules) -> Outcome:
    taken, q = (evidence.row.get(name, np.nan) for name in ("attenuation", "blood_q"))
    others = {key: list(names) for key, names in evidence.explained.items() if names}
    if taken > tiers.attenuation:
        facts = {"attenuation": taken, "limit": tiers.attenuation}
        return NOT_MET, "blood_attenuation", {**facts, **others}
    if q > tiers.adjusted_q:
        return NOT_MET, "blood_q", {"q": q, "limit": tiers.adjusted_q, **others}
    if others:
        return NOT_MET, "explained", others
    if pd.isna(taken) or pd.isna(q):
        if not evidence.blood_names:
            return NOT_ASSESSED, "no_blood_names", {}
        return NOT_KNOWABLE, "no_blood_scores", {}
    return PASS


def _stability(evidence: Evidence, _: CallRules, tiers: TierRules) -> Outcome:
    if evidence.frequency is None:
        return NOT_ASSESSED, "no_panel", {}
    facts = {"frequency": evidence.frequency}
    if evidence.frequency < tiers.stability:
        return NOT_MET, "rarely_selected", {**facts, "limit": tiers.stability}
    if evidence.frequency < tiers.stability_a:
        return MET_FOR_B, "rarely_selected_for_a", {**facts, "limit": tiers.stability_a}
    return PASS


def _artefacts(evidence: Evidence, call: CallRules, _: TierRules) -> Outcome:
    listed = [flag for flag in evidence.flags if flag.set in ARTEFACT_SETS]
    if listed:
        facts = {"evidence": listed[0].evidence, "identifier": listed[0].identifier}
        return NOT_MET, "listed_artefact", facts
    share = evidence.ambiguous_share
    if share > call.ambiguous_share:
        return NOT_MET, "ambiguous_reads", {"share": share, "limit": call.ambiguous_share}
    if np.isnan(share):
        outcome = NOT_ASSESSED if evidence.has_reads else NOT_KNOWABLE
        return outcome, "unknown_reads", {}
    return PASS


def _design(evidence: Evidence, _: CallRules, __: TierRules) -> Outcome:
    if evidence.design["capped"]:
        return NOT_MET, "design_capped", {"checks": list(evidence.design["capped"])}
    if evidence.design["not_recorded"]:
        return NOT_ASSESSED, "not_recorded", {"columns": list(evidence.design["not_recorded"])}
    return PASS


def _people(evidence: Evidence, call: CallRules, tiers: TierRules) -> Outcome:
    fewest = min(evidence.people.values())
    facts = dict(evidence.people)
    if fewest < call.fewest_per_arm:
        return NOT_MET, "few_people", {**facts, "limit": call.fewest_per_arm}
    if fewest < tiers.per_arm_a:
        return MET_FOR_B, "few_people_for_a", {**facts, "limit": tiers.per_arm_a}
    return PASS


_EVALUATE: dict[str, Callable[[Evidence, CallRules, TierRules], Outcome]] = {
    "false_discovery": _false_discovery,
    "both_methods": _both_methods,
    "effect": _effect,
    "detection": _detection,
    "normalisations": _normalisations,
    "confounders": _confounders,
    "stability": _stability,
    "artefacts": _artefacts,
    "design": _design,
    "people": _people,
}

"""How far each tested miRNA may be trusted: ten gates, each printed for each miRNA, and a tier."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from exosift.candidates import Flag, along, steps, units_of
from exosift.sentences.checks import check_sentence
from exosift.settings.candidates import CallRules
from exosift.settings.tiers import TierRules
from exosift.text import joined

PASSED, FOR_B, FAILED, UNKNOWN = "passed", "passed for B", "failed", "not assessable"
"""What a gate says. `passed for B` is enough for tier B and not for tier A."""

GATES = {
    "gate_1": "false discovery",
    "gate_2": "both engines",
    "gate_3": "size of the effect",
    "gate_4": "detection",
    "gate_5": "normalisations",
    "gate_6": "confounders",
    "gate_7": "stability",
    "gate_8": "artefacts",
    "gate_9": "design",
    "gate_10": "people",
}

NOT_FOR_B = "gate_7"
"""The gate that only tier A asks for: a panel needs more people than a single miRNA."""

COLUMNS = (
    *("tier", "tier_limit", *GATES),
    *("gates_failed", "gates_not_assessable", "gate_reasons"),
)

TIERS = ("A", "B", "C", "")
"""A passes all gates at their strict limits, B all but stability. C is significant and fails a
gate. The rest has no tier."""

OF_U2 = re.compile(r"\bU2 sn|\bU2 small nuclear|\bRNU2")
HAEMOLYSIS = "haemolysis_signature"
ARTEFACTS = ("fragment_derived", "reagent_contaminant")


@dataclass(frozen=True)
class _Case:
    """What the gates look at for one miRNA."""

    row: Mapping[str, Any]
    medians: Mapping[str, float]
    people: Mapping[str, int]
    steps: int
    capped: str
    flags: Sequence[Flag]
    share: float
    frequency: float | None
    explained: Sequence[str]
    call: CallRules
    rules: TierRules


Answer = tuple[str, str]
"""What a gate says, and why, if it did not pass."""


def grade(
    called: pd.DataFrame,
    table: pd.DataFrame,
    record: Mapping[str, Any],
    counts: pd.DataFrame,
    features: pd.DataFrame,
    flags: Mapping[str, Sequence[Flag]],
    stability: pd.DataFrame | None = None,
    call: CallRules | None = None,
    rules: TierRules | None = None,
    explained: Mapping[str, Sequence[str]] | None = None,
) -> pd.DataFrame:
    """Hold each tested miRNA against the ten gates.

    Parameters
    ----------
    called
        What `call_candidates` gave; its order is kept.
    table, record
        The outcome of the contrast.
    counts : DataFrame of int, shape (miRNAs, libraries)
    features
        `counts/features.tsv`, indexed by miRNA; `ambiguous_share` may be missing.
    flags
        Reasons to doubt by miRNA.
    stability
        `panels/{contrast}/stability.tsv`; None or empty where no panel was trained.
    call, rules
        The limits.
    explained
        By miRNA what its effect does not stand against beside blood cells, in words.

    Returns
    -------
    `called` with the columns of `COLUMNS`.
    """
    if called.empty:
        return called.reindex(columns=[*called.columns, *COLUMNS])
    call, rules = call or CallRules(), rules or TierRules()
    counts, arms = units_of(record, counts)
    medians = {arm: counts[units].median(axis=1) for arm, units in arms.items()}
    people = {arm: len(units) for arm, units in arms.items()}
    capped = " ".join(check_sentence(c) for c in record["checks"] if c["outcome"] == "cap")
    shares = pd.to_numeric(
        features.reindex(columns=["ambiguous_share"])["ambiguous_share"], errors="coerce"
    )
    frequency = {} if stability is None else dict(stability[["mirna", "frequency"]].to_numpy())
    tested = table.set_index("mirna")
    rows = []
    for mirna in called["mirna"]:
        case = _Case(
            row=tested.loc[mirna].to_dict(),
            medians={arm: float(values[mirna]) for arm, values in medians.items()},
            people=people,
            steps=steps(record),
            capped=capped,
            flags=flags.get(str(mirna), ()),
            share=float(shares.get(mirna, np.nan)),
            # A miRNA that no half of the people could use was never chosen.
            frequency=float(frequency.get(mirna, 0)) if frequency else None,
            explained=(explained or {}).get(str(mirna), ()),
            call=call,
            rules=rules,
        )
        rows.append(_graded(case))
    return called.join(pd.DataFrame(rows, index=called.index, columns=list(COLUMNS)))


def _graded(case: _Case) -> dict[str, str]:
    answers = {gate: ask(case) for gate, ask in _QUESTIONS.items()}
    said = {gate: answer for gate, (answer, _) in answers.items()}
    limit = _limit(case.flags)
    return {
        "tier": _tier(said, bool(limit)),
        "tier_limit": limit,
        **said,
        "gates_failed": _named(said, FAILED),
        "gates_not_assessable": _named(said, UNKNOWN),
        "gate_reasons": " ".join(
            f"{GATES[gate].capitalize()}: {reason}"
            for gate, (_, reason) in answers.items()
            if reason
        ),
    }


def _named(said: Mapping[str, str], answer: str) -> str:
    return "; ".join(GATES[gate] for gate, given in said.items() if given == answer)


def _tier(said: Mapping[str, str], limited: bool) -> str:
    """Give the tier; what could not be assessed is never enough for A."""
    if said["gate_1"] not in (PASSED, FOR_B):
        return ""
    if not limited and all(answer == PASSED for answer in said.values()):
        return "A"
    asked = [answer for gate, answer in said.items() if gate != NOT_FOR_B]
    return "C" if FAILED in asked else "B"


def _limit(flags: Sequence[Flag]) -> str:
    """Say what keeps a miRNA from tier A whatever its numbers are."""
    reasons = []
    if any(_of_u2(flag) for flag in flags):
        reasons.append("fragment of the U2 snRNA: B at most")
    if any(flag.set == HAEMOLYSIS for flag in flags):
        reasons.append("haemolysis set: B at most")
    return "; ".join(reasons)


def _of_u2(flag: Flag) -> bool:
    return flag.set == "fragment_derived" and bool(OF_U2.search(flag.evidence))


def _false_discovery(case: _Case) -> Answer:
    row, q = case.row, case.call.q
    if pd.isna(row["edger_q"]):
        return UNKNOWN, "There is no q."
    if row["edger_q"] > q:
        return FAILED, f"q = {row['edger_q']:.2g} in edgeR, the limit is {q}."
    overall = [row.get("edger_q_global", np.nan), row.get("limma_q_global", np.nan)]
    if np.isnan(overall).any():
        return FOR_B, "No q over all contrasts of the run is known, and tier A needs it."
    if max(overall) > q:
        return FOR_B, f"Over all contrasts of the run, q = {max(overall):.2g}; tier A needs {q}."
    return PASSED, ""


def _both_engines(case: _Case) -> Answer:
    row, q = case.row, case.call.q
    if pd.isna(row["edger_q"]) or pd.isna(row["limma_q"]):
        return UNKNOWN, "One engine has no q."
    if np.sign(row["edger_log2fc"]) != np.sign(row["limma_log2fc"]):
        text = f"{row['edger_log2fc']:+.2f} in edgeR, {row['limma_log2fc']:+.2f} in limma."
        return FAILED, f"The engines disagree on the direction: {text}"
    if max(row["edger_q"], row["limma_q"]) > q:
        text = f"q = {row['edger_q']:.2g} in edgeR, {row['limma_q']:.2g} in limma"
        return FAILED, f"{text}; both must be at most {q}."
    return PASSED, ""


def _effect(case: _Case) -> Answer:
    row, least = case.row, case.call.log2_fold_change
    if case.steps * abs(row["edger_log2fc"]) < least:
        found = along(row["edger_log2fc"], case.steps)
        return FAILED, f"log2 fold change {found}, it takes {least} either way."
    for engine, name in (("edger", "edgeR"), ("limma", "limma")):
        low, high = row[f"{engine}_ci_low"], row[f"{engine}_ci_high"]
        if low <= 0 <= high:
            return FAILED, f"the interval of {name} holds 0: {low:+.2f} to {high:+.2f}."
    return PASSED, ""


def _detection(case: _Case) -> Answer:
    call = case.call
    seen = {arm: case.row[f"detected_{arm}"] for arm in case.medians}
    for arm, median in case.medians.items():
        if seen[arm] >= call.detected_share and median >= call.median_reads:
            return PASSED, ""
    return FAILED, (
        f"in {seen['case']:.0%} of the cases and {seen['control']:.0%} of the controls, medians "
        f"{case.medians['case']:g} and {case.medians['control']:g} reads; one arm needs "
        f"{call.detected_share:.0%} and {call.median_reads:g} reads."
    )


def _normalisations(case: _Case) -> Answer:
    holds = case.row.get("normalisations", np.nan)
    if pd.isna(holds):
        return UNKNOWN, "no other normalisation was tried."
    if holds < case.rules.normalisations:
        return FAILED, f"holds in {holds:.0f} of 5, it takes {case.rules.normalisations}."
    return PASSED, ""


def _confounders(case: _Case) -> Answer:
    taken, q = (case.row.get(name, np.nan) for name in ("attenuation", "blood_q"))
    if case.explained:
        return FAILED, f"{joined(case.explained)}."
    if pd.isna(taken) or pd.isna(q):
        return UNKNOWN, "the libraries have no scores of haemolysis and platelets to adjust for."
    if taken > case.rules.attenuation:
        text = "turns the effect" if taken > 1 else f"takes {taken:.0%} of the effect"
        return (
            FAILED,
            f"adjustment for blood cells {text}; the limit is {case.rules.attenuation:.0%}.",
        )
    if q > case.rules.adjusted_q:
        return (
            FAILED,
            f"adjusted for blood cells, q = {q:.2g}; the limit is {case.rules.adjusted_q}.",
        )
    return PASSED, ""


def _stability(case: _Case) -> Answer:
    if case.frequency is None:
        return UNKNOWN, "no panel was trained on these people."
    text = f"chosen from {case.frequency:.0%} of the halves of the people"
    if case.frequency < case.rules.stability:
        return FAILED, f"{text}, it takes {case.rules.stability:.0%}."
    if case.frequency < case.rules.stability_a:
        return FOR_B, f"{text}, tier A takes {case.rules.stability_a:.0%}."
    return PASSED, ""


def _artefacts(case: _Case) -> Answer:
    listed = [flag for flag in case.flags if flag.set in ARTEFACTS]
    if listed and not any(_of_u2(flag) for flag in listed):
        return FAILED, f"{listed[0].evidence} ({listed[0].identifier})."
    if case.share > case.call.ambiguous_share:
        text = f"{case.share:.0%} of its reads fit another RNA as well"
        return FAILED, f"{text}, the limit is {case.call.ambiguous_share:.0%}."
    if np.isnan(case.share):
        return UNKNOWN, "without reads, it is unknown how many of them fit another RNA as well."
    if listed:
        return FOR_B, f"{listed[0].evidence} ({listed[0].identifier})."
    return PASSED, ""


def _design(case: _Case) -> Answer:
    return (FAILED, case.capped) if case.capped else (PASSED, "")


def _people(case: _Case) -> Answer:
    fewest = min(case.people.values())
    text = f"{case.people['case']} cases and {case.people['control']} controls"
    if fewest < case.call.fewest_per_arm:
        return FAILED, f"{text}, it takes {case.call.fewest_per_arm} of each."
    if fewest < case.rules.per_arm_a:
        return FOR_B, f"{text}, tier A takes {case.rules.per_arm_a} of each."
    return PASSED, ""


_QUESTIONS: dict[str, Callable[[_Case], Answer]] = dict(
    zip(
        GATES,
        (
            *(_false_discovery, _both_engines, _effect, _detection, _normalisations),
            *(_confounders, _stability, _artefacts, _design, _people),
        ),
        strict=True,
    )
)

"""What is written down of a contrast beside its table: `{contrast}.json`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any

import pandas as pd

from exosift.contrasts import Contrast
from exosift.design.gate import Judgement
from exosift.design.sections import SectionRules, level, sections
from exosift.findings import Warning, rounded
from exosift.sentences.reasons import reason_sentences


@dataclass
class Evidence:
    """What the tests of a contrast found beside the table; each as it stands in the record."""

    tested: pd.Series | None = None
    factors: pd.Series | None = None
    dispersion: Mapping[str, float | None] = field(default_factory=dict)
    engines: dict[str, str] = field(default_factory=dict)
    permutation: dict[str, Any] = field(default_factory=dict)
    normalisations: list[str] = field(default_factory=list)
    spike_ins: dict[str, Any] = field(default_factory=dict)
    blood: dict[str, Any] = field(default_factory=dict)
    reference_change: dict[str, Any] = field(default_factory=dict)
    quality: dict[str, Any] = field(default_factory=dict)
    warnings: list[Warning] = field(default_factory=list)


def write_record(
    contrast: Contrast, judgement: Judgement, evidence: Evidence, rules: SectionRules
) -> dict[str, Any]:
    """Gather what `{contrast}.json` says."""
    cohort, design = judgement.cohort, judgement.design
    n_case, n_control = cohort.count("case"), cohort.count("control")
    shown = sections(n_case, n_control, judgement.verdict, rules)
    tested, factors = evidence.tested, evidence.factors
    return {
        "contrast": contrast.name,
        "cancer": contrast.cancer,
        "case": contrast.case,
        "control": contrast.control,
        "column": contrast.column,
        "covariates": list(contrast.covariates),
        "design": contrast.design,
        "levels": list(contrast.ordered if contrast.design == "trend" else contrast.levels),
        "verdict": judgement.verdict,
        "outcome": judgement.outcome,
        "reasons": [one.to_dict() for one in judgement.reasons],
        "confounders": list(judgement.confounders),
        "warnings": [one.to_dict() for one in (*judgement.warnings, *evidence.warnings)],
        "checks": [one.to_dict() for one in judgement.checks],
        "quality": {
            key: rounded(value) if isinstance(value, float) else value
            for key, value in evidence.quality.items()
        },
        "sections": shown,
        "level": level(shown),
        "n_case": n_case,
        "n_control": n_control,
        "samples": cohort.to_dicts(),
        "formula": design.formula if design else "",
        "coefficients": list(design.coefficients) if design else [],
        "covariate_kinds": dict(design.kinds) if design else {},
        "forced_covariates": list(judgement.forced),
        "variance_inflation": round(design.vif, 3) if design else None,
        "filter": {
            "tested": int(tested.sum()) if tested is not None else 0,
            "of": len(tested) if tested is not None else 0,
        },
        "normalisation": {
            "method": "TMM",
            "factors": {}
            if factors is None
            else {str(unit): round(float(f), 6) for unit, f in factors.items()},
        },
        "normalisations": evidence.normalisations,
        "spike_ins": evidence.spike_ins,
        "engines": {
            "edger": f"edgepython {version('edgepython')}",
            "limma": f"pylimma {version('pylimma')}",
            **evidence.engines,
        },
        "dispersion": dict(evidence.dispersion),
        "permutation": evidence.permutation,
        "blood": evidence.blood,
        "reference_change": evidence.reference_change,
    }


def in_words(record: Mapping[str, Any]) -> str:
    """Tell of a contrast what a log should say."""
    told = [
        f"{record['contrast']}: {record['verdict']} ({record['outcome']}), "
        f"{record['n_case']} cases and {record['n_control']} controls."
    ]
    if record["formula"]:
        told.append(f"{record['filter']['tested']} miRNAs tested {record['formula']}.")
    permuted = record["permutation"]
    told += [
        f"Under {one['permutations']} permutations within batches {one['small_share']:.3f} of the "
        f"p-values of {engine} are below 0.05 (inflation {one['inflation']:.2f})."
        for engine, one in (("limma", permuted), ("edgeR", permuted.get("edger", {})))
        if one.get("permutations")
    ]
    if "auc" in record["quality"]:
        told.append(f"Quality alone has an AUC of {record['quality']['auc']:.2f}.")
    return " ".join([*told, *reason_sentences(record["reasons"])])

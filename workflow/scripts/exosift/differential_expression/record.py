"""What is written down of a contrast beside its table: `{contrast}.json`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

import pandas as pd
from pydantic import BaseModel, ConfigDict, ValidationError

from exosift.contrasts import Contrast
from exosift.design.gate import Judgement
from exosift.design.sections import SectionRules, level, sections
from exosift.errors import UserError
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


class _Part(BaseModel):
    """A part of a record: fields that are missing, misspelt or of another type are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class FindingRecord(_Part):
    """A finding: its code, and the facts that its sentence is made of."""

    code: str
    facts: dict[str, Any]


class CheckRecord(FindingRecord):
    """A check of the design or of the data; see `exosift.findings.Check`."""

    column: str
    value: float | None
    p: float | None
    outcome: Literal["fit", "warn", "cap", "refuse"]


class WarningRecord(FindingRecord):
    """Something that weakens the contrast; the higher its severity, the more."""

    severity: int


class ExclusionRecord(FindingRecord):
    """Why a library is not used, with its own figures and names."""

    own: dict[str, Any]


class LibraryRecord(_Part):
    """A library of either arm; see `exosift.cohort.Member`."""

    sample: str
    arm: Literal["case", "control"]
    level: str
    used: bool
    exclusion: ExclusionRecord | None
    unit: str


class SectionRecord(_Part):
    """Whether a cohort of this size may have a part of the report, and why not."""

    shown: bool
    reason: FindingRecord | None


class CovariateRecord(_Part):
    """How a covariate was read; see `exosift.design.model.CovariateKind`."""

    kind: Literal["number", "groups"]
    levels: list[str]


class FilterRecord(_Part):
    """Number of miRNAs that were tested, and of those in the matrix."""

    tested: int
    of: int


class NormalisationRecord(_Part):
    """The method, and the factor of each unit."""

    method: str
    factors: dict[str, float]


class TestsOfRun(_Part):
    """Contrasts and tests that the global q corrects for."""

    contrasts: int
    tests: int


class ContrastRecord(_Part):
    """What `{contrast}.json` holds; docs/outputs.md gives the meaning of each field."""

    contrast: str
    cancer: str
    case: str
    control: str
    column: str
    covariates: list[str]
    design: str
    levels: list[str]
    verdict: Literal["fitted", "refused", "too_few", "not_assessable"]
    outcome: Literal["fit", "warn", "cap", "refuse"]
    reasons: list[FindingRecord]
    confounders: list[str]
    warnings: list[WarningRecord]
    checks: list[CheckRecord]
    quality: dict[str, Any]
    sections: dict[str, SectionRecord]
    level: str
    n_case: int
    n_control: int
    samples: list[LibraryRecord]
    formula: str
    coefficients: list[str]
    covariate_kinds: dict[str, CovariateRecord]
    forced_covariates: list[str]
    variance_inflation: float | None
    filter: FilterRecord
    normalisation: NormalisationRecord
    normalisations: list[str]
    spike_ins: dict[str, Any]
    engines: dict[str, str]
    dispersion: dict[str, float | None]
    permutation: dict[str, Any]
    blood: dict[str, Any]
    reference_change: dict[str, Any]
    tests_of_run: TestsOfRun | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the record as JSON holds it; `tests_of_run` only once all contrasts are done."""
        unknown = {"tests_of_run"} if self.tests_of_run is None else set()
        return self.model_dump(mode="json", exclude=unknown)


def read_record(path: str | Path) -> ContrastRecord:
    """Read `{contrast}.json`.

    Raises
    ------
    UserError
        If a field is missing, unknown or of another type: the file is of another version.
    """
    try:
        return ContrastRecord.model_validate_json(Path(path).read_bytes())
    except ValidationError as error:
        found = "; ".join(
            f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()[:5]
        )
        raise UserError(
            f"{path} is no record of a contrast that this version wrote ({found}). "
            "Delete it, and the workflow makes it again."
        ) from error


def write_record(
    contrast: Contrast, judgement: Judgement, evidence: Evidence, rules: SectionRules
) -> ContrastRecord:
    """Return what `{contrast}.json` says."""
    cohort, design = judgement.cohort, judgement.design
    n_case, n_control = cohort.count("case"), cohort.count("control")
    shown = sections(n_case, n_control, judgement.verdict, rules)
    tested, factors = evidence.tested, evidence.factors
    content = {
        "contrast": contrast.name,
        "cancer": contrast.cancer,
        "case": contrast.case,
        "control": contrast.control,
        "column": contrast.column,
        "covariates": list(contrast.covariates),
        "design": contrast.design,
        "levels": list(contrast.ordered),
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
        "covariate_kinds": {name: kind.to_dict() for name, kind in design.kinds.items()}
        if design
        else {},
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
    return ContrastRecord.model_validate(content)


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

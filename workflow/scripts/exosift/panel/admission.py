"""Whether another cohort can be asked about a frozen panel: its people, libraries and design."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from exosift import quality
from exosift.cohort import Cohort, select_samples
from exosift.contrasts import Contrast
from exosift.design.gate import judge
from exosift.findings import SEVERITY, Check, Exclusion, Finding, Warning
from exosift.panel.bundle import FrozenPanel
from exosift.panel.libraries import KITS, kits_of, subjects_of
from exosift.protocols import AUTO
from exosift.settings.design import GateRules
from exosift.settings.sections import FEWEST_PER_ARM
from exosift.sexes import other_sex, sex_of_cancer


@dataclass(frozen=True)
class Admission:
    """What was found of another cohort before any library was scored.

    Attributes
    ----------
    arms : Series of str
        `case` or `control` of each library that is scored, sorted by name.
    refusals
        Why the panel cannot be applied; none if it can.
    warnings
        What weakens the answer beside `checks`: a sex that is not recorded, and kits that the
        panel never saw.
    outcome
        Of the design gate, one of `findings.OUTCOMES`; "" if it was not asked.
    checks
        What the gate looked at.
    left_out
        Libraries of either arm that are not scored, and why.
    """

    arms: pd.Series = field(default_factory=lambda: pd.Series(dtype=str))
    refusals: tuple[Finding, ...] = ()
    warnings: tuple[Warning, ...] = ()
    outcome: str = ""
    checks: tuple[Check, ...] = ()
    left_out: Mapping[str, Exclusion] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return what `validation/{contrast}.json` holds of it."""
        return {
            "warnings": [one.to_dict() for one in self.warnings],
            "design": {"outcome": self.outcome, "checks": [one.to_dict() for one in self.checks]},
            "left_out": [
                {"sample": name, "exclusion": why.to_dict()} for name, why in self.left_out.items()
            ],
        }


def admit(
    panel: FrozenPanel,
    counts: pd.DataFrame,
    sheet: pd.DataFrame,
    contrast: Contrast,
    gate: GateRules | None = None,
    limits: Mapping[str, Any] | None = None,
) -> Admission:
    """Look at another cohort as a run looks at its own, and say whether its answer would count.

    Parameters
    ----------
    counts : DataFrame of int, shape (miRNAs, libraries)
        Raw counts of the other cohort.
    sheet : DataFrame of str
        Its sample sheet, indexed by sample.
    contrast
        Whose case and control are sought in the same column of the sheet. Its covariates are not:
        nothing is adjusted.
    gate
        The limits of the design gate.
    limits
        Section `quality` of the configuration: what a library must hold, as far as counts tell;
        None judges no library.
    """
    for column in (contrast.column, *contrast.subset):
        if column not in sheet.columns:
            return Admission(refusals=(Finding("no_column", {"column": column}),))
    bare = _without_model(contrast, sheet)
    everybody = contrast.arm(sheet)
    names = [str(name) for name in everybody.index[everybody != ""] if name in counts]
    known = panel.trained_on(counts[names], sheet.loc[names]).reason(len(names))
    if known:
        return Admission(refusals=(known,))
    excluded = _unusable(counts, sheet, limits)
    singly = replace(bare, design=bare.kind.independent_design)
    cohort = select_samples(sheet, singly, excluded)
    left_out = {one.sample: one.exclusion for one in cohort.members if one.exclusion is not None}
    few = _too_few(cohort, sheet, contrast)
    if few:
        return Admission(refusals=(few,), left_out=left_out)
    rules = replace(gate or GateRules(), forced_difference=float("inf"))
    judged = judge(sheet, bare, excluded, rules=rules, fewest=FEWEST_PER_ARM)
    found = Admission(
        arms=pd.Series({one.sample: one.arm for one in cohort.members if one.used}).sort_index(),
        refusals=judged.reasons,
        warnings=tuple(_of_sex(sheet, cohort, contrast)),
        outcome=judged.outcome,
        checks=judged.checks,
        left_out=left_out,
    )
    if found.refusals:
        return found
    lacking = panel.missing(counts)
    kits = _of_kits(panel, sheet.loc[cohort.samples])
    return replace(found, refusals=(lacking,) if lacking else (), warnings=(*found.warnings, *kits))


def _without_model(contrast: Contrast, sheet: pd.DataFrame) -> Contrast:
    """Take off what only a model needs; pairs too, where nobody stands in both arms."""
    design = contrast.design
    if contrast.kind.pairs_arms and not _pairs(contrast, sheet):
        design = contrast.kind.independent_design
    return replace(contrast, covariates=(), design=design)


def _pairs(contrast: Contrast, sheet: pd.DataFrame) -> bool:
    arms = contrast.arm(sheet)
    there = arms[arms != ""]
    subjects = subjects_of(sheet.loc[there.index])
    return bool((there.groupby(subjects).nunique() == 2).any())


def _unusable(
    counts: pd.DataFrame, sheet: pd.DataFrame, limits: Mapping[str, Any] | None
) -> dict[str, Exclusion]:
    """Return the libraries that cannot be scored, and why."""
    there = [str(name) for name in sheet.index if name in counts]
    absent, empty = Exclusion("not_in_the_matrix"), Exclusion("no_mirna_reads")
    found = {str(name): absent for name in sheet.index if name not in counts}
    found |= {str(name): empty for name, reads in counts[there].sum().items() if not reads}
    if limits is not None:
        measured = quality.assess(sheet.loc[there], None, counts[there], None, limits)
        found |= quality.exclusions(measured)
    return found


def _too_few(cohort: Cohort, sheet: pd.DataFrame, contrast: Contrast) -> Finding | None:
    people = dict(zip(sheet.index, subjects_of(sheet), strict=True))
    for arm, value in (("case", contrast.case), ("control", contrast.control or "other")):
        n = len({people[one.sample] for one in cohort.members if one.used and one.arm == arm})
        if n < FEWEST_PER_ARM:
            facts = {
                "people": n,
                "column": contrast.column,
                "value": value,
                "needed": FEWEST_PER_ARM,
                "exclusions": cohort.exclusions(),
            }
            return Finding("too_few_of_an_arm", facts)
    return None


def _of_sex(sheet: pd.DataFrame, cohort: Cohort, contrast: Contrast) -> list[Warning]:
    sex = sex_of_cancer(contrast.cancer)
    return other_sex(sheet.loc[cohort.samples], sex, contrast.cancer)[1] if sex else []


def _of_kits(panel: FrozenPanel, sheet: pd.DataFrame) -> list[Warning]:
    """Compare how the libraries were made with how those were that the panel was trained on."""
    warnings: list[Warning] = []
    there: list[str] = []
    away: list[str] = []
    trained, here = panel.record.made_with, kits_of(sheet)
    for column in KITS:
        there += [column] if not trained.get(column) else []
        away += [column] if not here[column] else []
        if not trained.get(column) or not here[column]:
            continue
        known = {"", AUTO, *(name.casefold() for name in trained[column])}
        found = Counter(str(cell) for cell in sheet[column] if cell.casefold() not in known)
        for name, count in sorted(found.items()):
            facts = {
                "libraries": count,
                "scored": len(sheet),
                "column": column,
                "value": name,
                "trained": list(trained[column]),
            }
            warnings.append(Warning("kit_never_seen", facts, SEVERITY["warn"]))
    if away or there:
        facts = {"there": away, "training": there}
        warnings.append(Warning("kits_not_recorded", facts, SEVERITY["warn"]))
    return warnings

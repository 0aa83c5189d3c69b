"""What the libraries themselves tell of a design: whether their quality alone tells the arms apart.

Quality is measured before a single miRNA is compared. Where depth, content or inserts know who is a
case, the arms were not collected, kept or prepared alike, and no test can say which of the two it
sees. Measures that are levels of a few miRNAs are left out: one abundant marker would speak against
its own contrast. Blood cells are held against the arms and against each miRNA elsewhere.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from exosift.cohort import Cohort
from exosift.contrasts import Contrast
from exosift.design.findings import about
from exosift.design.gate import Judgement
from exosift.design.sections import SectionRules, sections
from exosift.discrimination import areas
from exosift.findings import Check, rounded
from exosift.panel.baselines import auc_record
from exosift.panel.crossvalidation import cross_validate
from exosift.panel.libraries import gather
from exosift.panel.procedure import numbers_procedure
from exosift.sentences.sections import section_sentence
from exosift.settings.design import GateRules
from exosift.settings.panel import Panel
from exosift.settings.section import as_mapping

OF_A_FEW_MIRNAS = ("top_mirna_share", "haemolysis_h1", "haemolysis_h2")
"""Measures that a single miRNA which differs can move."""


def weigh_quality(
    judgement: Judgement,
    counts: pd.DataFrame,
    sheet: pd.DataFrame,
    quality: pd.DataFrame | None,
    contrast: Contrast,
    *,
    rules: GateRules,
    people: SectionRules,
    settings: Mapping[str, Any] | None = None,
) -> tuple[Judgement, dict[str, Any]]:
    """Hold what quality measured against the arms of a contrast that can be fitted.

    The model is that of the panel's baseline `quality`, an elastic net in nested cross-validation,
    people kept whole, so that an AUC above one half is no artefact of fitting; and so are the
    measures, but for `OF_A_FEW_MIRNAS`.

    Parameters
    ----------
    judgement
        What the gate said before.
    counts : DataFrame of int, shape (miRNAs, libraries)
    sheet : DataFrame of str
        The sample sheet, indexed by sample.
    quality
        `quality/samples.tsv`, indexed by sample; None where nothing was measured.
    contrast
        The question.
    rules, people
        The limits. With fewer people than a call of candidates takes, nothing is said.
    settings
        Section `panel` of the configuration; None: its defaults.

    Returns
    -------
    The judgement with one check more, if it could be made; and what was found: `columns`, `auc`,
    `low`, `high`, the column that goes with the arms most (`strongest`) with its own AUC
    (`strongest_auc`, in the direction of cases), or a `reason` why nothing was.
    """
    cohort = judgement.cohort
    numbers = [cohort.count(arm) for arm in ("case", "control")]
    allowed = sections(numbers[0], numbers[1], judgement.verdict, people)["candidates"]
    reason = section_sentence(allowed)
    if contrast.kind.no_quality:
        reason = contrast.kind.no_quality
    elif quality is None:
        reason = "Nothing was measured of the libraries."
    if reason:
        return judgement, {"reason": reason}
    said = {"samples": cohort.to_dicts(), "covariates": list(cohort.covariates)}
    libraries = gather(counts, sheet, quality, said)
    measures = libraries.quality.drop(columns=list(OF_A_FEW_MIRNAS), errors="ignore")
    if measures.empty:
        return judgement, {"reason": "No measure of quality differs between the libraries."}
    settings = {**(settings or as_mapping(Panel())), "repeats": rules.quality_repeats}
    procedure = numbers_procedure(settings, [settings["seed"]])
    found = cross_validate(procedure, measures, libraries, settings)
    record = {
        "columns": list(measures.columns),
        **auc_record(found, libraries, settings),
        **_strongest(measures, libraries.is_case),
        "reason": "",
    }
    return judgement.with_check(_check(record, contrast, rules)), record


def _strongest(measures: pd.DataFrame, is_case: np.ndarray) -> dict[str, Any]:
    """Name the measure that goes with the arms most."""
    values = measures.fillna(measures.median())
    alone = areas(values.to_numpy().T, is_case)
    at = int(np.argmax(np.abs(alone - 0.5)))
    return {"strongest": str(values.columns[at]), "strongest_auc": float(alone[at])}


def _check(record: Mapping[str, Any], contrast: Contrast, rules: GateRules) -> Check:
    auc, low, high = record["auc"], record["low"], record["high"]
    outcome = "fit"
    if low > rules.quality_capped:
        outcome = "cap"
    elif auc > rules.quality_warned and low > 0.5:
        outcome = "warn"
    facts = {
        **about(contrast),
        "columns": list(record["columns"]),
        "low": rounded(low),
        "high": rounded(high),
        "strongest": record["strongest"],
        "strongest_auc": rounded(record["strongest_auc"]),
        "remedy": "made_side_by_side",
    }
    return Check("quality", facts, ", ".join(record["columns"]), value=auc, outcome=outcome)


def weigh_factors(factors: pd.Series, cohort: Cohort, rules: GateRules) -> Check:
    """Compare the normalisation factors of the arms, by Wilcoxon's rank sum.

    Parameters
    ----------
    factors
        Of each unit, indexed by it.
    """
    case = cohort.is_case
    own = factors[cohort.units].to_numpy(dtype=float)
    p = float(stats.mannwhitneyu(own[case], own[~case]).pvalue)
    ratio = float(np.exp(np.log(own[case]).mean() - np.log(own[~case]).mean()))
    outcome = "warn" if p < rules.factors_p else "fit"
    return Check("factors", {"limit": rules.factors_p}, "TMM", value=ratio, p=p, outcome=outcome)

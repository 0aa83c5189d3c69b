"""The checks of a contrast that can be made only once its miRNAs are tested."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from exosift.contrasts import Contrast
from exosift.design.data_checks import check_data, gather
from exosift.design.findings import about
from exosift.design.gate import Judgement
from exosift.design.hidden import factors_of
from exosift.design.libraries import exclusions, not_recorded
from exosift.findings import Exclusion
from exosift.settings.design import GateRules

SUSPICIOUS = ("differing_share", "component", "perfect_markers")
"""Checks that an unrecorded kit, day or centre sets off."""


def weigh_data(
    judgement: Judgement,
    levels: np.ndarray,
    table: pd.DataFrame,
    sheet: pd.DataFrame,
    contrast: Contrast,
    *,
    excluded: Mapping[str, Exclusion],
    summaries: Mapping[str, Mapping[str, Any]] | None,
    rules: GateRules,
) -> Judgement:
    """Add the checks of the data, of exclusions and of what was recorded to a judgement.

    None of them refuses a contrast.

    Parameters
    ----------
    judgement
        What was said before; the contrast can be fitted.
    levels : array, shape (tested miRNAs, units)
        log2 CPM, normalised by TMM.
    table
        The tests, one row per miRNA: `edger_log2fc`, `edger_p`, `edger_q`, `limma_log2fc` and
        `limma_q`.
    sheet : DataFrame of str
        The sample sheet, indexed by sample; missing cells are "".
    contrast
        The question.
    excluded
        Libraries that quality leaves out, and why.
    summaries
        `quantified/{sample}.json` by sample; none in a run from counts.
    rules
        The limits.
    """
    cohort, design = judgement.cohort, judgement.design
    assert design is not None
    facts = about(contrast)
    checks = check_data(gather(levels, table, contrast, cohort, design), facts, rules)
    suspicious = [one.code for one in checks if one.code in SUSPICIOUS and one.outcome != "fit"]
    left_out = [excluded.get(member.sample) for member in cohort.members]
    in_arm = np.array([member.arm == "case" for member in cohort.members], bool)
    protocols = [
        str((summaries or {}).get(unit, {}).get("protocol") or "") for unit in cohort.units
    ]
    checks += [
        exclusions(in_arm, left_out, facts, rules),
        not_recorded(
            *(cohort.table(sheet), cohort.is_case, protocols, suspicious, facts),
            runs=factors_of(summaries or {}).reindex(cohort.units)["run"].fillna(""),
        ),
    ]
    for check in checks:
        judgement = judgement.with_check(check)
    return judgement

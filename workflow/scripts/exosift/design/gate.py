"""The gate before any model: what the design of a contrast can answer, and what it cannot.

Nothing here needs counts, so a contrast that no sequencing could rescue is refused in a second.
What the libraries themselves tell of the design is added by `design.quality`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from exosift.cohort import Cohort, select_samples
from exosift.contrasts import Contrast
from exosift.design.balance import imbalance
from exosift.design.checks import check_of_order, weigh
from exosift.design.findings import about
from exosift.design.hidden import FACTORS, factors_of
from exosift.design.model import (
    Block,
    Design,
    code,
    code_blocks,
    independent,
    smallest_span,
    stack,
    write_design,
)
from exosift.design.order import runs_test
from exosift.design.people import repeated_subjects
from exosift.design.sides import sides_of
from exosift.design.technical import made_with
from exosift.findings import OUTCOMES, SEVERITY, Check, Exclusion, Finding, Warning
from exosift.settings.design import GateRules
from exosift.settings.sections import Sections
from exosift.sheet_columns import MOST_MISSING, is_numeric
from exosift.text import natural

FEWEST_DEGREES_OF_FREEDOM = 2  # residual; with fewer, the spread is a guess
FEWEST_TO_FORCE = 5  # people in each arm; below, any two arms differ in age by chance


@dataclass(frozen=True)
class Judgement:
    """What the gate says about a contrast.

    Attributes
    ----------
    verdict
        `fitted` (it can be), `refused`, `too_few` or `not_assessable`.
    reasons
        Why it cannot be tested: what was found in which column, and what would repair it.
    warnings
        What weakens it beside the checks.
    cohort, design
        The libraries, and the design; None unless the verdict is `fitted`.
    checks
        What was looked at.
    forced
        Covariates that the arms' imbalance forced into the model.
    confounders
        What a refused condition coincides with.
    """

    verdict: str
    reasons: tuple[Finding, ...]
    warnings: tuple[Warning, ...]
    cohort: Cohort
    design: Design | None = None
    checks: tuple[Check, ...] = ()
    forced: tuple[str, ...] = ()
    confounders: tuple[str, ...] = ()

    @property
    def outcome(self) -> str:
        """The worst of the checks; `refuse` for whatever is not tested."""
        if self.verdict != "fitted":
            return OUTCOMES[-1]
        return max((check.outcome for check in self.checks), key=OUTCOMES.index, default="fit")

    def with_check(self, check: Check) -> "Judgement":
        """Add a check that weakens at most."""
        return replace(self, checks=(*self.checks, check))


def judge(
    sheet: pd.DataFrame,
    contrast: Contrast,
    excluded: Mapping[str, Exclusion] | None = None,
    *,
    summaries: Mapping[str, Mapping[str, Any]] | None = None,
    rules: GateRules | None = None,
    fewest: int = Sections.tests,
) -> Judgement:
    """Say whether a contrast can be tested, from the sheets and the exclusions alone.

    Refused is a contrast whose condition is determined completely by a covariate, by several of
    them together, or by something technical (batch, protocol, flow cell, ...) that is not among
    them: no model can tell such a disease from its batch, and cross-validation finds an AUC of 1.

    Parameters
    ----------
    sheet : DataFrame of str
        The sample sheet, indexed by sample; missing cells are "".
    contrast
        The question.
    excluded
        Libraries that must not be used, and why.
    summaries
        `quantified/{sample}.json` by sample, for what headers and reads tell; none from counts.
    rules
        The limits.
    fewest
        People that each arm must have: `sections.tests` of the configuration.
    """
    rules = rules or GateRules()
    cohort = select_samples(sheet, contrast, excluded)
    stopped = _twice(sheet, cohort, contrast) or _too_few(cohort, contrast, fewest)
    if stopped:
        return stopped
    forced = _forced(sheet, contrast, cohort, rules)
    if forced:
        cohort = select_samples(sheet, contrast, excluded, forced)
        forced = [column for column in forced if column in cohort.covariates]
        stopped = _too_few(cohort, contrast, fewest)
        if stopped:
            return stopped
    used = cohort.table(sheet)
    hidden = factors_of(summaries or {}).reindex(cohort.units).fillna("")
    blocks, left_out = code_blocks(sheet, used, contrast, cohort)
    warnings = [*cohort.warnings, *left_out, *_empty_levels(contrast, cohort)]
    confounders, reason = _confounded(used, hidden, contrast, cohort, blocks)
    if reason:
        return Judgement(
            *("refused", (reason,), tuple(warnings), cohort), confounders=tuple(confounders)
        )
    design = write_design(blocks, contrast, cohort)
    left = len(used) - design.matrix.shape[1]
    if left < FEWEST_DEGREES_OF_FREEDOM:
        facts = {
            "libraries": len(used),
            "coefficients": design.matrix.shape[1],
            "formula": design.formula,
            "left": left,
            "needed": FEWEST_DEGREES_OF_FREEDOM,
        }
        reason = Finding("too_few_degrees_of_freedom", facts)
        return Judgement("too_few", (reason,), tuple(warnings), cohort)
    headers = [((summaries or {}).get(unit) or {}).get("headers") or {} for unit in cohort.units]
    checks = weigh(sheet, used, hidden, headers, contrast, cohort, design, forced, rules)
    judged = Judgement(
        *("fitted", (), tuple(warnings), cohort, design, tuple(checks), tuple(forced)),
    )
    refusals = [check for check in checks if check.outcome == "refuse"]
    if refusals:
        return replace(
            judged,
            verdict="refused",
            reasons=tuple(_of_check(check) for check in refusals),
            design=None,
            confounders=tuple(dict.fromkeys(check.column for check in refusals)),
        )
    return judged


def _of_check(check: Check) -> Finding:
    """Return the reason that a refusing check is: its facts beside its column and figures."""
    record = check.to_dict()
    return Finding(record.pop("code"), {**record.pop("facts"), **record})


def sheet_order(
    sheet: pd.DataFrame, judgement: Judgement, contrast: Contrast, p: float = GateRules.order_p
) -> list[Check]:
    """Return a check that warns if the arms stand in blocks in the sheet.

    The order of the sheet may be that of the work.

    Not a part of the judgement, since no result may depend on the order of the rows.
    """
    if contrast.kind.repeated or any(
        check.code == "order" and check.outcome != "fit" for check in judgement.checks
    ):
        return []
    arms = dict(zip(judgement.cohort.units, judgement.cohort.is_case, strict=True))
    found = runs_test([arms[name] for name in sheet.index if name in arms])
    check = check_of_order("sheet", "", contrast, judgement.cohort, found, p)
    return [check] if check.outcome != "fit" else []


def _too_few(cohort: Cohort, contrast: Contrast, fewest: int) -> Judgement | None:
    def stopped(verdict: str, code: str, **facts: Any) -> Judgement:
        reason = Finding(code, {**about(contrast), **facts, "exclusions": cohort.exclusions()})
        return Judgement(verdict, (reason,), cohort.warnings, cohort)

    total = len(cohort.members)
    if total and not cohort.samples:
        return stopped("not_assessable", "no_usable_library", libraries=total)
    for arm, name in (("case", contrast.cases), ("control", contrast.against)):
        n = cohort.count(arm)
        if n < fewest:
            facts = {"people": n, "arm": arm, "name": name, "needed": fewest}
            return stopped("too_few", "too_few_people", **facts)
    there = set(cohort.levels)
    if len(there) < contrast.kind.fewest_levels:
        absent = contrast.kind.missing_levels(contrast, there)
        return stopped("too_few", "too_few_levels", absent=absent)
    return None


def _twice(sheet: pd.DataFrame, cohort: Cohort, contrast: Contrast) -> Judgement | None:
    reason = repeated_subjects(sheet, cohort, contrast)
    return Judgement("refused", (reason,), cohort.warnings, cohort) if reason else None


def _empty_levels(contrast: Contrast, cohort: Cohort) -> list[Warning]:
    """Warn of levels of a trend that nobody is left on."""
    absent = contrast.kind.missing_levels(contrast, set(cohort.levels))
    if not absent:
        return []
    facts = {"condition": contrast.column, "levels": absent}
    return [Warning("levels_without_libraries", facts, SEVERITY["warn"])]


def _forced(sheet: pd.DataFrame, contrast: Contrast, cohort: Cohort, rules: GateRules) -> list[str]:
    """Name the columns in which the arms differ so much that the model must hold them."""
    if contrast.kind.repeated:
        return []
    if min(cohort.count(arm) for arm in ("case", "control")) < FEWEST_TO_FORCE:
        return []
    used = cohort.table(sheet)
    tested = contrast.kind.tested_column(contrast, cohort)
    return [
        column
        for column in ("age", "sex")
        if column in sheet
        and column not in (*contrast.covariates, contrast.column, *contrast.subset)
        and imbalance(used[column], tested, is_numeric(sheet, column)) > rules.forced_difference
    ]


def _confounded(
    used: pd.DataFrame,
    hidden: pd.DataFrame,
    contrast: Contrast,
    cohort: Cohort,
    blocks: Sequence[Block],
) -> tuple[list[str], Finding | None]:
    """Return the columns that leave nothing of the condition to be estimated, and the reason."""
    tested = contrast.kind.tested_column(contrast, cohort)[:, None]
    if not independent(stack(blocks, len(used)), tested):
        culprits = smallest_span(blocks, tested, len(used))
        if len(culprits) == 1:
            return culprits, _coincidence(used[culprits[0]], contrast, cohort)
        facts = {**about(contrast), "columns": culprits, "case": contrast.case}
        return culprits, Finding("coincidence_of_several", facts)
    listed = {*cohort.covariates, contrast.column}
    made = [column for column in made_with(used, contrast) if column not in listed]
    for cells in [*(used[c] for c in made), *(hidden[c].rename(FACTORS[c]) for c in hidden)]:
        sides = sides_of(cells, contrast, cohort)
        # A column with a value of its own for every library is a label, not a batch; one that is
        # known for a few libraries says nothing of the others.
        if (
            sides.compares
            and sides.known >= 1 - MOST_MISSING
            and sides.cells.nunique() <= len(sides.cells) / 2
        ):
            block = [] if sides.cells.nunique() == 1 else [code(sides.cells, numeric=False)]
            if not independent(stack(block, len(sides.cells)), sides.scores[:, None]):
                return [str(cells.name)], _coincidence(cells, contrast, cohort)
    return [], None


def _coincidence(cells: pd.Series, contrast: Contrast, cohort: Cohort) -> Finding:
    """Return how a column coincides with the condition."""
    column = str(cells.name)
    if cells.nunique() == len(cells):
        return Finding("value_for_each_library", {**about(contrast), "column": column})
    sides = sides_of(cells, contrast, cohort)
    order = contrast.kind.group_names(contrast)
    groups = []
    for name in order:
        values = sides.cells[sides.names == name]
        levels = sorted(map(str, values.unique()), key=natural)
        groups.append({"name": str(name), "units": len(values), "values": levels})
    facts = {
        "column": column,
        "units": contrast.kind.unit,
        "incomplete": sides.known < 1,
    }
    return Finding("coincidence", {**about(contrast), **facts, "groups": groups})

"""Whether how libraries were made goes with what is tested: batches, kits, what nobody listed."""

import pandas as pd
from scipy import stats

from exosift.cohort import Cohort
from exosift.contrasts import Contrast
from exosift.design.findings import about
from exosift.design.hidden import FACTORS, SMALL_GROUP, Association, associate, is_grouping, overlap
from exosift.design.sides import Sides, among_cases, sides_of
from exosift.findings import Check
from exosift.settings.design import GateRules
from exosift.sheet_columns import MOST_MISSING, columns_of_sheet, of_the_disease, technical

KNOWN_OTHERWISE = frozenset(("age", "sex", "subject", "condition", "fastq"))
"""Columns that have looks of their own, or say nothing of the libraries."""


def made_with(used: pd.DataFrame, contrast: Contrast) -> list[str]:
    """Name the columns of the sheet that group libraries by how they were made."""
    return [
        name
        for name, column in columns_of_sheet(used).items()
        if name != contrast.column and column.is_technical and not column.is_amount
    ]


def measured(used: pd.DataFrame, contrast: Contrast) -> list[str]:
    """Name the columns of the sheet that measure how libraries were made, such as a delay."""
    return [
        name
        for name, column in columns_of_sheet(used).items()
        if name != contrast.column
        and column.is_amount
        and (column.is_technical or name == "storage_time")
    ]


def overlaps(
    used: pd.DataFrame, contrast: Contrast, cohort: Cohort, rules: GateRules
) -> list[Check]:
    """Say how many libraries have a counterpart that was made with them."""
    checks: list[Check] = []
    if contrast.kind.compares_changes:  # people with another change than others are no gap
        return checks
    for column in made_with(used, contrast):
        sides = sides_of(used[column], contrast, cohort)
        if not is_grouping(sides.cells) or not sides.compares:
            continue
        share = overlap(sides.cells, sides.names, rules.fewest_per_batch)
        outcome = "fit"
        if share < rules.low_overlap:
            outcome = "cap" if share < rules.lowest_overlap else "warn"
        if share == 0:
            outcome = "refuse" if _carries(sides) else "warn"
        facts = {
            **about(contrast),
            "incomplete": sides.known < 1,
            "enough": _enough(sides.cells, rules.fewest_per_batch),
            "remedy": "both_arms_in_each_group",
        }
        checks.append(Check("overlap", facts, column, value=share, outcome=outcome))
    return checks


def _enough(cells: pd.Series, fewest: int) -> int | None:
    """Return how many libraries of an arm make a group hold it; None if small groups need fewer."""
    return fewest if cells.value_counts().min() >= SMALL_GROUP * fewest else None


def associations(
    sheet: pd.DataFrame,
    used: pd.DataFrame,
    hidden: pd.DataFrame,
    contrast: Contrast,
    cohort: Cohort,
    rules: GateRules,
) -> list[Check]:
    """Test what is not in the model: unlisted technical columns, and what the reads tell."""
    listed = [column for column in cohort.covariates if technical(column)]
    named = {c: used[c] for c in made_with(used, contrast) if c not in cohort.covariates}
    told = {FACTORS[factor]: hidden[factor] for factor in hidden}
    checks, found = [], {}
    for name, cells in {**named, **told}.items():
        sides = sides_of(cells, contrast, cohort)
        if name in named and not sides.compares:
            checks += _in_one_arm(name, sides, contrast)
        if not is_grouping(sides.cells) or not sides.compares:
            continue
        # A flow cell for each batch that is listed has nothing hidden in it.
        if any(_same_groups(cells, used[column]) for column in listed):
            continue
        found[name] = sides
    corrected = _corrected({n: associate(s.cells, s.scores, rules.seed) for n, s in found.items()})
    for name, (one, p) in corrected.items():
        checks.append(_judged(name, one, p, found[name], contrast, rules, name in used))
        inner = among_cases(found[name], contrast)
        if inner is not None and checks[-1].outcome != "refuse" and is_grouping(inner.cells):
            checks += _along_the_cases(name, inner, contrast, rules)
    return checks + _unnamed(sheet, used, contrast, cohort)


def _corrected(found: dict[str, Association]) -> dict[str, tuple[Association, float]]:
    if not found:
        return {}
    corrected = stats.false_discovery_control([one.p for one in found.values()])
    return {name: (one, float(p)) for (name, one), p in zip(found.items(), corrected, strict=True)}


def _judged(
    name: str,
    one: Association,
    p: float,
    sides: Sides,
    contrast: Contrast,
    rules: GateRules,
    in_sheet: bool,
) -> Check:
    outcome = "fit"
    if p < rules.hidden_p and one.v > rules.hidden_v and _carries(sides):
        outcome = "refuse"
    elif p < rules.uneven_p:
        outcome = "warn"
    facts = {
        **about(contrast),
        "incomplete": sides.known < 1,
        "in_sheet": in_sheet,
        "remedies": [
            *([] if _carries(sides) else ["complete_column"]),
            "list_column" if in_sheet else "add_column",
        ],
    }
    return Check("association", facts, name, value=one.v, p=p, outcome=outcome)


def _along_the_cases(name: str, sides: Sides, contrast: Contrast, rules: GateRules) -> list[Check]:
    """Say whether a column resembles the trend among the cases, which is told apart from it."""
    one = associate(sides.cells, sides.scores, rules.seed)
    if not (one.p < rules.hidden_p and one.v > rules.hidden_v):
        return []
    facts = {**about(contrast), "case": contrast.case, "remedy": "several_levels_in_each_group"}
    return [
        Check("association_among_cases", facts, name, value=one.v, p=one.p, outcome="cap"),
    ]


def _in_one_arm(name: str, sides: Sides, contrast: Contrast) -> list[Check]:
    """Warn of a technical column that is known on one side only."""
    # A protocol that is still empty is one that the reads will tell.
    known = name == "protocol" or of_the_disease(name)
    if sides.cells.empty or contrast.kind.compares_changes or known:
        return []
    facts = {**about(contrast), "arm": str(sides.names[0]), "remedy": "complete_column"}
    return [Check("known_in_one_arm", facts, name, outcome="warn")]


def _unnamed(
    sheet: pd.DataFrame, used: pd.DataFrame, contrast: Contrast, cohort: Cohort
) -> list[Check]:
    """Warn of any other column that sorts the libraries exactly as the contrast does.

    Its name does not tell whether it describes how they were made; whoever filled it in knows.
    """
    checks = []
    passed = {*KNOWN_OTHERWISE, *cohort.covariates, contrast.column, *contrast.subset}
    columns = columns_of_sheet(sheet)
    for column in map(str, used):
        if column in passed or columns[column].role in ("technical", "disease"):
            continue
        sides = sides_of(used[column], contrast, cohort)
        grouped = is_grouping(sides.cells) and not columns[column].is_number
        if not grouped or not sides.compares or not _carries(sides):
            continue
        if not (pd.Series(sides.scores).groupby(sides.cells.to_numpy()).nunique() == 1).all():
            continue
        facts = {**about(contrast), "remedy": "rename_technical_column"}
        checks.append(Check("sorts_like_the_condition", facts, column, value=1.0, outcome="warn"))
    return checks


def _carries(sides: Sides) -> bool:
    """Tell whether the known cells are those of the contrast, and not those of a few libraries."""
    return sides.known >= 1 - MOST_MISSING


def _same_groups(one: pd.Series, other: pd.Series) -> bool:
    """Tell whether two columns sort libraries in the same way, or the second more finely."""
    return bool((one.groupby(other).nunique() == 1).all())

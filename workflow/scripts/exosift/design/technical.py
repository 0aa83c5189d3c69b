"""Whether how libraries were made goes with what is tested: batches, kits, what nobody listed."""

import pandas as pd
from scipy import stats

from exosift.cohort import MOST_MISSING, Cohort, is_numeric
from exosift.contrasts import Contrast
from exosift.design.findings import (
    MEASURES,
    Check,
    GateRules,
    of_the_disease,
    technical,
    words_of,
)
from exosift.design.hidden import FACTORS, SMALL_GROUP, Association, associate, is_grouping, overlap
from exosift.design.model import joined
from exosift.design.sides import Sides, among_cases, sides_of

AMONG_CASES = " among the cases"
"""What a look at the cases of a trend alone adds to the name of its column."""

KNOWN_OTHERWISE = frozenset(("age", "sex", "subject", "condition", "fastq"))
"""Columns that have looks of their own, or say nothing of the libraries."""


def made_with(used: pd.DataFrame, contrast: Contrast) -> list[str]:
    """Name the columns of the sheet that group libraries by how they were made."""
    return [
        str(column)
        for column in used
        if column != contrast.column and technical(str(column)) and not _measures(used, str(column))
    ]


def measured(used: pd.DataFrame, contrast: Contrast) -> list[str]:
    """Name the columns of the sheet that measure how libraries were made, such as a delay."""
    return [
        str(column)
        for column in used
        if column != contrast.column
        and _measures(used, str(column))
        and (technical(str(column)) or column == "storage_time")
    ]


def _measures(used: pd.DataFrame, column: str) -> bool:
    return bool(set(words_of(column)) & MEASURES) and is_numeric(used, column)


def overlaps(
    used: pd.DataFrame, contrast: Contrast, cohort: Cohort, rules: GateRules
) -> list[Check]:
    """Say how many libraries have a counterpart that was made with them."""
    checks: list[Check] = []
    if contrast.design == "change":  # people with another change than others are no gap
        return checks
    levels = "different levels" if contrast.design == "trend" else "each arm"
    missing = "of other levels" if contrast.design == "trend" else "of the missing arm"
    for column in made_with(used, contrast):
        sides = sides_of(used[column], contrast, cohort)
        if not is_grouping(sides.cells) or not sides.compares:
            continue
        share = overlap(sides.cells, sides.names, rules.fewest_per_batch)
        outcome, sentence, whose = "fit", "", _whose(sides, column)
        enough = _enough(sides.cells, rules.fewest_per_batch)
        if share < rules.low_overlap:
            outcome = "cap" if share < rules.lowest_overlap else "warn"
            sentence = (
                f"Only {share:.0%} of the libraries{whose} share their {column} with {enough} "
                f"of {levels}; the others tell little about {contrast.column}. Libraries {missing} "
                f"with the same {column} would repair it."
            )
        if share == 0:
            outcome = "refuse" if _carries(sides) else "warn"
            sentence = (
                f"No {column} holds {enough} libraries of {levels}{whose}, so {column} and "
                f"{contrast.column} can hardly be told apart. It takes {_both(contrast)} libraries "
                f"within the same {column}."
            )
        checks.append(Check("overlap", column, share, None, outcome, sentence))
    return checks


def _enough(cells: pd.Series, fewest: int) -> str:
    """Say how many libraries of an arm make a group hold it; a small group needs one."""
    words = {1: "one", 2: "two or more"}.get(fewest, f"{fewest} or more")
    return words if cells.value_counts().min() >= SMALL_GROUP * fewest else "enough"


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
    outcome, sentence = "fit", ""
    strength = f"{_measure(contrast)} {one.v:.2f}, p = {p:.1g}"
    if p < rules.hidden_p and one.v > rules.hidden_v and _carries(sides):
        outcome = "refuse"
        sentence = (
            f"{name} and {contrast.column} nearly coincide ({strength}), and no model can tell "
            f"them apart well. It takes {_both(contrast)} libraries within the same {name}."
        )
    elif p < rules.uneven_p:
        outcome = "warn"
        advice = "List it." if in_sheet else "Put it into the sheet and list it."
        if not _carries(sides):
            advice = f"Complete the column. {advice}"
        goes = (
            f"goes with {contrast.column}"
            if contrast.design == "trend"
            else ("differs between the arms")
        )
        sentence = (
            f"{name} {goes}{_whose(sides, name, before=' among the libraries')} ({strength}) and "
            "is not among the covariates: its effect is mistaken for that of the condition. "
            f"{advice}"
        )
    return Check("association", name, one.v, p, outcome, sentence)


def _along_the_cases(name: str, sides: Sides, contrast: Contrast, rules: GateRules) -> list[Check]:
    """Say whether a column resembles the trend among the cases, which is told apart from it."""
    one = associate(sides.cells, sides.scores, rules.seed)
    if not (one.p < rules.hidden_p and one.v > rules.hidden_v):
        return []
    sentence = (
        f"Among the {contrast.case} libraries alone {name} and {contrast.column} nearly coincide "
        f"({_measure(contrast)} {one.v:.2f}, p = {one.p:.1g}), so a trend among them may be one of "
        f"{name}. It takes libraries of several levels within the same {name}."
    )
    return [Check("association", name + AMONG_CASES, one.v, one.p, "cap", sentence)]


def _in_one_arm(name: str, sides: Sides, contrast: Contrast) -> list[Check]:
    """Warn of a technical column that is known on one side only."""
    # A protocol that is still empty is one that the reads will tell.
    known = name == "protocol" or of_the_disease(name)
    if sides.cells.empty or contrast.design == "change" or known:
        return []
    side = str(sides.names[0])
    sentence = (
        f"{name} is filled in for {side} libraries alone, so nobody can say whether the others "
        "were made alike. Complete the column."
    )
    return [Check("association", name, float("nan"), None, "warn", sentence)]


def _unnamed(
    sheet: pd.DataFrame, used: pd.DataFrame, contrast: Contrast, cohort: Cohort
) -> list[Check]:
    """Warn of any other column that sorts the libraries exactly as the contrast does.

    Its name does not tell whether it describes how they were made; whoever filled it in knows.
    """
    checks = []
    passed = {*KNOWN_OTHERWISE, *cohort.covariates, contrast.column, *contrast.subset}
    for column in map(str, used):
        if column in passed or technical(column) or of_the_disease(column):
            continue
        sides = sides_of(used[column], contrast, cohort)
        grouped = is_grouping(sides.cells) and not is_numeric(sheet, column)
        if not grouped or not sides.compares or not _carries(sides):
            continue
        if not (pd.Series(sides.scores).groupby(sides.cells.to_numpy()).nunique() == 1).all():
            continue
        sentence = (
            f"{column} sorts the libraries exactly as {contrast.column} does. If it tells how, "
            "where or when they were made, nothing here can be told from it: call it "
            f"batch_{column}, and the contrast is refused. If it describes the disease, all is "
            "well."
        )
        checks.append(Check("association", column, 1.0, None, "warn", sentence))
    return checks


def _measure(contrast: Contrast) -> str:
    return "correlation ratio" if contrast.design == "trend" else "Cramér's V"


def _both(contrast: Contrast) -> str:
    """Name the libraries that would repair a design."""
    if contrast.design == "trend":
        return f"{joined(contrast.ordered)}"
    return f"{contrast.cases} and {contrast.against}"


def _carries(sides: Sides) -> bool:
    """Tell whether the known cells are those of the contrast, and not those of a few libraries."""
    return sides.known >= 1 - MOST_MISSING


def _whose(sides: Sides, column: str, before: str = "") -> str:
    return "" if sides.known == 1 else f"{before} whose {column} is known"


def _same_groups(one: pd.Series, other: pd.Series) -> bool:
    """Tell whether two columns sort libraries in the same way, or the second more finely."""
    return bool((one.groupby(other).nunique() == 1).all())

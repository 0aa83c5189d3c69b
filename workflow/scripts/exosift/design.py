"""The design of a contrast: its matrix, and the gate that says whether it can answer at all.

Nothing here needs counts, so a contrast that no sequencing could rescue is refused in a second.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
from scipy.stats import chi2_contingency, mannwhitneyu

from exosift.cohort import Cohort, is_numeric, select_samples
from exosift.contrasts import Contrast

FEWEST_PER_ARM = 3  # with fewer, no spread can be estimated
FEWEST_DEGREES_OF_FREEDOM = 2  # residual; with fewer, the spread is a guess
RANK_TOLERANCE = 1e-7  # as in R's qr()
HIGH_VIF, RAISED_VIF = 5.0, 2.5
LOW_OVERLAP = 0.8
UNEVEN = 0.05  # p of an association with the condition, above which a column may stay unlisted

TECHNICAL = frozenset(
    (
        *("batch", "plate", "run", "lane", "flowcell", "instrument", "kit", "protocol"),
        *("prep", "isolation", "biofluid", "center", "centre"),
    )
)
"""Words in the name of a column that describes how, not in whom, a library was made."""


@dataclass(frozen=True)
class Design:
    """A design matrix and its names.

    Attributes
    ----------
    matrix : ndarray, shape (libraries, coefficients)
        Intercept, covariates (numbers centred and scaled to a standard deviation of 1; groups as
        0 and 1 against their first level), and the condition (case 1, control 0) last.
    coefficients
        Names of the columns, such as `batch=2`.
    formula
        The model in R's words.
    kinds
        Covariates in the model: `number`, or `groups` with their levels.
    vif
        Variance inflation of the condition by the covariates; 1 means none.
    """

    matrix: np.ndarray
    coefficients: tuple[str, ...]
    formula: str
    kinds: Mapping[str, str]
    vif: float


@dataclass(frozen=True)
class Judgement:
    """What the gate says about a contrast.

    Attributes
    ----------
    verdict
        `fitted` (it can be), `refused`, `too_few` or `not_assessable`.
    sentences
        Why it cannot be tested: what was found in which column, and what would repair it.
    warnings
        What weakens it.
    cohort, design
        The libraries, and the design; None unless the verdict is `fitted`.
    """

    verdict: str
    sentences: tuple[str, ...]
    warnings: tuple[str, ...]
    cohort: Cohort
    design: Design | None = None


@dataclass(frozen=True)
class _Block:
    """The columns of one covariate in the design; shape of `columns` (libraries, columns)."""

    covariate: str
    columns: np.ndarray
    names: tuple[str, ...]
    kind: str


def judge(
    sheet: pd.DataFrame, contrast: Contrast, excluded: Mapping[str, str] | None = None
) -> Judgement:
    """Say whether a contrast can be tested, from the sheets and the exclusions alone.

    Refused is a contrast whose condition is determined completely by a covariate, by several of
    them together, or by a technical column (batch, protocol, ...) that is not among them: no model
    can tell such a disease from its batch, and cross-validation finds an AUC of 1.

    Parameters
    ----------
    sheet : DataFrame of str
        The sample sheet, indexed by sample; missing cells are "".
    contrast
        The question.
    excluded
        Libraries that must not be used, with the reason; an empty reason excludes nothing.
    """
    cohort = select_samples(sheet, contrast, excluded)

    def stop(verdict: str, *sentences: str) -> Judgement:
        return Judgement(verdict, sentences, cohort.warnings, cohort)

    if contrast.design == "trend":
        return stop("not_assessable", "A trend over ordered levels is not tested by this version.")
    enough = _too_few(cohort, contrast)
    if enough:
        return stop(*enough)
    used = sheet.loc[cohort.samples]
    if contrast.design != "paired":
        twice = _subjects_in_both_arms(used, cohort)
        if twice:
            return stop("refused", twice)
    blocks, warnings = _blocks(sheet, used, cohort.covariates)
    confounded = _confounded(used, contrast, cohort, blocks)
    if confounded:
        return stop("refused", confounded)
    design = _design(blocks, contrast, cohort)
    left = len(used) - design.matrix.shape[1]
    if left < FEWEST_DEGREES_OF_FREEDOM:
        return stop(
            "too_few",
            f"{len(used)} libraries cannot carry the {design.matrix.shape[1]} coefficients of "
            f"{design.formula}: {left} degrees of freedom are left, "
            f"{FEWEST_DEGREES_OF_FREEDOM} are needed. List fewer covariates or add libraries.",
        )
    warnings = [*cohort.warnings, *warnings]
    warnings += _weaknesses(used, contrast, cohort, design)
    return Judgement("fitted", (), tuple(warnings), cohort, design)


def _too_few(cohort: Cohort, contrast: Contrast) -> tuple[str, str] | None:
    total = len(cohort.members)
    why = f" Not used: {cohort.reasons()}." if len(cohort.samples) < total else ""
    if total and not cohort.samples:
        return "not_assessable", f"None of the {total} libraries can be used.{why}"
    for arm, name in (("case", contrast.case), ("control", contrast.control or "other")):
        n = cohort.count(arm)
        if n < FEWEST_PER_ARM:
            return "too_few", (
                f"{n} usable {name} {'library' if n == 1 else 'libraries'} ({arm}s); a test needs "
                f"{FEWEST_PER_ARM} in each arm, a candidate more.{why}"
            )
    return None


def _subjects_in_both_arms(used: pd.DataFrame, cohort: Cohort) -> str:
    if "subject" not in used.columns:
        return ""
    arms = pd.Series(cohort.is_case, index=used.index)[used["subject"] != ""]
    both = arms.groupby(used["subject"]).nunique() == 2
    names = list(both.index[both])
    if not names:
        return ""
    return (
        f"{_some(names)} (column subject) stand{'s' if len(names) == 1 else ''} in both arms, so "
        "the libraries are not independent. Use the design 'paired', or keep one arm of each."
    )


def _blocks(
    sheet: pd.DataFrame, used: pd.DataFrame, covariates: Sequence[str]
) -> tuple[list[_Block], list[str]]:
    """Code each covariate; leave out what is constant or already said by those before it."""
    blocks: list[_Block] = []
    warnings: list[str] = []
    for covariate in covariates:
        cells = used[covariate]
        if cells.nunique() == 1:
            warnings.append(
                f"{covariate} is left out: it is {cells.iloc[0]} in all {len(cells)} libraries."
            )
            continue
        block = _code(cells, is_numeric(sheet, covariate))
        before = _stack(blocks, len(used))
        kept = _independent(before, block.columns)
        if not kept:
            others = _smallest_span(blocks, block.columns, len(used))
            warnings.append(
                f"{covariate} is left out: {_and(others)} determine{'s' * (len(others) == 1)} it."
            )
            continue
        dropped = [name for at, name in enumerate(block.names) if at not in kept]
        if dropped:
            warnings.append(
                f"{_and(dropped)} {'is' if len(dropped) == 1 else 'are'} left out of the model: "
                f"determined by {_and([other.covariate for other in blocks])}."
            )
        names = tuple(block.names[at] for at in kept)
        blocks.append(_Block(covariate, block.columns[:, kept], names, block.kind))
    return blocks, warnings


def _code(cells: pd.Series, numeric: bool) -> _Block:
    covariate = str(cells.name)
    if numeric:
        values = pd.to_numeric(cells).to_numpy(dtype=float)
        values = (values - values.mean()) / values.std()
        return _Block(covariate, values[:, None], (covariate,), "number")
    levels = sorted(cells.unique(), key=_natural)
    columns = np.column_stack([(cells == level).to_numpy(dtype=float) for level in levels[1:]])
    names = tuple(f"{covariate}={level}" for level in levels[1:])
    return _Block(covariate, columns, names, f"groups: {', '.join(levels)}")


def _confounded(
    used: pd.DataFrame, contrast: Contrast, cohort: Cohort, blocks: Sequence[_Block]
) -> str:
    """Say which column leaves nothing of the condition to be estimated; "" if none does."""
    condition = cohort.is_case.astype(float)[:, None]
    if not _independent(_stack(blocks, len(used)), condition):
        culprits = _smallest_span(blocks, condition, len(used))
        if len(culprits) > 1:
            return (
                f"{_and(culprits)} together determine completely which libraries are "
                f"{contrast.case}: the difference cannot be told from them. It takes libraries of "
                "both arms that agree in these columns, or fewer covariates."
            )
        return _coincidence(used[culprits[0]], contrast, cohort)
    for column in used.columns:
        if column in cohort.covariates or not _technical(column) or column == contrast.column:
            continue
        known = (used[column] != "").to_numpy()
        cells, arms = used.loc[known, column], condition[known]
        # A column with a value of its own for every library is a label, not a batch.
        if len(np.unique(arms)) == 2 and cells.nunique() <= len(cells) / 2:
            block = [] if cells.nunique() == 1 else [_code(cells, numeric=False)]
            if not _independent(_stack(block, len(cells)), arms):
                return _coincidence(used[column], contrast, cohort)
    return ""


def _coincidence(cells: pd.Series, contrast: Contrast, cohort: Cohort) -> str:
    """Tell how a column coincides with the condition, and what would repair it."""
    column = str(cells.name)
    known = (cells != "").to_numpy()
    arms = {
        contrast.case: cells[cohort.is_case & known],
        contrast.control or "other": cells[~cohort.is_case & known],
    }
    if cells.nunique() == len(cells):
        return (
            f"{column} has a value of its own for every library, so it explains any difference. "
            "Take it off the covariates."
        )
    found = ""
    for (name, mine), (other, theirs) in (tuple(arms.items()), tuple(reversed(arms.items()))):
        if mine.nunique() == 1 and not found:
            found = (
                f"all {len(mine)} {name} libraries are {column} {mine.iloc[0]} and none of the "
                f"{len(theirs)} {other} libraries is"
            )
    if not found:
        levels = "; ".join(
            f"{name}: {_some(sorted(values.unique(), key=_natural))}"
            for name, values in arms.items()
        )
        found = f"no {column} holds libraries of both arms ({levels})"
    return (
        f"{column} and {contrast.column} coincide completely: {found}. Their effects cannot be "
        f"told apart by any model. It takes {contrast.case} and {contrast.control or 'other'} "
        f"libraries within the same {column}."
    )


def _design(blocks: Sequence[_Block], contrast: Contrast, cohort: Cohort) -> Design:
    condition = cohort.is_case.astype(float)
    before = _stack(blocks, len(condition))
    residual = condition - before @ np.linalg.lstsq(before, condition, rcond=None)[0]
    unexplained = float(residual @ residual / ((condition - condition.mean()) ** 2).sum())
    return Design(
        matrix=np.column_stack([before, condition]),
        coefficients=(
            "(intercept)",
            *(name for block in blocks for name in block.names),
            f"{contrast.column}={contrast.case}",
        ),
        formula="~ " + " + ".join([*(block.covariate for block in blocks), contrast.column]),
        kinds={block.covariate: block.kind for block in blocks},
        vif=1 / max(unexplained, RANK_TOLERANCE),
    )


def _weaknesses(
    used: pd.DataFrame, contrast: Contrast, cohort: Cohort, design: Design
) -> list[str]:
    warnings = []
    if design.vif > RAISED_VIF:
        strength = "mostly" if design.vif > HIGH_VIF else "in good part"
        warnings.append(
            f"{contrast.column} is {strength} explained by {_and(list(design.kinds))} (variance "
            f"inflation {design.vif:.1f}): the cohort says as much as a balanced one of "
            f"{len(used) / design.vif:.0f} libraries."
        )
    arms = pd.Series(cohort.is_case, index=used.index)
    for column in used.columns:
        cells = used[column][used[column] != ""]
        groups = 2 <= cells.nunique() <= len(cells) / 2
        if column == contrast.column or not groups:
            continue
        if _technical(column):
            both = pd.crosstab(cells, arms[cells.index]).min(axis=1) >= 2
            overlap = float(cells.isin(both.index[both]).mean())
            if overlap < LOW_OVERLAP:
                warnings.append(
                    f"Only {overlap:.0%} of the libraries are in a {column} that holds two or more "
                    f"of each arm; the others tell little about {contrast.column}."
                )
        if (_technical(column) or column == "sex") and column not in contrast.covariates:
            p = chi2_contingency(pd.crosstab(cells, arms[cells.index])).pvalue
            if p < UNEVEN:
                warnings.append(_uneven(column, p))
    if "age" in used.columns and "age" not in contrast.covariates:
        age = pd.to_numeric(used["age"], errors="coerce").dropna()
        older, younger = (age[arms[age.index] == arm] for arm in (True, False))
        if len(older) and len(younger):
            p = mannwhitneyu(older, younger).pvalue
            if p < UNEVEN:
                warnings.append(_uneven("age", p))
    if "subject" in used.columns and contrast.design != "paired":
        sizes = used.loc[used["subject"] != "", "subject"].value_counts().sort_index()
        repeated = list(sizes.index[sizes > 1])
        if repeated:
            warnings.append(
                f"{_some(repeated)} (column subject) {'has' if len(repeated) == 1 else 'have'} "
                "several libraries, which the test takes for different people: the p-values are "
                "too small."
            )
    return warnings


def _uneven(column: str, p: float) -> str:
    return (
        f"{column} differs between the arms (p = {p:.1g}) and is not among the covariates: its "
        "effect is mistaken for that of the condition. List it."
    )


def _technical(column: str) -> bool:
    return any(word in TECHNICAL for word in re.split(r"[^a-z]+", column.lower()))


def _stack(blocks: Iterable[_Block], n: int) -> np.ndarray:
    """Put an intercept and blocks side by side; shape (n, columns)."""
    return np.column_stack([np.ones(n), *(block.columns for block in blocks)])


def _independent(before: np.ndarray, columns: np.ndarray) -> list[int]:
    """List the columns that do not lie in the span of those before them.

    Gram-Schmidt, twice: a column counts if more than `RANK_TOLERANCE` of its length is left.
    """
    basis = np.linalg.qr(before)[0]
    kept = []
    for at, column in enumerate(columns.T):
        left = column - basis @ (basis.T @ column)
        left -= basis @ (basis.T @ left)
        length = np.linalg.norm(left)
        if length > RANK_TOLERANCE * np.linalg.norm(column):
            kept.append(at)
            basis = np.column_stack([basis, left / length])
    return kept


def _smallest_span(blocks: Sequence[_Block], columns: np.ndarray, n: int) -> list[str]:
    """Name the fewest covariates that together determine the columns; all if no fewer do."""
    for size in range(1, min(len(blocks), 4)):
        for some in combinations(blocks, size):
            if not _independent(_stack(some, n), columns):
                return [block.covariate for block in some]
    return [block.covariate for block in blocks]


def _natural(level: str) -> tuple[float, str]:
    """Sort numbered levels as numbers, and before the others."""
    try:
        return float(level), level
    except ValueError:
        return np.inf, level


def _and(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _some(names: Sequence[str], most: int = 5) -> str:
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"

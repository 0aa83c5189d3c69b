"""The design matrix of a contrast, and which of its columns determine which."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Literal

import numpy as np
import pandas as pd

from exosift.cohort import Cohort
from exosift.contrasts import Contrast
from exosift.findings import NOTE, Warning
from exosift.sheet_columns import is_numeric
from exosift.text import natural

RANK_TOLERANCE = 1e-7  # as in R's qr()


@dataclass(frozen=True)
class CovariateKind:
    """How a covariate is read: as a `number`, or as `groups` with their levels."""

    kind: Literal["number", "groups"]
    levels: tuple[str, ...] = ()

    @property
    def is_number(self) -> bool:
        """Whether the covariate measures something."""
        return self.kind == "number"

    def to_dict(self) -> dict[str, Any]:
        """Return the kind as it stands in `covariate_kinds` of a contrast's record."""
        return {"kind": self.kind, "levels": list(self.levels)}


NUMBER = CovariateKind("number")


@dataclass(frozen=True)
class Design:
    """A design matrix and its names.

    Attributes
    ----------
    matrix : ndarray, shape (units, coefficients)
        Intercept, covariates (numbers centred and scaled to a standard deviation of 1; groups as
        0 and 1 against their first level), and last what is tested: the condition (case 1, control
        0), the level of a trend (0, 1, 2, ...), or the later time point of the cases.
    coefficients
        Names of the columns, such as `batch=2`.
    formula
        The model in R's words.
    kinds
        How each covariate in the model was read.
    vif
        Variance inflation of what is tested by the covariates; 1 means none. What the design brings
        with it (the subjects of pairs) does not count.
    information
        What is left of the tested column beside all others, squared and summed: of two arms their
        effective size, n1 n0 / (n1 + n0) without covariates; its inverse is the variance of the
        answer in units of that of a library.
    """

    matrix: np.ndarray
    coefficients: tuple[str, ...]
    formula: str
    kinds: Mapping[str, CovariateKind]
    vif: float
    information: float


@dataclass(frozen=True)
class Block:
    """The columns of one covariate in the design; shape of `columns` (units, columns)."""

    covariate: str
    columns: np.ndarray
    names: tuple[str, ...]
    kind: CovariateKind


def write_design(blocks: Sequence[Block], contrast: Contrast, cohort: Cohort) -> Design:
    """Put the blocks and the tested column side by side."""
    kind = contrast.kind
    tested = kind.tested_column(contrast, cohort)
    before = stack(blocks, len(tested))
    own = stack([block for block in blocks if block.covariate in kind.own_terms], len(tested))
    information = _left(before, tested)
    unexplained = information / _left(own, tested)
    name, word = kind.tested_term(contrast)
    return Design(
        matrix=np.column_stack([before, tested]),
        coefficients=("(intercept)", *(name for block in blocks for name in block.names), name),
        formula="~ " + " + ".join([*(block.covariate for block in blocks), word]),
        kinds={block.covariate: block.kind for block in blocks},
        vif=1 / max(unexplained, RANK_TOLERANCE),
        information=information,
    )


def _left(before: np.ndarray, column: np.ndarray) -> float:
    """Give the sum of squares of a column that others do not explain."""
    residual = column - before @ np.linalg.lstsq(before, column, rcond=None)[0]
    return float(residual @ residual)


def code_blocks(
    sheet: pd.DataFrame, used: pd.DataFrame, contrast: Contrast, cohort: Cohort
) -> tuple[list[Block], list[Warning]]:
    """Code each covariate; leave out what is constant or already said by those before it.

    Parameters
    ----------
    sheet, used
        The whole sheet, which tells what is a number, and the cells of the units.
    contrast, cohort
        The question and its libraries.

    Returns
    -------
    The blocks, and warnings of what was left out.
    """
    blocks: list[Block] = []
    warnings: list[Warning] = []
    for covariate in _subject_first(contrast, cohort):
        cells, numeric = used[covariate], is_numeric(sheet, covariate)
        values = pd.to_numeric(cells) if numeric else cells
        if values.nunique() == 1:
            facts: dict[str, Any] = {
                "column": covariate,
                "value": str(cells.iloc[0]),
                "libraries": len(cells),
            }
            warnings.append(Warning("covariate_constant", facts, NOTE))
            continue
        block = code(cells, numeric)
        kept = independent(stack(blocks, len(used)), block.columns)
        if not kept:
            others = smallest_span(blocks, block.columns, len(used))
            facts = {"column": covariate, "by": others}
            warnings.append(Warning("covariate_determined", facts, NOTE))
            continue
        dropped = [name for at, name in enumerate(block.names) if at not in kept]
        if dropped:
            facts = {"coefficients": dropped, "by": [other.covariate for other in blocks]}
            warnings.append(Warning("levels_determined", facts, NOTE))
        names = tuple(block.names[at] for at in kept)
        blocks.append(Block(covariate, block.columns[:, kept], names, block.kind))
    blocks += [
        Block(term.name, term.columns, term.names, CovariateKind("groups", term.groups))
        for term in contrast.kind.terms(contrast, cohort)
    ]
    return blocks, warnings


def _subject_first(contrast: Contrast, cohort: Cohort) -> list[str]:
    """Order covariates so that what is constant in a person is left out, and not a person."""
    first = contrast.kind.repeated
    return sorted(cohort.covariates, key=lambda one: first and one != "subject")


def code(cells: pd.Series, numeric: bool) -> Block:
    """Turn the cells of a covariate into columns."""
    covariate = str(cells.name)
    if numeric:
        values = pd.to_numeric(cells).to_numpy(dtype=float)
        values = (values - values.mean()) / (values.std() or 1.0)
        return Block(covariate, values[:, None], (covariate,), NUMBER)
    levels = sorted(cells.unique(), key=natural)
    columns = np.column_stack([(cells == level).to_numpy(dtype=float) for level in levels[1:]])
    names = tuple(f"{covariate}={level}" for level in levels[1:])
    return Block(covariate, columns, names, CovariateKind("groups", tuple(map(str, levels))))


def stack(blocks: Iterable[Block], n: int) -> np.ndarray:
    """Put an intercept and blocks side by side; shape (n, columns)."""
    return np.column_stack([np.ones(n), *(block.columns for block in blocks)])


def independent(before: np.ndarray, columns: np.ndarray) -> list[int]:
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


def smallest_span(blocks: Sequence[Block], columns: np.ndarray, n: int) -> list[str]:
    """Name the fewest covariates that together determine the columns; all if no fewer do."""
    for size in range(1, min(len(blocks), 4)):
        for some in combinations(blocks, size):
            if not independent(stack(some, n), columns):
                return [block.covariate for block in some]
    return [block.covariate for block in blocks]

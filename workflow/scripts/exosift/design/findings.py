"""What a look at a design finds, and the limits that it is held against."""

import re
from dataclasses import dataclass

TECHNICAL = frozenset(
    (
        *("batch", "plate", "run", "lane", "flowcell", "instrument", "kit", "protocol"),
        *("prep", "isolation", "biofluid", "center", "centre"),
    )
)
"""Words in the name of a column that describes how, not in whom, a library was made."""

OUTCOMES = ("fit", "warn", "cap", "refuse")
"""What a check says, best first. A contrast that is capped is tested and yields no candidates."""


@dataclass(frozen=True)
class GateRules:
    """The limits of the gate; `config/config.yaml` gives the reason of each."""

    raised_vif: float = 2.5
    high_vif: float = 5.0
    low_overlap: float = 0.8
    lowest_overlap: float = 0.5
    fewest_per_batch: int = 2
    effective_size: float = 2.5
    hidden_p: float = 0.001
    hidden_v: float = 0.8
    uneven_p: float = 0.05
    order_p: float = 0.01
    noted_difference: float = 0.25
    forced_difference: float = 0.5
    separable: float = 0.9
    quality_warned: float = 0.65
    quality_capped: float = 0.7
    quality_repeats: int = 5
    factors_p: float = 0.01
    seed: int = 1


@dataclass(frozen=True)
class Check:
    """One look at the design.

    Attributes
    ----------
    check, column
        What was looked at: `variance_inflation`, `effective_size`, `overlap`, `association`,
        `order`, `difference`, `separability`, `quality` or `factors`, and the column or
        columns.
    value
        What was found; `p` beside it where there is a test.
    outcome
        One of `OUTCOMES`.
    sentence
        What it means and what would repair it; "" if all is well.
    """

    check: str
    column: str
    value: float
    p: float | None
    outcome: str
    sentence: str


def technical(column: str) -> bool:
    """Tell whether a column of the sheet describes how libraries were made."""
    return any(word in TECHNICAL for word in re.split(r"[^a-z]+", column.lower()))

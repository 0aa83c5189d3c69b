"""Which miRNAs differ between the arms of a contrast.

`contrast` runs the walk: the gate of `exosift.design`, the two `engines`, and what stands beside
them: `permutations`, `normalisations`, `ranks`, `blood`, `monitoring` and `sensitivity`.
`over_contrasts` corrects for all contrasts of a run, `record` writes down what was done.
"""

from exosift.differential_expression.contrast import (
    COLUMNS,
    Limits,
    Result,
    TestRules,
    test_contrast,
    warm_up,
)
from exosift.differential_expression.over_contrasts import adjust_over_contrasts, tests_of_run

__all__ = [
    "COLUMNS",
    "Limits",
    "Result",
    "TestRules",
    "adjust_over_contrasts",
    "test_contrast",
    "tests_of_run",
    "warm_up",
]

"""Names in a row, as a sentence lists them."""

from collections.abc import Sequence
from math import inf


def joined(names: Sequence[str]) -> str:
    """Join names as a sentence does.

    Examples
    --------
    >>> joined(["age", "sex", "batch"])
    'age, sex and batch'
    """
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def some_of(names: Sequence[str], most: int = 5) -> str:
    """Name the first few, and the number of the others."""
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"


def natural(level: str) -> tuple[float, str]:
    """Return a key that sorts numbered levels as numbers, and before the others."""
    try:
        return float(level), level
    except ValueError:
        return inf, level

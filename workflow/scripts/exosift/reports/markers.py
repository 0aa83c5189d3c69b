"""Which mark stands for which group of libraries, alike in all figures of a contrast."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from exosift.reports.drawing import GROUP_SHAPES, Key
from exosift.reports.evidence import Outcome, Run

WORDS = {"batch": "batch", "protocol": ""}


@dataclass(frozen=True)
class Markers:
    """Shapes of libraries by batch and protocol.

    Attributes
    ----------
    groups, shapes
        Group of each library, and shape of each group.
    told_by
        The columns that make the groups; none where there is one group or too many to tell apart.
    """

    groups: Mapping[str, str]
    shapes: Mapping[str, str]
    told_by: tuple[str, ...]

    def shape(self, sample: str) -> str:
        """Give the shape of a library."""
        return self.shapes.get(self.groups.get(sample, ""), "circle")

    def keys(self, kind: str = "mark other") -> list[Key]:
        """List the shapes for a legend; none if all libraries look alike."""
        if len(self.shapes) < 2:
            return []
        return [Key(shape, kind, group) for group, shape in self.shapes.items()]


def choose_markers(run: Run, outcome: Outcome) -> Markers:
    """Tell batch and protocol by shape, as far as six shapes reach."""
    samples = outcome.used or [member["sample"] for member in outcome.record["samples"]]
    cells = {column: run.cells(column, samples) for column in WORDS}
    varying = tuple(column for column, values in cells.items() if values.nunique() > 1)
    for columns in (varying, varying[-1:], varying[:1]):
        groups = _join(cells, columns, samples)
        names = sorted(set(groups.values()))
        if columns and len(names) <= len(GROUP_SHAPES):
            return Markers(groups, dict(zip(names, GROUP_SHAPES, strict=False)), columns)
    return Markers({}, {}, ())


def _join(
    cells: Mapping[str, pd.Series], columns: Sequence[str], samples: Sequence[str]
) -> dict[str, str]:
    return {
        name: " · ".join(
            f"{WORDS[column]} {cells[column][name] or 'not recorded'}".strip() for column in columns
        )
        for name in samples
    }

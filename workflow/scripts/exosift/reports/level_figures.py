"""Small figures of single miRNAs: every library on its level, every person over time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from exosift.contrast_data import ContrastData
from exosift.reports.drawing import Canvas, Figure, Key, Scale, scale, spread
from exosift.reports.evidence import Outcome, Run
from exosift.reports.wording import short

MANY_ON_A_LEVEL = 15  # libraries; beyond, marks are dots
LEFT, RIGHT, TOP, BOTTOM = 40.0, 300.0, 10.0, 190.0


@dataclass(frozen=True)
class Units:
    """What was compared: replicates of a person on one level are one unit.

    Attributes
    ----------
    levels : DataFrame, shape (tested miRNAs, units)
        log2 CPM by the TMM factors of the contrast.
    stands
        The level of each unit: of a trend, the time point, the condition, or the arm.
    arms
        `case` or `control` of each unit.
    people
        The subject of each unit; itself where none is known.
    """

    levels: pd.DataFrame
    stands: Mapping[str, str]
    arms: Mapping[str, str]
    people: Mapping[str, str]

    def on(self, level: str, arm: str = "") -> list[str]:
        """List the units of a level, of one arm or both, sorted."""
        return sorted(
            unit
            for unit, stands in self.stands.items()
            if stands == level and arm in ("", self.arms[unit])
        )

    def pairs(self, first: str, second: str, arm: str = "") -> list[tuple[str, str]]:
        """List the people with a unit on both levels as their two units, sorted by person."""
        before = {self.people[unit]: unit for unit in self.on(first, arm)}
        after = {self.people[unit]: unit for unit in self.on(second, arm)}
        return [(before[one], after[one]) for one in sorted(before.keys() & after.keys())]


def gather_units(run: Run, outcome: Outcome) -> Units:
    """Compute the levels that the tests of a contrast worked on."""
    data = ContrastData.of(outcome.record, run.counts)
    firsts = [
        one for one in outcome.record["samples"] if one["used"] and one["unit"] == one["sample"]
    ]
    names = [one["sample"] for one in firsts]
    subjects = run.cells("subject", names)
    return Units(
        data.levels(outcome.table["mirna"]),
        {one["sample"]: one["level"] for one in firsts},
        {one["sample"]: one["arm"] for one in firsts},
        {name: str(subjects[name]) or name for name in names},
    )


def along_levels(
    mirna: str, units: Units, levels: Sequence[tuple[str, str]], *, joined: bool
) -> Figure:
    """Draw every library of one miRNA by its level.

    Parameters
    ----------
    mirna
        Which one.
    units
        What was compared.
    levels
        Each level with its name, from left to right.
    joined
        Whether the medians are joined, as those of an order.
    """
    canvas, y = _frame(mirna, units.levels.loc[mirna])
    width = (RIGHT - LEFT) / len(levels)
    middles = [LEFT + width * (at + 0.5) for at in range(len(levels))]
    members = [units.on(level) for level, _ in levels]
    many = max(map(len, members)) > MANY_ON_A_LEVEL
    shape, distance = ("dot", 4.4) if many else ("circle", 7.5)
    medians = []
    for (_, name), middle, here in zip(levels, middles, members, strict=True):
        canvas.text(middle, BOTTOM + 18, _cut(name, len(levels)), "tick", "middle")
        if not here:
            continue
        values = units.levels.loc[mirna, here].sort_values(kind="stable")
        heights = [y(value) for value in values]
        moves = spread(heights, distance, width * 0.4)
        for (unit, value), height, moved in zip(values.items(), heights, moves, strict=True):
            kind = f"mark soft {units.arms[str(unit)]}"
            canvas.mark(middle + moved, height, shape, kind, f"{unit}, {name}: {value:.2f}")
        medians.append((middle, y(float(np.median(values)))))
    for middle, height in medians:
        canvas.line(middle - width * 0.3, height, middle + width * 0.3, height, "median")
    for (x1, y1), (x2, y2) in pairwise(medians) if joined else ():
        canvas.line(x1, y1, x2, y2, "zero")
    return Figure(canvas.svg(), short(mirna), "")


def from_time_to_time(
    mirna: str,
    units: Units,
    groups: Sequence[tuple[str, Sequence[tuple[str, str]]]],
    times: tuple[str, str],
    bound: float,
) -> Figure:
    """Draw one line per person.

    Parameters
    ----------
    mirna, units
        Which one, of what was compared.
    groups
        Name of each group of people and their pairs of units.
    times
        Names of the two levels.
    bound
        log2 change beyond which a person's line is marked; NaN: none is.
    """
    canvas, y = _frame(mirna, units.levels.loc[mirna])
    width = (RIGHT - LEFT) / len(groups)
    values = units.levels.loc[mirna]
    for at, (group, pairs) in enumerate(groups):
        ends = (LEFT + width * (at + 0.22), LEFT + width * (at + 0.78))
        drawn = sorted(
            (abs(values[after] - values[before]) > bound, before, after) for before, after in pairs
        )
        for beyond, before, after in drawn:
            kind = "slope beyond" if beyond else "slope"
            heights = [y(values[before]), y(values[after])]
            canvas.line(ends[0], heights[0], ends[1], heights[1], kind)
            for x, height, unit in zip(ends, heights, (before, after), strict=True):
                words = f"{unit} ({units.people[unit]}): {values[unit]:.2f}"
                canvas.mark(x, height, "dot", f"mark {units.arms[unit]}", words)
        for x, name in zip(ends, times, strict=True):
            canvas.text(x, BOTTOM + 18, _cut(name, 2 * len(groups)), "tick", "middle")
        if group:
            words = f"{group} ({len(pairs)})"
            canvas.text(sum(ends) / 2, BOTTOM + 35, _cut(words, len(groups)), "label", "middle")
    return Figure(canvas.svg(), short(mirna), "")


def slope_keys() -> tuple[Key, ...]:
    """Give the legend of lines of people."""
    return (
        Key("line", "slope beyond", "a person beyond the reference change value"),
        Key("line", "slope", "a person inside it"),
    )


def _frame(mirna: str, values: pd.Series) -> tuple[Canvas, Scale]:
    canvas = Canvas(306, 232, f"{mirna}: level in each library")
    y = scale(values, BOTTOM, TOP, ticks=4)
    for value, words in y.ticks:
        canvas.line(LEFT, y(value), RIGHT, y(value), "grid")
        canvas.text(LEFT - 6, y(value) + 4, words, "tick", "end")
    canvas.text(10, (TOP + BOTTOM) / 2, "log₂ CPM", "label", "middle", turn=True)
    return canvas, y


def _cut(words: str, of: int) -> str:
    most = max(3, min(30, int((RIGHT - LEFT) / of / 6.4)))
    return words if len(words) <= most else f"{words[: most - 1]}…"

"""Sensitivity at a specificity fixed beforehand, and what it means for a population, in words."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from exosift.reports.wording import interval, plain, share


@dataclass(frozen=True)
class Share:
    """A share of people: how many of how many, with its exact 95% interval."""

    name: str
    share: str
    counted: str
    interval: str


@dataclass(frozen=True)
class Population:
    """What a positive means where so many are ill."""

    prevalence: str
    ill: str
    interval: str


@dataclass(frozen=True)
class Point:
    """One operating point."""

    title: str
    shares: tuple[Share, ...]
    stages: tuple[Share, ...]
    populations: tuple[Population, ...]


def points_of(points: Sequence[Mapping[str, Any]]) -> tuple[Point, ...]:
    """Write operating points for the page.

    Parameters
    ----------
    points
        As in `operating_points` of `panels/{contrast}.json`, or the one of a validation.
    """
    return tuple(_point(one) for one in points)


def _point(one: Mapping[str, Any]) -> Point:
    return Point(
        _title(one["target"]),
        (
            _share("Cases found (sensitivity)", one["sensitivity"]),
            _share("Controls found negative (specificity)", one["specificity"]),
        ),
        tuple(
            _share(f"Cases of stage {stage} found", found) for stage, found in one["stages"].items()
        ),
        tuple(_population(found) for found in one["predictive_values"]),
    )


def _title(target: float | str) -> str:
    kind, _, value = str(target).partition(" ")
    if kind == "specificity":
        return f"Threshold set to {share(float(value))} specificity"
    if kind == "balanced":
        return "Threshold set to the largest sum of sensitivity and specificity"
    return f"Threshold set to {share(float(target))} specificity in the training folds"


def _share(name: str, found: Mapping[str, Any]) -> Share:
    if found["share"] is None:
        return Share(name, share(math.nan), "nobody", "")
    return Share(
        name,
        share(found["share"]),
        f"{found['hits']} of {found['of']}",
        f"{share(found['low'])} to {share(found['high'])}",
    )


def _population(found: Mapping[str, Any]) -> Population:
    if found["value"] is None:
        return Population(_prevalence(found["prevalence"]), "nobody is positive", "")
    low, high = (math.nan if found[key] is None else found[key] for key in ("low", "high"))
    return Population(
        _prevalence(found["prevalence"]),
        share(found["value"]),
        f"{share(low)} to {share(high)}",
    )


def _prevalence(value: float) -> str:
    """Write a prevalence as people: 5 in 1,000."""
    for among in (100, 1_000, 10_000, 100_000):
        if abs(value * among - round(value * among)) < 1e-6 and round(value * among):
            return f"{round(value * among)} in {among:,}"
    return f"{value:.2g}"


def calibration_in_words(record: Mapping[str, Any]) -> str:
    """Say whether the chances that a panel gives can be taken at their word.

    Parameters
    ----------
    record
        `calibration` of a panel or a validation, one that was made.
    """
    intercept, slope = record["intercept"], record["slope"]
    told = (
        f"Intercept {plain(intercept['value'])} ({interval(intercept['low'], intercept['high'])}; "
        f"0 is right), slope {plain(slope['value'])} ({interval(slope['low'], slope['high'])}; 1 "
        f"is right), Brier score {plain(record['brier'], 3)}, scaled "
        f"{plain(record['scaled_brier'])} (1 is perfect, 0 is giving everybody the share of "
        f"cases, {share(record['prevalence'])} here). "
    )
    if slope["high"] < 0:
        return told + "The chances point the wrong way: the higher, the rarer are cases."
    if slope["low"] <= 0:
        return told + "Whether the chances follow the share of cases at all is not shown."
    if slope["high"] < 1:
        return told + "The chances are too extreme: the panel is surer than it may be."
    if slope["low"] > 1:
        return told + "The chances are too cautious: they differ less than the people do."
    if intercept["low"] > 0 or intercept["high"] < 0:
        way = "low" if intercept["low"] > 0 else "high"
        return told + f"The chances are too {way} on the whole."
    return told + "Nothing speaks against taking them as they are, in a cohort with as many cases."

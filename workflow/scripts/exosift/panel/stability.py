"""Which miRNAs a panel would have chosen from other halves of the same people."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sklearn.preprocessing import StandardScaler

from exosift.panel.elasticnet import follow, largest_penalty
from exosift.panel.folds import halves
from exosift.panel.levels import FrozenLevels
from exosift.panel.libraries import Libraries
from exosift.panel.parallel import Say, run
from exosift.panel.seeds import Stream

STEPS, SMALLEST = 25, 0.05  # penalties along the path, and the last as a share of the first


@dataclass(frozen=True)
class Stability:
    """How often each miRNA was selected.

    Attributes
    ----------
    frequency : Series of float, indexed by miRNA
        Share of halves, all miRNAs that any half could use; most frequent first, then by name.
    halves
        How many.
    selected
        miRNAs that were selected from a half, on average.
    candidates
        miRNAs that a half could use, on average.
    """

    frequency: pd.Series
    halves: int
    selected: float
    candidates: float

    def stable(self, threshold: float) -> list[str]:
        """Name the miRNAs that at least this share of the halves selected."""
        return [str(name) for name in self.frequency.index[self.frequency >= threshold]]

    def false_selections(self, threshold: float) -> float:
        """Bound the expected number of stable miRNAs that are so by chance.

        selected^2 / ((2 * threshold - 1) * candidates), of Meinshausen and Bühlmann (2010,
        doi:10.1111/j.1467-9868.2010.00740.x); for complementary halves it holds for miRNAs that a
        half selects no more often than a random choice would, without further assumptions (Shah and
        Samworth 2013, doi:10.1111/j.1467-9868.2011.01034.x).
        """
        return self.selected**2 / ((2 * threshold - 1) * max(self.candidates, 1))


def select_from_halves(
    libraries: Libraries,
    settings: Mapping[str, Any],
    *,
    jobs: int = 1,
    say: Say | None = None,
) -> Stability:
    """Select miRNAs from complementary halves of the people.

    Parameters
    ----------
    settings
        Section `panel` of the configuration: `stability_halves` (rounded down to pairs),
        `stability_selected`, `l1_ratio`, `seed`.
    """
    pairs = settings["stability_halves"] // 2
    arguments = [(libraries, settings, at) for at in range(pairs)]
    drawn = run(_pair, arguments, jobs=jobs, what="pairs of halves", say=say)
    found = [half for pair in drawn for half in pair]
    counted = pd.Series(0.0, index=libraries.counts.columns)
    usable: set[str] = set()
    for used, chosen in found:
        usable.update(used)
        counted[list(chosen)] += 1
    frequency = (counted / len(found)).loc[sorted(usable)]
    order = np.lexsort([frequency.index.to_numpy(dtype=str), -frequency.to_numpy()])
    return Stability(
        frequency=frequency.iloc[order],
        halves=len(found),
        selected=float(np.mean([len(chosen) for _, chosen in found])),
        candidates=float(np.mean([len(used) for used, _ in found])),
    )


def _pair(
    libraries: Libraries, settings: Mapping[str, Any], at: int
) -> list[tuple[list[str], list[str]]]:
    rng = np.random.default_rng([settings["seed"], Stream.HALVES, at])
    return [
        _half(libraries.counts.iloc[here], libraries.is_case[here], settings)
        for here in halves(libraries.is_case, libraries.subjects, rng)
    ]


def _half(
    counts: pd.DataFrame, is_case: np.ndarray, settings: Mapping[str, Any]
) -> tuple[list[str], list[str]]:
    """Name the miRNAs that a half can use, and those that enter the elastic net first."""
    levels = FrozenLevels()
    columns = StandardScaler().fit_transform(levels.fit_transform(counts, is_case)).T
    columns = np.ascontiguousarray(columns)
    mirnas = [str(name) for name in levels.mirnas_]
    case, weights = is_case.astype(float), np.ones(len(columns))
    wanted = settings["stability_selected"]
    largest = largest_penalty(columns, case, settings["l1_ratio"], weights)
    penalties = largest * np.geomspace(1, SMALLEST, STEPS)
    coefs = follow(columns, case, penalties, settings["l1_ratio"], weights)[1]
    enough = np.flatnonzero((coefs != 0).sum(axis=1) >= wanted)
    last = np.abs(coefs[enough[0] if len(enough) else -1])
    first = np.argsort(-last, kind="stable")[:wanted]
    return mirnas, [mirnas[at] for at in first if last[at] > 0]

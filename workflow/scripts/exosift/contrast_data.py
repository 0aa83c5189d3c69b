"""The libraries and counts of a tested contrast, made once for every step that looks at miRNAs."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from exosift.cohort import pooled
from exosift.designs import design_of
from exosift.normalisation import log_cpm


@dataclass(frozen=True)
class ContrastData:
    """What the tests of a contrast worked on.

    Attributes
    ----------
    record
        `differential_expression/{contrast}.json`.
    counts : DataFrame of int, shape (miRNAs, units)
        Raw counts; replicates of one subject on one level are summed to one unit, as in the tests.
    arms
        The units of each arm, `case` and `control`.
    """

    record: Mapping[str, Any]
    counts: pd.DataFrame
    arms: Mapping[str, list[str]]

    @classmethod
    def of(cls, record: Mapping[str, Any], counts: pd.DataFrame) -> "ContrastData":
        """Put together the record of a contrast and the counts of the run.

        Parameters
        ----------
        record
            `differential_expression/{contrast}.json`.
        counts : DataFrame of int, shape (miRNAs, libraries)
            Raw counts of all libraries.
        """
        used = [s for s in record["samples"] if s["used"]]
        arms = {
            arm: [s["unit"] for s in used if s["unit"] == s["sample"] and s["arm"] == arm]
            for arm in ("case", "control")
        }
        return cls(record, pooled(counts, {s["sample"]: s["unit"] for s in used}), arms)

    @property
    def people(self) -> dict[str, int]:
        """The people of each arm: in a design with repeated libraries fewer than units."""
        return {"case": self.record["n_case"], "control": self.record["n_control"]}

    @property
    def factors(self) -> pd.Series:
        """Normalisation factors (TMM) by unit."""
        return pd.Series(self.record["normalisation"]["factors"], dtype=float)

    @cached_property
    def medians(self) -> dict[str, pd.Series]:
        """The median reads of each miRNA in each arm."""
        return {arm: self.counts[units].median(axis=1) for arm, units in self.arms.items()}

    def levels(self, mirnas: pd.Index | list[str]) -> pd.DataFrame:
        """Return log2 CPM by TMM of some miRNAs; shape (miRNAs, units)."""
        return log_cpm(self.counts.loc[mirnas, self.factors.index], self.factors)

    @property
    def span(self) -> int:
        """How many times the effect counts from the lowest to the highest level."""
        return span_of(self.record)


def span_of(record: Mapping[str, Any]) -> int:
    """Return how many times the effect of a contrast counts from its lowest to its highest level.

    The effect of a trend is per level; every other one is a single difference.
    """
    return design_of(record).steps(record["levels"])

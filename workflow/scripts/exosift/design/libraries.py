"""What is known of how the libraries of a contrast came about, beside the data themselves.

Which libraries quality left out of each arm, and whether anybody wrote down how they were made.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from exosift.cohort import count_exclusions
from exosift.design.data_checks import make_check, not_assessable
from exosift.findings import Check, Exclusion
from exosift.settings.design import GateRules
from exosift.sheet_columns import MOST_MISSING, technical, words_of

MOST_LOST = 1 / 3
"""Share of an arm that quality left out beyond which what is left may not stand for it."""

RECORDS: dict[str, frozenset[str]] = {
    "batch": frozenset(
        (
            *("batch", "plate", "day", "date", "run", "lot", "lane", "pool", "chip", "cartridge"),
            *("lab", "laboratory", "operator", "technician"),
        )
    ),
    "protocol": frozenset(("protocol", "kit", "adapter", "prep", "preparation")),
    "biofluid": frozenset(("biofluid", "fluid", "specimen")),
    "isolation": frozenset(("isolation", "extraction", "purification")),
}
"""What should be known of every library, and words in the names of columns that tell it."""


def exclusions(
    is_case: np.ndarray,
    left_out: Sequence[Exclusion | None],
    facts: Mapping[str, Any],
    rules: GateRules,
) -> Check:
    """Check whether quality left out more libraries of one arm than of the other.

    Parameters
    ----------
    is_case : array of bool, shape (libraries,)
        The arm of every library that the sheet gives to the contrast.
    left_out
        For each of them why quality left it out; None if it did not.

    Returns
    -------
    Check
        `value` is the larger share less the smaller one; `p` that of Fisher's exact test.
    """
    gone = np.array([reason is not None for reason in left_out])
    registered = [int(is_case.sum()), int((~is_case).sum())]
    lost = [int((gone & is_case).sum()), int((gone & ~is_case).sum())]
    if min(registered) == 0:
        return not_assessable("exclusions", facts, "few_people")
    table = [[n, all_of - n] for n, all_of in zip(lost, registered, strict=True)]
    p = float(stats.fisher_exact(table).pvalue)
    shares = [n / all_of for n, all_of in zip(lost, registered, strict=True)]
    outcome = "fit"
    if p < rules.exclusions_p:
        strong = p < rules.exclusions_p / 10 and max(shares) > MOST_LOST
        outcome = "cap" if strong else "warn"
    reasons = [
        count_exclusions(
            why for why, here in zip(left_out, arm, strict=True) if why is not None and here
        )[:1]
        for arm in (is_case, ~is_case)
    ]
    found = {"left_out": lost, "registered": registered, "reasons": reasons}
    return make_check("exclusions", {**facts, **found}, abs(shares[0] - shares[1]), p, outcome)


def not_recorded(
    cells: pd.DataFrame,
    is_case: np.ndarray,
    protocols: Sequence[str],
    suspicious: Sequence[str],
    facts: Mapping[str, Any],
    runs: pd.Series | None = None,
) -> Check:
    """Check whether the sheet says how libraries were made: batch, kit, biofluid and isolation.

    What nobody wrote down cannot be held against the arms, so that less information must not give a
    better verdict: this warns, and where the data look as if such a thing sorted the arms, nothing
    is called a candidate.

    Parameters
    ----------
    cells : DataFrame of str, one row per unit
        The sheet's cells of the units; "" if not known.
    is_case : array of bool, shape (units,)
    protocols
        The kit of each unit as its reads tell; "" where they do not, or in a run from counts.
    suspicious
        Codes of the checks of the data that warned or capped.
    runs : Series of str, one per unit
        The sequencing run of each unit as its FASTQ headers tell, which serves as a batch; "" where
        they do not.

    Returns
    -------
    Check
        `column` names what is missing; `value` is how many of the four are.
    """
    told = {name: [column for column in cells if _tells(str(column)) == name] for name in RECORDS}
    found_in_reads = pd.Series(list(protocols), index=cells.index, dtype=str)
    missing = []
    for name, columns in told.items():
        known = [cells[column] != "" for column in columns]
        if name == "protocol":
            known = [(cells[column] != "") & (cells[column] != "auto") for column in columns]
            known.append(found_in_reads != "")
        if name == "batch" and runs is not None:
            known.append(runs != "")
        if not any(_in_both_arms(here.to_numpy(), is_case) for here in known):
            missing.append(name)
    outcome = ("cap" if suspicious else "warn") if missing else "fit"
    found = {"missing": missing, "suspicious": list(suspicious), "remedy": "complete_columns"}
    return Check(
        *("not_recorded", {**facts, **found}, ", ".join(missing)),
        value=float(len(missing)),
        outcome=outcome,
    )


def _tells(column: str) -> str:
    """Return which of `RECORDS` a column of the sheet tells; "" if none."""
    if column in RECORDS:
        return column
    words = set(words_of(column))
    if "flowcell" in "".join(words_of(column)):
        return "batch"
    for name, own in RECORDS.items():
        if words & own and technical(column):
            return name
    return ""


def _in_both_arms(known: np.ndarray, is_case: np.ndarray) -> bool:
    return all(known[arm].mean() >= 1 - MOST_MISSING for arm in (is_case, ~is_case) if arm.any())

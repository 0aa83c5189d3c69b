"""How well a run shows that its miRNAs come from vesicles: a grade from what the sheet records."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from exosift.normalisation import log_cpm, tmm_factors
from exosift.settings.confounding import Confounding
from exosift.sheets import split_cell

NOT_SHOWN = "EV localisation of this miRNA is not shown by these data."

SHEET_COLUMNS = ("ev_particles", "ev_markers", "ev_negative_markers", "ev_treatment", "ev_fraction")
"""Columns of the sample sheet that tell how vesicles were shown to be there."""

MEANING = {
    "E0": "no isolation of vesicles is recorded, and biofluids hold miRNA outside them, too",
    "E1": "an isolation of vesicles is recorded",
    "E2": "vesicles were characterised: particles, EV proteins, a co-isolated protein looked for",
    "E3": "what is outside of the vesicles was digested, or they were parted by size or density",
    "E4": "the same people's EV-depleted fraction was sequenced beside the vesicles",
}
GRADES = tuple(MEANING)

WANTED = {
    "E0": "the method of `isolation`",
    "E1": "how vesicles were characterised: `ev_particles`, `ev_markers`, `ev_negative_markers`",
    "E2": "`ev_treatment` with RNase and proteinase, or an `isolation` by size or density",
    "E3": "the depleted fraction of the same people as libraries of this run, with `ev_fraction`",
}
"""What would raise a grade."""

DEPLETED = ("depleted", "ev-depleted", "non-ev", "supernatant")
NOT_ISOLATED = ("none", "no", "not", "plain", "total", "whole", "unfractionated")
BY_SIZE_OR_DENSITY = re.compile(
    r"\bsec\b|size.?exclusion|\bqev|gradient|density|cushion|sucrose|iodixanol|optiprep", re.I
)
DIGESTED = (re.compile(r"rnase|ribonuclease", re.I), re.compile(r"prot(ein)?ase|trypsin", re.I))

COLUMNS = ("ev_log2_ratio", "ev_ci_low", "ev_ci_high")


@dataclass(frozen=True)
class OriginRules:
    """What evidence takes.

    Attributes
    ----------
    markers
        Proteins of vesicles that must have been shown.
    fractions
        People whose vesicles and depleted fraction must both be libraries.
    """

    markers: int = Confounding.ev_markers
    fractions: int = Confounding.ev_fractions


def grade_library(cells: Mapping[str, str], rules: OriginRules) -> str:
    """Grade what is recorded of one library, from E0 to E3.

    Parameters
    ----------
    cells
        Its row of the sheet.
    rules
        The limits.

    Examples
    --------
    >>> grade_library({"isolation": "ultracentrifugation"}, OriginRules())
    'E1'
    """
    isolation = cells.get("isolation", "").strip()
    words = re.split(r"[^a-z-]+", isolation.casefold())
    if not isolation or words[0] in NOT_ISOLATED or is_depleted(cells.get("ev_fraction", "")):
        return "E0"
    shown = split_cell(cells.get("ev_markers", ""), ";")
    negative = split_cell(cells.get("ev_negative_markers", ""), ";")
    if not cells.get("ev_particles", "") or len(set(shown)) < rules.markers or not negative:
        return "E1"
    treated = cells.get("ev_treatment", "")
    digested = all(enzyme.search(treated) for enzyme in DIGESTED)
    return "E3" if digested or BY_SIZE_OR_DENSITY.search(isolation) else "E2"


def is_depleted(fraction: str) -> bool:
    """Tell whether a cell of `ev_fraction` names what is left without vesicles."""
    return fraction.strip().casefold() in DEPLETED


def grade_contrast(
    sheet: pd.DataFrame, used: Sequence[str], pairs: Sequence[tuple[str, str]], rules: OriginRules
) -> dict[str, Any]:
    """Grade a contrast by the weakest of its libraries.

    Parameters
    ----------
    sheet : DataFrame of str
        The sample sheet, indexed by sample.
    used
        The libraries of the contrast.
    pairs
        What `fraction_pairs` found.
    rules
        The limits.

    Returns
    -------
    `grade`, `meaning`, `libraries` (how many have which grade), `pairs`, `wanted` (what would raise
    it) and `sentence`.
    """
    grades = Counter(
        grade_library(cells, rules) for cells in sheet.loc[list(used)].to_dict("records")
    )
    lowest = min(grades, default="E0")
    grade = "E4" if lowest != "E0" and len(pairs) >= rules.fractions else lowest
    return {
        "grade": grade,
        "meaning": MEANING[grade],
        "libraries": {one: grades[one] for one in GRADES if grades[one]},
        "pairs": len(pairs),
        "wanted": WANTED.get(grade, ""),
        "sentence": "" if grade == "E4" else NOT_SHOWN,
    }


def fraction_pairs(sheet: pd.DataFrame, sound: Sequence[str]) -> list[tuple[str, str]]:
    """Find people with a library of their vesicles and one of the depleted fraction.

    Parameters
    ----------
    sheet : DataFrame of str
        The sample sheet, indexed by sample.
    sound
        The libraries that may be used.

    Returns
    -------
    Vesicles and depleted fraction, sorted by subject; of several at one time the first by name.
    """
    if not {"subject", "ev_fraction"} <= set(sheet.columns):
        return []
    here = sheet.loc[sorted(sound)]
    here = here[(here["subject"] != "") & (here["ev_fraction"] != "")]
    when = here["timepoint"] if "timepoint" in here else pd.Series("", index=here.index)
    found = []
    for _, rows in here.groupby([here["subject"], when], sort=True):
        depleted = rows["ev_fraction"].map(is_depleted)
        if depleted.any() and not depleted.all():
            found.append((str(rows.index[~depleted][0]), str(rows.index[depleted][0])))
    return found


def fraction_ratios(
    counts: pd.DataFrame, pairs: Sequence[tuple[str, str]], tested: pd.Index, fewest: int
) -> pd.DataFrame:
    """Compare vesicles with the depleted fraction of the same people.

    Returns
    -------
    The columns of `COLUMNS`: the mean log2 ratio of the TMM-normalised levels over the pairs with
    its 95% interval by t; empty with fewer pairs. It compares shares of all miRNAs, so that it says
    which are the vesicles' own, and not how much of one is inside.
    """
    table = pd.DataFrame(np.nan, index=tested, columns=list(COLUMNS))
    if len(pairs) < max(fewest, 2):
        return table
    kept = counts.loc[tested, sorted({name for pair in pairs for name in pair})]
    levels = log_cpm(kept, tmm_factors(kept))
    gaps = np.column_stack([levels[ev] - levels[rest] for ev, rest in pairs])
    half = stats.sem(gaps, axis=1) * stats.t.ppf(0.975, len(pairs) - 1)
    mean = gaps.mean(axis=1)
    table[list(COLUMNS)] = np.column_stack([mean, mean - half, mean + half])
    return table

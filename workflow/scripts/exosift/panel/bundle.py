"""A panel that is frozen: everything it takes to score one library, and nothing that could learn.

The file is JSON. Whoever has it can score a library of another cohort by hand.
"""

import hashlib
import json
import math
import platform
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from exosift import __version__
from exosift.contrasts import Contrast
from exosift.errors import UserError
from exosift.files import read_json
from exosift.panel.levels import frozen_levels
from exosift.panel.libraries import Libraries
from exosift.panel.procedure import Procedure

FORMAT = 1
CHECKSUM = "sha256"
NOT_MADE = "not_made"
LIBRARIES = ("numpy", "scipy", "pandas", "scikit-learn", "numba")
LEAST_PROFILE = 0.5  # share of the profile's reads that a cohort must measure


class FrozenPanel:
    """A panel that scores libraries one by one and has no way of being fitted.

    Parameters
    ----------
    content
        What `freeze` gave, or a file of it; its checksum must be right.
    source
        Where it comes from, for the messages.
    """

    def __init__(self, content: Mapping[str, Any], source: str = "the bundle") -> None:
        if content.get("format") != FORMAT:
            raise UserError(f"{source} is no panel of format {FORMAT}.")
        if content.get(CHECKSUM) != checksum(content):
            raise UserError(
                f"{source} was changed after the panel was frozen: its checksum is wrong. "
                "Take the file as the run left it."
            )
        self.content = content
        self._mirnas = [one["mirna"] for one in content["profile"]]
        self._profile = np.array([one["reads"] for one in content["profile"]])

    @property
    def features(self) -> list[str]:
        """The miRNAs that enter the score."""
        return [one["mirna"] for one in self.content["features"]]

    @property
    def sha256(self) -> str:
        """The checksum of its content."""
        return str(self.content[CHECKSUM])

    def missing(self, counts: pd.DataFrame) -> str:
        """Say why counts of a cohort cannot be scored; "" if they can.

        Parameters
        ----------
        counts : DataFrame of int, shape (miRNAs, libraries)
        """
        unknown = [name for name in self.features if name not in counts.index]
        if unknown:
            return (
                f"The matrix has no row for {', '.join(unknown)}, which the panel needs. Name "
                "miRNAs as in miRBase 22."
            )
        there = np.isin(self._mirnas, counts.index)
        share = float(self._profile[there].sum() / self._profile.sum())
        if share < LEAST_PROFILE:
            return (
                f"The matrix holds {share:.0%} of the reference profile, by reads; it takes "
                f"{LEAST_PROFILE:.0%} to normalise a library."
            )
        return ""

    def score(self, counts: pd.DataFrame) -> pd.Series:
        """Give the log odds of each library, each on its own.

        Parameters
        ----------
        counts : DataFrame of int, shape (miRNAs, libraries)
            Raw counts; miRNAs of the profile that are missing have no reads.
        """
        reads = counts.reindex(self._mirnas, fill_value=0).to_numpy(dtype=float).T
        levels = frozen_levels(reads, self._profile, self.content["prior_cpm"])
        place = {name: at for at, name in enumerate(self._mirnas)}
        scores = np.full(len(reads), self.content["intercept"])
        for one in self.content["features"]:
            own = levels[:, place[one["mirna"]]]
            scores += one["coefficient"] * ((own - one["mean"]) / one["sd"])
        return pd.Series(scores, index=counts.columns, dtype=float)

    def trained_on(self, counts: pd.DataFrame) -> list[str]:
        """Name the libraries whose counts are those of a library that was trained on.

        By the miRNAs of the profile: a run leaves out rare ones, which a matrix may still hold.
        """
        known = set(self.content["libraries"])
        there = counts.reindex(self._mirnas, fill_value=0)
        return [str(name) for name in there if fingerprint(there[name]) in known]


def freeze(
    fitted: Procedure,
    libraries: Libraries,
    contrast: Contrast,
    settings: Mapping[str, Any],
    threshold: Mapping[str, Any],
    others: Mapping[float, float],
) -> dict[str, Any]:
    """Write down a panel that was fitted to all libraries of a contrast.

    Parameters
    ----------
    threshold
        `rule` and `value` of the threshold that a further cohort is judged by.
    others
        Thresholds by specificity.

    Returns
    -------
    The content of the bundle, with the checksum of all of it.
    """
    levels, scale = fitted.model_["levels"], fitted.model_["scale"]
    features = [
        {
            "mirna": str(levels.mirnas_[at]),
            "coefficient": float(fitted.coefficients[at]),
            "mean": float(scale.mean_[at]),
            "sd": float(scale.scale_[at]),
        }
        for at in np.flatnonzero(fitted.coefficients)
    ]
    people = libraries.people
    content: dict[str, Any] = {
        "format": FORMAT,
        "contrast": contrast.name,
        "cancer": contrast.cancer,
        "case": contrast.case,
        "control": contrast.control,
        "column": contrast.column,
        "features": features,
        "intercept": fitted.intercept,
        "penalty": fitted.penalty,
        "threshold": dict(threshold),
        "thresholds": {f"{share:g}": value for share, value in others.items()},
        "prior_cpm": levels.prior_,
        "profile": [
            {"mirna": str(name), "reads": float(reads)}
            for name, reads in zip(levels.mirnas_, levels.reference_, strict=True)
        ],
        "trained": {"n_case": people["case"], "n_control": people["control"]},
        "libraries": sorted(
            fingerprint(row) for _, row in libraries.counts[levels.mirnas_].iterrows()
        ),
        "settings": dict(settings),
        "versions": versions(),
    }
    return content | {CHECKSUM: checksum(content)}


def checksum(content: Mapping[str, Any]) -> str:
    """Hash the content of a bundle, without the checksum itself."""
    rest = {key: value for key, value in content.items() if key != CHECKSUM}
    text = json.dumps(rest, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def fingerprint(counts: pd.Series) -> str:
    """Hash the counts of a library, so that it is known again under another name."""
    present = counts[counts > 0].sort_index()
    text = "\n".join(f"{name}\t{int(reads)}" for name, reads in present.items())
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def read_bundle(path: str | Path) -> FrozenPanel | None:
    """Read a bundle and check it; None where a run made no panel.

    Raises
    ------
    UserError
        If it is none, or was changed.
    """
    try:
        content = read_json(path)
    except ValueError as error:
        raise UserError(f"{path} is damaged: {error}.") from None
    if not isinstance(content, dict):
        content = {}
    if content.get("status") == NOT_MADE:
        return None
    return FrozenPanel(content, str(path))


def versions() -> dict[str, str]:
    """Tell what the panel was made with."""
    found = {"exosift": __version__, "python": platform.python_version()}
    return found | {name: version(name) for name in LIBRARIES}


def chance(score: float) -> float:
    """Turn log odds into a probability."""
    return 1 / (1 + math.exp(-score)) if score > 0 else math.exp(score) / (1 + math.exp(score))

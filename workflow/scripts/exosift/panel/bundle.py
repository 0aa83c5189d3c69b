"""A panel that is frozen: everything it takes to score one library, and nothing that could learn.

The file is JSON. Whoever has it can score a library of another cohort by hand.
"""

import hashlib
import json
import math
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from exosift import __version__
from exosift.contrasts import Contrast
from exosift.errors import UserError
from exosift.files import read_json
from exosift.findings import Finding
from exosift.panel.levels import frozen_levels
from exosift.panel.libraries import Libraries, kits_of, people_of
from exosift.panel.likeness import describe, pairing_off
from exosift.panel.procedure import Procedure
from exosift.panel.schema import FORMAT, BundleRecord, bundle_record

CHECKSUM = "sha256"
NOT_MADE = "not_made"
DECIDING = ("features", "intercept", "prior_cpm", "profile", "threshold")
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
        record = bundle_record(content, source)
        if record.sha256 != checksum(content):
            raise UserError(
                f"{source} was changed after the panel was frozen: its checksum is wrong. "
                "Take the file as the run left it."
            )
        self.record = record
        self._answers = checksum({key: content[key] for key in DECIDING})
        self._mirnas = [one.mirna for one in record.profile]
        self._profile = np.array([one.reads for one in record.profile])

    @property
    def features(self) -> list[str]:
        """The miRNAs that enter the score."""
        return [one.mirna for one in self.record.features]

    @property
    def sha256(self) -> str:
        """The checksum of its content."""
        return self.record.sha256

    @property
    def answers(self) -> str:
        """The checksum of what decides the score and the call of a library."""
        return self._answers

    def missing(self, counts: pd.DataFrame) -> Finding | None:
        """Return why counts of a cohort cannot be scored; None if they can.

        Parameters
        ----------
        counts : DataFrame of int, shape (miRNAs, libraries)
        """
        unknown = [name for name in self.features if name not in counts.index]
        if unknown:
            return Finding("mirnas_missing", {"mirnas": unknown})
        there = np.isin(self._mirnas, counts.index)
        share = float(self._profile[there].sum() / self._profile.sum())
        if share < LEAST_PROFILE:
            return Finding("profile_missing", {"share": share, "needed": LEAST_PROFILE})
        return None

    def score(self, counts: pd.DataFrame) -> pd.Series:
        """Give the log odds of each library, each on its own.

        Parameters
        ----------
        counts : DataFrame of int, shape (miRNAs, libraries)
            Raw counts; miRNAs of the profile that are missing have no reads.
        """
        reads = counts.reindex(self._mirnas, fill_value=0).to_numpy(dtype=float).T
        levels = frozen_levels(reads, self._profile, self.record.prior_cpm)
        place = {name: at for at, name in enumerate(self._mirnas)}
        scores = np.full(len(reads), self.record.intercept)
        for one in self.record.features:
            own = levels[:, place[one.mirna]]
            scores += one.coefficient * ((own - one.mean) / one.sd)
        return pd.Series(scores, index=counts.columns, dtype=float)

    def trained_on(self, counts: pd.DataFrame, sheet: pd.DataFrame) -> "Known":
        """Find the libraries that were trained on, and those of people who were.

        Counts are compared by the miRNAs of the profile: a run leaves out rare ones, which a
        matrix may still hold. A library that was counted again has other counts, so names are
        compared too.

        Parameters
        ----------
        counts : DataFrame of int, shape (miRNAs, libraries)
        sheet : DataFrame of str
            Sheet of these libraries, in the same order.
        """
        there = counts.reindex(self._mirnas, fill_value=0)
        names = [str(name) for name in there]
        marks = {
            "libraries": [fingerprint(there[name]) for name in there],
            "samples": [mark("sample", name) for name in names],
            "people": [mark("person", name) for name in people_of(sheet)],
        }
        known = {key: set(getattr(self.record, key)) for key in marks}
        by_counts, by_name, by_person = (
            tuple(name for name, own in zip(names, marks[key], strict=True) if own in known[key])
            for key in marks
        )
        reads = there.to_numpy(dtype=float).T
        levels = frozen_levels(reads, self._profile, self.record.prior_cpm)
        alike = pairing_off(levels, self._mirnas, self.record.likeness.model_dump())
        return Known(by_counts, by_name, by_person, tuple(names[at] for at in alike))


@dataclass(frozen=True)
class Known:
    """Libraries of another cohort that a panel was trained on.

    Attributes
    ----------
    by_counts, by_name, by_person
        The libraries whose counts, whose name, or whose person (the column subject, or the name of
        the library where there is none) are known.
    by_likeness
        Those that resemble one library of the training each, and no other, if they are many.
    """

    by_counts: tuple[str, ...]
    by_name: tuple[str, ...]
    by_person: tuple[str, ...]
    by_likeness: tuple[str, ...] = ()

    def reason(self, total: int) -> Finding | None:
        """Return why it is no other cohort; None if nothing is known.

        Parameters
        ----------
        total
            Libraries that were looked at.
        """
        known = sorted({*self.by_counts, *self.by_name, *self.by_person, *self.by_likeness})
        if not known:
            return None
        facts = {
            "libraries": total,
            "samples": known,
            "by_counts": len(self.by_counts),
            "by_name": len(self.by_name),
            "by_person": len(self.by_person),
            "by_likeness": len(self.by_likeness),
        }
        return Finding("trained_on", facts)


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
        "made_with": kits_of(libraries.sheet),
        **_who(libraries, levels.mirnas_),
        "likeness": describe(levels.transform(libraries.counts), levels.mirnas_, levels.reference_),
        "settings": dict(settings),
        "versions": versions(),
    }
    return BundleRecord.model_validate(content | {CHECKSUM: checksum(content)}).to_dict()


def _who(libraries: Libraries, mirnas: np.ndarray) -> dict[str, list[str]]:
    """Hash the counts and names of all that was trained on, so that it is known again."""
    summed, single = libraries.counts[mirnas], libraries.apart[mirnas]
    people = people_of(libraries.sheet)
    return {
        "libraries": sorted(
            {fingerprint(row) for table in (summed, single) for _, row in table.iterrows()}
        ),
        "samples": sorted(mark("sample", str(name)) for name in single.index),
        "people": sorted({mark("person", name) for name in people}),
    }


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


def mark(kind: str, name: str) -> str:
    """Hash a name, whatever its case; a bundle holds no name of a person."""
    return hashlib.sha256(f"{kind}\t{name.strip().casefold()}".encode()).hexdigest()[:16]


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

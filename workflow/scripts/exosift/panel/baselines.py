"""What a panel must beat: age and sex, how the libraries were made, and a published miRNA."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from exosift.findings import SEVERE, Finding, Warning
from exosift.knowledge import Published
from exosift.panel.crossvalidation import OutOfFold, cross_validate
from exosift.panel.intervals import auc_interval, mean_roc, plain_auc
from exosift.panel.libraries import Libraries
from exosift.panel.parallel import Say
from exosift.panel.procedure import Procedure, joint_procedure, numbers_procedure
from exosift.panel.seeds import Stream

CLOSE, SUSPICIOUS = 0.05, 0.7
"""Quality alone is suspicious so near to the panel, or above this AUC with an interval off 0.5.

`GateRules.quality_warned` is lower: it warns of the arms of a contrast, whatever is found between
them. The warning here says more, that quality may be what the panel found.
"""


@dataclass(frozen=True)
class Baseline:
    """A model beside the panel: what is written of it, and its ROC curve or None."""

    record: dict[str, Any]
    roc: np.ndarray | None = None


def auc_record(
    found: OutOfFold, libraries: Libraries, settings: Mapping[str, Any]
) -> dict[str, Any]:
    """Give the AUC out of fold, over all repeats, with the interval of a bootstrap over people."""
    interval = auc_interval(
        *(found.scores, found.fold_of, libraries.is_case, libraries.subjects),
        settings["bootstraps"],
        [settings["seed"], Stream.PEOPLE],
    )
    return {
        "auc": interval.auc,
        "low": interval.low,
        "high": interval.high,
    }


def cross_validated(
    libraries: Libraries,
    settings: Mapping[str, Any],
    *,
    jobs: int = 1,
    say: Say | None = None,
) -> dict[str, Baseline]:
    """Cross-validate the models beside the panel, in the same folds.

    Returns
    -------
    `age_sex`, `quality` and `panel_age_sex`; with a `reason` instead of an AUC where the run knows
    nothing that a model could use.
    """
    clinical, quality = libraries.clinical, libraries.quality
    known = list(clinical.columns)
    joint = libraries.counts.join(clinical) if known else libraries.counts
    seed = [settings["seed"]]
    models: dict[str, tuple[Procedure, pd.DataFrame, list[str], Finding]] = {
        "age_sex": (
            numbers_procedure(settings, seed),
            clinical,
            known,
            Finding("neither_age_nor_sex"),
        ),
        "quality": (
            numbers_procedure(settings, seed),
            quality,
            list(quality.columns),
            Finding("nothing_measured"),
        ),
        "panel_age_sex": (
            joint_procedure(list(libraries.counts.columns), known, settings, seed),
            joint,
            known,
            Finding("neither_age_nor_sex"),
        ),
    }
    made = {}
    for name, (procedure, X, columns, reason) in models.items():
        if not columns:
            made[name] = Baseline({"reason": reason.to_dict()})
            continue
        what = f"beside the panel, {name}"
        found = cross_validate(procedure, X, libraries, settings, jobs=jobs, what=what, say=say)
        made[name] = Baseline(
            {"columns": columns, **auc_record(found, libraries, settings)},
            mean_roc(found.scores, found.fold_of, libraries.is_case, libraries.subjects),
        )
    return made


def literature_baseline(
    published: Sequence[Published],
    levels: pd.DataFrame,
    libraries: Libraries,
    settings: Mapping[str, Any],
) -> Baseline:
    """Take the published miRNA with most papers, in its published direction.

    Nothing is learnt from this cohort but the scale of the levels. Of miRNAs with equally many
    papers the one with most reads here is taken.

    Parameters
    ----------
    levels : DataFrame, shape (libraries, miRNAs)
        Standardised by training folds; see `markers.Markers`.
    """
    if not published:
        return Baseline({"reason": Finding("no_published_direction").to_dict()})
    known = [one for one in published if one.mirna in levels.columns]
    if not known:
        names = [one.mirna for one in published]
        reason = Finding("too_few_reads_of_published", {"mirnas": names})
        return Baseline({"reason": reason.to_dict()})
    reads = libraries.counts.sum(axis=0)
    known.sort(key=lambda one: (-len(one.papers), -int(reads[one.mirna]), one.mirna))

    def scores(one: Published) -> np.ndarray:
        way = 1 if one.direction == "up" else -1
        return levels[one.mirna].to_numpy(dtype=float) * way

    def row(one: Published) -> dict[str, Any]:
        auc = plain_auc(scores(one), libraries.is_case, libraries.subjects)
        papers = list(one.papers)
        return {"mirna": one.mirna, "direction": one.direction, "papers": papers, "auc": auc}

    best = known[0]
    own = scores(best)
    whole = (own[None], np.zeros((1, len(own))), libraries.is_case, libraries.subjects)
    interval = auc_interval(
        *whole,
        settings["bootstraps"],
        [settings["seed"], Stream.PEOPLE],
    )
    record = row(best) | {"low": interval.low, "high": interval.high}
    return Baseline(record | {"others": [row(one) for one in known[1:]]}, mean_roc(*whole))


def warn_of_quality(panel: Mapping[str, Any], quality: Mapping[str, Any]) -> list[Warning]:
    """Return a warning if the quality of the libraries may explain what the panel finds.

    Parameters
    ----------
    panel, quality
        Records with `auc` and `low`.
    """
    if "auc" not in quality:
        return []
    auc = quality["auc"]
    suspicious = auc > SUSPICIOUS and quality["low"] > 0.5
    if suspicious or (auc >= panel["auc"] - CLOSE and auc > 0.5):
        facts = {"quality_auc": auc, "panel_auc": panel["auc"]}
        return [Warning("quality_separates_as_well", facts, SEVERE)]
    return []

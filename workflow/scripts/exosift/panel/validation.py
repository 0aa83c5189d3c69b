"""A frozen panel and another cohort: applied once, as it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from exosift.contrasts import Contrast
from exosift.files import write_json
from exosift.findings import Finding
from exosift.panel.admission import admit
from exosift.panel.bundle import FrozenPanel, chance
from exosift.panel.calibration import calibrate
from exosift.panel.intervals import auc_interval
from exosift.panel.ledger import applied_before, entry_of, files_of, read_ledger
from exosift.panel.libraries import by_person, subjects_of
from exosift.panel.operating import operating_point
from exosift.panel.records import tidy
from exosift.panel.seeds import Stream
from exosift.settings.design import GateRules
from exosift.settings.sections import Sections

COLUMNS = ("sample", "subject", "arm", "score", "chance", "positive")


@dataclass(frozen=True)
class Validation:
    """What a frozen panel says of another cohort: `validation/{contrast}.{json,tsv}`."""

    record: dict[str, Any]
    scores: pd.DataFrame


def validate(
    panel: FrozenPanel,
    counts: pd.DataFrame,
    sheet: pd.DataFrame,
    contrast: Contrast,
    settings: Mapping[str, Any],
    fewest_for_calibration: int = Sections.calibration,
    *,
    gate: GateRules | None = None,
    limits: Mapping[str, Any] | None = None,
) -> Validation:
    """Score the libraries of another cohort with a frozen panel, and judge the scores.

    Nothing is fitted: no profile, no scale, no coefficient, no threshold.

    Parameters
    ----------
    counts : DataFrame of int, shape (miRNAs, libraries)
        Raw counts of the other cohort.
    sheet : DataFrame of str
        Its sample sheet, indexed by sample.
    contrast
        Whose case and control are sought in the same column of the sheet.
    settings
        Section `panel` of the configuration: `bootstraps`, `seed`, `prevalences`.
    fewest_for_calibration
        People that each arm needs for a calibration.
    gate, limits
        Limits of the design gate and of single libraries; see `admission.admit`.
    """
    admitted = admit(panel, counts, sheet, contrast, gate, limits)
    if admitted.refusals:
        return refused(panel, contrast, *admitted.refusals, more=admitted.to_dict())
    arms = admitted.arms
    names = list(arms.index)
    is_case = (arms == "case").to_numpy()
    subjects = subjects_of(sheet.loc[names])
    scores = panel.score(counts[names]).to_numpy()
    threshold = panel.record.threshold.model_dump()
    positive = scores > threshold["value"]
    _, case, _ = by_person(scores, is_case, subjects)
    seed = [settings["seed"], Stream.PEOPLE]
    interval = auc_interval(
        scores[None], np.zeros((1, len(scores))), is_case, subjects, settings["bootstraps"], seed
    )
    point = operating_point(
        threshold["rule"],
        positive[None],
        is_case,
        subjects,
        sheet.loc[names, "stage"].to_numpy(dtype=str) if "stage" in sheet.columns else None,
        settings["prevalences"],
    )
    if min(case.sum(), (~case).sum()) >= fewest_for_calibration:
        calibration = calibrate(scores, is_case, subjects, settings["bootstraps"], seed)
    else:
        reason = Finding("people_for_calibration", {"needed": fewest_for_calibration})
        calibration = {"reason": reason.to_dict()}
    record = (
        _record(panel, contrast, "applied", ())
        | admitted.to_dict()
        | {
            "n_case": int(case.sum()),
            "n_control": int((~case).sum()),
            "auc": {"auc": interval.auc, "low": interval.low, "high": interval.high},
            "threshold": dict(threshold),
            "operating_point": point,
            "calibration": calibration,
        }
    )
    table = pd.DataFrame(
        {
            "sample": names,
            "subject": subjects,
            "arm": arms.to_numpy(),
            "score": scores,
            "chance": [chance(score) for score in scores],
            "positive": np.where(positive, "yes", "no"),
        },
        columns=list(COLUMNS),
    )
    return Validation(record, table)


def refused(
    panel: FrozenPanel,
    contrast: Contrast,
    *reasons: Finding,
    more: Mapping[str, Any] | None = None,
) -> Validation:
    """Return why a panel was not applied, without any number of it."""
    record = _record(panel, contrast, "refused", reasons) | dict(more or {})
    return Validation(record, pd.DataFrame(columns=list(COLUMNS)))


def no_panel(contrast: Contrast) -> Validation:
    """Say that there is nothing to apply."""
    record = {
        "contrast": contrast.name,
        "cancer": contrast.cancer,
        "status": "no_panel",
        "reasons": [Finding("no_panel").to_dict()],
    }
    return Validation(record, pd.DataFrame(columns=list(COLUMNS)))


def validate_once(
    panel: FrozenPanel,
    counts_path: str | Path,
    sheet_path: str | Path,
    counts: pd.DataFrame,
    sheet: pd.DataFrame,
    contrast: Contrast,
    settings: Mapping[str, Any],
    ledger: Path,
    fewest_for_calibration: int = Sections.calibration,
    *,
    gate: GateRules | None = None,
    limits: Mapping[str, Any] | None = None,
) -> Validation:
    """Apply a panel to a cohort, unless another panel of this contrast was applied to it before.

    A panel that was changed after a look at the other cohort has been fitted to it, by hand. So it
    is written down which panel was applied to which libraries; the same panel may be applied again.

    Parameters
    ----------
    counts_path, sheet_path
        The files of the cohort.
    ledger
        What was applied before; made if it is not there.
    """
    cohort = files_of(counts_path, sheet_path)
    found = validate(
        panel, counts, sheet, contrast, settings, fewest_for_calibration, gate=gate, limits=limits
    )
    if found.record["status"] == "applied":
        applied = read_ledger(ledger)
        entry = entry_of(panel, cohort, counts[list(found.scores["sample"])])
        former = applied_before(entry, applied)
        if former:
            facts = {"former": former, "panel": panel.sha256, "ledger": str(ledger)}
            found = refused(panel, contrast, Finding("another_panel_before", facts))
        elif entry not in applied:
            write_json([*applied, entry], ledger)
    return Validation(tidy(found.record | {"cohort": cohort}), found.scores)


def _record(
    panel: FrozenPanel, contrast: Contrast, status: str, reasons: Sequence[Finding]
) -> dict[str, Any]:
    return {
        "contrast": contrast.name,
        "cancer": contrast.cancer,
        "status": status,
        "reasons": [one.to_dict() for one in reasons],
        "panel": panel.sha256,
        "features": panel.features,
    }

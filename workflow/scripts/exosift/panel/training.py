"""A panel for one contrast: trained, cross-validated, compared, and frozen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import clone

from exosift.contrasts import Contrast
from exosift.findings import Finding
from exosift.panel import baselines as beside
from exosift.panel.bundle import NOT_MADE, chance, freeze, versions
from exosift.panel.calibration import calibrate
from exosift.panel.crossvalidation import (
    BatchOut,
    OutOfFold,
    cross_validate,
    leave_batches_out,
    testable_batches,
)
from exosift.panel.intervals import mean_roc, plain_auc, spread
from exosift.panel.libraries import Libraries
from exosift.panel.markers import COLUMNS as MARKER_COLUMNS
from exosift.panel.markers import Markers, judge_markers
from exosift.panel.operating import (
    SPECIFICITIES,
    balanced_threshold,
    operating_point,
    threshold_at,
)
from exosift.panel.parallel import Say
from exosift.panel.permutation import Permutations, permute
from exosift.panel.procedure import Procedure, panel_procedure
from exosift.panel.records import (
    chosen_features,
    null_record,
    stability_record,
    stability_table,
    tidy,
)
from exosift.panel.seeds import Stream
from exosift.panel.stability import Stability, select_from_halves

FEWEST_BATCHES = 3
TABLES: Mapping[str, tuple[str, ...]] = {
    "markers": MARKER_COLUMNS,
    "folds": (
        *("repeat", "fold", "trained", "tested", "tested_cases", "penalty", "features", "samples"),
    ),
    "stability": ("mirna", "frequency", "stable", "in_panel"),
    "roc": ("model", "false_positive_share", "true_positive_share"),
    "scores": ("sample", "subject", "arm", "batch", "score", "chance", "score_batch_left_out"),
    "permutations": ("permutation", "auc"),
}
"""The tables beside the record, and their columns."""


@dataclass(frozen=True)
class Trained:
    """What came of a contrast.

    Attributes
    ----------
    record
        `panels/{contrast}.json`.
    tables
        The tables of `TABLES`, with no rows where there is no panel.
    bundle
        The frozen panel, or `status` and `reasons` where there is none.
    """

    record: dict[str, Any]
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    bundle: dict[str, Any] = field(default_factory=dict)


def train_panel(
    tested: pd.DataFrame,
    judged: Mapping[str, Any],
    libraries: Libraries,
    contrast: Contrast,
    settings: Mapping[str, Any],
    *,
    published: Sequence[beside.Published] = (),
    jobs: int = 1,
    say: Say | None = None,
) -> Trained:
    """Judge single miRNAs, and train and test a panel if there are people enough.

    Parameters
    ----------
    tested, judged
        `differential_expression/{contrast}.tsv` and `.json`; the latter's `sections` say for what
        there are people enough.
    libraries
        The libraries that the test used.
    settings
        Section `panel` of the configuration.
    published
        miRNAs that are published for this cancer.
    jobs
        Processes; the result is the same for any number.
    say
        Gets sentences of progress.
    """
    people = libraries.people
    record: dict[str, Any] = {
        "contrast": contrast.name,
        "cancer": contrast.cancer,
        "case": contrast.case,
        "control": contrast.control,
        "status": NOT_MADE,
        "reasons": [],
        "warnings": [],
        "n_case": people["case"],
        "n_control": people["control"],
        "libraries": len(libraries.counts),
        "batches": {
            "columns": list(libraries.batch_columns),
            "number": len(np.unique(libraries.batches)),
        },
        "best_single": None,
        "panel": None,
        "baselines": None,
        "bundle": None,
        "settings": dict(settings),
        "versions": versions(),
    }
    if contrast.kind.no_panel:
        return _without(record, Finding("design_without_panel", {"design": contrast.design}))
    allowed = judged["sections"]
    if not allowed["candidates"]["shown"]:
        because = {"because": allowed["candidates"]["reason"]}
        return _without(record, Finding("no_auc", because))
    markers = judge_markers(tested, libraries, settings, jobs=jobs, say=say)
    record["best_single"] = markers.best
    if not allowed["panel"]["shown"]:
        because = {"because": allowed["panel"]["reason"]}
        return _without(record, Finding("too_few_for_a_panel", because), markers)
    made = _Making(libraries, settings, allowed, markers, jobs, say)
    return made.finish(record, contrast, published)


@dataclass
class _Making:
    """A panel in the making: what its parts share."""

    libraries: Libraries
    settings: Mapping[str, Any]
    allowed: Mapping[str, Mapping[str, Any]]
    markers: Markers
    jobs: int
    say: Say | None

    def finish(
        self, record: dict[str, Any], contrast: Contrast, published: Sequence[beside.Published]
    ) -> Trained:
        """Do everything, the slowest last."""
        libraries, settings, jobs, say = self.libraries, self.settings, self.jobs, self.say
        X = libraries.counts
        procedure = panel_procedure(settings, [settings["seed"]])
        shares = [share for share, key in SPECIFICITIES.items() if self.allowed[key]["shown"]]
        fitted = clone(procedure).set_params(seed=(settings["seed"], Stream.FINAL))
        fitted.fit(X, libraries.is_case, libraries.subjects)
        found = cross_validate(
            *(procedure, X, libraries, settings),
            specificities=shares,
            jobs=jobs,
            what="cross-validation",
            say=say,
        )
        batch_out = self._batches(procedure)
        stability = select_from_halves(libraries, settings, jobs=jobs, say=say)
        others = beside.cross_validated(libraries, settings, jobs=jobs, say=say)
        others["literature"] = beside.literature_baseline(
            published, self.markers.levels, libraries, settings
        )
        observed = float(found.aucs[0])
        null = permute(procedure, X, libraries, settings, observed, jobs=jobs, say=say)
        panel = self._panel_record(fitted, found, batch_out, stability, null, shares)
        thresholds = {
            share: threshold_at(fitted.inner_scores_[~libraries.is_case], share) for share in shares
        }
        bundle = freeze(
            *(fitted, libraries, contrast, settings),
            self._threshold(fitted, thresholds),
            thresholds,
        )
        doubts = beside.warn_of_quality(panel["auc"], others["quality"].record)
        record |= {
            "status": "made",
            "warnings": [one.to_dict() for one in doubts],
            "panel": panel,
            "baselines": {name: one.record for name, one in others.items()},
            "bundle": {"sha256": bundle["sha256"], "threshold": bundle["threshold"]},
        }
        tables = {
            "markers": self.markers.table,
            "folds": pd.DataFrame(found.folds),
            "stability": stability_table(stability, settings, panel["features"]),
            "roc": self._roc(found, others),
            "scores": self._scores(found, batch_out),
            "permutations": pd.DataFrame(
                {"permutation": np.arange(len(null.null)) + 1, "auc": null.null}
            ),
        }
        return Trained(tidy(record), {**tables}, bundle)

    def _batches(self, procedure: Procedure) -> BatchOut | None:
        names = testable_batches(self.libraries, self.settings["batch_per_arm"])
        if len(names) < FEWEST_BATCHES:
            return None
        return leave_batches_out(
            *(procedure, self.libraries.counts, self.libraries, self.settings),
            jobs=self.jobs,
            say=self.say,
        )

    def _panel_record(
        self,
        fitted: Procedure,
        found: OutOfFold,
        batch_out: BatchOut | None,
        stability: Stability,
        null: Permutations,
        shares: Sequence[float],
    ) -> dict[str, Any]:
        libraries, settings = self.libraries, self.settings
        is_case, subjects = libraries.is_case, libraries.subjects
        apparent = plain_auc(fitted.apparent(libraries.counts), is_case, subjects)
        return {
            "features": chosen_features(fitted, stability),
            "limit": int(fitted.model_["net"].limit_),
            "mirnas_used": len(fitted.model_["levels"].mirnas_),
            "auc": {
                **beside.auc_record(found, libraries, settings),
                "apparent": apparent,
                "spread": spread(found.aucs),
            },
            "permutation": null_record(null, found.aucs),
            "leave_one_batch_out": self._batch_record(batch_out),
            "stability": stability_record(stability, settings),
            "calibration": self._calibration(found),
            "operating_points": self._operating(found, shares),
        }

    def _batch_record(self, batch_out: BatchOut | None) -> dict[str, Any]:
        fewest = self.settings["batch_per_arm"]
        if batch_out is None:
            number = len(testable_batches(self.libraries, fewest))
            facts = {"needed": FEWEST_BATCHES, "people": fewest, "batches": number}
            return {"reason": Finding("too_few_batches", facts).to_dict()}
        return {
            "auc": batch_out.auc,
            "low": batch_out.low,
            "high": batch_out.high,
            "batches": list(batch_out.batches),
        }

    def _calibration(self, found: OutOfFold) -> dict[str, Any]:
        if not self.allowed["calibration"]["shown"]:
            return {"reason": self.allowed["calibration"]["reason"]}
        return calibrate(
            *(found.mean_scores, self.libraries.is_case, self.libraries.subjects),
            self.settings["bootstraps"],
            [self.settings["seed"], Stream.PEOPLE],
        )

    def _operating(self, found: OutOfFold, shares: Sequence[float]) -> dict[str, Any]:
        sheet, settings = self.libraries.sheet, self.settings
        stages = sheet["stage"].to_numpy(dtype=str) if "stage" in sheet.columns else None
        points = [
            operating_point(
                *(share, found.positive[share], self.libraries.is_case, self.libraries.subjects),
                *(stages, settings["prevalences"]),
            )
            for share in shares
        ]
        left_out = [
            Finding(
                "no_specificity", {"specificity": share, "because": self.allowed[key]["reason"]}
            )
            for share, key in SPECIFICITIES.items()
            if share not in shares
        ]
        return {"points": points, "reasons": [one.to_dict() for one in left_out]}

    def _threshold(self, fitted: Procedure, thresholds: Mapping[float, float]) -> dict[str, Any]:
        """Choose the threshold for a further cohort: 95% specificity, if controls suffice."""
        if thresholds:
            share = min(thresholds)
            return {"rule": f"specificity {share:g}", "value": thresholds[share]}
        value = balanced_threshold(fitted.inner_scores_, self.libraries.is_case)
        return {"rule": "balanced", "value": value}

    def _roc(self, found: OutOfFold, others: Mapping[str, beside.Baseline]) -> pd.DataFrame:
        """Put the ROC curves of all models below each other."""
        arms = (self.libraries.is_case, self.libraries.subjects)
        curves = {"panel": mean_roc(found.scores, found.fold_of, *arms)}
        curves |= {name: one.roc for name, one in others.items() if one.roc is not None}
        return pd.concat(
            [
                pd.DataFrame(
                    {
                        "model": name,
                        "false_positive_share": np.linspace(0, 1, len(curve)),
                        "true_positive_share": curve,
                    }
                )
                for name, curve in curves.items()
            ],
            ignore_index=True,
        )

    def _scores(self, found: OutOfFold, batch_out: BatchOut | None) -> pd.DataFrame:
        libraries, mean = self.libraries, found.mean_scores
        left_out = np.full(len(mean), np.nan) if batch_out is None else batch_out.scores
        return pd.DataFrame(
            {
                "sample": libraries.counts.index,
                "subject": libraries.subjects,
                "arm": np.where(libraries.is_case, "case", "control"),
                "batch": libraries.batches,
                "score": mean,
                "chance": [chance(score) for score in mean],
                "score_batch_left_out": left_out,
            }
        )


def _without(record: dict[str, Any], reason: Finding, markers: Markers | None = None) -> Trained:
    """End without a panel, for a reason."""
    record["reasons"] = [reason.to_dict()]
    tables = {name: pd.DataFrame(columns=list(columns)) for name, columns in TABLES.items()}
    if markers is not None:
        tables["markers"] = markers.table
    return Trained(tidy(record), tables, {"status": NOT_MADE, "reasons": record["reasons"]})

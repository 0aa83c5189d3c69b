"""A panel beside what it must beat: age and sex, quality, a published and the best single miRNA."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from exosift.findings import Finding
from exosift.reports.evidence import Outcome
from exosift.reports.panel_figures import auc_axis, axis_of, dot_and_interval, number
from exosift.reports.wording import count, interval, listed, plain, sentence, short
from exosift.sentences.panels import lack_clause

CLOSE = 0.05  # of an AUC; a simpler model so near to the panel is told

NOT_COMPARED = {"reason": Finding("not_compared").to_dict()}

MEASURES = {
    "reads_in": "reads",
    "mirna_reads": "miRNA reads",
    "mirna_share": "share of miRNA",
    "haemolysis_h1": "haemolysis index 1",
    "haemolysis_h2": "haemolysis index 2",
    "top_mirna_share": "share of the top miRNA",
    "insert_length_mean": "mean insert length",
    "insert_20_25_share": "share of inserts of 20 to 25 nt",
    "dimer_share": "share of adapter dimers",
    "gc_share": "GC share",
}
"""What a model of quality knows, in words; others are told by their names."""


@dataclass(frozen=True)
class Model:
    """A line of the comparison: a model with its AUC, or why there is none."""

    name: str
    text: str
    auc: str
    interval: str
    drawing: Markup


@dataclass(frozen=True)
class Comparison:
    """The models side by side.

    Attributes
    ----------
    scale
        The axis of the drawings.
    models
        The panel first.
    warnings
        What does as well as the panel.
    missing
        What could not be compared, and why.
    """

    scale: Markup
    models: tuple[Model, ...]
    warnings: tuple[str, ...]
    missing: tuple[str, ...]


def headline(made: Mapping[str, Any]) -> tuple[Mapping[str, Any], bool]:
    """Choose the AUC to quote: of models of other batches where there are any.

    Returns
    -------
    A record with `auc`, `low` and `high`, and whether batches were left out.
    """
    left_out = made["leave_one_batch_out"]
    return (left_out, True) if left_out.get("auc") is not None else (made["auc"], False)


def _outdone(
    record: Mapping[str, Any], made: Mapping[str, Any], baselines: Mapping[str, Any]
) -> tuple[str, ...]:
    """Name what does as well as the panel without being one; quality is warned of elsewhere."""
    own = made["auc"]["auc"]
    rivals = [
        ("Age and sex alone", baselines.get("age_sex", {})),
        (_published(baselines), baselines.get("literature", {})),
    ]
    single = record.get("best_single") or {}
    if single.get("auc_out_of_fold") is not None:
        rivals.append(
            (
                "The single best miRNA of each training fold",
                {"auc": single["auc_out_of_fold"]},
            )
        )
    told = []
    for name, rival in rivals:
        auc = rival.get("auc")
        if auc is None or auc <= 0.5 or auc < own - CLOSE:
            continue
        known = (
            f"{plain(auc)} ({told_interval(rival)})" if rival.get("low") is not None else plain(auc)
        )
        told.append(
            f"{name} reaches {known}, the panel {plain(own)}: "
            + (
                "the panel adds nothing to it that is shown."
                if auc >= own
                else "hardly less than the whole panel."
            )
        )
    return tuple(told)


def _published(baselines: Mapping[str, Any]) -> str:
    return f"The published {short(str(baselines.get('literature', {}).get('mirna', '')))} alone"


def compare(outcome: Outcome) -> Comparison:
    """Put the panel beside the models that know less, in the same folds.

    Parameters
    ----------
    outcome
        What came of a contrast with a panel.
    """
    made, baselines = outcome.panel["panel"], outcome.panel["baselines"] or {}
    left_out, single = made["leave_one_batch_out"], outcome.panel.get("best_single") or {}
    lines: list[tuple[str, str, Mapping[str, Any], bool]] = []
    if left_out.get("auc") is not None:
        lines.append(("Panel, batch left out", "trained on the other batches", left_out, True))
    lines.append(
        ("Panel, nested cross-validation", "trained on the other folds", made["auc"], True)
    )
    if single:
        out_of_fold = {"auc": single.get("auc_out_of_fold")}
        lines.append(
            ("Best single miRNA", "chosen anew in every training fold", out_of_fold, False)
        )
    for name, title, told in (
        ("literature", "Published miRNA", _of_literature),
        ("age_sex", "Age and sex", _of_columns),
        ("quality", "Quality of the libraries", _of_columns),
        ("panel_age_sex", "Panel with age and sex", _of_columns),
    ):
        one = baselines.get(name, NOT_COMPARED)
        lines.append((title, told(one), one, False))
    known = [one for _, _, one, _ in lines if one.get("auc") is not None]
    axis = auc_axis(known)
    models = tuple(
        Model(
            title,
            told,
            plain(one["auc"]),
            told_interval(one) if one.get("low") is not None else "",
            dot_and_interval(axis, one, panel=own),
        )
        for title, told, one, own in lines
        if one.get("auc") is not None
    )
    missing = tuple(
        sentence(f"{title}: {lack_clause(one)}") for title, _, one, _ in lines if one.get("reason")
    )
    warnings = _outdone(outcome.panel, made, baselines)
    return Comparison(axis_of(axis), models, warnings, missing)


def _of_columns(one: Mapping[str, Any]) -> str:
    """Name what a model knows."""
    names = [name.partition("=")[0] for name in one.get("columns", ())]
    return listed([MEASURES.get(name, name.replace("_", " ")) for name in dict.fromkeys(names)])


def _of_literature(one: Mapping[str, Any]) -> str:
    if "mirna" not in one:
        return ""
    way = "higher" if one["direction"] == "up" else "lower"
    papers = count(len(one["papers"]), "paper")
    return f"{short(one['mirna'])}, {way} in the cases as published ({papers})"


def told_interval(one: Mapping[str, Any]) -> str:
    """Write the interval of a record with `low` and `high`."""
    return interval(number(one["low"]), number(one["high"]))

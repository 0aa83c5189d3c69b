"""What a panel of miRNAs can tell apart in people whom it has not seen, and what it must beat."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from markupsafe import Markup

from exosift.reports import panel_figures
from exosift.reports.drawing import Figure
from exosift.reports.evidence import Outcome
from exosift.reports.panel_comparison import Comparison, compare, headline, told_interval
from exosift.reports.panel_operating import Point, points_of
from exosift.reports.panel_singles import Singles, single_mirnas
from exosift.reports.wording import interval, listed, plain, probability, sentence, share, short
from exosift.sentences.panels import absence_sentences, lack_clause, specificity_sentences
from exosift.sentences.warnings import ordered_warnings

SIGNIFICANT = 0.05
SUSPICIOUS = 0.95  # AUC; seen more often between batches than between people


@dataclass(frozen=True)
class Merit:
    """One of the numbers at the head of the section, and what to mind of it."""

    name: str
    value: str
    text: str


@dataclass(frozen=True)
class Feature:
    """A miRNA of the panel."""

    mirna: str
    coefficient: float
    speaks_for: str
    stability: float
    auc: float
    call: str


@dataclass(frozen=True)
class Batch:
    """A batch that models of the other batches tested."""

    name: str
    n_case: int
    n_control: int
    auc: str
    drawing: Markup


@dataclass(frozen=True)
class Bundle:
    """The frozen panel: its file, and how it decides."""

    file: str
    sha256: str
    rule: str
    threshold: str


@dataclass(frozen=True)
class Discrimination:
    """Everything that the section says.

    Attributes
    ----------
    absent
        Why there is no panel; empty if there is one.
    reading
        What the headline means, in sentences.
    merits
        The headline in numbers, the one to quote first.
    warnings
        What may explain the panel away.
    comparison
        The panel beside what it must beat.
    figures
        ROC curves, permutations, stability, calibration.
    points, no_points, no_calibration
        Sensitivity at fixed specificities, and which people are lacking for more.
    batches
        The batches that were left out, one by one.
    features, bundle
        What the panel is made of, and where it is.
    singles
        The best single miRNAs; None where too few people are there for folds.
    """

    absent: tuple[str, ...]
    reading: tuple[str, ...] = ()
    merits: tuple[Merit, ...] = ()
    warnings: tuple[str, ...] = ()
    comparison: Comparison | None = None
    figures: tuple[Figure, ...] = ()
    points: tuple[Point, ...] = ()
    no_points: str = ""
    no_calibration: str = ""
    batches: tuple[Batch, ...] = ()
    no_batches: str = ""
    features: tuple[Feature, ...] = ()
    limit: str = ""
    bundle: Bundle | None = None
    singles: Singles | None = None


def discrimination(outcome: Outcome) -> Discrimination | None:
    """Tell what single miRNAs and the panel of a contrast tell apart.

    Parameters
    ----------
    outcome
        What came of a contrast whose numbers may be shown.

    Returns
    -------
    None if nothing is known of a panel, not even why there is none.
    """
    record = outcome.panel
    if not record:
        return None
    singles = single_mirnas(outcome)
    made = record.get("panel")
    if not made:
        told = tuple(sentence(text) for text in absence_sentences(record))
        return Discrimination(told or ("No panel was made.",), singles=singles)
    left_out = made["leave_one_batch_out"]
    return Discrimination(
        absent=(),
        reading=_reading(outcome, made),
        merits=_merits(made),
        warnings=tuple(sentence(text) for _, text in ordered_warnings(record["warnings"])),
        comparison=compare(outcome),
        figures=panel_figures.figures(outcome),
        points=points_of(made["operating_points"]["points"]),
        no_points=" ".join(specificity_sentences(made["operating_points"])),
        no_calibration=lack_clause(made["calibration"]),
        batches=_batches(left_out.get("batches", ())),
        no_batches=lack_clause(left_out),
        features=_features(outcome, made),
        limit=_limit(outcome, made),
        bundle=_bundle(outcome),
        singles=singles,
    )


def _reading(outcome: Outcome, made: Mapping[str, Any]) -> tuple[str, ...]:
    """Say in words what the headline means, and whether chance may do as much."""
    shown, batches = headline(made)
    right = round(100 * shown["auc"])
    unseen = "no library of their batch" if batches else "neither of them"
    low, high = (round(100 * shown[key]) for key in ("low", "high"))
    told = (
        f"Given one person of each arm ({outcome.case}, {outcome.control}), models that have seen "
        f"{unseen} tell the two apart {right} times in 100 (95% interval {low} to {high}). A coin "
        "does so 50 times."
    )
    p = made["permutation"]["p"]
    doubts = []
    if shown["high"] < 0.5:
        doubts.append("the whole interval lies below a coin's 0.5, so it points the wrong way")
    elif shown["low"] <= 0.5:
        doubts.append("the interval reaches a coin's 0.5")
    if p > SIGNIFICANT:
        doubts.append(f"shuffled labels may do as well (p = {probability(p)})")
    if doubts:
        return told, f"Not shown to be better than chance: {listed(doubts)}. It is no finding."
    if shown["auc"] >= SUSPICIOUS:
        return told, (
            "That is better than chance, and so clear a difference between people is rare: look "
            "first at how the libraries of each arm were made."
        )
    return told, f"That is better than chance, and {100 - right} in 100 are still told wrongly."


def _merits(made: Mapping[str, Any]) -> tuple[Merit, ...]:
    nested, null = made["auc"], made["permutation"]
    spread, left_out = nested["spread"], made["leave_one_batch_out"]
    found = []
    if left_out.get("auc") is not None:
        found.append(
            Merit(
                "AUC, batch left out",
                plain(left_out["auc"]),
                f"{told_interval(left_out)}, each of {len(left_out['batches'])} batches scored by "
                "a panel of the others. The number to quote.",
            )
        )
    found += [
        Merit(
            "AUC, nested cross-validation",
            plain(nested["auc"]),
            f"{told_interval(nested)}, 95% interval over people"
            + ("." if found else ". The number to quote."),
        ),
        Merit(
            "Labels shuffled",
            f"p = {probability(null['p'])}",
            f"The whole procedure on {null['permutations']} shuffles reaches "
            f"{plain(null['null_mean'])} on average, {plain(null['null_high'])} in one of twenty; "
            f"with the true labels {plain(null['observed'])}. With other folds p would be "
            f"{_range_of_p(null['p_over_repeats'])}.",
        ),
        Merit(
            "Apparent AUC",
            plain(nested["apparent"]),
            "On the very people it was fitted to: never to be quoted."
            + _optimism(float(nested["apparent"] - nested["auc"])),
        ),
        Merit(
            "Spread over repeats",
            interval(spread["lowest"], spread["highest"]),
            "How the AUC moves when the same people fall into other folds. It is no interval: it "
            "says nothing of other people.",
        ),
    ]
    return tuple(found)


def _optimism(gap: float) -> str:
    """Say by how much the apparent AUC is larger than that on people not seen, where it is."""
    return f" Optimistic by {plain(gap)}." if gap > 0 else ""


def _features(outcome: Outcome, made: Mapping[str, Any]) -> tuple[Feature, ...]:
    markers = _by_mirna(outcome.panel_tables.get("markers", pd.DataFrame()), "auc_out_of_fold")
    calls = _by_mirna(outcome.candidates, "call")
    return tuple(
        Feature(
            one["mirna"],
            one["coefficient"],
            outcome.case if one["coefficient"] > 0 else outcome.control,
            one["stability"],
            float(markers.get(one["mirna"], float("nan"))),
            str(calls.get(one["mirna"], "not tested")).replace("_", " "),
        )
        for one in made["features"]
    )


def _limit(outcome: Outcome, made: Mapping[str, Any]) -> str:
    """Say how many miRNAs the panel may hold, and how sure their choice is."""
    stability = made["stability"]
    smaller = min(outcome.panel["n_case"], outcome.panel["n_control"])
    stable = [short(name) for name in stability["stable"]]
    told = (
        f"Fitted to everybody, with at most {made['limit']} miRNAs, as the smaller arm has "
        f"{smaller} people, of {made['mirnas_used']} with reads enough. "
    )
    if not made["features"]:
        return told + "It holds none: everybody gets the same score."
    if not stable:
        return told + (
            f"None is chosen from {share(stability['threshold'])} of the halves of the cohort: "
            "which miRNAs stand here is mostly luck, so do not read them as a list of markers."
        )
    return told + (
        f"Only {listed(stable, 8)} {'is' if len(stable) == 1 else 'are'} chosen from "
        f"{share(stability['threshold'])} or more of the halves of the cohort; chance would give "
        f"at most {plain(stability['false_selections'], 1)} such miRNAs on average."
    )


def _batches(batches: Sequence[Mapping[str, Any]]) -> tuple[Batch, ...]:
    axis = panel_figures.auc_axis(batches)
    return tuple(
        Batch(
            one["batch"],
            one["n_case"],
            one["n_control"],
            plain(panel_figures.number(one["auc"])),
            panel_figures.dot_and_interval(axis, one),
        )
        for one in batches
    )


def _bundle(outcome: Outcome) -> Bundle | None:
    frozen = outcome.panel.get("bundle")
    if not frozen:
        return None
    rule = frozen["threshold"]["rule"]
    kind, _, value = rule.partition(" ")
    told = (
        f"set to a specificity of {share(float(value))} in the controls"
        if kind == "specificity"
        else "set where sensitivity and specificity together are largest, as there are too few "
        "controls for a fixed specificity"
    )
    return Bundle(
        f"panels/{outcome.contrast.name}/bundle.json",
        frozen["sha256"],
        told,
        plain(frozen["threshold"]["value"], 3),
    )


def _by_mirna(table: pd.DataFrame, column: str) -> dict[str, Any]:
    if column not in table:
        return {}
    return dict(zip(table["mirna"], table[column], strict=True))


def _range_of_p(over: Mapping[str, Any]) -> str:
    low, high = probability(over["lowest"]), probability(over["highest"])
    return low if low == high else f"{low} to {high}"

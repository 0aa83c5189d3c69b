"""Figures of a panel: models side by side, ROC curves, permutations, stability, calibration."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup

from exosift.reports.drawing import Canvas, Figure, Key, Scale, round_ticks, scale
from exosift.reports.evidence import Outcome
from exosift.reports.panel_operating import calibration_in_words
from exosift.reports.wording import plain, probability, share, short

COIN = 0.5
CURVES = {
    "panel": ("panel", "panel"),
    "panel_age_sex": ("panel-age-sex", "panel with age and sex"),
    "age_sex": ("age-sex", "age and sex"),
    "quality": ("quality", "quality of the libraries"),
    "literature": ("literature", "published miRNA"),
}
"""Styles and words of the ROC curves, by the names of `roc.tsv`."""

BINS = 0.025  # of AUC, in the histogram of permutations
MOST_BARS = 15
NEIGHBOURS = 0.75  # of the people, in each fit of the smooth curve of calibration
STEPS = 60
TAILS = (0.05, 0.95)


def number(value: float | None) -> float:
    """Take a number of a record, where what could not be computed is null."""
    return math.nan if value is None else float(value)


def auc_axis(models: Sequence[Mapping[str, Any]]) -> Scale:
    """Make the axis on which AUCs stand side by side, from below the lowest interval to 1."""
    known = [number(one.get(key)) for one in models for key in ("auc", "low")]
    lowest = min([0.4, *(value for value in known if math.isfinite(value))])
    low = math.floor(lowest * 10 - 1e-9) / 10
    ticks = tuple((v, f"{v:g}") for v in (0, 0.25, 0.5, 0.75, 1) if v >= low)
    return Scale(max(low, 0.0), 1.0, 6, 214, ticks)


def axis_of(x: Scale) -> Markup:
    """Draw the numbers of an axis, as the head of a column."""
    canvas = Canvas(220, 18, "")
    for value, words in x.ticks:
        canvas.text(x(value), 13, words, "tick", "middle")
    return _small(canvas)


def dot_and_interval(x: Scale, one: Mapping[str, Any], *, panel: bool = False) -> Markup:
    """Draw an AUC with its interval beside the line of a coin, for a row of a table."""
    canvas = Canvas(220, 18, "")
    canvas.line(x(COIN), -8, x(COIN), 26, "limit")
    kind, auc = "panel" if panel else "other", number(one.get("auc"))
    low, high = number(one.get("low")), number(one.get("high"))
    if math.isfinite(low) and math.isfinite(high):
        canvas.line(x(low), 9, x(high), 9, f"stroke {kind}")
    if math.isfinite(auc):
        canvas.mark(x(auc), 9, "square" if panel else "circle", f"mark {kind}")
    return _small(canvas)


def _small(canvas: Canvas) -> Markup:
    return Markup(
        '<svg class="interval" viewBox="0 0 {} {}" width="{}" height="{}" aria-hidden="true">{}'
        "</svg>"
    ).format(
        *(canvas.width, canvas.height, canvas.width, canvas.height),
        Markup("").join(canvas.parts),
    )


def figures(outcome: Outcome) -> tuple[Figure, ...]:
    """Draw all figures of a panel that was made, as far as there are tables for them."""
    made, tables = outcome.panel["panel"], outcome.panel_tables
    found = []
    if len(tables.get("roc", ())):
        found.append(roc(tables["roc"]))
    if len(tables.get("permutations", ())):
        found.append(permutations(tables["permutations"], made["permutation"]))
    if len(tables.get("stability", ())):
        found.append(stability(tables["stability"], made["stability"]))
    if "bins" in made["calibration"] and len(tables.get("scores", ())):
        found.append(calibration(tables["scores"], made["calibration"], "out of fold"))
    return tuple(found)


def roc(table: pd.DataFrame) -> Figure:
    """Draw the ROC curves of the panel and of what it must beat."""
    canvas = Canvas(420, 400, "ROC curves of the panel and of the models beside it")
    x, y = _unit(58, 408), _unit(350, 12)
    canvas.axes(x, y, "Controls taken for cases", "Cases found")
    canvas.line(x(0), y(0), x(1), y(1), "limit")
    present = [name for name in CURVES if (table["model"] == name).any()]
    for name in reversed(present):
        rows = table[table["model"] == name]
        style, words = CURVES[name]
        draw_curve(
            canvas,
            [x(value) for value in rows["false_positive_share"]],
            [y(value) for value in rows["true_positive_share"]],
            f"curve {style}",
            words,
        )
    keys = tuple(Key("line", f"curve {CURVES[name][0]}", CURVES[name][1]) for name in present)
    caption = (
        "Out of fold, averaged over folds and repeats; the dashed line is a coin. Along a curve "
        "the threshold is lowered: more cases are found, and more controls are taken for cases. "
        "A threshold chosen from this curve would be chosen with these people."
    )
    return Figure(canvas.svg(), "ROC curves, out of fold", caption, keys)


def permutations(table: pd.DataFrame, record: Mapping[str, Any]) -> Figure:
    """Draw the AUC of the whole procedure on shuffled labels, and with the true ones."""
    values = table["auc"].to_numpy(dtype=float)
    observed, high = record["observed"], record["null_high"]
    first = math.floor(min(values.min(), observed) / BINS)
    last = math.floor(max(values.max(), observed) / BINS) + 1
    edges = np.arange(first, last + 1) * BINS
    # An edge is a multiple in binary; what lies on one counts above it on every machine.
    numbers = np.bincount(
        np.floor(values / BINS + 1e-9).astype(int) - first, minlength=last - first
    )
    canvas = Canvas(460, 350, "Histogram of the AUC with shuffled labels")
    x = Scale(edges[0], edges[-1], 58, 448, round_ticks(edges[0], edges[-1], 5))
    y = scale(numbers, 300, 30, include=(0,))
    canvas.axes(x, y, "AUC of the first repeat", "Shuffles")
    for n, low, upper in zip(numbers, edges[:-1], edges[1:], strict=False):
        words = f"{n} shuffles with an AUC from {low:.3f} to {upper:.3f}"
        canvas.rectangle(x(low) + 0.5, y(n), x(upper) - x(low) - 1, y(0) - y(n), "bar", words)
    canvas.line(x(high), 300, x(high), 30, "limit")
    canvas.line(x(observed), 300, x(observed), 18, "rule panel")
    side = "end" if x(observed) > 253 else "start"
    shift = -7 if side == "end" else 7
    canvas.text(x(observed) + shift, 24, f"true labels {plain(observed)}", "name", side)
    caption = (
        f"Everything was done anew on {len(values)} shuffles of the labels, filter and choice of "
        "the penalty included. What a procedure reaches here is what it makes of nothing; beyond "
        f"the dashed line lies one shuffle of twenty. p = {probability(record['p'])}."
    )
    return Figure(canvas.svg(), "Shuffled labels", caption)


def stability(table: pd.DataFrame, record: Mapping[str, Any]) -> Figure:
    """Draw how often the miRNAs are chosen from halves of the cohort."""
    rows = table.sort_values(["frequency", "mirna"], ascending=[False, True]).head(MOST_BARS)
    height = 22 * len(rows) + 66
    canvas = Canvas(460, height, "How often each miRNA is chosen from halves of the cohort")
    x = _unit(150, 416)
    bottom = height - 48.0
    for value, words in x.ticks:
        canvas.line(x(value), bottom, x(value), 6, "grid")
        canvas.text(x(value), bottom + 18, words, "tick", "middle")
    canvas.text(
        (x.start + x.end) / 2,
        bottom + 37,
        "Chosen from this share of the halves",
        "label",
        "middle",
    )
    for at, (_, row) in enumerate(rows.iterrows()):
        top, held = 8 + 22 * at, row["in_panel"] == "yes"
        name = short(row["mirna"])
        words = f"{row['mirna']}: chosen from {share(row['frequency'])} of the halves" + (
            ", in the panel" if held else ""
        )
        canvas.text(143, top + 13, name if len(name) <= 20 else f"{name[:19]}…", "", "end")
        width = max(x(row["frequency"]) - x(0), 1.0)
        canvas.rectangle(x(0), top + 2, width, 15, "bar panel" if held else "bar", words)
        canvas.text(x(0) + width + 6, top + 14, share(row["frequency"]), "tick")
    canvas.line(x(record["threshold"]), bottom, x(record["threshold"]), 2, "limit")
    n = len(record["stable"])
    caption = (
        f"Chosen are the first {record['selected']:g} of {record['candidates']:.0f} miRNAs in each "
        f"of {record['halves']} halves. Stable beyond the dashed line, {share(record['threshold'])}"
        f": {n}. By chance at most {plain(record['false_selections'], 1)} would be, on average."
    )
    keys = (
        Key("square", "bar panel", "in the panel"),
        Key("square", "bar", "not in the panel"),
    )
    return Figure(canvas.svg(), "Stability of the choice", caption, keys)


def calibration(scores: pd.DataFrame, record: Mapping[str, Any], where: str) -> Figure:
    """Draw the share of cases against the chance that the panel gave.

    Parameters
    ----------
    scores
        One row per library: `subject`, `arm`, `score` in log odds. Libraries of a person are
        averaged.
    record
        `calibration` of a panel or a validation, one that was made.
    where
        What the chances are of, for the caption.
    """
    canvas = Canvas(420, 400, "Calibration: share of cases against the chance given")
    x, y = _unit(58, 408), _unit(350, 12)
    canvas.axes(x, y, "Chance of being a case, as given", "Share of cases")
    canvas.line(x(0), y(0), x(1), y(1), "limit")
    people = scores.groupby(["subject", "arm"], sort=True)["score"].mean().reset_index()
    chance = 1 / (1 + np.exp(-people["score"].to_numpy(dtype=float)))
    at, smooth = smooth_share(chance, (people["arm"] == "case").to_numpy())
    draw_curve(canvas, [x(v) for v in at], [y(v) for v in smooth], "curve panel", "smooth curve")
    for one in record["bins"]:
        words = (
            f"{one['people']} people with a mean chance of {share(one['chance'])}: "
            f"{share(one['cases'])} are cases"
        )
        canvas.mark(x(one["chance"]), y(one["cases"]), "circle", "mark other", words)
    caption = f"Chances {where}. {calibration_in_words(record)}"
    keys = (
        Key("circle", "mark other", "fifths of the people"),
        Key("line", "curve panel", "smoothed, without the outer tenth"),
    )
    return Figure(canvas.svg(), "Calibration", caption, keys)


def smooth_share(chance: np.ndarray, is_case: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Smooth the share of cases along the chance given, by local straight lines.

    Loess with tricube weights over the nearest three quarters of the people (Cleveland 1979),
    without its rounds against outliers, as what is smoothed is yes or no.

    Parameters
    ----------
    chance : ndarray, shape (people,)
        Chances between 0 and 1.
    is_case : ndarray of bool, shape (people,)
        What they were.

    Returns
    -------
    Places along the chances of nine tenths of the people, as beyond too few would decide, and the
    shares there, held within 0 and 1.
    """
    near = max(math.ceil(NEIGHBOURS * len(chance)), 2)
    first, last = np.quantile(chance, TAILS)
    places = np.linspace(float(first), float(last), STEPS)
    shares = np.empty(len(places))
    for at, place in enumerate(places):
        distance = np.abs(chance - place)
        reach = max(float(np.sort(distance)[near - 1]), 1e-9)
        weight = np.clip(1 - (distance / reach) ** 3, 0, None) ** 3
        weight = weight if weight.sum() > 0 else (distance <= reach).astype(float)
        middle = np.average(chance, weights=weight)
        level = np.average(is_case, weights=weight)
        spread = float((weight * (chance - middle) ** 2).sum())
        slope = (weight * (chance - middle) * (is_case - level)).sum() / spread if spread else 0.0
        shares[at] = level + slope * (place - middle)
    return places, np.clip(shares, 0, 1)


def draw_curve(
    canvas: Canvas, xs: Sequence[float], ys: Sequence[float], kind: str, words: str = ""
) -> None:
    """Draw a line through points in px, with its words for the mouse."""
    path = "L".join(f"{x:.1f} {y:.1f}" for x, y in zip(xs, ys, strict=True))
    canvas.add(
        '<path class="{kind}" d="M{path}"><title>{words}</title></path>',
        kind=kind,
        path=path,
        words=words,
    )


def _unit(start: float, end: float) -> Scale:
    return Scale(0, 1, start, end, tuple((v / 5, f"{v / 5:g}") for v in range(6)))

"""Figures on the test: volcano, mean against difference, distribution of the p-values."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from exosift.contrast_data import span_of
from exosift.reports.drawing import Canvas, Figure, Key, Scale, place_labels, scale
from exosift.reports.evidence import Outcome
from exosift.reports.wording import probability, short, signed
from exosift.sentences.checks import check_sentence
from exosift.settings.candidates import CallRules

BINS = 20
MOST_LABELS = 14
SMALLEST_P = 1e-300
SHAPE = {
    "candidate": ("circle", False),
    "doubtful": ("diamond", True),
    "not_called": ("square", True),
    "not_significant": ("dot", False),
}
WORDS = {
    "candidate": "candidate",
    "doubtful": "doubtful",
    "not_called": "differs, not called",
    "not_significant": "not significant",
}


def volcano(outcome: Outcome, rules: CallRules) -> Figure:
    """Draw effect against evidence of every tested miRNA."""
    rows = outcome.candidates
    canvas = Canvas(560, 430, f"Volcano plot: {outcome.case} against {outcome.control}")
    strength = -np.log10(rows["edger_p"].clip(lower=SMALLEST_P))
    widest = float(np.nanmax(rows["log2fc"].abs())) * 1.08
    x = scale((-widest, widest), 58, 548, room=0.0)
    y = scale(strength, 378, 16, include=(0,))
    canvas.axes(x, y, _effect_label(outcome), "Evidence: −log₁₀ p (edgeR)")
    least = rules.log2_fold_change / span_of(outcome.record)
    for edge in (-least, least):
        if abs(edge) < widest:
            canvas.line(x(edge), 378, x(edge), 16, "limit")
    written: list[tuple[float, float]] = []
    passed = rows.loc[rows["edger_q"] <= rules.q, "edger_p"]
    if len(passed):
        at = y(-np.log10(max(passed.max(), SMALLEST_P)))
        canvas.line(58, at, 548, at, "limit")
        canvas.text(548, at - 5, f"q ≤ {rules.q:g}", "tick", "end")
        written = [(548.0 - step, at - 8) for step in range(0, 56, 7)]
    _marks(canvas, rows, x, y, strength)
    _labels(canvas, rows, x, y, strength, (60, 14, 548, 376), written)
    whole = " from the first level to the last" if span_of(outcome.record) > 1 else ""
    caption = (
        f"Each mark is one of the {len(rows)} tested miRNAs; colour tells the arm in which it is "
        f"higher, shape the call. Dashed lines: a factor of {2**rules.log2_fold_change:.2g}{whole} "
        f"and a false discovery rate of {rules.q:g}. A candidate meets further criteria, "
        "so not every mark beyond the lines is one."
    )
    return Figure(canvas.svg(), "Volcano plot", caption, _keys(outcome, rows))


def mean_difference(outcome: Outcome) -> Figure:
    """Draw the effect of every tested miRNA against its abundance."""
    rows = outcome.candidates
    canvas = Canvas(460, 350, "Effect against abundance")
    mean = np.log2((rows["mean_cpm_case"] + rows["mean_cpm_control"]) / 2 + 0.5)
    x = scale(mean, 58, 448)
    y = scale(rows["log2fc"], 300, 12, include=())
    canvas.axes(x, y, "Mean level, log₂ CPM", "log₂ fold change (edgeR)")
    if y.low < 0 < y.high:
        canvas.line(58, y(0), 448, y(0), "zero")
    _marks(canvas, rows.assign(log2fc=rows["log2fc"]), x, y, rows["log2fc"], across=mean)
    caption = (
        "Without a few strong effects the cloud should lie along zero at every level; a cloud that "
        "bends or sits off zero speaks of normalisation, not of biology."
    )
    return Figure(canvas.svg(), "Abundance and effect", caption)


def p_values(outcome: Outcome) -> Figure:
    """Draw the distribution of the p-values with the line that chance alone would give."""
    p = outcome.table["edger_p"].dropna().to_numpy(dtype=float)
    numbers, edges = np.histogram(p, bins=BINS, range=(0, 1))
    canvas = Canvas(460, 350, "Histogram of the p-values")
    x = Scale(0, 1, 58, 448, tuple((v / 4, f"{v / 4:g}") for v in range(5)))
    y = scale(numbers, 300, 12, include=(0,))
    canvas.axes(x, y, "p (edgeR)", "miRNAs")
    for number, low, high in zip(numbers, edges[:-1], edges[1:], strict=True):
        words = f"{number} miRNAs with p from {low:.2f} to {high:.2f}"
        canvas.rectangle(
            x(low) + 0.5, y(number), x(high) - x(low) - 1, y(0) - y(number), "bar", words
        )
    expected = len(p) / BINS
    canvas.line(58, y(expected), 448, y(expected), "limit")
    caption = (
        "Where nothing differs the bars are level at the dashed line; real differences add to the "
        f"leftmost. {p_value_reading(outcome.record)}"
    )
    return Figure(canvas.svg(), "Distribution of p", caption)


def p_value_reading(record: Mapping[str, Any]) -> str:
    """Say in words whether the distribution of the p-values is as it should be.

    Parameters
    ----------
    record
        `{contrast}.json`, whose check `p_values` looked at them.
    """
    check = next(one for one in record["checks"] if one["code"] == "p_values")
    if "not_assessable" in check["facts"]:
        return "There are too few p-values to judge their shape."
    return check_sentence(check) or "This distribution shows nothing unusual."


def _marks(
    canvas: Canvas,
    rows: pd.DataFrame,
    x: Scale,
    y: Scale,
    up: pd.Series,
    across: pd.Series | None = None,
) -> None:
    across = rows["log2fc"] if across is None else across
    for call in reversed(SHAPE):
        shape, hollow = SHAPE[call]
        for at in rows.index[rows["call"] == call]:
            row = rows.loc[at]
            kind = "faint" if call == "not_significant" else f"mark {_higher(row['log2fc'])}"
            canvas.mark(x(across[at]), y(up[at]), shape, kind, _told(row), hollow)


def _told(row: pd.Series) -> str:
    return (
        f"{row['mirna']}: log2 fold change {signed(row['log2fc'])} (edgeR), "
        f"q {probability(row['edger_q'])} (edgeR), {probability(row['limma_q'])} (limma); "
        f"{WORDS[row['call']]}"
    )


def _labels(
    canvas: Canvas,
    rows: pd.DataFrame,
    x: Scale,
    y: Scale,
    up: pd.Series,
    bounds: tuple[float, float, float, float],
    written: Sequence[tuple[float, float]],
) -> None:
    """Name the called miRNAs where the name covers no mark, and nothing that is `written` there."""
    called = rows[rows["call"].isin(["candidate", "doubtful"])]
    points = [
        (x(row["log2fc"]), y(up[at]), _cut(short(row["mirna"])))
        for at, row in called.head(MOST_LABELS).iterrows()
    ]
    shown = rows[rows["call"] != "not_significant"]
    obstacles = [(x(row["log2fc"]), y(up[at])) for at, row in shown.iterrows()]
    obstacles += written
    for at_x, at_y, words, anchor in place_labels(points, obstacles, bounds):
        canvas.text(at_x, at_y, words, "name", anchor)


def _cut(words: str, most: int = 22) -> str:
    return words if len(words) <= most else f"{words[: most - 1]}…"


def _keys(outcome: Outcome, rows: pd.DataFrame) -> tuple[Key, ...]:
    keys = [
        Key("circle", "mark case", f"higher in {outcome.case}"),
        Key("circle", "mark control", f"higher in {outcome.control}"),
    ]
    present: Sequence[str] = [call for call in SHAPE if (rows["call"] == call).any()]
    for call in present:
        shape, hollow = SHAPE[call]
        kind = "faint" if call == "not_significant" else "mark other"
        keys.append(Key(shape, kind, f"{WORDS[call]} ({(rows['call'] == call).sum()})", hollow))
    return tuple(keys)


def _higher(effect: float) -> str:
    return "case" if effect > 0 else "control"


def _effect_label(outcome: Outcome) -> str:
    return f"log₂ fold change (edgeR; {outcome.case} over {outcome.control})"

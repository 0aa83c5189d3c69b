"""Whether the leading miRNAs hold: other normalisations, blood cells held constant, size."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from exosift.reports.candidate_cards import shown_mirnas
from exosift.reports.drawing import Canvas, Figure, Key, scale
from exosift.reports.evidence import Outcome, Run
from exosift.reports.wording import interval, listed, plain, probability, short, signed
from exosift.sentences.blood import blood_sentence

NAMES = {
    "limma": "TMM",
    "median_ratio": "Medians of ratios",
    "upper_quartile": "Upper quartiles",
    "clr": "Log-ratios",
    "tmm_without_blood": "TMM without blood",
}
"""The five normalisations by the beginning of their columns."""

INDICES = {
    "h1": "haemolysis (miR-451a)",
    "h2": "haemolysis (20 miRNAs)",
    "platelet": "platelets",
}
"""The scores of blood cells in words."""

ROW, TOP, LEFT, RIGHT, WIDTH = 30, 12, 124, 408, 470
"""Of the figure, in px: height of a row, its margins, and the width of the whole."""


@dataclass(frozen=True)
class Cell:
    """An effect in one normalisation, and whether it holds there."""

    name: str
    effect: str
    q: str
    holds: bool


@dataclass(frozen=True)
class Line:
    """A miRNA under other assumptions.

    Attributes
    ----------
    holds
        In how many of the normalisations that could be made.
    cells
        Its effect in each.
    spike_in, spike_in_q
        Log2 ratio of amounts by volume of sample; empty without spike-ins.
    turns
        Whether spike-ins say the opposite of the shares.
    beyond
        The q of limma's treat.
    hedges
        Standardised difference with its interval.
    """

    mirna: str
    holds: str
    cells: tuple[Cell, ...]
    spike_in: str
    spike_in_q: str
    turns: bool
    beyond: str
    hedges: str
    hedges_interval: str


@dataclass(frozen=True)
class Adjusted:
    """An effect with and without the scores of blood cells.

    Attributes
    ----------
    before, after
        Log2 fold change with its interval.
    q
        With the scores.
    taken
        What all scores take, and what each takes alone.
    """

    mirna: str
    before: str
    after: str
    q: str
    taken: str
    each: str


@dataclass(frozen=True)
class Robustness:
    """The leading miRNAs of a contrast under other assumptions.

    Attributes
    ----------
    lines
        One per miRNA; none where none differs.
    names
        The normalisations.
    q
        At which an effect holds in one.
    beyond
        The factor that treat finds exceeded.
    standardised
        Whether the design has standardised differences.
    spike_ins
        Whether sizes from spike-ins were used, and what that means, or why they were not.
    used_spike_ins
        Whether there is a column of them.
    blood
        The figure of effects with blood cells held constant; None where there is none.
    adjusted
        The same in numbers.
    of_blood
        What it says, or why it is missing.
    """

    lines: tuple[Line, ...]
    names: tuple[str, ...]
    q: float
    beyond: str
    standardised: bool
    spike_ins: str
    used_spike_ins: bool
    blood: Figure | None
    adjusted: tuple[Adjusted, ...]
    of_blood: str


def try_leaders(run: Run, outcome: Outcome) -> Robustness:
    """Look at the miRNAs that have a card under every other assumption that was tried."""
    leaders = [str(name) for name in shown_mirnas(outcome)["mirna"]]
    rows = outcome.table.set_index("mirna").loc[leaders]
    settings = run.config["differential_expression"]
    q = float(settings["normalisation_q"])
    made = [name for name in NAMES if outcome.table[f"{name}_log2fc"].notna().any()]
    spikes = outcome.record["spike_ins"]
    limit = float(run.config["tiers"]["attenuation"])
    weighed = rows[rows["blood_log2fc"].notna()]
    return Robustness(
        lines=tuple(_line(row, made, q) for _, row in rows.iterrows()),
        names=tuple(NAMES[name] for name in made),
        q=q,
        beyond=f"{2 ** float(settings['treat_log2fc']):.2g}"
        + outcome.contrast.kind.wording.per_step,
        standardised=bool(rows["hedges_g"].notna().any()),
        spike_ins=str(spikes["meaning"] if spikes["used"] else spikes["reason"]),
        used_spike_ins=bool(spikes["used"]),
        blood=_dumbbells(outcome, weighed, limit) if len(weighed) else None,
        adjusted=tuple(_adjusted(row) for _, row in weighed.iterrows()),
        of_blood=_of_blood(outcome, rows, limit, float(run.config["tiers"]["adjusted_q"])),
    )


def _line(row: pd.Series, made: list[str], q: float) -> Line:
    cells = tuple(
        Cell(
            NAMES[name],
            signed(row[f"{name}_log2fc"]),
            probability(row[f"{name}_q"]),
            bool(
                np.sign(row[f"{name}_log2fc"]) == np.sign(row["edger_log2fc"])
                and row[f"{name}_q"] <= q
            ),
        )
        for name in made
    )
    return Line(
        mirna=str(row.name),
        holds=f"{int(row['normalisations'])} of {len(made)}",
        cells=cells,
        spike_in=""
        if np.isnan(row["spike_in_log2fc"])
        else f"{signed(row['spike_in_log2fc'])} "
        f"({interval(row['spike_in_ci_low'], row['spike_in_ci_high'], sign=True)})",
        spike_in_q=probability(row["spike_in_q"]),
        turns=bool(row["spike_in_log2fc"] * row["limma_log2fc"] < 0),
        beyond=probability(row["treat_q"]),
        hedges=signed(row["hedges_g"]),
        hedges_interval=interval(row["hedges_g_ci_low"], row["hedges_g_ci_high"], sign=True),
    )


def _adjusted(row: pd.Series) -> Adjusted:
    before, after = (
        f"{signed(row[f'{kind}_log2fc'])} "
        f"({interval(row[f'{kind}_ci_low'], row[f'{kind}_ci_high'], sign=True)})"
        for kind in ("limma", "blood")
    )
    each = [
        f"{words} {taken(row[f'attenuation_{index}'])}"
        for index, words in INDICES.items()
        if not np.isnan(row[f"attenuation_{index}"])
    ]
    return Adjusted(
        *(str(row.name), before, after, probability(row["blood_q"])),
        *(taken(row["attenuation"]), ", ".join(each) or "–"),
    )


def _dumbbells(outcome: Outcome, rows: pd.DataFrame, limit: float) -> Figure:
    """Draw each effect with and without the scores of blood cells in the model."""
    ends = [f"{kind}_{end}" for kind in ("limma", "blood") for end in ("ci_low", "ci_high")]
    bottom = TOP + ROW * len(rows)
    x = scale(rows[ends].to_numpy(dtype=float).ravel(), LEFT, RIGHT, include=(0,))
    canvas = Canvas(WIDTH, bottom + 44, "Effects with and without blood cells held constant")
    for value, words in x.ticks:
        canvas.line(x(value), TOP, x(value), bottom, "grid")
        canvas.text(x(value), bottom + 17, words, "tick", "middle")
    canvas.line(x(0), TOP, x(0), bottom, "zero")
    canvas.text((LEFT + RIGHT) / 2, bottom + 37, "log₂ fold change (limma)", "label", "middle")
    canvas.text(WIDTH, TOP - 1, "taken", "tick", "end")
    for at, (mirna, row) in enumerate(rows.iterrows()):
        middle = TOP + ROW * (at + 0.5) + 2
        name = short(str(mirna))
        canvas.text(LEFT - 10, middle + 4, name if len(name) < 20 else f"{name[:18]}…", "", "end")
        higher = "case" if row["limma_log2fc"] > 0 else "control"
        for kind, style, up, words in (
            ("limma", "other", -4.5, "as it is"),
            ("blood", higher, 4.5, "blood cells held constant"),
        ):
            low, high = row[f"{kind}_ci_low"], row[f"{kind}_ci_high"]
            effect, y = row[f"{kind}_log2fc"], middle + up
            canvas.line(x(low), y, x(high), y, f"stroke {style}")
            told = f"{mirna}, {words}, limma: {signed(effect)} ({interval(low, high, sign=True)})"
            canvas.mark(x(effect), y, "circle", f"mark {style}", told, kind == "limma")
        much = row["attenuation"] > limit
        told = f"▲ {taken(row['attenuation'])}" if much else taken(row["attenuation"])
        canvas.text(WIDTH, middle + 4, told, "name" if much else "tick", "end")
    keys = (
        Key("circle", "mark other", "effect as it is", hollow=True),
        Key("circle", "mark case", f"blood cells held constant, higher in {outcome.case}"),
        Key("circle", "mark control", f"the same, higher in {outcome.control}"),
    )
    caption = (
        "Bars are 95% intervals. On the right, what the scores take from the effect: 100% is all "
        "of it, below 0 it grows. The score of a miRNA is made without that miRNA."
    )
    return Figure(canvas.svg(), "Blood cells held constant", caption, keys)


def _of_blood(outcome: Outcome, rows: pd.DataFrame, limit: float, q: float) -> str:
    """Say which effects blood cells explain, or why that is not known."""
    told = outcome.record["blood"]
    if rows.empty:
        return ""
    known = rows[rows["attenuation"].notna()]
    if known.empty:
        reason = blood_sentence(told) or "No score of blood cells could be made."
        return f"Not known with blood cells held constant. {reason}"
    scores = listed([INDICES.get(one, one) for one in told["indices"]])
    explained = [short(str(name)) for name in known.index[known["attenuation"] > limit]]
    text = f"Held constant: {scores}."
    if explained:
        text += (
            f" They take more than {taken(limit)} from {listed(explained, most=6)}: the difference "
            "may be one of blood cells in the tube."
        )
    else:
        most = max(float(known["attenuation"].max()), 0.0)
        text += (
            f" They take at most {taken(most)} of any effect above, less than the {taken(limit)} "
            "from which on an effect counts as that of blood."
        )
    lost = [short(str(name)) for name in known.index[known["blood_q"] > q]]
    if lost:
        text += f" No longer significant beside them (q above {q:g}): {listed(lost, most=6)}."
    return text


def taken(value: float) -> str:
    """Write a share that may be negative, with a real minus sign."""
    return "–" if np.isnan(value) else f"{plain(round(100 * value) + 0.0, 0)}%"

"""One card per miRNA worth a look: every library, the effect, the doubts, the literature."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from exosift.contrast_data import ContrastData
from exosift.criteria import CALLED
from exosift.knowledge import site_of
from exosift.reports.criteria import Tier, tier_of
from exosift.reports.drawing import Canvas, Figure, scale, spread
from exosift.reports.evidence import Outcome, Run
from exosift.reports.making import five_prime_ends
from exosift.reports.markers import Markers
from exosift.reports.roles import Theme, by_theme
from exosift.reports.wording import interval, plain, probability, share, signed
from exosift.sentences.caveats import caveat_sentence

MOST_CARDS = 12
MOST_WITHOUT_CALL = 6


@dataclass(frozen=True)
class Card:
    """What is shown of one miRNA.

    Attributes
    ----------
    row
        Its row of the candidate table.
    tier
        Its tier and criteria.
    facts
        Name and value of each number, in reading order.
    doubts
        Sentences, each with its source.
    themes
        Published roles by theme, only those that have any.
    """

    row: pd.Series
    figure: Figure
    tier: Tier
    facts: tuple[tuple[str, str], ...]
    doubts: tuple[str, ...]
    themes: tuple[Theme, ...]


def make_cards(run: Run, outcome: Outcome, markers: Markers) -> list[Card]:
    """Make a card for each miRNA that is worth a look."""
    rows = shown_mirnas(outcome)
    if rows.empty:
        return []
    site = site_of(outcome.contrast.cancer)
    data = ContrastData.of(outcome.record, run.counts)
    levels = data.levels(outcome.table["mirna"])
    return [
        Card(
            row,
            strip(outcome, levels.loc[row["mirna"]], data.arms, markers),
            tier_of(outcome.assessments[row["mirna"]]),
            _facts(row, outcome, five_prime_ends(run, row["mirna"], outcome.used)),
            caveats_in_words(outcome, row["mirna"]),
            tuple(
                theme for theme in by_theme(run.roles.get(row["mirna"], ()), site) if theme.claims
            ),
        )
        for _, row in rows.iterrows()
    ]


def shown_mirnas(outcome: Outcome) -> pd.DataFrame:
    """Choose the rows that get a card: candidates, else the clearest differences without a call."""
    rows = outcome.candidates
    called = rows[rows["call"].isin(CALLED)]
    if len(called):
        return called.head(MOST_CARDS)
    return rows[rows["call"] == "not_called"].head(MOST_WITHOUT_CALL)


def strip(
    outcome: Outcome, levels: pd.Series, arms: Mapping[str, list[str]], markers: Markers
) -> Figure:
    """Draw the level of one miRNA in every library, replicates of a person summed, by arm."""
    canvas = Canvas(256, 246, f"{levels.name}: level in each library")
    y = scale(levels, 214, 10, ticks=4)
    for value, words in y.ticks:
        canvas.line(40, y(value), 252, y(value), "grid")
        canvas.text(34, y(value) + 4, words, "tick", "end")
    canvas.text(10, 112, "log₂ CPM", "label", "middle", turn=True)
    for arm, middle in (("case", 92.0), ("control", 198.0)):
        values = levels[arms[arm]].sort_values(kind="stable")
        heights = [y(v) for v in values]
        for (sample, value), height, moved in zip(
            values.items(), heights, spread(heights, 7.5, 44), strict=True
        ):
            words = f"{sample}: {value:.2f}"
            group = markers.groups.get(str(sample))
            words = f"{words} ({group})" if group else words
            canvas.mark(
                middle + moved, height, markers.shape(str(sample)), f"mark soft {arm}", words
            )
        mid = y(float(np.median(values)))
        canvas.line(middle - 42, mid, middle + 42, mid, "median")
        name = outcome.brief(arm)
        name = name if len(name) <= 12 else f"{name[:11]}…"
        canvas.text(middle, 236, f"{name} ({len(values)})", "tick", "middle")
    return Figure(canvas.svg(), str(levels.name), "")


def caveats_in_words(outcome: Outcome, mirna: str) -> tuple[str, ...]:
    """Return the sentence of each caveat of a miRNA."""
    return tuple(caveat_sentence(caveat) for caveat in outcome.caveats[mirna])


def effect_in_words(log2fc: float, outcome: Outcome) -> str:
    """Say a log2 fold change as a factor, and where it is higher."""
    return outcome.contrast.kind.describe_fold(outcome.contrast, log2fc)


def _facts(row: pd.Series, outcome: Outcome, ends: str) -> tuple[tuple[str, str], ...]:
    return (
        ("Effect", effect_in_words(row["log2fc"], outcome)),
        (
            "log₂ fold change (edgeR)",
            f"{signed(row['log2fc'])} ({interval(row['ci_low'], row['ci_high'], sign=True)})",
        ),
        ("q, edgeR / limma", f"{probability(row['edger_q'])} / {probability(row['limma_q'])}"),
        (
            "AUC, apparent",
            f"{plain(row['auc'])} ({interval(row['auc_ci_low'], row['auc_ci_high'])})",
        ),
        (
            "Detected in",
            f"{share(row['detected_case'])} of cases, {share(row['detected_control'])} of controls",
        ),
        *((("5' ends", ends),) if ends else ()),
        ("MirGeneDB", str(row["mirgenedb"]) or "not listed"),
    )

"""The candidate table: columns with their meaning, cells for the eye, and files to take away."""

import base64
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from markupsafe import Markup

from exosift.criteria import CALLS, TIERS
from exosift.reports.candidate_cards import caveats_in_words
from exosift.reports.criteria import MEANING, Tier, tier_of
from exosift.reports.drawing import Canvas, Scale
from exosift.reports.evidence import Outcome
from exosift.reports.wording import interval, level, plain, probability, share, signed
from exosift.settings.candidates import CallRules
from exosift.table_schemas import SCHEMAS, Kind

CALL_WORDS = {
    "candidate": "candidate",
    "doubtful": "doubtful",
    "not_called": "not called",
    "not_significant": "not significant",
}
CALL_MARKS = {"candidate": "●", "doubtful": "◆", "not_called": "□", "not_significant": "·"}
RANKS = {letter: rank for rank, letter in enumerate(TIERS)}
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What makes a spreadsheet take a text for a formula."""


@dataclass(frozen=True)
class Column:
    """A column of the table: its heading, what it means, and how to sort it.

    Attributes
    ----------
    key
        The number to sort by.
    cell
        What is shown.
    number
        Whether that is a number, which stands at the right.
    """

    name: str
    meaning: str
    key: Callable[[pd.Series], float]
    cell: Callable[[pd.Series], str | Markup]
    number: bool = True


@dataclass(frozen=True)
class Cell:
    """A cell as the page writes it."""

    shown: str | Markup
    key: str
    number: bool


@dataclass(frozen=True)
class Line:
    """A row of the table."""

    mirna: str
    gene: str
    call: str
    cells: tuple[Cell, ...]
    doubts: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """The candidate table of a contrast, with its files as data addresses."""

    columns: tuple[Column, ...]
    lines: tuple[Line, ...]
    csv: str
    tsv: str

    @property
    def called(self) -> int:
        """How many rows differ enough to be shown first."""
        return sum(line.call != "not_significant" for line in self.lines)


def candidate_table(outcome: Outcome, rules: CallRules) -> Table:
    """Prepare the table of all tested miRNAs, candidates first."""
    rows = outcome.candidates
    called = rows[rows["call"] != "not_significant"]
    reach = float(np.nanmax([1.0, *called[["ci_low", "ci_high"]].abs().to_numpy().ravel()]))
    columns = _columns(outcome, rules, reach)
    lines = tuple(
        Line(
            row["mirna"],
            f"MirGeneDB: {row['mirgenedb'] or 'not listed'}",
            row["call"],
            tuple(
                Cell(column.cell(row), _key(column.key(row)), column.number) for column in columns
            ),
            caveats_in_words(outcome, row["mirna"]),
        )
        for _, row in rows.iterrows()
    )
    return Table(
        columns,
        lines,
        data_address(_safe(rows).to_csv(index=False, lineterminator="\r\n", float_format="%.6g")),
        data_address(rows.to_csv(sep="\t", index=False, lineterminator="\n", float_format="%.6g")),
    )


def safe_cell(text: str) -> str:
    """Put an apostrophe before a text that a spreadsheet would run as a formula.

    Examples
    --------
    >>> safe_cell("=HYPERLINK(1)")
    "'=HYPERLINK(1)"
    >>> safe_cell("hsa-miR-21-5p")
    'hsa-miR-21-5p'
    """
    return f"'{text}" if text.startswith(FORMULA) else text


def data_address(text: str) -> str:
    """Put a file into an address, so that it can be saved without script or network."""
    content = base64.b64encode(text.encode()).decode()
    return f"data:application/octet-stream;base64,{content}"


def _safe(rows: pd.DataFrame) -> pd.DataFrame:
    safe = rows.copy()
    for column in safe.columns:
        if SCHEMAS["candidates"].kind(column) is Kind.TEXT:
            safe[column] = safe[column].map(lambda cell: safe_cell(str(cell)))
    return safe


def _columns(outcome: Outcome, rules: CallRules, reach: float) -> tuple[Column, ...]:
    case, control = outcome.case, outcome.control
    return (
        Column(
            "Call and tier",
            "candidate: tier A or B. doubtful: would be, but may be a fragment of another RNA. not "
            "called: differs, but another criterion is not met or could not be assessed. not "
            "significant: no difference shown in both edgeR and limma. Below it the tier. "
            f"{MEANING}",
            lambda row: 4 * CALLS.index(row["call"]) + RANKS[row["tier"]],
            lambda row: Markup(
                '<span class="call {}"><b aria-hidden="true">{}</b> {}</span>{}'
            ).format(
                row["call"].replace("_", "-"),
                CALL_MARKS[row["call"]],
                CALL_WORDS[row["call"]],
                _tier(tier_of(outcome.assessments[row["mirna"]])),
            ),
            number=False,
        ),
        Column(
            "log₂ FC (edgeR)",
            f"log₂ fold change of {outcome.effect}, adjusted for the covariates, with its 95% "
            "interval. It is the effect that calls rest on; limma's stands among what was tried "
            "beside it. +1 is twice as much, −1 half as much.",
            lambda row: row["log2fc"],
            lambda row: Markup('{}<span class="ci">{}</span>{}').format(
                signed(row["log2fc"]),
                interval(row["ci_low"], row["ci_high"], sign=True),
                whisker(row["log2fc"], row["ci_low"], row["ci_high"], reach),
            ),
        ),
        Column(
            "q",
            f"False discovery rate by edgeR's quasi-likelihood test (above) and by limma-voom "
            f"(below); a call needs {rules.q:g} in both. Sorted by the larger.",
            lambda row: max(row["edger_q"], row["limma_q"]),
            lambda row: _pair(probability(row["edger_q"]), probability(row["limma_q"])),
        ),
        Column(
            "AUC",
            "Chance that a case has more of it (or less, in the direction of the effect) than a "
            "control, with its 95% interval. Apparent: the same libraries chose the miRNA.",
            lambda row: row["auc"],
            lambda row: Markup('{}<span class="ci">{}</span>').format(
                plain(row["auc"]), interval(row["auc_ci_low"], row["auc_ci_high"])
            ),
        ),
        Column(
            "CPM",
            f"Mean level in {case} (above) and {control} (below), TMM-normalised. To be compared "
            "along a row only: kits prefer some miRNAs to others. Sorted by the larger.",
            lambda row: max(row["mean_cpm_case"], row["mean_cpm_control"]),
            lambda row: _pair(level(row["mean_cpm_case"]), level(row["mean_cpm_control"])),
        ),
        Column(
            "Detected",
            f"Share of the libraries that detect it: {case} above, {control} below. Sorted by the "
            "larger.",
            lambda row: max(row["detected_case"], row["detected_control"]),
            lambda row: _pair(share(row["detected_case"]), share(row["detected_control"])),
        ),
    )


def _tier(tier: Tier) -> Markup:
    form = Markup('<span class="ci"><b class="tier">{}</b> {}</span>')
    return form.format(tier.letter or "–", tier.ticks())


def _pair(above: str, below: str) -> Markup:
    return Markup('{}<span class="ci">{}</span>').format(above, below)


def whisker(value: float, low: float, high: float, reach: float) -> Markup:
    """Draw an effect and its interval as a small line around zero."""
    x = Scale(-reach, reach, 3, 117)
    canvas = Canvas(120, 12, "")
    canvas.line(60, 0, 60, 12, "zero")
    kind = "case" if value > 0 else "control"
    canvas.line(x(low), 6, x(high), 6, f"stroke {kind}")
    canvas.mark(x(value), 6, "circle", f"mark {kind}")
    return Markup(
        '<svg class="whisker" viewBox="0 0 120 12" width="120" height="12" aria-hidden="true">'
        "{}</svg>"
    ).format(Markup("").join(canvas.parts))


def _key(value: float) -> str:
    return "" if pd.isna(value) else f"{value:.6g}"

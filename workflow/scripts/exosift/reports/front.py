"""The front page: every contrast with its verdict, and the libraries of the whole run."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from exosift.files import write_text
from exosift.library_status import LEFT_OUT, STATUSES, USED
from exosift.reports.appraisal import appraise
from exosift.reports.choices import choices
from exosift.reports.evidence import Outcome, Run
from exosift.reports.other_cancers import survey
from exosift.reports.page import render
from exosift.reports.panel_validation import standing
from exosift.reports.wording import signed


@dataclass(frozen=True)
class Left:
    """A library that no comparison uses, and why."""

    sample: str
    condition: str
    status: str
    reason: str


@dataclass(frozen=True)
class Range:
    """A metric over the usable libraries: median, lowest and highest."""

    name: str
    middle: str
    span: str


@dataclass(frozen=True)
class Shared:
    """A candidate of at least one contrast, and its effect in each."""

    mirna: str
    effects: tuple[tuple[str, str], ...]
    times: int


METRICS = (
    ("reads_in", "Reads", "{:,.0f}"),
    ("kept_share", "Kept after trimming", "{:.0%}"),
    ("mirna_share", "miRNA share of kept reads", "{:.0%}"),
    ("mirna_reads", "miRNA reads", "{:,.0f}"),
    ("mirnas_detected", "miRNAs detected", "{:,.0f}"),
)


def build_index(run: Run, outcomes: Sequence[Outcome], output: str | Path) -> None:
    """Write the front page of all reports.

    Parameters
    ----------
    run
        What all reports share.
    outcomes
        What came of all contrasts, in the order of the sheet; none if no contrast was asked for.
    output
        The HTML file, beside the pages of the cancers.
    """
    appraisals = [appraise(run, outcome) for outcome in outcomes]
    quotable = [a.outcome for a in appraisals if a.answer.quotable]
    text = render(
        "index.html.j2",
        run=run,
        entries=appraisals,
        statuses=_statuses(run.quality),
        ranges=_ranges(run.quality),
        left=_left(run),
        overview=survey(run),
        shared=shared_candidates(quotable) if len(quotable) > 1 else [],
        columns=[outcome.contrast for outcome in quotable],
        choices=choices(run),
        fills={},
        research_only=standing(outcomes),
    )
    write_text(text, output)


def shared_candidates(outcomes: Sequence[Outcome]) -> list[Shared]:
    """Gather the candidates of all contrasts, those of most contrasts first."""
    tables = [outcome.candidates.set_index("mirna") for outcome in outcomes]
    names = sorted({name for table in tables for name in table.index[table["call"] == "candidate"]})
    found = []
    for name in names:
        effects = tuple(_effect(table, name) for table in tables)
        found.append(Shared(name, effects, sum(call == "candidate" for call, _ in effects)))
    return sorted(found, key=lambda one: (-one.times, one.mirna))


def _effect(table: pd.DataFrame, mirna: str) -> tuple[str, str]:
    if mirna not in table.index:
        return "", "not tested"
    row = table.loc[mirna]
    return str(row["call"]), signed(row["log2fc"], 1)


def _statuses(quality: pd.DataFrame) -> list[tuple[str, int]]:
    return [(status, int((quality["status"] == status).sum())) for status in STATUSES]


def _ranges(quality: pd.DataFrame) -> list[Range]:
    rows = quality[quality["status"].isin(USED)]
    found = []
    for column, name, form in METRICS:
        if column not in rows:
            continue
        values = rows[column].dropna().to_numpy(dtype=float)
        if len(values):
            low, middle, high = (form.format(v) for v in np.percentile(values, [0, 50, 100]))
            found.append(Range(name, middle, f"{low}–{high}"))
    return found


def _left(run: Run) -> list[Left]:
    rows = run.quality[run.quality["status"].isin(LEFT_OUT)]
    conditions = run.sheet["condition"]
    return [
        Left(str(name), str(conditions.get(name, "")), row["status"], row["reason"])
        for name, row in rows.iterrows()
    ]

"""What the candidates of a cancer do in the other cancers of the run."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from exosift.across_cancers import LABELS
from exosift.reports.evidence import Outcome, Run
from exosift.reports.wording import count, interval, listed, plain, share, signed

MOST_ROWS = 30
STEPS = (0.5, 1.0, 2.0)
"""Absolute log2 fold changes from which on a cell is shaded, more at each."""

WORDS = {
    "specific": "specific",
    "pan_cancer": "pan-cancer",
    "shared": "shared",
    "discordant": "discordant",
    "in_one_only": "in one only",
    "not_identifiable": "not identifiable",
}
MEANINGS = {
    "specific": "Significant in this cancer alone, it differs from the other cancers too (one "
    "against the rest), and its level keeps to one group as that of few miRNAs does.",
    "pan_cancer": "The same way in most cancers that can be compared: more likely a sign of "
    "illness, or of blood, than of one tumour.",
    "shared": "The same way in at least one more cancer.",
    "discordant": "The other way in another cancer.",
    "in_one_only": "Significant in this cancer alone, which does not show that it is absent "
    "elsewhere: the others may have been too small to see it.",
    "not_identifiable": "No other cancer tested it that can be compared. Where kit, biofluid or "
    "batch coincide with the cancer, a difference between cancers could be theirs.",
}
"""What is said of a candidate across cancers; the first that applies."""


@dataclass(frozen=True)
class Cell:
    """The effect of a miRNA in one cancer.

    Attributes
    ----------
    style
        The shade: the arm in which it is higher, and how far; "" where it is near zero.
    differs
        Whether both engines find it there.
    candidate
        Whether it is a candidate there.
    """

    effect: str
    interval: str
    style: str
    differs: bool
    candidate: bool


@dataclass(frozen=True)
class Row:
    """A candidate across the cancers.

    Attributes
    ----------
    label, told
        What is said of it, and what stands behind that. Why nothing is specific without a contrast
        of one against the rest is said once, above the table.
    rest
        Against the other cancers, a line each: one against the rest, and how well its level tells
        the cases apart, with the interval.
    tau
        Where the tau of its levels lies among the tested miRNAs.
    """

    mirna: str
    tier: str
    label: str
    told: str
    rest: tuple[str, ...]
    tau: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Elsewhere:
    """The section of a cancer.

    Attributes
    ----------
    sentences
        What came of it, or why there is nothing to compare.
    cancers
        This one first; none without rows.
    rows, more
        Its candidates, and how many more there are.
    meanings
        The labels that occur.
    """

    sentences: tuple[str, ...]
    cancers: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    more: int = 0
    meanings: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Shared:
    """A candidate of any cancer for the front page: its effects, and what is said of it."""

    mirna: str
    cells: tuple[Cell, ...]
    labels: tuple[str, ...]


@dataclass(frozen=True)
class Overview:
    """All candidates of a run with several cancers."""

    sentence: str
    cancers: tuple[str, ...]
    rows: tuple[Shared, ...]
    meanings: tuple[tuple[str, str], ...]


def look_elsewhere(run: Run, cancer: str, outcomes: Sequence[Outcome]) -> Elsewhere:
    """Put the candidates of a cancer beside their effects in all cancers of the run.

    Parameters
    ----------
    run
        With `across` and `power`.
    cancer
        Whose page it is.
    outcomes
        Of its contrasts.
    """
    found = run.across
    here = found[found["cancer"] == cancer] if len(found) else found
    cancers = sorted({str(one) for one in found["cancer"]} if len(found) else _tested(run))
    others = [one for one in cancers if one != cancer]
    if not any(outcome.fitted for outcome in outcomes):
        return Elsewhere(("No contrast of this cancer was tested: there is nothing to compare.",))
    elsewhere = sorted(_tested(run) - {cancer})
    if not others and elsewhere:
        text = (
            f"Of the other cancers of the run ({listed(elsewhere)}) none was tested against "
            "controls, as a comparison takes."
        )
        return Elsewhere((text,))
    if not others:
        text = (
            "This is the only cancer that the run tested. Whether its miRNAs are its own, or those "
            "of illness as such, takes other cancers that were sequenced alike."
        )
        return Elsewhere((text,))
    if found.empty:
        return Elsewhere(("No contrast of cases against controls has a candidate to compare.",))
    if here.empty:
        text = (
            "No cases of this cancer were tested against controls, as the comparison with "
            f"{listed(others)} takes."
        )
        return Elsewhere((text,))
    called = here[here["candidate"] == "yes"]
    if called.empty:
        text = (
            f"Against controls none of its miRNAs is a candidate to look for in {listed(others)}."
        )
        return Elsewhere((text,))
    order = _order(called, outcomes)
    shown, columns = order[:MOST_ROWS], (cancer, *others)
    by_mirna = {str(name): rows.set_index("cancer") for name, rows in found.groupby("mirna")}
    return Elsewhere(
        sentences=(_summary(called, cancer), _shared_controls(found)),
        cancers=columns,
        rows=tuple(_row(mirna, by_mirna[mirna], columns, run) for mirna in shown),
        more=len(order) - len(shown),
        meanings=_meanings(called["label"]),
    )


def survey(run: Run) -> Overview | None:
    """Gather the candidates of all cancers, those of most cancers first; None of one cancer."""
    found = run.across
    cancers = sorted({str(one) for one in found["cancer"]}) if len(found) else []
    if len(cancers) < 2:
        return None
    rows = []
    for mirna, group in found.groupby("mirna"):
        cells = tuple(_cell(group.set_index("cancer"), one, run) for one in cancers)
        called = group[group["candidate"] == "yes"]
        said = {_label(row): None for _, row in called.iterrows()}
        if len(said) > 1:
            said = {f"{row['cancer']}: {_label(row)}": None for _, row in called.iterrows()}
        worst = min(LABELS.index(label) for label in called["label"])
        key = (-len(called), -int(called["shared"].fillna(0).max()), worst, str(mirna))
        rows.append((key, Shared(str(mirna), cells, tuple(said))))
    called = found[found["candidate"] == "yes"]
    number = called["mirna"].nunique()
    text = f"{count(number, 'miRNA')} {'is' if number == 1 else 'are'} candidates"
    one = called.groupby("mirna").size()
    text = f"{text} in at least one of {len(cancers)} cancers, {int((one > 1).sum())} in several."
    return Overview(
        text.replace("is candidates", "is a candidate"),
        tuple(cancers),
        tuple(row for _, row in sorted(rows, key=lambda one: one[0])),
        _meanings(called["label"]),
    )


def _tested(run: Run) -> set[str]:
    return {str(one) for one in run.power["cancer"]} if len(run.power) else set()


def _order(called: pd.DataFrame, outcomes: Sequence[Outcome]) -> list[str]:
    """Sort the candidates as the table of candidates does."""
    contrast, names = called["contrast"].iloc[0], set(called["mirna"])
    tables = [one.candidates for one in outcomes if one.contrast.name == contrast]
    return [str(name) for table in tables for name in table["mirna"] if name in names]


def _summary(called: pd.DataFrame, cancer: str) -> str:
    number = Counter(called["label"])
    each = [f"{number[label]} {WORDS[label]}" for label in LABELS if number[label]]
    return f"Of the {count(len(called), 'candidate')} of {cancer}: {listed(each)}."


def _shared_controls(found: pd.DataFrame) -> str:
    names = [str(one) for one in found.sort_values("cancer")["contrast"].unique()]
    return (
        f"Each cancer stands with its own contrast against controls: {listed(names)}. Cancers "
        f"with the same controls share their chance errors. {_rest(found)}"
    ).strip()


def _rest(found: pd.DataFrame) -> str:
    if (found["rest_contrast"] == "").all():
        return (
            "No contrast of one cancer against the rest (design one_vs_rest) was asked for, so "
            "that nothing can be called specific."
        )
    return ""


def _row(mirna: str, rows: pd.DataFrame, cancers: Sequence[str], run: Run) -> Row:
    own = rows.loc[cancers[0]]
    rest = []
    if not np.isnan(own["rest_log2fc"]):
        rest.append(f"log₂ {signed(own['rest_log2fc'])} against the rest (edgeR)")
    if not np.isnan(own["others_auc"]):
        low, high = own["others_auc_ci_low"], own["others_auc_ci_high"]
        rest += [f"AUC {plain(own['others_auc'])}", interval(low, high)]
    return Row(
        mirna,
        str(own["tier"]),
        _label(own),
        "" if own["label"] == "in_one_only" else str(own["reason"]),
        tuple(rest),
        share(own["tau_percentile"]),
        tuple(_cell(rows, one, run) for one in cancers),
    )


def _label(row: pd.Series) -> str:
    words = WORDS[row["label"]]
    return f"{words}, {row['shared']:.0f} of {row['cancers']:.0f}" if row["shared"] > 1 else words


def _cell(rows: pd.DataFrame, cancer: str, run: Run) -> Cell:
    row = rows.loc[cancer]
    effect = float(row["log2fc"])
    if np.isnan(effect):
        return Cell("not tested", "", "", False, False)
    step = sum(abs(effect) >= one for one in STEPS)
    q = max(row["edger_q"], row["limma_q"])
    return Cell(
        signed(effect),
        interval(row["ci_low"], row["ci_high"], sign=True),
        f"{'case' if effect > 0 else 'control'}-{step}" if step else "",
        bool(q <= float(run.config["across_cancers"]["q"])),
        row["candidate"] == "yes",
    )


def _meanings(labels: pd.Series) -> tuple[tuple[str, str], ...]:
    present = set(labels)
    return tuple((WORDS[one], MEANINGS[one]) for one in LABELS if one in present)

"""What another cohort says of a frozen panel; without it nothing on a page is called validated."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from exosift.cohort import count_exclusions
from exosift.findings import Exclusion
from exosift.reports import panel_figures
from exosift.reports.drawing import Figure
from exosift.reports.evidence import Outcome
from exosift.reports.panel_comparison import headline
from exosift.reports.panel_operating import Point, points_of
from exosift.reports.wording import interval, listed, plain, sentence, share
from exosift.sentences.exclusions import counted
from exosift.sentences.panels import lack_clause
from exosift.sentences.validation import refusal_sentences, weakness_sentences

RESEARCH_ONLY = "Research use only."


@dataclass(frozen=True)
class OtherCohort:
    """What the section says.

    Attributes
    ----------
    title
        The heading; a panel that did not hold is not called validated.
    sentences
        What came of it, or why the panel was not applied.
    warnings, left_out
        What weakens the answer, and whom it does not hold.
    applied
        Whether there are numbers.
    n_case, n_control
        People of the other cohort.
    auc, interval, before
        The AUC there with its interval, and the one of the first cohort.
    point, figure, no_calibration
        At the frozen threshold; the calibration, or why there is none.
    panel, counts, samples
        The sha256 of the panel and of the files of the cohort.
    """

    title: str
    sentences: tuple[str, ...]
    warnings: tuple[str, ...] = ()
    left_out: str = ""
    applied: bool = False
    n_case: int = 0
    n_control: int = 0
    auc: str = ""
    interval: str = ""
    before: str = ""
    point: Point | None = None
    figure: Figure | None = None
    no_calibration: str = ""
    panel: str = ""
    counts: str = ""
    samples: str = ""


def other_cohort(outcome: Outcome) -> OtherCohort | None:
    """Tell what the frozen panel did in another cohort; None if no cohort was named."""
    record = outcome.validation
    if not record:
        return None
    if record["status"] != "applied":
        told = tuple(sentence(text) for text in refusal_sentences(record))
        return OtherCohort("Another cohort: not asked", told, *_beside(record))
    found, point = record["auc"], record["operating_point"]
    low, high = (panel_figures.number(found[key]) for key in ("low", "high"))
    calibration = record["calibration"]
    made = "bins" in calibration
    return OtherCohort(
        _title(low, high, record),
        (
            _reading(found["auc"], low, high),
            _cohort(record["n_case"], record["n_control"], outcome),
            *_lost_specificity(point),
        ),
        *_beside(record),
        applied=True,
        n_case=record["n_case"],
        n_control=record["n_control"],
        auc=plain(found["auc"]),
        interval=interval(low, high),
        before=_before(outcome),
        point=points_of([point])[0],
        figure=panel_figures.calibration(outcome.validated, calibration, "in the other cohort")
        if made
        else None,
        no_calibration="" if made else lack_clause(calibration),
        panel=record["panel"],
        counts=record["cohort"]["counts"],
        samples=record["cohort"]["samples"],
    )


def standing(outcomes: Sequence[Outcome]) -> str:
    """Say for what the results may be used, and whether another cohort was asked.

    Parameters
    ----------
    outcomes
        What came of the contrasts that the sentence is about.
    """
    applied = answered(outcomes)
    if applied:
        panels = "panel of" if len(applied) == 1 else "panels of"
        return (
            f"{RESEARCH_ONLY} A second cohort was asked about the {panels} {listed(applied)}; "
            "everything else rests on one cohort."
        )
    if any(outcome.validation for outcome in outcomes):
        return (
            f"{RESEARCH_ONLY} Discovery stage: a second cohort was named, but nothing asked of it."
        )
    return f"{RESEARCH_ONLY} Discovery stage: no second cohort was asked."


def answered(outcomes: Sequence[Outcome]) -> list[str]:
    """Name the contrasts whose panel was applied to another cohort."""
    return [
        outcome.contrast.name
        for outcome in outcomes
        if outcome.validation.get("status") == "applied"
    ]


def _title(low: float, high: float, record: Mapping[str, Any]) -> str:
    """Call a panel validated only by a cohort whose design can carry the word."""
    if high < 0.5:
        return "Another cohort: the panel points the wrong way"
    if low <= 0.5:
        return "Another cohort: the panel is not shown to hold"
    if record.get("design", {}).get("outcome") == "cap":
        return "Another cohort: its design is too weak to tell"
    return "Validated in another cohort"


def _beside(record: Mapping[str, Any]) -> tuple[tuple[str, ...], str]:
    """Give the warnings, and who was left out, each kind of reason with its number."""
    left_out = counted(
        count_exclusions(
            Exclusion.from_dict(one["exclusion"]) for one in record.get("left_out", ())
        )
    )
    return tuple(sentence(text) for text in weakness_sentences(record)), left_out


def _reading(auc: float, low: float, high: float) -> str:
    right = round(100 * auc)
    told = (
        "Applied once and as it is, the panel tells one person of each arm apart "
        f"{right} times in 100 (95% interval {round(100 * low)} to {round(100 * high)})."
    )
    if low > 0.5:
        return f"{told} What it learnt holds for these people as well, as far as the interval says."
    if high < 0.5:
        return f"{told} That is worse than a coin: it points the wrong way in these people."
    return f"{told} A coin may do as well: what it learnt is not shown to hold for these people."


def _cohort(n_case: int, n_control: int, outcome: Outcome) -> str:
    return (
        f"{n_case} {outcome.case} and {n_control} {outcome.control} people, none of them among "
        "those that were trained on, as far as counts and names tell. Nothing was fitted to them: "
        "no profile of levels, coefficient or threshold."
    )


def _lost_specificity(point: Mapping[str, Any]) -> tuple[str, ...]:
    """Warn of a threshold that takes more controls for cases than it was set to."""
    kind, _, value = str(point["target"]).partition(" ")
    found = point["specificity"]
    if kind != "specificity" or found["high"] is None or found["high"] >= float(value):
        return ()
    return (
        f"The threshold was set to a specificity of {share(float(value))}, which did not hold: "
        f"{share(found['share'])} here. Levels or people may differ from those of the first "
        "cohort; another kit or laboratory is enough for that.",
    )


def _before(outcome: Outcome) -> str:
    made = outcome.panel.get("panel")
    if not made:
        return ""
    shown, batches = headline(made)
    how = "batch left out" if batches else "nested cross-validation"
    return f"{plain(shown['auc'])} in the first cohort ({how})"

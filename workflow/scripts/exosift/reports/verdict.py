"""Whether to believe a contrast: one word, why, and the worst warnings first."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd
from scipy import stats

from exosift.candidates import CALLS
from exosift.reports.evidence import Outcome, Run
from exosift.reports.gates import count_tiers
from exosift.reports.wording import count, listed, sentence

Word = Literal["CANDIDATES", "EXPLORATORY", "NO CANDIDATES", "NOT ASSESSABLE", "REFUSED"]

BLOOD = frozenset(("haemolysis_signature", "red_cell", "platelet", "leukocyte"))
FEW_PER_ARM = 20  # below, a difference found here is likely larger than it will be elsewhere
MOST_WARNINGS = 3

GATES = {
    "small_effect": "the effect is small",
    "below_detection_floor": "too few libraries detect them",
    "one_engine": "the engines disagree",
    "interval_holds_zero": "an interval holds zero",
}
"""What keeps a miRNA that differs from being a candidate, by its flag."""


@dataclass(frozen=True)
class Best:
    """The best single marker and what chance alone would have made of so many tries."""

    mirna: str
    auc: float
    low: float
    high: float
    by_chance: float


@dataclass(frozen=True)
class Panel:
    """How well the panel separates people whom no model has seen.

    Attributes
    ----------
    auc, low, high
        By models of the other batches where batches allow it, otherwise of the other people.
    batches
        Whether batches were left out.
    p
        Of the whole procedure, by shuffled labels.
    """

    auc: float
    low: float
    high: float
    batches: bool
    p: float


@dataclass(frozen=True)
class Verdict:
    """What the first screen says.

    Attributes
    ----------
    word, detail
        The verdict, and what stands behind its colon.
    sentences
        Why, in words.
    warnings
        All that weakens it, worst first.
    calls
        miRNAs of each call.
    best
        The best single marker among the candidates; None where there is none.
    repair
        What would make the contrast assessable, where it is not.
    panel, no_panel
        The panel, or why there is none.
    tiers
        miRNAs of each tier.
    """

    word: Word
    detail: str
    sentences: tuple[str, ...]
    warnings: tuple[str, ...]
    calls: dict[str, int]
    best: Best | None = None
    repair: str = ""
    panel: Panel | None = None
    no_panel: str = ""
    tiers: Mapping[str, int] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """The verdict with its detail."""
        return f"{self.word}: {self.detail}" if self.detail else self.word

    @property
    def slug(self) -> str:
        """The verdict as a name of a style."""
        return self.word.lower().replace(" ", "-")

    @property
    def quotable(self) -> bool:
        """Whether there are numbers that may be shown."""
        return self.word not in ("NOT ASSESSABLE", "REFUSED")


def give_verdict(run: Run, outcome: Outcome, observed: Sequence[tuple[int, str]] = ()) -> Verdict:
    """Sum up a contrast.

    Parameters
    ----------
    run, outcome
        What was asked and what came of it.
    observed
        Warnings that other sections found: (severity, sentence); the higher, the worse.
    """
    calls = {call: int((outcome.candidates["call"] == call).sum()) for call in CALLS}
    warnings = _ordered([*observed, *_warnings(run, outcome)])
    if not outcome.fitted:
        word, detail = _stopped(outcome)
        told = tuple(sentence(text) for text in outcome.record["sentences"])
        return Verdict(word, detail, told, warnings, calls, repair=_repair(run, outcome))
    if min(outcome.record["n_case"], outcome.record["n_control"]) < run.rules.fewest_per_arm:
        return Verdict("EXPLORATORY", "", (_exploratory(run, outcome),), warnings, calls)
    found = calls["candidate"] > 0
    return Verdict(
        "CANDIDATES" if found else "NO CANDIDATES",
        "",
        (_some(outcome, calls) if found else _none(outcome, calls),),
        warnings,
        calls,
        best=_best(outcome),
        panel=_panel(outcome),
        no_panel=" ".join(outcome.panel.get("sentences", ())),
        tiers=count_tiers(outcome),
    )


def best_by_chance(tested: int, n_case: int, n_control: int) -> float:
    """Give the AUC that the best of many miRNAs reaches in half of the cohorts without a signal.

    From the normal approximation of Mann-Whitney's statistic, for independent miRNAs: a little too
    high, since miRNAs go together.
    """
    spread = np.sqrt((n_case + n_control + 1) / (12 * n_case * n_control))
    z = stats.norm.ppf((1 + 0.5 ** (1 / tested)) / 2)
    return float(min(0.5 + spread * z, 1.0))


def _stopped(outcome: Outcome) -> tuple[Word, str]:
    record = outcome.record
    if record["verdict"] == "refused":
        names = record["confounders"]
        return "REFUSED", f"CONFOUNDED ({listed(names)})" if names else "libraries not independent"
    if record["verdict"] == "too_few":
        return "NOT ASSESSABLE", "too few libraries"
    if not outcome.used:
        return "NOT ASSESSABLE", "no usable library"
    return "NOT ASSESSABLE", ""


def _repair(run: Run, outcome: Outcome) -> str:
    """Say what would make a contrast assessable."""
    if outcome.record["verdict"] == "refused":
        return (
            "More libraries of the same kind do not help, and neither does another model. It takes "
            "libraries of both arms made alike; or a subset of the contrast (column “subset” of "
            "the contrast sheet) in which both arms occur."
        )
    if len(outcome.used) < len(outcome.record["samples"]):
        return (
            "Look first at why libraries were left out, in the table below. Where they are "
            "shallow, sequence them deeper. Limits can be lowered in the section “quality” of the "
            "configuration; every report then says so."
        )
    return (
        f"It takes more libraries: {run.config['sections']['tests']} in each arm for a test, "
        f"{run.rules.fewest_per_arm} in each for a candidate."
    )


def _exploratory(run: Run, outcome: Outcome) -> str:
    record = outcome.record
    return (
        f"{record['n_case']} {outcome.case} and {record['n_control']} {outcome.control} libraries "
        f"are too few for a call, which needs {run.rules.fewest_per_arm} of each. The results show "
        "where to look in a larger cohort, and no more."
    )


def _none(outcome: Outcome, calls: dict[str, int]) -> str:
    text = f"None of the {_tested(outcome)} passes every gate of a call."
    if calls["doubtful"]:
        passing = count(calls["doubtful"], "miRNA passes", "miRNAs pass")
        text += f" {passing} them, but may be {_fragments(calls['doubtful'])}."
    if calls["not_called"]:
        differing = count(calls["not_called"], "miRNA differs", "miRNAs differ")
        flags = outcome.candidates.loc[outcome.candidates["call"] == "not_called", "flags"]
        failed = Counter(flag for cell in flags for flag in cell.split(";") if flag in GATES)
        why = f", most often because {GATES[failed.most_common(1)[0][0]]}" if failed else ""
        return f"{text} {differing} significantly between the arms, but fail a gate{why}."
    return f"{text} That is a result: a difference as large as a call asks for was not seen."


def _fragments(number: int) -> str:
    return "a fragment of another RNA" if number == 1 else "fragments of other RNAs"


def _some(outcome: Outcome, calls: dict[str, int]) -> str:
    n = calls["candidate"]
    text = f"{n} of the {_tested(outcome)} {'passes' if n == 1 else 'pass'} every gate of a call"
    rows = outcome.candidates
    weak = int(((rows["call"] == "candidate") & (rows["tier"] == "C")).sum())
    if weak:
        text += f", {weak} of which {'fails' if weak == 1 else 'fail'} a further one of the ten"
    if calls["doubtful"]:
        text += f"; {calls['doubtful']} more would, but may be {_fragments(calls['doubtful'])}"
    return f"{text}."


def _tested(outcome: Outcome) -> str:
    return count(len(outcome.table), "tested miRNA")


def _best(outcome: Outcome) -> Best | None:
    rows = outcome.candidates
    rows = rows[(rows["call"] == "candidate") & rows["auc"].notna()]
    if rows.empty:
        return None
    row = rows.loc[rows["auc"].idxmax()]
    n_case, n_control = outcome.record["n_case"], outcome.record["n_control"]
    shuffled = (outcome.panel.get("best_single") or {}).get("by_chance", {}).get("mean")
    by_chance = shuffled or best_by_chance(len(outcome.table), n_case, n_control)
    return Best(row["mirna"], row["auc"], row["auc_ci_low"], row["auc_ci_high"], by_chance)


def _panel(outcome: Outcome) -> Panel | None:
    made = outcome.panel.get("panel")
    if not made:
        return None
    left_out = made["leave_one_batch_out"]
    shown = left_out if left_out.get("auc") is not None else made["auc"]
    return Panel(
        *(shown["auc"], shown["low"], shown["high"]),
        batches=shown is left_out,
        p=made["permutation"]["p"],
    )


def _warnings(run: Run, outcome: Outcome) -> list[tuple[int, str]]:
    record = outcome.record
    found = [(60, text) for text in record["warnings"]]
    registered, used = len(record["samples"]), len(outcome.used)
    if registered and used < 0.8 * registered:
        found.append((50, f"{registered - used} of the {registered} libraries were left out."))
    if not outcome.fitted:
        return found
    smaller = min(record["n_case"], record["n_control"])
    if run.rules.fewest_per_arm <= smaller < FEW_PER_ARM:
        found.append(
            (30, f"The smaller arm has {smaller} libraries: expect effects to shrink elsewhere.")
        )
    found += _blood_cells(outcome.candidates)
    silent = [
        name
        for name, column in (("biofluid", "biofluid"), ("EV isolation", "isolation"))
        if (run.cells(column, outcome.used) == "").all()
    ]
    if silent:
        found.append((20, f"The sample sheet does not record {listed(silent)}."))
    return found


def _blood_cells(candidates: pd.DataFrame) -> list[tuple[int, str]]:
    """Warn where many of the candidates are miRNAs of blood cells."""
    called = candidates[candidates["call"] == "candidate"]
    flags = [set(cell.split(";")) for cell in called["flags"]]
    n = sum(bool(BLOOD & flag) for flag in flags)
    if not n or n < len(called) / 3:
        return []
    text = (
        f"{n} of the {count(len(called), 'candidate')} may come from blood cells: "
        "compare haemolysis between the arms before anything else."
    )
    return [(55, text)]


def _ordered(warnings: Sequence[tuple[int, str]]) -> tuple[str, ...]:
    """Sort by severity; of equals the first stays first."""
    return tuple(
        dict.fromkeys(sentence(text) for _, text in sorted(warnings, key=lambda one: -one[0]))
    )

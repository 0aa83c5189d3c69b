"""The first screen of a contrast: its verdict, why, and the worst warnings first."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from exosift.caveats import BLOOD_CELLS
from exosift.criteria import NAMES, design_codes
from exosift.reports.evidence import Outcome, Run
from exosift.reports.reach import meaning_of_nothing
from exosift.reports.wording import count, listed, sentence
from exosift.sentences.criteria import CHECKS
from exosift.sentences.panels import absence_sentences
from exosift.sentences.reasons import reason_sentences
from exosift.sentences.warnings import record_warnings
from exosift.verdicts import Verdict, main_reason

FEW_PER_ARM = 20  # below, a difference found here is likely larger than it will be elsewhere
MOST_WARNINGS = 3

WORDS = {
    "candidates": "CANDIDATES",
    "explained_by_blood": "EXPLAINED BY BLOOD CELLS",
    "not_recorded": "EXPLORATORY",
    "weak_design": "NO CANDIDATES",
    "exploratory": "EXPLORATORY",
    "no_candidates": "NO CANDIDATES",
    "not_assessable": "NOT ASSESSABLE",
    "refused": "REFUSED",
}
"""The word of each verdict; its colour goes with it."""


@dataclass(frozen=True)
class Best:
    """The best single marker and what chance alone would have made of so many tests."""

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
        Of the whole procedure, by permuted labels.
    """

    auc: float
    low: float
    high: float
    batches: bool
    p: float


@dataclass(frozen=True)
class Answer:
    """What the first screen says.

    Attributes
    ----------
    verdict
        The verdict of the contrast with its counts.
    detail
        What stands behind the colon of its word.
    sentences
        Why, in words.
    warnings
        All that weakens it, worst first.
    best
        The best single marker among the candidates; None where there is none.
    repair
        What would make the contrast assessable, where it is not.
    panel, no_panel
        The panel, or why there is none.
    """

    verdict: Verdict
    detail: str
    sentences: tuple[str, ...]
    warnings: tuple[str, ...]
    best: Best | None = None
    repair: str = ""
    panel: Panel | None = None
    no_panel: str = ""

    @property
    def word(self) -> str:
        """The verdict in a word or two."""
        return WORDS[self.verdict.code]

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
        return self.verdict.code not in ("not_assessable", "refused")

    @property
    def calls_made(self) -> bool:
        """Whether the cohort is large enough for candidates."""
        return self.quotable and self.verdict.code != "exploratory"


def give_answer(run: Run, outcome: Outcome, observed: Sequence[tuple[int, str]] = ()) -> Answer:
    """Sum up a contrast.

    Parameters
    ----------
    run, outcome
        The run, and what came of the contrast.
    observed
        Warnings that other sections found: (severity, sentence); the higher, the worse.
    """
    verdict = outcome.verdict
    warnings = _ordered([*observed, *_warnings(run, outcome)])
    if not outcome.fitted:
        told = reason_sentences(outcome.record["reasons"])
        reasons = tuple(sentence(text) for text in told)
        repair = _repair(run, outcome)
        return Answer(verdict, _stopped(outcome), reasons, warnings, repair=repair)
    if verdict.code == "exploratory":
        return Answer(verdict, "", (_exploratory(run, outcome),), warnings)
    return Answer(
        verdict,
        _detail(verdict),
        tuple(_reasons(verdict, run, outcome)),
        warnings,
        best=_best(outcome),
        panel=_panel(outcome),
        no_panel=" ".join(absence_sentences(outcome.panel)),
    )


def best_by_chance(tested: int, n_case: int, n_control: int) -> float:
    """Return the AUC that the best of many miRNAs reaches in half of the cohorts without a signal.

    From the normal approximation of Mann-Whitney's statistic, for independent miRNAs: a little too
    high, since miRNAs are correlated.
    """
    spread = np.sqrt((n_case + n_control + 1) / (12 * n_case * n_control))
    z = stats.norm.ppf((1 + 0.5 ** (1 / tested)) / 2)
    return float(min(0.5 + spread * z, 1.0))


def _stopped(outcome: Outcome) -> str:
    record = outcome.record
    if record["verdict"] == "refused":
        names = record["confounders"]
        return f"CONFOUNDED ({listed(names)})" if names else "libraries not independent"
    if record["verdict"] == "too_few":
        return "too few libraries"
    return "" if outcome.used else "no usable library"


def _repair(run: Run, outcome: Outcome) -> str:
    """Return what would make a contrast assessable."""
    if outcome.record["verdict"] == "refused" and not outcome.record["confounders"]:
        return (
            "Keep one library of each person in the contrast, or use a design that compares "
            "libraries of the same person (paired, change)."
        )
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
        f"{record['n_case']} {outcome.case} and {record['n_control']} {outcome.control} people "
        f"are too few for a candidate, which needs {run.rules.fewest_per_arm} of each. The results "
        "show where to look in a larger cohort, and no more."
    )


def _detail(verdict: Verdict) -> str:
    differ = count(verdict.differ, "miRNA differs", "miRNAs differ")
    if verdict.code == "explained_by_blood":
        return f"{differ}, none survives adjustment for blood cells"
    if verdict.code == "not_recorded":
        return "how the libraries were made is not recorded"
    if verdict.code == "weak_design":
        return f"{differ}, but the design or the data allow none"
    return ""


def _reasons(verdict: Verdict, run: Run, outcome: Outcome) -> list[str]:
    """Say how many miRNAs differ and are candidates, and what most often stands against them."""
    tested = count(verdict.tested, "tested miRNA")
    if not verdict.differ:
        nothing = f"None of the {tested} differs significantly in both edgeR and limma."
        return [text for text in (nothing, meaning_of_nothing(run, outcome)) if text]
    differ = f"{verdict.differ} of {tested} {'differs' if verdict.differ == 1 else 'differ'}"
    reasons = [f"{differ} significantly; {_candidates(verdict)}."]
    doubtful = verdict.calls.get("doubtful", 0)
    if doubtful:
        what = "is likely a fragment" if doubtful == 1 else "are likely fragments"
        reasons.append(f"{doubtful} more would be, but {what} of other RNAs.")
    if verdict.survive_blood is not None and verdict.survive_blood < verdict.differ:
        reasons.append(_survivors(verdict.survive_blood, verdict.differ))
    elif not verdict.candidates and main_reason(verdict):
        reasons.append(f"Most often not met: {NAMES[main_reason(verdict)]}.")
    if verdict.code == "weak_design":
        codes = design_codes(outcome.record)["capped"]
        words = [CHECKS.get(code, code) for code in dict.fromkeys(codes)]
        reasons.append(sentence(f"Why: {listed(words)}"))
    if verdict.code == "not_recorded":
        reasons.append(
            "Without a record of batches nothing shows that the arms were processed alike. Fill in "
            "the sample sheet; if all libraries were processed together, one value for all says so."
        )
    return reasons


def _survivors(survive: int, differ: int) -> str:
    if not survive:
        return "After adjustment for blood cells none of them does."
    still = "still differs" if survive == 1 else "still differ"
    return f"After adjustment for blood cells {survive} of the {differ} {still}."


def _candidates(verdict: Verdict) -> str:
    n = verdict.candidates
    if not n:
        return "none meets all criteria of a candidate"
    return f"{n} {'meets' if n == 1 else 'meet'} all criteria of a candidate"


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
    found = record_warnings(record)
    registered, used = len(record["samples"]), len(outcome.used)
    if registered and used < 0.8 * registered:
        found.append((50, f"{registered - used} of the {registered} libraries were left out."))
    if not outcome.fitted:
        return found
    smaller = min(record["n_case"], record["n_control"])
    if run.rules.fewest_per_arm <= smaller < FEW_PER_ARM:
        found.append(
            (30, f"The smaller arm has {smaller} people: expect effects to shrink elsewhere.")
        )
    found += _blood_cells(outcome)
    silent = [
        name
        for name, column in (("biofluid", "biofluid"), ("EV isolation", "isolation"))
        if (run.cells(column, outcome.used) == "").all()
    ]
    if silent:
        found.append((20, f"The sample sheet does not record {listed(silent)}."))
    return found


def _blood_cells(outcome: Outcome) -> list[tuple[int, str]]:
    """Warn where many of the candidates are miRNAs of blood cells."""
    rows = outcome.candidates
    called = [str(name) for name in rows.loc[rows["call"] == "candidate", "mirna"]]
    n = sum(any(c.code in BLOOD_CELLS for c in outcome.caveats[name]) for name in called)
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

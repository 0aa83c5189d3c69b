"""Which libraries of a contrast were lost on the way, where and why; every sum closes."""

from collections import Counter
from dataclasses import dataclass

from exosift.cohort import kind_of
from exosift.reports.evidence import Outcome, Run
from exosift.reports.wording import sentence


@dataclass(frozen=True)
class Loss:
    """A library that was left out: its arm, the step that lost it, and the reason."""

    sample: str
    arm: str
    step: str
    reason: str


@dataclass(frozen=True)
class Step:
    """How many libraries are left after a step, in each arm, and what was lost there."""

    name: str
    case: int
    control: int
    losses: tuple[Loss, ...]

    @property
    def reasons(self) -> list[tuple[int, str]]:
        """The kinds of reasons of the losses with their numbers, most frequent first."""
        kinds = Counter(sentence(kind_of(loss.reason)) for loss in self.losses)
        return [(number, kind) for kind, number in kinds.most_common()]


STEPS = ("registered", "readable", "passed quality", "in the contrast")


def follow(run: Run, outcome: Outcome) -> list[Step]:
    """Follow the libraries of a contrast from the sheet to the test.

    Returns
    -------
    One step for each of `STEPS`. What a step has plus what it lost is what the step before had.
    """
    lost = losses(run, outcome)
    left = {
        arm: sum(member["arm"] == arm for member in outcome.record["samples"])
        for arm in ("case", "control")
    }
    steps = []
    for name in STEPS:
        here = tuple(loss for loss in lost if loss.step == name)
        for loss in here:
            left[loss.arm] -= 1
        steps.append(Step(name, left["case"], left["control"], here))
    return steps


def losses(run: Run, outcome: Outcome) -> list[Loss]:
    """List the libraries that a contrast does not use, in the order of the steps."""
    found = []
    for member in outcome.record["samples"]:
        if member["used"]:
            continue
        status = run.quality["status"].get(member["sample"], "unreadable")
        step = {"unreadable": "readable", "fail": "passed quality"}.get(status, "in the contrast")
        reason = sentence(member["reason"] or "no reason was recorded")
        found.append(Loss(member["sample"], member["arm"], step, reason))
    return sorted(found, key=lambda loss: (STEPS.index(loss.step), loss.arm, loss.sample))

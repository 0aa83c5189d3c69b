"""Which libraries of a contrast were lost on the way, where and why; every sum closes."""

from dataclasses import dataclass

from exosift.cohort import count_exclusions
from exosift.findings import Exclusion
from exosift.library_status import UNREADABLE
from exosift.reports.evidence import Outcome, Run
from exosift.reports.wording import sentence
from exosift.sentences.exclusions import exclusion_kind, exclusion_sentence


@dataclass(frozen=True)
class Loss:
    """A library that was left out: its arm, the step that lost it, and why."""

    sample: str
    arm: str
    step: str
    exclusion: Exclusion

    @property
    def reason(self) -> str:
        """Why it was left out, as a sentence."""
        return sentence(exclusion_sentence(self.exclusion))


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
        kinds = count_exclusions(loss.exclusion for loss in self.losses)
        return [
            (kind["libraries"], sentence(exclusion_kind({**kind, "own": {}}))) for kind in kinds
        ]


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
        status = run.quality["status"].get(member["sample"], UNREADABLE)
        step = {"unreadable": "readable", "fail": "passed quality"}.get(status, "in the contrast")
        exclusion = Exclusion.from_dict(member["exclusion"])
        found.append(Loss(member["sample"], member["arm"], step, exclusion))
    return sorted(found, key=lambda loss: (STEPS.index(loss.step), loss.arm, loss.sample))

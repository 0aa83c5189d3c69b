"""A contrast seen as a whole: arms, blood cells and tests, summed up in a verdict."""

from dataclasses import dataclass

from exosift.reports.balance import Row, compare_arms, imbalances
from exosift.reports.blood import Comparison, blood_warnings, compare_blood
from exosift.reports.evidence import Outcome, Run
from exosift.reports.flow import Loss, losses
from exosift.reports.verdict import Answer, give_answer


@dataclass(frozen=True)
class Appraisal:
    """What speaks for and against a contrast.

    Attributes
    ----------
    balance, blood
        The arms compared, property by property and in blood cells.
    losses
        The libraries that are not used.
    """

    outcome: Outcome
    answer: Answer
    balance: tuple[Row, ...]
    blood: tuple[Comparison, ...]
    losses: tuple[Loss, ...]


def appraise(run: Run, outcome: Outcome) -> Appraisal:
    """Look at a contrast from all sides and sum it up."""
    balance = compare_arms(run, outcome) if outcome.used else []
    blood = compare_blood(run, outcome) if outcome.fitted else []
    observed = []
    if outcome.fitted:
        repeated = outcome.contrast.kind.repeated
        observed = [*imbalances(balance, repeated=repeated), *blood_warnings(blood)]
    answer = give_answer(run, outcome, observed)
    return Appraisal(outcome, answer, tuple(balance), tuple(blood), tuple(losses(run, outcome)))

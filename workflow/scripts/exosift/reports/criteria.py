"""The ten criteria of a miRNA and its tier, as a page shows them."""

from dataclasses import dataclass
from itertools import groupby

from markupsafe import Markup

from exosift.criteria import (
    MET,
    MET_FOR_B,
    NAMES,
    NOT_ASSESSED,
    NOT_KNOWABLE,
    NOT_MET,
    Assessment,
)
from exosift.reports.wording import sentence
from exosift.sentences.criteria import LIMITS, criterion_sentence

MARKS = {MET: "✓", MET_FOR_B: "✓", NOT_MET: "✗", NOT_ASSESSED: "?", NOT_KNOWABLE: "–"}
STYLES = {
    MET: "met",
    MET_FOR_B: "met-for-b",
    NOT_MET: "not-met",
    NOT_ASSESSED: "not-assessed",
    NOT_KNOWABLE: "not-knowable",
}
WORST_FIRST = (NOT_MET, NOT_ASSESSED, NOT_KNOWABLE, MET_FOR_B)

MEANING = (
    "A: all ten criteria are met at their strict limits. B: all but stability, some at a looser "
    "limit. A candidate is a miRNA of tier A or B. C: differs, but a criterion is not met or could "
    "not be assessed. No tier: does not differ. ✓ met (pale: at the limit of tier B), ✗ not met, "
    "? not assessed, which counts against it, – cannot be known in this run; in order: "
    f"{', '.join(NAMES.values())}."
)


@dataclass(frozen=True)
class Shown:
    """One criterion of a miRNA: its outcome, and why where it is not met in full."""

    name: str
    outcome: str
    reason: str

    @property
    def mark(self) -> str:
        """The outcome as a sign."""
        return MARKS[self.outcome]

    @property
    def style(self) -> str:
        """The outcome as a name of a style."""
        return STYLES[self.outcome]


@dataclass(frozen=True)
class Tier:
    """The tier of a miRNA, what keeps it from A whatever its numbers are, and its criteria."""

    letter: str
    limit: str
    criteria: tuple[Shown, ...]

    @property
    def met(self) -> int:
        """How many criteria are met, those at the limit of tier B included."""
        return sum(one.outcome in (MET, MET_FOR_B) for one in self.criteria)

    @property
    def reasons(self) -> tuple[Shown, ...]:
        """The criteria that are not met in full, the worst first."""
        open_ones = (one for one in self.criteria if one.reason)
        return tuple(sorted(open_ones, key=lambda one: WORST_FIRST.index(one.outcome)))

    def ticks(self) -> Markup:
        """Draw the criteria as ten signs, and name those that are not met in full."""
        named = [
            f"{outcome}: {', '.join(one.name for one in self.criteria if one.outcome == outcome)}"
            for outcome in WORST_FIRST
            if any(one.outcome == outcome for one in self.criteria)
        ]
        words = "; ".join([f"{self.met} of {len(self.criteria)} criteria met", *named])
        # Neighbours of one outcome share a tag: there is a line of these for every tested miRNA.
        signs = Markup("").join(
            Markup('<i class="criterion {}">{}</i>').format(style, "".join(g.mark for g in alike))
            for style, alike in groupby(self.criteria, lambda one: one.style)
        )
        return Markup('<span class="ticks" role="img" aria-label="{}" title="{}">{}</span>').format(
            words, words, signs
        )


def tier_of(assessment: Assessment) -> Tier:
    """Prepare the assessment of a miRNA for a page."""
    shown = tuple(
        Shown(NAMES[one.name], one.outcome, sentence(criterion_sentence(one)) if one.code else "")
        for one in assessment.criteria
    )
    limit = "; ".join(LIMITS[one] for one in assessment.limits)
    return Tier(assessment.tier, limit, shown)

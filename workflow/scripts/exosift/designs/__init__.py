"""The designs of contrasts, each a class that answers every question about itself.

A new design is a file here with a subclass of `StudyDesign`, and its name in `DESIGNS` below. No
other module knows a design by its name: what depends on the design is asked of `Contrast.kind`, or
of `design_of(record)` where only the record of a contrast is at hand.
"""

from collections.abc import Mapping
from typing import Any

from exosift.designs.base import StudyDesign, Term, Wording
from exosift.designs.change import ChangeOverTime
from exosift.designs.one_vs_rest import OneVersusRest
from exosift.designs.paired import Paired
from exosift.designs.trend import Trend
from exosift.designs.two_groups import TwoGroups

__all__ = ["DEFAULT", "DESIGNS", "StudyDesign", "Term", "Wording", "design_of"]

DESIGNS: dict[str, StudyDesign] = {
    design.name: design
    for design in (TwoGroups(), Paired(), Trend(), OneVersusRest(), ChangeOverTime())
}
"""The designs by the word that the contrast sheet has for them."""

DEFAULT = TwoGroups.name
"""The design of a contrast that names none."""


def design_of(record: Mapping[str, Any]) -> StudyDesign:
    """Return the design of a contrast by its record, `differential_expression/{contrast}.json`."""
    return DESIGNS[record["design"]]

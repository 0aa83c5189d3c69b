"""Cases against controls, one library per subject."""

from typing import TYPE_CHECKING

from exosift.designs.base import StudyDesign

if TYPE_CHECKING:
    from exosift.contrasts import Contrast


class TwoGroups(StudyDesign):
    """Cases against controls, one library per subject."""

    name = "groups"
    meaning = "cases against controls, one library per subject"
    compares_people = True
    case_control = True

    def of_the_disease(self, contrast: "Contrast") -> bool:
        """Return whether the arms are conditions, and not stages or responses."""
        return contrast.column == "condition"

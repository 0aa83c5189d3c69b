"""Section `sections` of the configuration: how many people each part of a report takes."""

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge

from exosift.settings.section import Section


@dataclass(frozen=True)
class Sections(Section):
    """How many people each part of a report takes.

    The bounds are those of what can be computed: a spread takes three of each arm.
    """

    tests: Annotated[int, Ge(3)] = 3
    """People in each arm for a table of tests; below, the contrast is refused."""
    ranking: Annotated[int, Ge(3)] = 5
    """People in each arm for an order of the tested miRNAs; below, the order is that of chance."""
    panel: Annotated[int, Ge(5)] = 20
    """People in each arm for a panel; with fewer, folds hold too few of the smaller arm."""
    calibration: Annotated[int, Ge(10)] = 50
    """People in each arm for a calibration curve."""
    specificity_95: Annotated[int, Ge(20)] = 40
    """Controls for the sensitivity at a specificity of 95%: two of them lie beyond it."""
    specificity_98: Annotated[int, Ge(50)] = 100
    """Controls for the sensitivity at a specificity of 98%."""
    specificity_99: Annotated[int, Ge(100)] = 200
    """Controls for the sensitivity at a specificity of 99%."""

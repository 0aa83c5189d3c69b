"""Section `sections` of the configuration: how many people each part of a report takes."""

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge

from exosift.settings.section import Section

FEWEST_PER_ARM = 3
"""People of each arm; with fewer, no spread can be estimated, and no configuration allows it."""


@dataclass(frozen=True)
class Sections(Section):
    """How many people each part of a report takes."""

    tests: Annotated[int, Ge(FEWEST_PER_ARM)] = FEWEST_PER_ARM
    """People in each arm for a table of tests; with fewer, nothing of the contrast is tested."""
    ranking: Annotated[int, Ge(FEWEST_PER_ARM)] = 5
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

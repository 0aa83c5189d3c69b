"""Section `power` of the configuration."""

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Interval

from exosift.settings.section import Section


@dataclass(frozen=True)
class PowerRules(Section):
    """What a cohort, and a validation of its candidates, should be able to see: `power`."""

    power: Annotated[float, Interval(gt=0, lt=1)] = 0.8
    """Chance to find an effect that is there."""
    validation_alpha: Annotated[float, Interval(gt=0, lt=1)] = 0.05
    """Chance to confirm any candidate of a contrast by chance."""

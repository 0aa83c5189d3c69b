"""Section `confounding` of the configuration."""

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge, Interval

from exosift.settings.section import Section


@dataclass(frozen=True)
class Confounding(Section):
    """When something else than the disease is held to explain a miRNA: section `confounding`."""

    pairs: Annotated[int, Ge(5)] = 10
    """Pairs of people of like age and sex that an analysis among them needs."""
    caliper: Annotated[float, Interval(gt=0, le=2)] = 0.2
    """Largest difference in age within a pair, in standard deviations of age."""
    ev_markers: Annotated[int, Ge(1)] = 3
    """EV proteins that must have been shown for vesicles to count as characterised."""
    ev_fractions: Annotated[int, Ge(2)] = 3
    """People whose vesicles and depleted fraction must both be sequenced."""

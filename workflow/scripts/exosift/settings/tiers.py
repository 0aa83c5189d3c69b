"""Section `tiers` of the configuration."""

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge, Interval

from exosift.settings.section import Section, Share
from exosift.settings.sections import FEWEST_PER_ARM


@dataclass(frozen=True)
class TierRules(Section):
    """Limits of the gates of a tier beyond those of a call: section `tiers`."""

    normalisations: Annotated[int, Interval(ge=1, le=5)] = 4
    """In how many of the five normalisations an effect must hold."""
    attenuation: Share = 0.5
    """Share of an effect that blood cells, or any other covariate, may take."""
    adjusted_q: Annotated[float, Interval(gt=0, le=1)] = 0.1
    """Largest false discovery rate with these in the model."""
    stability: Share = 0.6
    """Share of the halves of the people that must choose the miRNA."""
    stability_a: Share = 0.8
    """The same for tier A."""
    per_arm_a: Annotated[int, Ge(FEWEST_PER_ARM)] = 20
    """People that each arm needs for tier A; tier B takes `candidates.fewest_per_arm`."""

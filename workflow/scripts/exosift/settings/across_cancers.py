"""Section `across_cancers` of the configuration."""

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge

from exosift.settings.section import FalseDiscovery, Section, Share


@dataclass(frozen=True)
class AcrossRules(Section):
    """When a candidate is called specific to one cancer, or common to all: `across_cancers`."""

    q: FalseDiscovery = 0.05
    """Largest false discovery rate for an effect to count, in both engines."""
    tau_percentile: Share = 0.9
    """Where the tau of a specific miRNA must lie among all tested ones."""
    pan_share: Share = 0.5
    """Share of the cancers in which a miRNA of all cancers differs."""
    pan_cancers: Annotated[int, Ge(2)] = 3
    """The same as a number."""

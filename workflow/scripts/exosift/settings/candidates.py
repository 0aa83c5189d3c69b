"""Section `candidates` of the configuration."""

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge

from exosift.settings.section import FalseDiscovery, Section, Share
from exosift.settings.sections import FEWEST_PER_ARM


@dataclass(frozen=True)
class CallRules(Section):
    """What a miRNA must show to be called a candidate: section `candidates`."""

    q: FalseDiscovery = 0.05
    """Largest false discovery rate, in both engines."""
    log2_fold_change: Annotated[float, Ge(0)] = 0.58
    """Smallest absolute effect; 0.58 is a factor of 1.5. Of a trend, from its first level to its
    last."""
    detected_share: Share = 0.5
    """Share of libraries of one arm that must detect it."""
    median_reads: Annotated[float, Ge(0)] = 10
    """Median reads that it must have in that arm."""
    fewest_per_arm: Annotated[int, Ge(FEWEST_PER_ARM)] = 10
    """Libraries that each arm needs for any call."""
    ambiguous_share: Share = 0.1
    """Share of reads that fit another RNA as well, above which it is flagged."""

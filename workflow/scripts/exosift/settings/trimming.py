"""Section `trimming` of the configuration."""

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Interval

from exosift.settings.section import Section, Share


@dataclass(frozen=True)
class Trimming(Section):
    """From reads to unique inserts: section `trimming`."""

    error_rate: Annotated[float, Interval(ge=0, le=0.3)] = 0.1
    """Mismatches allowed per base of the adapter that overlaps the read, rounded down."""
    minimum_overlap: Annotated[int, Interval(ge=3, le=20)] = 8
    """Bases of the adapter that must be seen at the end of a read."""
    minimum_length: Annotated[int, Interval(ge=10, le=30)] = 15
    """Shortest insert kept, in nt."""
    maximum_length: Annotated[int, Interval(ge=25, le=60)] = 50
    """Longest insert kept, in nt."""
    minimum_quality: Annotated[int, Interval(ge=0, le=40)] = 20
    """Phred quality below which a base is low."""
    low_quality_share: Share = 0.5
    """An insert with a larger share of low bases is discarded."""
    low_complexity_share: Annotated[float, Interval(ge=0.25, le=1)] = 0.8
    """An insert in which one base has at least this share is discarded."""

"""Section `alignment` of the configuration."""

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Interval

from exosift.settings.section import Section


@dataclass(frozen=True)
class Alignment(Section):
    """From unique inserts to places: section `alignment`."""

    mismatches: Annotated[int, Interval(ge=0, le=1)] = 1
    """Mismatches allowed end to end."""
    longest_tail: Annotated[int, Interval(ge=0, le=3)] = 3
    """Longest non-templated 3' tail in nt that is tried on unaligned inserts."""

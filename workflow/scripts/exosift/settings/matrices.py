"""Section `matrices` of the configuration."""

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge

from exosift.settings.section import Section, Share


@dataclass(frozen=True)
class Matrices(Section):
    """From the counts of libraries to the matrices of the cohort: section `matrices`."""

    fragment_share: Share = 0.5
    """A miRNA of whose reads over all libraries more than this share fit another RNA is taken for
    a fragment of it, and counted in a table of its own."""
    isomir_reads: Annotated[int, Ge(1)] = 10
    """Reads over all libraries that an isomiR needs for a row in the matrices."""

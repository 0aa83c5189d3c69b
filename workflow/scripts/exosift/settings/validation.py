"""Section `validation` of the configuration."""

from dataclasses import dataclass

from exosift.settings.section import Section


@dataclass(frozen=True)
class Validation(Section):
    """Another cohort, to which each frozen panel is applied once: section `validation`."""

    counts: str = ""
    """Its count matrix, of the form of `counts`."""
    samples: str = ""
    """Its sample sheet; cases and controls have the names that the contrasts use."""

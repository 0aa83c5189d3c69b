"""The configuration as types: the one source of every key's type, default, bounds and meaning."""

from exosift.settings.candidates import (
    AcrossRules,
    CallRules,
    Confounding,
    PowerRules,
    TierRules,
)
from exosift.settings.section import Section
from exosift.settings.sections import Sections

__all__ = [
    "AcrossRules",
    "CallRules",
    "Confounding",
    "PowerRules",
    "Section",
    "Sections",
    "TierRules",
]

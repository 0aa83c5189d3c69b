"""Sections of the configuration that judge miRNAs."""

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge, Interval

from exosift.settings.section import FalseDiscovery, Section, Share


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
    fewest_per_arm: Annotated[int, Ge(3)] = 10
    """Libraries that each arm needs for any call."""
    ambiguous_share: Share = 0.1
    """Share of reads that fit another RNA as well, above which it is flagged."""


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
    per_arm_a: Annotated[int, Ge(3)] = 20
    """People that each arm needs for tier A; tier B takes `candidates.fewest_per_arm`."""


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


@dataclass(frozen=True)
class PowerRules(Section):
    """What a cohort, and a validation of its candidates, should be able to see: `power`."""

    power: Annotated[float, Interval(gt=0, lt=1)] = 0.8
    """Chance to find an effect that is there."""
    validation_alpha: Annotated[float, Interval(gt=0, lt=1)] = 0.05
    """Chance to confirm any candidate of a contrast by chance."""

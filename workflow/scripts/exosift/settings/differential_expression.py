"""Section `differential_expression` of the configuration."""

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge, Interval

from exosift.settings.section import Section, Seed, Share


@dataclass(frozen=True)
class TestRules(Section):
    """How miRNAs are tested: section `differential_expression`."""

    detection_reads: Annotated[int, Ge(1)] = 5
    """Reads from which on a miRNA counts as detected in a library."""
    treat_log2fc: Annotated[float, Ge(0)] = 0.26
    """log2 fold change that the effect-size test must find exceeded; 0.26 is a factor of 1.2."""
    wilcoxon_per_arm: Annotated[int, Ge(3)] = 30
    """People in each arm from which Wilcoxon's test stands beside the others."""
    permutations: Annotated[int, Ge(0)] = 100
    """Permutations of the labels within batches, to check the p-values; 0 for none."""
    edger_permutations: Annotated[int, Ge(0)] = 10
    """On how many of these permutations edgeR is run beside limma, at 1 s each for 150 libraries
    and 283 miRNAs, 6 s for 1,000 and the most that are looked at (500); 0 for none."""
    seed: Seed = 1
    """Where the permutations begin."""
    inflated: Annotated[float, Interval(ge=0.05, le=1)] = 0.075
    """Mean share of p < 0.05 under permutation above which the p-values are called too small."""
    normalisation_q: Share = 0.1
    """False discovery rate at which an effect holds in a normalisation."""
    deseq2: bool = True
    """Whether PyDESeq2 stands beside the engines, for comparison only."""
    equal_volume: bool = False
    """Whether the same amount of spike-ins went into the same volume of every sample, so that
    sizes from spike-ins mean something."""
    fewest_spike_ins: Annotated[int, Ge(1)] = 5
    """Spike-ins that each library must show for sizes from spike-ins."""
    fewest_spike_in_reads: Annotated[int, Ge(1)] = 1000
    """Reads of spike-ins that each library must show for them."""

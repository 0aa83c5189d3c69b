"""Section `quality` of the configuration: which libraries can be believed."""

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge

from exosift.settings.section import Section


@dataclass(frozen=True)
class WarnBelow(Section):
    """A limit that warns of small values."""

    warn_below: float | None = None
    """The library is warned about below it."""


@dataclass(frozen=True)
class WarnAbove(Section):
    """A limit that warns of large values."""

    warn_above: float | None = None
    """The library is warned about above it."""


@dataclass(frozen=True)
class WarnBeyond(Section):
    """A limit that warns of values far from zero."""

    warn_beyond: float | None = None
    """The library is warned about beyond it."""


@dataclass(frozen=True)
class Below(Section):
    """Limits against small values."""

    fail_below: float | None = None
    """The library fails below it."""
    warn_below: float | None = None
    """The library is warned about below it."""


@dataclass(frozen=True)
class Above(Section):
    """Limits against large values."""

    fail_above: float | None = None
    """The library fails above it."""
    warn_above: float | None = None
    """The library is warned about above it."""


@dataclass(frozen=True)
class Blood(Section):
    """Limits of an index of haemolysis."""

    warn_above: float | None = 2.5
    """The library is warned about above it."""
    flag_above: float = 3.5
    """The library is flagged as haemolysed above it."""


@dataclass(frozen=True)
class Quality(Section):
    """Limits of each library.

    Outside a fail limit it is left out of every comparison; outside a warn limit it stays in and is
    named; null switches a limit off.
    """

    detection_reads: Annotated[int, Ge(1)] = 5
    """Reads from which on a miRNA counts as detected."""
    min_libraries: Annotated[int, Ge(3)] = 8
    """Libraries of one protocol and batch that a z-score needs."""
    min_libraries_of_a_median: Annotated[int, Ge(2)] = 3
    """Libraries that a median profile needs."""
    duplicate_dispersion: Annotated[float, Ge(0)] = 1.2
    """Libraries of two subjects with a smaller chi-square per degree of freedom are named as
    twins."""
    spike_ins_expected: bool = False
    """Whether a library without any spike-in read fails."""
    adapter_share: Below = Below(0.2, 0.7)
    """Reads in which the 3' adapter was found."""
    short_insert_share: Above = Above(0.8, 0.5)
    """Reads whose insert is a dimer or too short."""
    q30_share: Below = Below(0.5, 0.75)
    """Bases of Phred 30 and more."""
    umi_share: WarnBelow = WarnBelow(0.9)
    """Kept reads with a whole UMI, where the protocol has one."""
    umi_occupancy: WarnAbove = WarnAbove(0.1)
    """Share of all UMIs that one insert takes."""
    kept_share: Below = Below(0.25, 0.5)
    """Reads that trimming kept."""
    insert_20_25_share: Below = Below(0.1, 0.25)
    """Kept inserts of 20 to 25 nt."""
    mirna_reads: Below = Below(30000, 100000)
    """Reads of mature miRNAs."""
    mirnas_detected: Below = Below(75, 150)
    """miRNAs with at least detection_reads reads."""
    transcriptome_reads: Below = Below(100000, 250000)
    """Reads of all transcript classes (gate of the exRNA consortium)."""
    transcriptome_genome_ratio: Below = Below(0.5, 0.6)
    """Reads of transcripts among those of transcripts and genome; only with a genome."""
    complexity_z: WarnBelow = WarnBelow(-3)
    """Fewer miRNAs than the depth promises, as a robust z-score within the protocol."""
    mirna_share: Below = Below(0.01, 0.1)
    """miRNA reads among kept reads."""
    rrna_share: Above = Above(0.6, 0.3)
    """rRNA reads among kept reads."""
    vector_share: Above = Above(0.2, 0.05)
    """Reads of vectors and adapters among kept reads."""
    top_mirna_share: Above = Above(0.6, 0.4)
    """Reads of the most frequent miRNA among miRNA reads."""
    peer_correlation: WarnBelow = WarnBelow(0.75)
    """Spearman correlation with the median of the same protocol and batch."""
    trna_yrna_z: WarnAbove = WarnAbove(3)
    """tRNA and Y RNA, as a robust z-score within protocol and batch."""
    spike_in_z: WarnBeyond = WarnBeyond(3)
    """Recovery of spike-ins, as a robust z-score within protocol and batch."""
    haemolysis_h1_z: Blood = Blood()
    """miR-451a against miR-23a-3p, as a robust z-score within protocol and batch."""
    haemolysis_h2_z: Blood = Blood()
    """The 20 miRNAs of haemolysed plasma (doi:10.3390/genes13071288), as a robust z-score."""
    platelet_z: WarnAbove = WarnAbove(2.5)
    """Five platelet miRNAs, as a robust z-score within protocol and batch."""

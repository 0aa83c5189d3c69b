"""The whole configuration."""

from dataclasses import dataclass, field
from typing import Literal

from exosift.settings.across_cancers import AcrossRules
from exosift.settings.alignment import Alignment
from exosift.settings.candidates import CallRules
from exosift.settings.confounding import Confounding
from exosift.settings.design import GateRules
from exosift.settings.differential_expression import TestRules
from exosift.settings.matrices import Matrices
from exosift.settings.panel import Panel
from exosift.settings.power import PowerRules
from exosift.settings.quality import Quality
from exosift.settings.quantification import IsomirRules
from exosift.settings.references import References
from exosift.settings.section import Section
from exosift.settings.sections import Sections
from exosift.settings.tiers import TierRules
from exosift.settings.trimming import Trimming
from exosift.settings.validation import Validation


@dataclass(frozen=True)
class Configuration(Section):
    """What a run asks for. Science only; threads, memory and folders belong to profiles."""

    samples: str = "config/samples.tsv"
    """The sample sheet, one row per library."""
    contrasts: str = "config/contrasts.tsv"
    """The contrast sheet, one row per question; no rows means counts and quality only."""
    counts: str = ""
    """A count matrix (rows miRNA names, columns samples) that replaces the FASTQ part."""
    name_history: str = ""
    """A table of the names of older miRBase releases, to read the rows of `counts`."""
    spike_in_counts: str = ""
    """A matrix of the raw counts of spike-ins, rows spike-ins and columns samples, beside
    `counts`."""
    spike_in_amounts: str = ""
    """A table of the amounts (columns spike, amount) in which spike-ins were added."""
    notice: str = ""
    """A sentence of yours that stands on top of every report."""
    protocol: str = "truseq"
    """The library protocol where the sheet names none; one of resources/protocols.tsv, or auto to
    tell it from the reads."""
    protocols: str = ""
    """A table of your own protocols, with the columns of resources/protocols.tsv."""
    on_bad_sample: Literal["continue", "stop"] = "continue"
    """Whether a damaged library is left out and reported, or stops the run."""
    on_contradiction: Literal["fail", "warn"] = "fail"
    """Whether a library whose reads contradict its declared protocol is left out."""
    deduplicate_umis: bool = True
    """Whether molecules are counted instead of reads where the protocol has a UMI."""
    references: References = field(default_factory=References)
    """Where the sequences of each RNA class come from."""
    trimming: Trimming = field(default_factory=Trimming)
    """From reads to unique inserts."""
    alignment: Alignment = field(default_factory=Alignment)
    """From unique inserts to places."""
    quantification: IsomirRules = field(default_factory=IsomirRules)
    """From places to counts."""
    matrices: Matrices = field(default_factory=Matrices)
    """From the counts of libraries to the matrices of the cohort."""
    quality: Quality = field(default_factory=Quality)
    """Limits of each library. Outside a fail limit it is left out of every comparison; outside a
    warn limit it stays in and is named; null switches a limit off."""
    design: GateRules = field(default_factory=GateRules)
    """The gate before any model. What it refuses is not tested."""
    sections: Sections = field(default_factory=Sections)
    """How many people each part of a report takes."""
    differential_expression: TestRules = field(default_factory=TestRules)
    """The tests."""
    panel: Panel = field(default_factory=Panel)
    """How a panel of miRNAs is trained and tested, where `sections` allow one."""
    validation: Validation = field(default_factory=Validation)
    """Another cohort, to which each frozen panel is applied once."""
    candidates: CallRules = field(default_factory=CallRules)
    """What a miRNA must show to be called a candidate."""
    tiers: TierRules = field(default_factory=TierRules)
    """Limits of the ten gates behind a tier, beyond those of `candidates`."""
    confounding: Confounding = field(default_factory=Confounding)
    """When something else than the disease is held to explain a miRNA."""
    across_cancers: AcrossRules = field(default_factory=AcrossRules)
    """When a candidate is called specific to one cancer, or common to all."""
    power: PowerRules = field(default_factory=PowerRules)
    """What a cohort, and a validation of its candidates, should be able to see."""

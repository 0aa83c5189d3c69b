"""The sheets of a study, and the settings with which a step reads them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from exosift import RESOURCES
from exosift.contrasts import Contrast, read_contrasts
from exosift.declared import Declared
from exosift.missing import means_missing, values_named
from exosift.protocols import AUTO, Protocol, read_protocols
from exosift.samples import SampleSheet, read_samples

SIMULATED = "simulated/"
"""FASTQ files below this folder are those of the embedded cohort, which a rule simulates."""

SHEET_KEYS = ("counts", "protocol", "protocols")
"""Settings with which the sample sheet is read."""

GROUPS = "groups_called_missing"
"""Stands among the settings: the values of `groups_called_missing`."""


@dataclass(frozen=True)
class StudySheets:
    """The sample sheet and the contrasts of a run, as a step needs them.

    Attributes
    ----------
    config
        The configuration; in a step, the settings that its rule declares.
    samples, contrasts
        The sheets; a step that is not given the contrasts has none.
    protocols
        Library protocols by name: the shipped ones and the user's own.
    """

    config: Mapping[str, Any]
    samples: SampleSheet
    contrasts: tuple[Contrast, ...]
    protocols: Mapping[str, Protocol]

    @property
    def from_counts(self) -> bool:
        """Whether the run starts from a count matrix."""
        return bool(self.config["counts"])

    @property
    def with_genome(self) -> bool:
        """Whether reads that no class explains are sought in a genome."""
        return bool(self.config["references"]["genome"] != "none")

    @property
    def cancers(self) -> list[str]:
        """The cancers of the contrasts, each once, in the order of the sheet."""
        return list(dict.fromkeys(contrast.cancer for contrast in self.contrasts))

    def protocol(self, sample: str) -> str:
        """Name the protocol of one library, or `auto` where its reads must tell it."""
        return self.samples.protocol(sample, self.config["protocol"])

    @property
    def stated_sheet(self) -> pd.DataFrame:
        """The sample sheet in which an empty protocol is that of the configuration, as declared.

        What only the reads can tell is not known yet, and left empty. A sheet that names no
        protocol at all stays as it is: then all libraries have the same.
        """
        table, default = self.samples.table, self.config["protocol"]
        if "protocol" not in table or not (table["protocol"] != "").any():
            return table
        filled = table["protocol"].where(table["protocol"] != "", default)
        return table.assign(protocol=filled.replace(AUTO, ""))

    def contrasts_of(self, cancer: str) -> list[Contrast]:
        """List the contrasts of one cancer."""
        return [contrast for contrast in self.contrasts if contrast.cancer == cancer]


def read_sheets(
    settings: Mapping[str, Any], samples: str | Path, contrasts: str | Path = ""
) -> StudySheets:
    """Read the sheets of a study in a step.

    They were checked before the first job, with the files that they name, so that nothing is said
    of them here.

    Parameters
    ----------
    settings
        What the rule declares of the configuration: `SHEET_KEYS`, `GROUPS` and what the step reads.
    samples, contrasts
        The sheets; "" for a step that is not given the contrasts.

    Raises
    ------
    UserError
        If a sheet cannot be read any more.
    UndeclaredSettingError
        If one of these settings is missing.
    """
    config = Declared({key: value for key, value in settings.items() if key != GROUPS})
    own = config["protocols"]
    protocols = read_protocols(RESOURCES / "protocols.tsv")
    protocols |= read_protocols(Path(own)) if own else {}
    sheet = read_samples(
        samples,
        protocols=protocols,
        from_counts=bool(config["counts"]),
        can_be_made=embedded,
        named=Declared(settings)[GROUPS],
    )
    asked = read_contrasts(contrasts, sheet.table)[0] if contrasts else []
    return StudySheets(config, sheet, tuple(asked), protocols)


def groups_called_missing(contrasts: str | Path) -> dict[str, list[str]]:
    """List the values that contrasts ask about though they mean "not known", by column.

    In the sample sheet they are groups. Steps that need no contrasts are told these alone, so that
    another contrast does not judge the quality of all libraries anew.
    """
    named = {
        column: sorted(value for value in values if means_missing(value, column))
        for column, values in sorted(values_named(contrasts).items())
    }
    return {column: values for column, values in named.items() if values}


def embedded(fastq: str) -> bool:
    """Tell whether a FASTQ file belongs to the embedded cohort, which is simulated."""
    return fastq.startswith(SIMULATED)

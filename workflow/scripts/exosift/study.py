"""A study: the configuration and the sheets of a run, read, checked and ready to be walked."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from exosift import RESOURCES
from exosift.config import complete
from exosift.contrasts import Contrast, read_contrasts, unused_conditions
from exosift.declared import declare
from exosift.errors import Problems, UserError
from exosift.missing import values_named
from exosift.protocols import AUTO, Protocol, read_protocols
from exosift.reference_files import SHIPPED, addresses, reference_file, reference_files
from exosift.samples import read_samples, unusable_file
from exosift.study_sheets import (
    GROUPS,
    SHEET_KEYS,
    StudySheets,
    embedded,
    groups_called_missing,
)

T = TypeVar("T")


@dataclass(frozen=True)
class Study(StudySheets):
    """Everything that a user said about a run, checked: what the rules are made of.

    Attributes
    ----------
    warnings
        What is odd but stops nothing.
    """

    warnings: tuple[str, ...]

    def settings(self, *keys: str) -> dict[str, Any]:
        """Pick what a step reads of the configuration, beside that with which sheets are read.

        Parameters
        ----------
        keys
            Names of sections, or of keys in them (`candidates.q`); none means all.
        """
        return {
            **declare(self.config, *(SHEET_KEYS if keys else ()), *(keys or self.config)),
            GROUPS: groups_called_missing(self.config["contrasts"]),
        }

    @property
    def simulated(self) -> list[str]:
        """FASTQ files that the workflow simulates itself."""
        return [lane for name in self.samples.names for lane in self.lanes(name) if embedded(lane)]

    def lanes(self, sample: str) -> list[str]:
        """List the FASTQ files of one library."""
        return [] if self.from_counts else self.samples.lanes(sample)

    @property
    def counting_options(self) -> dict[str, Any]:
        """What the counting of a library is told beside its protocol."""
        table = self.config["protocols"]
        return {
            **self.config["trimming"],
            **self.config["alignment"],
            **self.config["quantification"],
            **{key: self.config[key] for key in ("on_bad_sample", "on_contradiction")},
            "deduplicate_umis": self.config["deduplicate_umis"],
            **({"protocols": table} if table else {}),
        }

    @property
    def sources(self) -> dict[str, str]:
        """The FASTA file of each transcript class that takes part, the hairpins first."""
        return reference_files(self.config["references"])

    def address(self, rna: str) -> Mapping[str, str]:
        """Give the url and sha256 from which the reference of a class is fetched."""
        given = self.config["references"][rna]
        return addresses(RESOURCES / "references.tsv")[rna] if given == "fetch" else given

    @property
    def genome(self) -> str:
        """The FASTA file of the genome, or ""."""
        return reference_file("genome", self.config["references"]["genome"])


def stamp(path: str) -> str:
    """Give the size and time of a file as one word, or "" for one that the workflow makes.

    Snakemake compares times only: a file replaced by an older one would stay unseen.
    """
    if embedded(path) or not Path(path).exists():
        return ""
    state = Path(path).stat()
    return f"{state.st_size}:{state.st_mtime_ns}"


def open_study(given: Mapping[str, Any], source: str = "config/config.yaml") -> Study:
    """Read and check a run from its configuration.

    Parameters
    ----------
    given
        The configuration as the user wrote it. Paths in it count from the working directory.
    source
        Where it was written, for the messages.

    Raises
    ------
    UserError
        With the problems of the configuration, or else with those of all sheets together.
    """
    config = complete(given, source)
    problems = Problems()
    protocols = _protocols(config, problems)
    samples = _try(
        problems,
        lambda: read_samples(
            config["samples"],
            protocols=protocols,
            from_counts=bool(config["counts"]),
            can_be_made=embedded,
            named=values_named(config["contrasts"]),
        ),
    )
    contrasts: list[Contrast] = []
    warnings: list[str] = []
    if samples is not None:
        sheet = samples.table
        read = _try(
            problems,
            lambda: read_contrasts(
                config["contrasts"],
                sheet,
                fewest_per_arm=config["candidates"]["fewest_per_arm"],
                fewest_to_test=config["sections"]["tests"],
            ),
        )
        if read is not None:
            contrasts, warnings = read
            warnings += unused_conditions(contrasts, sheet)
    _check_files(config, problems, source)
    _check_references(config, problems, source)
    problems.raise_if_any()
    assert samples is not None
    return Study(config, samples, tuple(contrasts), protocols, (*samples.warnings, *warnings))


def _protocols(config: Mapping[str, Any], problems: Problems) -> dict[str, Protocol]:
    protocols = read_protocols(RESOURCES / "protocols.tsv")
    if config["protocols"]:
        own = _try(problems, lambda: read_protocols(Path(config["protocols"])))
        protocols |= own or {}
    if config["protocol"] not in (AUTO, *protocols):
        problems.add(
            "`protocol` of the configuration",
            f"found {config['protocol']!r}",
            f"Known: {', '.join((AUTO, *protocols))}.",
        )
    return protocols


def _check_files(config: Mapping[str, Any], problems: Problems, source: str) -> None:
    """Check that the files that the configuration names are there."""
    keys = ("counts", "name_history", "spike_in_counts", "spike_in_amounts")
    named = {key: config[key] for key in keys}
    if config["spike_in_counts"] and not config["counts"]:
        problems.add(
            f"{source}, spike_in_counts",
            "it belongs to `counts`, which is empty",
            "Leave it empty: spike-ins of FASTQ files are counted from their reads.",
        )
    other = config["validation"]
    named |= {f"validation.{key}": path for key, path in other.items()}
    if any(other.values()) and not all(other.values()):
        problems.add(
            f"{source}, validation",
            "another cohort needs both `counts` and `samples`",
            "Give both, or leave both empty.",
        )
    for rna, given in config["references"].items():
        if isinstance(given, str) and given not in ("shipped", "none", "fetch"):
            named[f"references.{rna}"] = given
    for key, path in named.items():
        reason = unusable_file(path) if path else ""
        if reason:
            problems.add(f"{source}, {key}", f"{path} {reason}", "Paths count from this folder.")


def _check_references(config: Mapping[str, Any], problems: Problems, source: str) -> None:
    if config["spike_in_amounts"] and config["references"]["spike_in"] == "none":
        problems.add(
            f"{source}, spike_in_amounts",
            "amounts are given, but `references.spike_in` is none",
            "Give the sequences of the spike-ins, or no amounts.",
        )
    for rna, given in config["references"].items():
        if given == "shipped" and rna not in SHIPPED:
            problems.add(
                f"{source}, references.{rna}",
                "nothing is shipped for it",
                "Give the path of a FASTA file, a url with its sha256, or none.",
            )
        if given == "fetch" and rna not in addresses(RESOURCES / "references.tsv"):
            problems.add(
                f"{source}, references.{rna}",
                "no public address is declared for it in resources/references.tsv",
                "Give a url with its sha256, or the path of a FASTA file.",
            )


def _try(problems: Problems, read: Callable[[], T]) -> T | None:
    """Read something; note its problems beside those of the other sheets."""
    try:
        return read()
    except UserError as error:
        problems.extend(error.problems)
        return None

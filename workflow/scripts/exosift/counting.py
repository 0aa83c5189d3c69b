"""Counting: one library's whole walk, from its reads to its exact counts, in one process.

The rooms it leads through are `trimming` (reads to inserts), `matching` (inserts to places) and
`quantification` (places to counts). Nothing is written in between: reading it back would take
longer than making it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from exosift.annotation import CLASSES, GENOME, UNMAPPED, read_annotation
from exosift.bam import insert_name, write_bam
from exosift.errors import UserError
from exosift.files import write_json
from exosift.matching import match
from exosift.protocols import Protocol
from exosift.quantification import Quantification, Rules, call, write_counts
from exosift.transcriptome import load_transcriptome
from exosift.trimming import trim


@dataclass(frozen=True)
class References:
    """Where the references of a run are.

    Attributes
    ----------
    index
        Folder of the index of all transcripts.
    transcripts, windows
        Tables of what the transcripts are, and where matures lie on hairpins.
    genome
        Prefix of the genome's bowtie index, if there is one.
    """

    index: Path
    transcripts: Path
    windows: Path
    genome: Path | None = None


@dataclass(frozen=True)
class Results:
    """Where the results of a library go.

    Attributes
    ----------
    counts
        Table of exact counts per class, feature and kind.
    summary
        JSON: what became of the reads, how the library was made, which files it was read from.
    bam
        Alignments of the unique inserts, sorted, with an index beside it.
    genome_bam
        Alignments of the rest to the genome, if there is one.
    """

    counts: Path
    summary: Path
    bam: Path
    genome_bam: Path | None = None


def count_library(
    fastq: Sequence[Path],
    protocol: Protocol,
    references: References,
    results: Results,
    *,
    sample: str,
    rules: Rules | None = None,
    mismatches: int = 1,
    longest_tail: int = 3,
    **trimming: Any,
) -> dict[str, Any]:
    """Count one library, and prove that its reads add up.

    Parameters
    ----------
    fastq
        Its FASTQ files; several lanes are one library.
    protocol
        How the library was made.
    references
        What its reads may be.
    results
        Where its results go.
    sample
        Name of the library.
    rules
        What counts as an isomiR.
    mismatches, longest_tail
        Mismatches allowed in an alignment, and nt of a non-templated 3' tail.
    **trimming
        Arguments of `trimming.trim`.

    Returns
    -------
    dict
        The summary.

    Raises
    ------
    UserError
        If the references are not of one run, or a setting asks for what is not possible.
    """
    rules = rules or Rules()
    told, counted = trim(fastq, protocol, sample=sample, **trimming)
    inserts = counted.ranked()
    transcriptome = load_transcriptome(references.index)
    annotation = read_annotation(references.transcripts, references.windows, transcriptome.names)
    hits = match(inserts, transcriptome, mismatches=mismatches, longest_tail=longest_tail)
    calls = call(inserts, hits, annotation, rules)
    library = Quantification(inserts, hits, calls, annotation, rules.ties)
    classes = _classes(library, references.genome, results.genome_bam, sample)
    told |= {
        "fates": {name: reads for name, reads in told["fates"].items() if name != "kept"},
        "classes": {name: classes[name] for name in CLASSES if name in classes},
        "unique_inserts": len(inserts),
    }
    check_conservation(told)
    write_bam(inserts, hits, transcriptome, results.bam, sample=sample)
    write_counts(library.tallies(), results.counts)
    write_json(told, results.summary)
    return told


def _classes(
    library: Quantification, genome: Path | None, bam: Path | None, sample: str
) -> dict[str, int]:
    """Count the reads of each class; what fits none is sought in the genome if there is one."""
    classes = dict(library.classes())
    unexplained = classes.pop("")
    if not (genome and bam):
        return {**classes, UNMAPPED: unexplained}
    # Here, since it needs pysam and bowtie.
    from exosift.genome import align_to_genome

    which = library.unexplained()
    reads = library.inserts.reads[which].tolist()
    names = _names(which.tolist(), reads)
    found = align_to_genome(
        zip(names, library.inserts.sequences(which), strict=True), genome, bam, sample=sample
    )
    there = sum(count for name, count in zip(names, reads, strict=True) if name in found)
    return {**classes, GENOME: there, UNMAPPED: unexplained - there}


def _names(numbers: Sequence[int], reads: Sequence[int]) -> list[str]:
    return [insert_name(n + 1, count) for n, count in zip(numbers, reads, strict=True)]


def check_conservation(told: Mapping[str, Any]) -> None:
    """Compare the reads in with the sum of their fates and classes: the promise of this package.

    Raises
    ------
    UserError
        If they differ.
    """
    discarded, counted = sum(told["fates"].values()), sum(told["classes"].values())
    line = (
        f"{told['sample']}: {told['reads_in']} reads in = {discarded} discarded + {counted} "
        f"in classes"
    )
    if told["reads_in"] != discarded + counted:
        raise UserError(f"{line} does not add up. This is a fault of exosift: please report it.")
    print(line)

"""Counting: one library's whole walk, from its reads to its exact counts, in one process.

The rooms it leads through are `trimming` (reads to inserts), `matching` (inserts to places),
`calling` (places to classes) and `quantification` (classes to counts). Nothing is written in
between: reading it back would take longer than making it.
"""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from exosift.annotation import CLASSES, GENOME, UNMAPPED, read_annotation
from exosift.bam import insert_name, write_bam
from exosift.calling import call, without_antisense
from exosift.errors import SampleError, UserError
from exosift.files import write_json
from exosift.identification import identify
from exosift.inserts import InsertCounts, UniqueInserts
from exosift.isomirs import find_isomirs, write_isomirs
from exosift.kernel import Kernel, load_kernel
from exosift.matching import match
from exosift.mirgff3 import write_mirgff3
from exosift.protocols import Protocol
from exosift.quantification import Quantification, write_counts
from exosift.settings.alignment import Alignment
from exosift.settings.quantification import IsomirRules
from exosift.transcriptome import load_transcriptome
from exosift.trimming import leave_out, trim
from exosift.umis import deduplicate


@dataclass(frozen=True)
class References:
    """Where the references of a run are.

    Attributes
    ----------
    index
        Folder of the index of all transcripts.
    transcripts, windows, features
        Tables of what the transcripts are, where matures lie on hairpins, and what they are.
    genome
        Prefix of the genome's bowtie index, if there is one.
    """

    index: Path
    transcripts: Path
    windows: Path
    features: Path
    genome: Path | None = None

    def matures(self) -> list[str]:
        """Read the sequences of the mature miRNAs."""
        with self.features.open(newline="") as handle:
            return [row["sequence"] for row in csv.DictReader(handle, delimiter="\t")]


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
    isomirs
        Table of the isomiRs of each miRNA, by their variants.
    mirgff3
        The isomiRs of all inserts, in mirGFF3.
    genome_bam
        Alignments of the rest to the genome, if there is one.
    """

    counts: Path
    summary: Path
    bam: Path
    isomirs: Path
    mirgff3: Path
    genome_bam: Path | None = None


def count_library(
    fastq: Sequence[Path],
    protocol: str,
    protocols: Mapping[str, Protocol],
    references: References,
    results: Results,
    *,
    sample: str,
    rules: IsomirRules | None = None,
    mismatches: int = Alignment.mismatches,
    longest_tail: int = Alignment.longest_tail,
    on_bad_sample: str = "continue",
    on_contradiction: str = "fail",
    deduplicate_umis: bool = True,
    threads: int = 1,
    **trimming: Any,
) -> dict[str, Any]:
    """Count one library, and prove that its reads add up.

    Parameters
    ----------
    fastq
        Its FASTQ files; several lanes are one library.
    protocol
        Name of the protocol by which it was made, or `auto`.
    protocols
        The known protocols by name.
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
    on_bad_sample
        `continue`: a library that cannot be used becomes an empty one with status `failed` and the
        reason; `stop`: it raises.
    on_contradiction
        What happens if the reads contradict the protocol: `fail` or `warn`, see `identify`.
    deduplicate_umis
        Whether molecules are counted instead of reads where the protocol has a UMI.
    threads
        1, or 2 to decompress in a thread of its own.
    **trimming
        Fields of `trimming.TrimmingRules`.

    Returns
    -------
    dict
        The summary.

    Raises
    ------
    SampleError
        If the library cannot be used and `on_bad_sample` is `stop`.
    UserError
        If the references are not of one run, or a setting asks for what is not possible.
    """
    rules = rules or IsomirRules()
    matures = references.matures()
    identity = identify(fastq, protocol, protocols, matures, on_contradiction=on_contradiction)
    if identity.reason and on_bad_sample == "stop":
        raise SampleError(f"{sample}: {identity.reason}")
    if identity.reason:
        told, counted = leave_out(
            fastq, identity.protocol, identity.reason, sample=sample, **trimming
        )
    else:
        told, counted = trim(
            fastq,
            identity.protocol,
            sample=sample,
            on_bad_sample=on_bad_sample,
            threads=threads,
            **trimming,
        )
    told["protocol_call"] = identity.told
    inserts, told["umi"] = unique_inserts(
        counted, identity.protocol.umi_length, load_kernel(), deduplicating=deduplicate_umis
    )
    transcriptome = load_transcriptome(references.index)
    annotation = read_annotation(references.transcripts, references.windows, transcriptome.names)
    matching: dict[str, Any] = {"mismatches": mismatches, "longest_tail": longest_tail}
    hits = match(inserts, transcriptome, **matching)
    calls = call(inserts, hits, annotation, rules)
    calls = without_antisense(inserts, calls, annotation, transcriptome, longest_tail=longest_tail)
    library = Quantification(inserts, hits, calls, annotation, transcriptome, rules, **matching)
    classes = _classes(library, references.genome, results.genome_bam, sample)
    told |= {
        "fates": {
            **{name: reads for name, reads in told["fates"].items() if name != "kept"},
            **({"umi_duplicate": told["umi"]["removed"]} if told["umi"] else {}),
        },
        "classes": {name: classes[name] for name in CLASSES if name in classes},
        "unique_inserts": len(inserts),
        "gc_share": inserts.gc_share,
    }
    check_conservation(told)
    write_bam(inserts, hits, transcriptome, results.bam, sample=sample)
    write_counts(library, results.counts)
    isomirs = find_isomirs(library)
    write_isomirs(library, isomirs, results.isomirs)
    write_mirgff3(library, isomirs, results.mirgff3, sample=sample)
    write_json(told, results.summary)
    return told


def unique_inserts(
    counted: InsertCounts, umi_length: int, kernel: Kernel, *, deduplicating: bool = True
) -> tuple[UniqueInserts, dict[str, Any] | None]:
    """Give the unique inserts of a library: with their reads, or with their molecules.

    Parameters
    ----------
    counted
        The inserts that were kept.
    umi_length
        nt of the UMI that the protocol has; 0 if it has none.
    kernel
        Spells inserts.
    deduplicating
        Whether molecules are counted where there is a UMI.

    Returns
    -------
    inserts, told
        The inserts by their number of reads or molecules, and what `umis.deduplicate` tells of the
        library, with `removed`: reads that are no molecule of their own. None without a UMI.
    """
    if not umi_length:
        return counted.ranked(), None
    pairs = counted.pairs(umi_length)
    numbers = pairs.inserts
    reads = (pairs.words[:, 3] >> np.uint64(8)).astype(np.int64)
    new = np.diff(numbers, prepend=-1) > 0
    words = pairs.words[new]
    if deduplicating:
        found = deduplicate(numbers, pairs.umis, reads, umi_length, words)
        counts, told = found.counts, dict(found.summary)
    else:
        counts, told = np.bincount(numbers, reads, len(words)).astype(np.int64), {}
    told["removed"] = int(reads.sum() - counts.sum())
    words[:, 3] = counts.astype(np.uint64) << np.uint64(8) | words[:, 3] & np.uint64(0xFF)
    order = np.argsort(-counts, kind="stable")
    return UniqueInserts(words[order[: np.count_nonzero(counts)]], kernel), told


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

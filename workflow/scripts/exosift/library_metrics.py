"""What one library says about itself: numbers from its reads, its RNA classes and its miRNAs."""

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from exosift.matrices import NO_CLASSES, UMI_DUPLICATE

# What the exRNA consortium's transcriptome count leaves out: exceRpt removes rRNA and vectors first
# and aligns spike-ins (calibrators) on their own.
BESIDE_TRANSCRIPTOME = ("spike_in", "rRNA", "vector", "genome", "unmapped")

SHORTEST_INSERT, LONGEST_INSERT = 15, 50  # nt, the range of the class profile
MIRNA_LENGTHS = range(20, 26)  # nt, miRTrace's window of miRNA-sized inserts

READ_METRICS = (
    "reads_in",
    "adapter_share",
    "dimer_share",
    "short_insert_share",
    "q30_share",
    "kept_reads",
    "kept_share",
    "insert_20_25_share",
    "insert_length_mode",
    "insert_length_mean",
    "gc_share",
)
CLASS_METRICS = (
    "mirna_share",
    "rrna_share",
    "trna_yrna_share",
    "vector_share",
    "unmapped_share",
    "transcriptome_reads",
    "transcriptome_genome_ratio",
    "spike_in_reads",
)
PROTOCOL_TEXTS = (
    "protocol",
    "protocol_declared",
    "protocol_called",
    "protocol_confidence",
    "protocol_kits",
    "protocol_evidence",
    "protocol_contradiction",
)
UMI_METRICS = ("umi_share", "umi_saturation", "umi_occupancy")
COUNT_METRICS = ("mirna_reads", "mirnas_detected", "top_mirna", "top_mirna_share")

Metrics = dict[str, Any]


def share(part: float, whole: float) -> float:
    """Divide, and say NaN (not assessable) where there is nothing to divide by."""
    return part / whole if whole > 0 else math.nan


def read_metrics(summary: Mapping[str, Any]) -> Metrics:
    """Measure the reads of one library from its summary.

    Parameters
    ----------
    summary : mapping
        The content of `quantified/{sample}.json`. The shares of reads are of all reads in; a copy
        of a molecule is kept by the trimming. `adapter_share` is of the reads in which an adapter
        was looked for, and NaN for a library that came without one; `insert_20_25_share` is of
        inserts of 15 to 50 nt.

    Returns
    -------
    dict
        One value per name in `READ_METRICS`.
    """
    fates = summary.get("fates", {})
    reads_in = int(summary.get("reads_in", 0))
    lengths = {int(nt): int(n) for nt, n in summary.get("insert_lengths", {}).items()}
    inserts = {nt: n for nt, n in lengths.items() if SHORTEST_INSERT <= nt <= LONGEST_INSERT}
    with_adapter, without = sum(lengths.values()), fates.get("no_adapter", 0)
    dimers, too_short = fates.get("adapter_dimer", 0), fates.get("too_short", 0)
    kept = sum(summary.get("classes", {}).values()) + fates.get(UMI_DUPLICATE, 0)
    return {
        "reads_in": reads_in,
        "adapter_share": (
            share(with_adapter, with_adapter + without) if summary.get("adapter") else math.nan
        ),
        "dimer_share": share(dimers, reads_in),
        "short_insert_share": share(dimers + too_short, reads_in),
        "q30_share": _number(summary.get("q30_share")),
        "kept_reads": kept,
        "kept_share": share(kept, reads_in),
        "insert_20_25_share": share(
            sum(inserts.get(nt, 0) for nt in MIRNA_LENGTHS), sum(inserts.values())
        ),
        "insert_length_mode": _mode(inserts),
        "insert_length_mean": share(
            sum(nt * n for nt, n in inserts.items()), sum(inserts.values())
        ),
        "gc_share": _number(summary.get("gc_share")),
    }


def protocol_texts(summary: Mapping[str, Any]) -> dict[str, str]:
    """Tell how a library was made, as declared and as its reads show it.

    Parameters
    ----------
    summary : mapping
        The content of `quantified/{sample}.json`.

    Returns
    -------
    dict
        One text per name in `PROTOCOL_TEXTS`: the protocol by which it was read, the one that was
        declared, the layout that its first reads show, how sure that is, all kits with that
        layout, what was seen, and how it contradicts what was declared, if it does.
    """
    call = summary.get("protocol_call", {})
    texts = [
        summary.get("protocol", ""),
        *(call.get(key, "") for key in ("declared", "called", "confidence")),
        ";".join(call.get("kits", [])),
        *(call.get(key, "") for key in ("evidence", "contradiction")),
    ]
    return dict(zip(PROTOCOL_TEXTS, texts, strict=True))


def umi_metrics(summary: Mapping[str, Any]) -> Metrics:
    """Measure how molecules were counted.

    Returns
    -------
    dict
        One value per name in `UMI_METRICS`, NaN where reads were not deduplicated: the share of
        kept reads with a whole UMI, the share of these that are copies, and the largest share of
        all UMIs that one insert takes.
    """
    umi = summary.get("umi") or {}
    if "molecules" not in umi:
        return dict.fromkeys(UMI_METRICS, math.nan)
    return {
        "umi_share": share(umi["reads"], umi["reads"] + umi["reads_without"]),
        "umi_saturation": umi["saturation"],
        "umi_occupancy": umi["highest_occupancy"],
    }


def class_metrics(classes: Mapping[str, Any]) -> Metrics:
    """Measure what the kept reads of one library are.

    Parameters
    ----------
    classes : mapping
        One row of `class_counts.tsv`: reads in, the discard fates, the RNA classes, `genome` where
        a genome was aligned to, `unmapped`.

    Returns
    -------
    dict
        One value per name in `CLASS_METRICS`; shares are of kept reads. The ratio of the exRNA
        consortium's gate is NaN without a genome. Genome reads here are transcriptome reads and
        those that only the genome explains, since the genome is asked last.
    """
    reads = {name: int(n) for name, n in classes.items() if name not in NO_CLASSES}
    kept = sum(reads.values())
    transcriptome = sum(n for name, n in reads.items() if name not in BESIDE_TRANSCRIPTOME)
    return {
        "mirna_share": share(reads.get("miRNA", 0), kept),
        "rrna_share": share(reads.get("rRNA", 0), kept),
        "trna_yrna_share": share(reads.get("tRNA", 0) + reads.get("Y_RNA", 0), kept),
        "vector_share": share(reads.get("vector", 0), kept),
        "unmapped_share": share(reads.get("unmapped", 0), kept),
        "transcriptome_reads": transcriptome,
        "transcriptome_genome_ratio": (
            share(transcriptome, transcriptome + reads["genome"]) if "genome" in reads else math.nan
        ),
        "spike_in_reads": reads.get("spike_in", 0),
    }


def count_metrics(counts: pd.Series, detection_reads: int) -> Metrics:
    """Measure the miRNA counts of one library.

    Parameters
    ----------
    counts : Series
        Reads per miRNA.
    detection_reads : int
        A miRNA with this many reads counts as detected.

    Returns
    -------
    dict
        One value per name in `COUNT_METRICS`. Of several most abundant miRNAs the first by name.
    """
    total = int(counts.sum())
    top = counts.sort_index(kind="stable").idxmax() if total else ""
    return {
        "mirna_reads": total,
        "mirnas_detected": int((counts >= detection_reads).sum()),
        "top_mirna": top,
        "top_mirna_share": share(float(counts.max()), total) if total else math.nan,
    }


def _mode(inserts: Mapping[int, int]) -> float:
    """Find the most common length in nt, the shorter of two, NaN where there is none."""
    if not any(inserts.values()):
        return math.nan
    return min(inserts, key=lambda nt: (-inserts[nt], nt))


def _number(value: Any) -> float:
    return math.nan if value is None else float(value)

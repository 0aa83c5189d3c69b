"""Sentences of libraries outside a limit of quality: by how much, and what it means."""

from collections.abc import Mapping
from typing import Any

from exosift.library_status import FAIL, UNREADABLE, WARN
from exosift.quality_rules import BY_METRIC, Breach, Rule, read_breaches

SENTENCES = {
    "adapter_share": (
        "the 3' adapter is in {value} of the reads, so the protocol may be another or the reads "
        "already trimmed",
        "the 3' adapter is in too few reads, so the protocol may be another or the reads already "
        "trimmed",
    ),
    "short_insert_share": (
        "{value} of the reads are adapter dimers or inserts too short to keep",
        "adapter dimers or inserts too short to keep",
    ),
    "umi_share": (
        "{value} of the kept reads hold a whole UMI; the others were counted without deduplication",
        "kept reads with a whole UMI; the others were counted without deduplication",
    ),
    "umi_occupancy": (
        "one insert takes {value} of all UMIs; its molecules are corrected for collisions",
        "one insert takes too many of the UMIs; its molecules are corrected for collisions",
    ),
    "q30_share": (
        "{value} of the bases have a quality of 30 or more",
        "bases with a quality of 30 or more",
    ),
    "kept_share": (
        "{value} of the reads were kept after trimming",
        "reads kept after trimming",
    ),
    "mirna_reads": ("{value} reads of mature miRNAs", "reads of mature miRNAs"),
    "transcriptome_reads": (
        "{value} reads of the transcriptome (exRNA consortium's gate)",
        "reads of the transcriptome (exRNA consortium's gate)",
    ),
    "mirnas_detected": ("{value} miRNAs detected", "miRNAs detected"),
    "transcriptome_genome_ratio": (
        "{value} transcriptome reads per genome read (exRNA consortium's gate)",
        "transcriptome reads per genome read (exRNA consortium's gate)",
    ),
    "mirna_share": ("{value} of the kept reads are miRNA", "kept reads that are miRNA"),
    "insert_20_25_share": (
        "{value} of the inserts are 20 to 25 nt long, the length of miRNAs",
        "inserts of 20 to 25 nt, the length of miRNAs",
    ),
    "rrna_share": ("{value} of the kept reads are rRNA", "kept reads that are rRNA"),
    "vector_share": (
        "{value} of the kept reads are vector or adapter",
        "kept reads that are vector or adapter",
    ),
    "top_mirna_share": (
        "one miRNA ({top_mirna}) holds {value} of the reads",
        "one miRNA holds too much of the reads",
    ),
    "complexity_z": (
        "fewer miRNAs than other libraries of this protocol show at this depth (z = {value})",
        "fewer miRNAs than other libraries of their protocol show at their depth",
    ),
    "peer_correlation": (
        "Spearman correlation {value} with the median of its protocol and batch",
        "Spearman correlation with the median of their protocol and batch",
    ),
    "trna_yrna_z": (
        "unusually much tRNA and Y RNA for its batch (z = {value})",
        "unusually much tRNA and Y RNA for their batch",
    ),
    "spike_in_z": (
        "unusual spike-in recovery for its batch (z = {value})",
        "unusual spike-in recovery for their batch",
    ),
    "haemolysis_h1_z": (
        "possible haemolysis: miR-451a against miR-23a-3p is high for its batch (z = {value})",
        "possible haemolysis: miR-451a against miR-23a-3p is high for their batch",
    ),
    "haemolysis_h2_z": (
        "possible haemolysis: the 20-miRNA signature is high for its batch (z = {value})",
        "possible haemolysis: the 20-miRNA signature is high for their batch",
    ),
    "platelet_z": (
        "platelet miRNAs are high for its batch (z = {value})",
        "platelet miRNAs are high for their batch",
    ),
}
"""Of each metric what is said of one library, and of all libraries that break the same limit."""

NO_SPIKE_INS = "no read of a spike-in, though they were added"


def library_sentences(library: Mapping[str, Any]) -> list[str]:
    """Return why a library does not pass, a sentence for each finding, failures first.

    Parameters
    ----------
    library
        A row of `quality/samples.tsv`. Of one that could not be read the only finding is its
        error.
    """
    if library["status"] == UNREADABLE:
        return [library["reason"]]
    breaches = read_breaches(library.get("outside_limits", ""))
    found = [limit_sentence(one, library.get("top_mirna", "")) for one in breaches]
    return [*found, *note_sentences(library).values()]


def note_sentences(library: Mapping[str, Any]) -> dict[str, str]:
    """Return what is said beside the limits of a library, by its flag: `protocol` and `twins`.

    Parameters
    ----------
    library
        Its `protocol_contradiction` and `twins`, as they stand in `quality/samples.tsv`.
    """
    found = {}
    if library.get("protocol_contradiction"):
        found["protocol"] = library["protocol_contradiction"].rstrip(".")
    if library.get("twins"):
        others = library["twins"].replace(",", ", ")
        found["twins"] = f"looks like the same library as {others}"
    return found


def limit_sentence(breach: Breach, top_mirna: str = "") -> str:
    """Return by how much a library breaks a limit, and what that means.

    Parameters
    ----------
    breach
        The metric, its value and the limit.
    top_mirna
        The most abundant miRNA of the library.
    """
    if breach.limit is None:
        return NO_SPIKE_INS
    rule = BY_METRIC[breach.metric]
    value, limit = _figures(breach.value, breach.limit, rule.unit)
    text = SENTENCES[breach.metric][0].format(value=value, top_mirna=top_mirna)
    return f"{text} ({_limit(rule, breach.level, limit)})"


def limit_kind(metric: str, level: str, limit: float | None) -> str:
    """Return what libraries share that break one limit, without the figure of any of them."""
    if limit is None:
        return NO_SPIKE_INS
    rule = BY_METRIC[metric]
    return f"{SENTENCES[metric][1]} ({_limit(rule, level, _figures(limit, limit, rule.unit)[1])})"


def _limit(rule: Rule, level: str, edge: str) -> str:
    verb = {FAIL: "fails", WARN: "warns"}[level]
    where = {"below": "below ", "above": "above ", "beyond": "beyond ±"}[rule.outside]
    return f"{verb} {'at or ' if rule.at_limit else ''}{where}{edge}"


def _figures(value: float, limit: float, unit: str) -> tuple[str, str]:
    """Write a value beside its limit with just so many digits that the two differ."""
    if unit == "count":
        return f"{value:,.0f}", f"{limit:,.0f}"
    scale, sign, digits = (100, "%", 1) if unit == "share" else (1, "", 2)
    value, limit = value * scale, limit * scale
    while value != limit and f"{value:.{digits}f}" == f"{limit:.{digits}f}" and digits < 9:
        digits += 1
    return f"{value:.{digits}f}{sign}", f"{limit:.10g}{sign}"

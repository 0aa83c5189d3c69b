"""Sentences of libraries outside a limit of quality: by how much, and what it means."""

from exosift.quality_rules import BY_METRIC, Breach, Rule

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
    verb = {"fail": "fails", "warn": "warns"}[level]
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

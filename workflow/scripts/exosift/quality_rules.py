"""What is asked of each library: the metrics that are judged, and the words for those that fail."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True)
class Rule:
    """How one metric is judged.

    `at_limit` says that a value equal to the limit is also outside it, as in the exRNA consortium's
    gate (more than 100,000 reads pass).
    """

    metric: str
    outside: Literal["below", "above", "beyond"]
    unit: Literal["share", "count", "score"]
    sentence: str
    at_limit: bool = False

    def breaks(self, value: float, limit: float) -> bool:
        """Tell whether a value is outside the limit; a missing value (NaN) never is."""
        value = abs(value) if self.outside == "beyond" else value
        if value == limit:
            return self.at_limit
        return value < limit if self.outside == "below" else value > limit


# The order is that of the causes: a library with the wrong adapter has few reads because of it.
RULES = (
    Rule(
        "adapter_share",
        "below",
        "share",
        "the 3' adapter is in {value} of the reads, so the protocol may be another or the reads "
        "already trimmed",
    ),
    Rule(
        "short_insert_share",
        "above",
        "share",
        "{value} of the reads are adapter dimers or inserts too short to keep",
    ),
    Rule(
        "umi_share",
        "below",
        "share",
        "{value} of the kept reads hold a whole UMI; the others were counted without deduplication",
    ),
    Rule(
        "umi_occupancy",
        "above",
        "share",
        "one insert takes {value} of all UMIs; its molecules are corrected for collisions",
    ),
    Rule("q30_share", "below", "share", "{value} of the bases have a quality of 30 or more"),
    Rule("kept_share", "below", "share", "{value} of the reads were kept after trimming"),
    Rule("mirna_reads", "below", "count", "{value} reads of mature miRNAs"),
    Rule(
        "transcriptome_reads",
        "below",
        "count",
        "{value} reads of the transcriptome (exRNA consortium's gate)",
        at_limit=True,
    ),
    Rule("mirnas_detected", "below", "count", "{value} miRNAs detected"),
    Rule(
        "transcriptome_genome_ratio",
        "below",
        "score",
        "{value} transcriptome reads per genome read (exRNA consortium's gate)",
        at_limit=True,
    ),
    Rule("mirna_share", "below", "share", "{value} of the kept reads are miRNA"),
    Rule(
        "insert_20_25_share",
        "below",
        "share",
        "{value} of the inserts are 20 to 25 nt long, the length of miRNAs",
    ),
    Rule("rrna_share", "above", "share", "{value} of the kept reads are rRNA"),
    Rule("vector_share", "above", "share", "{value} of the kept reads are vector or adapter"),
    Rule("top_mirna_share", "above", "share", "one miRNA ({top_mirna}) holds {value} of the reads"),
    Rule(
        "complexity_z",
        "below",
        "score",
        "fewer miRNAs than other libraries of this protocol show at this depth (z = {value})",
    ),
    Rule(
        "peer_correlation",
        "below",
        "score",
        "Spearman correlation {value} with the median of its protocol and batch",
    ),
    Rule(
        "trna_yrna_z", "above", "score", "unusually much tRNA and Y RNA for its batch (z = {value})"
    ),
    Rule("spike_in_z", "beyond", "score", "unusual spike-in recovery for its batch (z = {value})"),
    Rule(
        "haemolysis_h1_z",
        "above",
        "score",
        "possible haemolysis: miR-451a against miR-23a-3p is high for its batch (z = {value})",
    ),
    Rule(
        "haemolysis_h2_z",
        "above",
        "score",
        "possible haemolysis: the 20-miRNA signature is high for its batch (z = {value})",
    ),
    Rule("platelet_z", "above", "score", "platelet miRNAs are high for its batch (z = {value})"),
)


def sentence(rule: Rule, row: Mapping[str, Any], level: str, limit: float) -> str:
    """Say by how much a library breaks a limit, and what that means.

    Parameters
    ----------
    rule, row
        The rule, and the metrics of the library.
    level, limit
        `fail` or `warn`, and its limit.
    """
    value, edge = _figures(row[rule.metric], limit, rule.unit)
    text = rule.sentence.format(value=value, top_mirna=row.get("top_mirna", ""))
    verb = {"fail": "fails", "warn": "warns"}[level]
    where = {"below": "below", "above": "above", "beyond": "beyond ±"}[rule.outside]
    space = "" if where.endswith("±") else " "
    return f"{text} ({verb} {'at or ' if rule.at_limit else ''}{where}{space}{edge})"


def _figures(value: float, limit: float, unit: str) -> tuple[str, str]:
    """Write a value beside its limit with just so many digits that the two differ."""
    if unit == "count":
        return f"{value:,.0f}", f"{limit:,.0f}"
    scale, sign, digits = (100, "%", 1) if unit == "share" else (1, "", 2)
    value, limit = value * scale, limit * scale
    while value != limit and f"{value:.{digits}f}" == f"{limit:.{digits}f}" and digits < 9:
        digits += 1
    return f"{value:.{digits}f}{sign}", f"{limit:.10g}{sign}"

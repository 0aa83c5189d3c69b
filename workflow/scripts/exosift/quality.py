"""Whether each library can be believed: metrics, limits, a status and the reason for it.

The judgement never sees the condition of a sample, so it cannot favour a result.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from exosift import haemolysis, library_metrics, peers
from exosift.isomir_kinds import ISOMIR_METRICS
from exosift.library_metrics import (
    CLASS_METRICS,
    COUNT_METRICS,
    PROTOCOL_TEXTS,
    READ_METRICS,
    UMI_METRICS,
)

STATUSES = ("pass", "warn", "fail", "unreadable")

COHORT_METRICS = (
    "complexity_z",
    "trna_yrna_z",
    "spike_in_z",
    "peer_correlation",
    *haemolysis.METRICS,
)
WHOLE_NUMBERS = (
    "reads_in",
    "kept_reads",
    "insert_length_mode",
    "transcriptome_reads",
    "spike_in_reads",
    "mirna_reads",
    "mirnas_detected",
)
TEXTS = ("status", "reason", "flags", "top_mirna", "twins", "peer_group", *PROTOCOL_TEXTS)
RED_CELL_SCORES = ("haemolysis_h1_z", "haemolysis_h2_z")
LEAST_SPIKE_IN_READS = 10  # a group's median below this means that no spike-ins were added


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


def assess(
    sheet: pd.DataFrame,
    summaries: Mapping[str, Mapping[str, Any]] | None,
    counts: pd.DataFrame,
    class_counts: pd.DataFrame | None,
    thresholds: Mapping[str, Any],
    isomirs: Mapping[str, Mapping[str, float]] | None = None,
) -> pd.DataFrame:
    """Measure every library and judge whether it may be used.

    Parameters
    ----------
    sheet : DataFrame
        The sample sheet, indexed by sample. `condition` is not read.
    summaries : mapping or None
        The trimming summary of each sample; None (or empty) where the run starts from counts, and
        then only metrics of counts are in the table.
    counts : DataFrame
        Reads, miRNA x sample; a sample that failed may be absent.
    class_counts : DataFrame or None
        `class_counts.tsv`, with a column or an index `sample`; None where the run starts from
        counts.
    thresholds : mapping
        The section `quality` of the config: for each metric that is judged `fail_below` and
        `warn_below` (or `_above`, `_beyond`), where a missing or null limit judges nothing, and
        the settings of the measurements.
    isomirs : mapping or None
        Of each sample one value per name in `ISOMIR_METRICS`.

    Returns
    -------
    DataFrame
        `quality/samples.tsv`: one row per sample of the sheet, in its order, indexed by sample;
        status, reason, flags (names of the metrics outside their limits), then the metrics. Shares
        are between 0 and 1; NaN means not assessable.
    """
    from_reads = bool(summaries)
    summaries = summaries or {}
    table = pd.DataFrame(
        {
            sample: {
                **_library(sample, summaries, counts, class_counts, thresholds),
                **(isomirs or {}).get(sample, {}),
            }
            for sample in sheet.index
        },
        index=_columns(from_reads),
    ).T
    table.index.name = "sample"
    table["unreadable"] = [
        _unreadable(sample, summaries, from_reads, counts) for sample in table.index
    ]
    table["peer_group"] = peers.peer_groups(
        sheet, {sample: str(summary.get("protocol", "")) for sample, summary in summaries.items()}
    )
    table = table.astype(dict.fromkeys(_numbers(table), float))
    _compare(table, sheet, counts, thresholds)
    judged = [_judge(row, thresholds) for row in table.to_dict("records")]
    table["status"], table["reason"], table["flags"] = (
        zip(*judged, strict=True) if judged else [()] * 3
    )
    return _in_order(table.drop(columns="unreadable"))


def usable(quality: pd.DataFrame) -> dict[str, str]:
    """Say of each sample why it is left out; an empty reason means that it is used.

    Samples that pass or warn are used.
    """
    return {
        sample: "" if status in ("pass", "warn") else reason or f"its status is {status}"
        for sample, status, reason in zip(
            quality.index, quality["status"], quality["reason"], strict=True
        )
    }


def read_quality(path: str | Path) -> pd.DataFrame:
    """Read `quality/samples.tsv` as `assess` made it: a sample may be called NA."""
    table = pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False, index_col="sample")
    for name in _numbers(table):
        table[name] = pd.to_numeric(table[name].replace("", None))
    return _in_order(table)


def _library(
    sample: str,
    summaries: Mapping[str, Mapping[str, Any]],
    counts: pd.DataFrame,
    class_counts: pd.DataFrame | None,
    thresholds: Mapping[str, Any],
) -> dict[str, Any]:
    """Gather what one library says about itself; a failed one says nothing."""
    texts = library_metrics.protocol_texts(summaries[sample]) if sample in summaries else {}
    if _unreadable(sample, summaries, bool(summaries), counts):
        return dict(texts)
    own = counts[sample] if sample in counts else pd.Series(0, index=counts.index, dtype=int)
    metrics = texts | library_metrics.count_metrics(own, thresholds["detection_reads"])
    if summaries:
        metrics |= library_metrics.read_metrics(summaries[sample])
        metrics |= library_metrics.umi_metrics(summaries[sample])
    if class_counts is not None:
        rows = class_counts.set_index("sample") if "sample" in class_counts else class_counts
        if sample in rows.index:
            metrics |= library_metrics.class_metrics(rows.loc[sample].to_dict())
    return metrics


def _unreadable(
    sample: str,
    summaries: Mapping[str, Mapping[str, Any]],
    from_reads: bool,
    counts: pd.DataFrame,
) -> str:
    """Say why a library could not be read at all, or nothing."""
    if not from_reads:
        return "" if sample in counts else "the count matrix has no column of this name"
    if sample not in summaries:
        return "the library was not trimmed"
    if summaries[sample].get("status") == "failed":
        return summaries[sample].get("reason") or "the library could not be read"
    return ""


def _compare(
    table: pd.DataFrame, sheet: pd.DataFrame, counts: pd.DataFrame, thresholds: Mapping[str, Any]
) -> None:
    """Add to the table what only other libraries can tell, measured among the sound ones."""
    detection, fewest = thresholds["detection_reads"], thresholds["min_libraries"]
    groups = table["peer_group"]
    sound = table.index[
        [
            not row["unreadable"]
            and row["mirna_reads"] > 0
            and not _verdicts(row, thresholds)["fail"]
            for row in table.to_dict("records")
        ]
    ]
    own = counts[sound]
    for name in (*COHORT_METRICS, "twins"):
        table[name] = "" if name in TEXTS else math.nan
    if not len(sound):
        return
    some = table.loc[sound]
    table.loc[sound, "complexity_z"] = peers.complexity_z(
        some["mirnas_detected"], some["mirna_reads"], groups.str.split(" / ").str[0], fewest
    )
    table.loc[sound, "peer_correlation"] = peers.correlation_with_peers(
        own, groups, detection, thresholds["min_libraries_of_a_median"]
    )
    table.loc[sound, list(haemolysis.METRICS)] = haemolysis.blood_cell_indices(
        own, groups, detection, fewest
    )
    if "trna_yrna_share" in table:
        table.loc[sound, "trna_yrna_z"] = peers.robust_z(some["trna_yrna_share"], groups, fewest)
        table.loc[sound, "spike_in_z"] = _spike_in_z(some, groups, fewest)
    subjects = sheet.get("subject", pd.Series("", index=sheet.index))
    subjects = subjects.where(subjects != "", "sample " + sheet.index.to_series())
    for sample, others in peers.twins(own, subjects, thresholds["duplicate_dispersion"]).items():
        table.loc[sample, "twins"] = ",".join(others)


def _spike_in_z(table: pd.DataFrame, groups: pd.Series, fewest: int) -> pd.Series:
    """Compare the recovery of spike-ins, in groups that were given any."""
    reads = table["spike_in_reads"]
    median = reads.groupby(groups).transform("median")
    recovery = (reads + 1) / table["kept_reads"].where(table["kept_reads"] > 0)
    recovery = np.log2(recovery.astype(float)).where(median >= LEAST_SPIKE_IN_READS)
    return peers.robust_z(recovery, groups, fewest)


def _judge(row: Mapping[str, Any], thresholds: Mapping[str, Any]) -> tuple[str, str, str]:
    """Turn the metrics of one library into status, reason and flags."""
    if row["unreadable"]:
        return "unreadable", row["unreadable"], "unreadable"
    verdicts = _verdicts(row, thresholds)
    if row["twins"]:
        others = row["twins"].replace(",", ", ")
        verdicts["warn"].append(("twins", f"looks like the same library as {others}"))
    found = [*verdicts["fail"], *verdicts["warn"]]
    status = next((level for level in ("fail", "warn") if verdicts[level]), "pass")
    flags = [flag for flag, _ in found]
    if any(row[name] > thresholds[name]["flag_above"] for name in RED_CELL_SCORES):
        flags.append("haemolysed")
    return status, "; ".join(text for _, text in found), ";".join(flags)


def _verdicts(
    row: Mapping[str, Any], thresholds: Mapping[str, Any]
) -> dict[str, list[tuple[str, str]]]:
    """List for each severity the flags and sentences of the limits that a library breaks."""
    found: dict[str, list[tuple[str, str]]] = {"fail": [], "warn": []}
    for rule in RULES:
        value = row.get(rule.metric, math.nan)
        limits = thresholds.get(rule.metric) or {}
        for level in ("fail", "warn"):
            limit = limits.get(f"{level}_{rule.outside}")
            if limit is not None and rule.breaks(value, limit):
                found[level].append((rule.metric, _sentence(rule, row, level, limit)))
                break
    if row.get("protocol_contradiction"):
        found["warn"].append(("protocol", row["protocol_contradiction"].rstrip(".")))
    if thresholds["spike_ins_expected"] and row.get("spike_in_reads") == 0:
        found["fail"].append(("spike_in_reads", "no read of a spike-in, though they were added"))
    return found


def _sentence(rule: Rule, row: Mapping[str, Any], level: str, limit: float) -> str:
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


def _columns(from_reads: bool) -> list[str]:
    if from_reads:
        of_reads = (*READ_METRICS, *UMI_METRICS, *ISOMIR_METRICS)
        return [*PROTOCOL_TEXTS, *of_reads, *CLASS_METRICS, *COUNT_METRICS]
    return list(COUNT_METRICS)


def _numbers(table: pd.DataFrame) -> list[str]:
    return [name for name in table.columns if name not in (*TEXTS, "unreadable")]


def _in_order(table: pd.DataFrame) -> pd.DataFrame:
    """Put the columns into reading order, whole numbers as such and texts never missing."""
    first = ["status", "reason", "flags"]
    known = [*first, *READ_METRICS, *COUNT_METRICS, *CLASS_METRICS, *COHORT_METRICS]
    rest = ["twins", "peer_group", *ISOMIR_METRICS, *UMI_METRICS, *PROTOCOL_TEXTS]
    table = table[[name for name in [*known, *rest] if name in table.columns]].copy()
    for name in table.columns:
        if name in TEXTS:
            table[name] = table[name].fillna("").astype(str)
        else:
            table[name] = table[name].astype("Int64" if name in WHOLE_NUMBERS else float)
    return table

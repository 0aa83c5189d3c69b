"""Whether each library can be believed: metrics, limits, a status and the reason for it.

The judgement never sees the condition of a sample, so it cannot favour a result.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from exosift import haemolysis, library_metrics, peers
from exosift.findings import Exclusion
from exosift.isomir_kinds import ISOMIR_METRICS
from exosift.library_metrics import (
    CLASS_METRICS,
    COUNT_METRICS,
    PROTOCOL_TEXTS,
    READ_METRICS,
    UMI_METRICS,
)
from exosift.library_status import FAIL, PASS, UNREADABLE, USED, WARN
from exosift.quality_rules import RULES, Breach, read_breaches, write_breaches
from exosift.sentences.quality import limit_sentence, note_sentences
from exosift.table_files import read_run_table
from exosift.table_schemas import SCHEMAS, Kind

COHORT_METRICS = (
    "complexity_z",
    "trna_yrna_z",
    "spike_in_z",
    "peer_correlation",
    *haemolysis.METRICS,
)
WHOLE_NUMBERS = SCHEMAS["quality"].named(Kind.WHOLE)
TEXTS = SCHEMAS["quality"].named(Kind.TEXT)
RED_CELL_SCORES = ("haemolysis_h1_z", "haemolysis_h2_z")
LEAST_SPIKE_IN_READS = 10  # a group's median below this means that no spike-ins were added


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
        status, reason, flags (names of the metrics outside their limits), outside_limits (the
        limits that the library breaks, as `quality_rules.write_breaches` writes them), then the
        metrics. Shares are between 0 and 1; NaN means not assessable.
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
    table["status"], table["reason"], table["flags"], table["outside_limits"] = (
        zip(*judged, strict=True) if judged else [()] * 4
    )
    return _in_order(table.drop(columns="unreadable"))


def exclusions(quality: pd.DataFrame) -> dict[str, Exclusion]:
    """Return why libraries are left out: those that neither pass nor warn.

    Parameters
    ----------
    quality
        `quality/samples.tsv`, indexed by sample.
    """
    found = {}
    for sample, row in quality.iterrows():
        if row["status"] in USED:
            continue
        breaches = read_breaches(row.get("outside_limits", ""))
        if row["status"] == UNREADABLE:
            found[str(sample)] = Exclusion("unreadable", {"error": row["reason"]})
        elif breaches:
            found[str(sample)] = _outside(breaches, row.get("top_mirna", ""))
        else:
            found[str(sample)] = Exclusion("quality_status", {"status": row["status"]})
    return found


def _outside(breaches: Sequence[Breach], top_mirna: str) -> Exclusion:
    """Return the exclusion by limits of quality: the worst is its kind."""
    worst, *others = breaches
    facts = {"metric": worst.metric, "level": worst.level, "limit": worst.limit}
    own = {
        "value": worst.value,
        "top_mirna": top_mirna,
        "others": [asdict(one) for one in others],
    }
    return Exclusion("outside_limit", facts, own)


def read_quality(path: str | Path) -> pd.DataFrame:
    """Read `quality/samples.tsv` as `assess` made it: a sample may be called NA."""
    return _in_order(read_run_table("quality", path))


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
            and not any(one.level == "fail" for one in _breaches(row, thresholds))
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


def _judge(row: Mapping[str, Any], thresholds: Mapping[str, Any]) -> tuple[str, str, str, str]:
    """Turn the metrics of one library into status, reason, flags and the limits that it breaks."""
    if row["unreadable"]:
        return UNREADABLE, row["unreadable"], UNREADABLE, ""
    breaches = _breaches(row, thresholds)
    found = [(one.metric, limit_sentence(one, row.get("top_mirna", ""))) for one in breaches]
    notes = note_sentences(row)
    found += notes.items()
    levels = [one.level for one in breaches] + [WARN] * len(notes)
    status = next((level for level in (FAIL, WARN) if level in levels), PASS)
    flags = [flag for flag, _ in found]
    if any(row[name] > thresholds[name]["flag_above"] for name in RED_CELL_SCORES):
        flags.append("haemolysed")
    reason = "; ".join(text for _, text in found)
    return status, reason, ";".join(flags), write_breaches(breaches)


def _breaches(row: Mapping[str, Any], thresholds: Mapping[str, Any]) -> list[Breach]:
    """Return the limits that a library breaks, failures first."""
    found: list[Breach] = []
    for rule in RULES:
        value = row.get(rule.metric, math.nan)
        limits = thresholds.get(rule.metric) or {}
        for level in ("fail", "warn"):
            limit = limits.get(f"{level}_{rule.outside}")
            if limit is not None and rule.breaks(value, limit):
                found.append(Breach(rule.metric, level, float(value), float(limit)))
                break
    if thresholds["spike_ins_expected"] and row.get("spike_in_reads") == 0:
        found.append(Breach("spike_in_reads", "fail", 0.0))
    return sorted(found, key=lambda one: one.level != "fail")


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
    rest = ["outside_limits", "twins", "peer_group", *ISOMIR_METRICS, *UMI_METRICS, *PROTOCOL_TEXTS]
    table = table[[name for name in [*known, *rest] if name in table.columns]].copy()
    for name in table.columns:
        if name in TEXTS:
            table[name] = table[name].fillna("").astype(str)
        else:
            table[name] = table[name].astype("Int64" if name in WHOLE_NUMBERS else float)
    return table

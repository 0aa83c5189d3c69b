"""The general statistics table of the MultiQC report: one row per library."""

import math
from html import escape
from typing import Any

import pandas as pd

from exosift.multiqc_shapes import Section


def general_statistics(quality: pd.DataFrame) -> Section:
    """Show the numbers that decide about each library, one row per sample."""
    columns: dict[str, dict[str, Any]] = {
        "status": {
            "title": "Status",
            "description": "pass and warn are used, fail and unreadable are left out",
            "scale": False,
            "cond_formatting_rules": {
                "pass": [{"s_eq": "pass"}],
                "warn": [{"s_eq": "warn"}],
                "fail": [{"s_eq": "fail"}, {"s_eq": "unreadable"}],
            },
        },
        "reads_in": count("Reads", "Reads in the FASTQ files", "Greys"),
        "short_insert_share": percent("Dimers, short", "Adapter dimers and short inserts", "Reds"),
        "kept_share": percent("Kept", "Reads kept after trimming, of the reads in", "Greens"),
        "insert_20_25_share": percent("20–25 nt", "Inserts as long as a miRNA", "Greens"),
        "mirna_reads": count("miRNA reads", "Reads of mature miRNAs", "Blues"),
        "mirna_share": percent("miRNA", "Mature miRNA, of the kept reads", "Blues"),
        "mirnas_detected": count("miRNAs", "miRNAs detected", "Blues"),
        "top_mirna_share": percent(
            "Top miRNA", "Share of the most abundant miRNA", "Oranges", hidden=True
        ),
        "rrna_share": percent("rRNA", "rRNA, of the kept reads", "Reds", hidden=True),
        "q30_share": percent("Q30", "Bases with a quality of 30 or more", "Greens", hidden=True),
        "adapter_share": percent("Adapter", "Reads with the adapter", "Greens", hidden=True),
        "peer_correlation": score(
            "Correlation", "Spearman, with the median of its protocol and batch", "Greens", 0, 1
        ),
        "haemolysis_h1_z": score(
            "H1 z", "miR-451a / miR-23a-3p within protocol and batch", "Reds", 0, 5
        ),
        "haemolysis_h2_z": score(
            "H2 z", "20-miRNA haemolysis signature within protocol and batch", "Reds", 0, 5
        ),
    }
    shown = {name: head for name, head in columns.items() if name in quality.columns}
    rows: dict[str, dict[str, Any]] = {}
    for sample, row in quality.iterrows():
        cells = {name: cell(row[name], shown[name].get("suffix") == "%") for name in shown}
        rows[str(sample)] = {name: cell for name, cell in cells.items() if cell is not None}
    return {
        "id": "general_statistics",
        "plot_type": "generalstats",
        "headers": [{name: {**head, "namespace": "exosift"}} for name, head in shown.items()],
        "data": rows,
    }


def cell(value: Any, is_share: bool) -> Any:
    """Turn a value into a table cell; None is an empty one."""
    if isinstance(value, str):
        return escape(value)
    if pd.isna(value) or math.isinf(value):
        return None
    return float(value) * (100 if is_share else 1)


def count(title: str, description: str, scale: str) -> dict[str, Any]:
    """Describe a column of whole numbers."""
    return {
        "title": title,
        "description": description,
        "format": "{:,.0f}",
        "scale": scale,
        "min": 0,
    }


def percent(title: str, description: str, scale: str, hidden: bool = False) -> dict[str, Any]:
    """Describe a column of percentages."""
    return {
        "title": title,
        "description": description,
        "suffix": "%",
        "format": "{:,.1f}",
        "min": 0,
        "max": 100,
        "scale": scale,
        "hidden": hidden,
    }


def score(title: str, description: str, scale: str, low: float, high: float) -> dict[str, Any]:
    """Describe a column of scores, coloured from `low` to `high`."""
    return {
        "title": title,
        "description": description,
        "format": "{:,.2f}",
        "min": low,
        "max": high,
        "scale": scale,
    }

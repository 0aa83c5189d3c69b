"""Sections of the MultiQC report on how libraries were made, and what of their RNA was counted.

All texts of users and files are escaped here, as in `multiqc_content`.
"""

from collections.abc import Mapping
from html import escape
from typing import Any

import pandas as pd

from exosift.isomir_kinds import ISOMIR_METRICS
from exosift.multiqc_shapes import Section, bars, plot, shares
from exosift.multiqc_table import cell, percent

ISOMIR_TITLES = {
    "isomir_canonical_share": ("As annotated", "#0072B2"),
    "isomir_3p_share": ("Other 3' end", "#56B4E9"),
    "isomir_tailed_share": ("Non-templated 3' tail", "#009E73"),
    "isomir_5p_share": ("Other 5' end, another seed", "#E69F00"),
    "isomir_snv_share": ("Changed base", "#D55E00"),
}
FRAGMENT_TITLES = {
    "5p_half": ("5' half", "#0072B2"),
    "tRF-5": ("tRF-5", "#56B4E9"),
    "3p_half": ("3' half", "#D55E00"),
    "tRF-3": ("tRF-3", "#E69F00"),
    "i-tRF": ("Internal (i-tRF)", "#009E73"),
    "whole": ("Whole tRNA", "#5F4B8B"),
    "leader": ("Leader", "#CC79A7"),
    "tRF-1": ("Trailer (tRF-1)", "#8C6D31"),
    "precursor": ("Across an end of the tRNA", "#F0E442"),
    "": ("Place in the tRNA not known", "#CCCCCC"),
}
WIDE = " style='min-width:14em'"  # on a telephone the table scrolls rather than grows tall
NAMED_LIBRARIES = 6
"""Of more libraries that were made alike the first stand for all."""


def protocols(quality: pd.DataFrame) -> Section:
    """Say by which protocol the libraries were read, and what their reads show of it."""
    told = quality[quality["protocol_declared"] != ""]
    columns = ["protocol", "protocol_declared", "protocol_called", "protocol_confidence"]
    alike = told.groupby([*columns, "protocol_kits"], sort=False)
    rows = "".join(
        "<tr>"
        + "".join(f"<td>{escape(cell)}</td>" for cell in (used or "none", declared))
        + f"<td>{escape(called or 'unknown')}</td><td>{escape(confidence)}</td>"
        f"<td{WIDE}>{escape(kits.replace(';', ', ') or 'none known')}</td>"
        f"<td{WIDE}>{len(group)}: {_named(group.index)}</td></tr>"
        for (used, declared, called, confidence, kits), group in alike
    )
    heads = (
        "Read as",
        "Declared",
        "Layout of the reads",
        "Confidence",
        "Kits with it",
        "Libraries",
    )
    return {
        "id": "protocols",
        "section_name": "How the libraries were made",
        "description": (
            "What the first reads of each library show of its adapter, random ends and UMI, beside "
            "what was declared. Kits that share adapter and layout cannot be told apart by reads, "
            "so the kit comes from the sheet. Look for kits that only one condition has: no "
            "statistics can part kit from disease then. A library whose reads contradict its "
            "protocol is named below."
        ),
        "plot_type": "html",
        "data": _table(heads, rows) + _doubtful(told),
    }


def isomirs(quality: pd.DataFrame) -> Section:
    """Show what part of the miRNA reads is a mature as annotated, and what part an isomiR."""
    measured = quality.dropna(subset=list(ISOMIR_METRICS))
    data = {
        str(sample): {name: float(row[name]) * 100 for name in ISOMIR_METRICS}
        for sample, row in measured.iterrows()
    }
    return shares(
        "isomirs",
        "IsomiRs",
        "Share of each kind among the miRNA reads; of several changes the last of the legend "
        "counts. Other 3' ends and tails are normal. Look for libraries unlike their batch: many "
        "other 5' ends speak for degraded RNA or for bases of the adapter that were left on, "
        "many changed bases for a poor run. A changed base in one read of a hundred may be an "
        "error of the sequencer.",
        data,
        ISOMIR_TITLES,
        "Share of the miRNA reads",
    )


def trna_fragments(counts: pd.DataFrame) -> Section:
    """Show which fragments of tRNA the libraries hold.

    Parameters
    ----------
    counts
        `counts/trna_counts.tsv`: reads, feature x sample; a feature is named `isodecoder|kind`.
    """
    kinds = counts.index.astype(str).str.partition("|").get_level_values(2)
    by_kind = counts.groupby(kinds).sum()
    known = [name for name in FRAGMENT_TITLES if name in by_kind.index]
    held = by_kind.columns[by_kind.sum() > 0]
    data = {
        str(sample): {name or "unplaced": int(by_kind.loc[name, sample]) for name in known}
        for sample in held
    }
    return bars(
        "trna_fragments",
        "Fragments of tRNA",
        "Reads of tRNA by the part of it that they are. Halves run from an end of the tRNA to a "
        "cut in the anticodon loop; tRF-5 and tRF-3 have the end and another cut. Modified bases "
        "and ends that a kit cannot ligate hide many fragments, so compare libraries of one kit "
        "only. Many internal pieces speak for degraded RNA.",
        data,
        {name or "unplaced": title for name, title in FRAGMENT_TITLES.items()},
        "Reads of tRNA",
    )


def molecules(quality: pd.DataFrame, thresholds: Mapping[str, Any]) -> Section:
    """Show how well UMIs tell the molecules of each library.

    Parameters
    ----------
    quality
        `quality/samples.tsv`, indexed by sample.
    thresholds
        Section `quality` of the configuration.
    """
    crowded = thresholds.get("umi_occupancy", {}).get("warn_above")
    measured = quality.dropna(subset=["umi_share"])
    heads = {
        "umi_share": percent("Whole UMI", "Kept reads with a whole UMI", "Greens"),
        "umi_saturation": percent("Copies", "Reads with a UMI that copy a molecule", "Blues"),
        "umi_occupancy": percent("Occupancy", "UMIs that one insert takes at most", "Oranges"),
    }
    data = {
        str(sample): {name: cell(row[name], is_share=True) for name in heads}
        for sample, row in measured.iterrows()
    }
    many = "a large share" if crowded is None else f"more than {crowded:.0%}"
    section = plot(
        "molecules",
        "Molecules, by their UMIs",
        "Libraries with UMIs count molecules. Reads without a whole UMI are not deduplicated and "
        "count as reads, so a share far below 100% mixes the two. Near 100% of copies more "
        f"sequencing would bring no new molecule. Where one insert takes {many} of all UMIs, "
        "the correction for collisions carries weight. Libraries without UMIs are not here: they "
        "are never deduplicated.",
        "table",
        data,
        {},
    )
    return {**section, "headers": heads}


def _doubtful(told: pd.DataFrame) -> str:
    """Name the libraries whose reads contradict their protocol, or do not tell one."""
    contradicted = told[told["protocol_contradiction"] != ""]
    silent = told[(told["protocol_contradiction"] == "") & (told["protocol_confidence"] == "none")]
    parts = []
    for words, found, column in (
        ("The reads contradict what was declared", contradicted, "protocol_contradiction"),
        ("The reads do not tell how they were made", silent, "protocol_evidence"),
    ):
        rows = "".join(
            f"<tr><td>{escape(str(sample))}</td>"
            f"<td style='overflow-wrap:anywhere'>{escape(text)}</td></tr>"
            for sample, text in found[column].items()
        )
        if rows:
            parts.append(f"<p><strong>{words}:</strong></p>{_table(('Sample', 'Seen'), rows)}")
    return "".join(parts) or "<p>No library contradicts its protocol.</p>"


def _table(heads: tuple[str, ...], rows: str) -> str:
    head = "".join(f"<th>{escape(name)}</th>" for name in heads)
    return (
        "<div class='table-responsive'><table class='table table-sm'><thead><tr>"
        f"{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _named(samples: pd.Index) -> str:
    names = [escape(str(sample)) for sample in samples[:NAMED_LIBRARIES]]
    return ", ".join(names) + (" …" if len(samples) > NAMED_LIBRARIES else "")

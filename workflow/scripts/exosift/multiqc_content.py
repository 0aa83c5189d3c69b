"""The sections of the MultiQC report, in our order and words, as custom content files.

MultiQC prints what it is given without escaping. So only sample names of the sheet's own alphabet
get there, and every other text of a user or a file is escaped here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from exosift import multiqc_making as making
from exosift.errors import UserError
from exosift.files import write_json, write_text
from exosift.library_status import FAIL, PASS, STATUSES, UNREADABLE, USED, WARN
from exosift.matrices import ALL_FATES, FATES, NO_CLASSES, UMI_DUPLICATE
from exosift.multiqc_shapes import (
    COLOURS,
    GREY,
    STATUS_BADGES,
    Section,
    badge,
    bars,
    colours_of,
    lines,
    plot,
    points,
    sentence,
    span,
)
from exosift.multiqc_table import general_statistics
from exosift.samples import NAME
from exosift.sentences.quality import library_sentences

FATE_TITLES = {
    "kept": ("Kept", "#0072B2"),
    "adapter_dimer": ("Adapter dimer", "#D55E00"),
    "no_adapter": ("No adapter found", "#CC79A7"),
    "too_short": ("Insert too short", "#E69F00"),
    "too_long": ("Insert too long", "#F0E442"),
    "low_quality": ("Low quality", "#8C6D31"),
    "low_complexity": ("Low complexity", "#5F4B8B"),
    "umi_duplicate": ("Copy of a molecule (UMI)", "#BBBBBB"),
}
CLASS_TITLES = {
    "miRNA": ("miRNA (mature)", "#0072B2"),
    "miRNA_hairpin": ("miRNA hairpin", "#56B4E9"),
    "tRNA": ("tRNA", "#009E73"),
    "Y_RNA": ("Y RNA", "#7FC97F"),
    "snRNA": ("snRNA", "#F0E442"),
    "snoRNA": ("snoRNA", "#8C6D31"),
    "rRNA": ("rRNA", "#E69F00"),
    "misc_RNA": ("Other small RNA", "#5F4B8B"),
    "mRNA": ("mRNA", "#CC79A7"),
    "vector": ("Vector or adapter", "#D55E00"),
    "spike_in": ("Spike-in", "#000000"),
    "genome": ("Genome only", "#666666"),
    "unmapped": ("Unexplained", "#CCCCCC"),
}
SHOWN_LENGTHS = range(10, 51)  # nt; shorter ones are dimers, which the fates show


@dataclass(frozen=True)
class Overview:
    """All that the report shows.

    Attributes
    ----------
    sheet
        The sample sheet, indexed by sample; `condition` colours the principal components.
    quality
        `quality/samples.tsv`, indexed by sample.
    summaries, class_counts
        The trimming summaries and `class_counts.tsv`; both empty in a run that
        starts from counts.
    trna_counts
        `counts/trna_counts.tsv`, indexed by feature; empty where tRNA has no sequences.
    components, explained
        `quality/pca.tsv`, indexed by sample, and `pca.json`.
    versions
        Versions of tools and libraries.
    thresholds
        The section `quality` of the config, for the lines of its limits.
    notes
        Sentences on limits that this run set apart from the defaults.
    """

    sheet: pd.DataFrame
    quality: pd.DataFrame
    components: pd.DataFrame
    explained: Mapping[str, Any]
    summaries: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    class_counts: pd.DataFrame = field(default_factory=pd.DataFrame)
    trna_counts: pd.DataFrame = field(default_factory=pd.DataFrame)
    versions: Mapping[str, str] = field(default_factory=dict)
    thresholds: Mapping[str, Any] = field(default_factory=dict)
    notes: Sequence[str] = ()


def write_multiqc_content(overview: Overview, folder: str | Path) -> list[Path]:
    """Write one custom content file per section.

    Parameters
    ----------
    overview : Overview
        What to show.
    folder : path
        Gets `{section}_mqc.json` for each section that this run has, and
        `exosift_mqc_versions.yml`. Sections of an earlier run are removed.

    Returns
    -------
    list of Path
        The files, in the order of the report.

    Raises
    ------
    UserError
        If a sample has a name that MultiQC could print as something else.
    """
    for sample in overview.quality.index:
        if not NAME.fullmatch(sample):
            raise UserError(f"The sample name {sample!r} cannot be shown in MultiQC. Rename it.")
    folder = Path(folder)
    for stale in folder.glob("*_mqc*"):
        stale.unlink()
    written = []
    for section in sections(overview):
        path = folder / f"{section['id']}_mqc.json"
        write_json(section, path)
        written.append(path)
    if overview.versions:
        versions = {"exosift": {escape(k): escape(v) for k, v in overview.versions.items()}}
        write_text(yaml.safe_dump(versions), folder / "exosift_mqc_versions.yml")
    return written


def sections(overview: Overview) -> list[Section]:
    """Build the sections of the report in reading order, without those that have no data."""
    found = [general_statistics(overview.quality), statuses(overview)]
    quality = overview.quality
    if overview.summaries:
        found += [making.protocols(quality), read_fates(overview), insert_lengths(overview)]
        if quality["umi_share"].notna().any():
            found.append(making.molecules(quality, overview.thresholds))
        found += [rna_classes(overview), making.isomirs(quality)]
        if not overview.trna_counts.empty:
            found.append(making.trna_fragments(overview.trna_counts))
    found += [detection(overview), blood_cells(overview), principal_components(overview)]
    return found


def statuses(overview: Overview) -> Section:
    """Say which libraries are used, and of every other one why not."""
    quality = overview.quality
    counted = quality["status"].value_counts()
    used = int(quality["status"].isin(USED).sum())
    badges = " ".join(f"{badge(status)} {counted.get(status, 0)}&ensp;" for status in STATUS_BADGES)
    told = quality[quality["status"] != PASS]
    order = {status: number for number, status in enumerate(reversed(STATUSES))}
    told = told.sort_values("status", key=lambda statuses: statuses.map(order), kind="stable")
    rows = "".join(
        f"<tr><td>{escape(str(sample))}</td><td>{badge(row['status'])}</td>"
        f"<td style='overflow-wrap:anywhere'>{lines(library_sentences(row))}</td></tr>"
        for sample, row in told.iterrows()
    )
    table = (
        "<div class='table-responsive'><table class='table table-sm'><thead><tr><th>Sample</th>"
        f"<th>Status</th><th>Why, worst first</th></tr></thead><tbody>{rows}</tbody></table></div>"
        if rows
        else "<p>Every library passes every limit.</p>"
    )
    notes = "".join(f"<li>{escape(note)}</li>" for note in overview.notes)
    if notes:
        notes = f"<p>Limits of this run that are not the defaults:</p><ul>{notes}</ul>"
    return {
        "id": "library_status",
        "section_name": "Which libraries are used",
        "description": (
            f"{used} of {len(quality)} libraries are used. A library that fails a limit or cannot "
            "be read is left out of all comparisons; a warning leaves it in. The judgement does "
            "not look at the condition. Look for reasons that many libraries of one batch or one "
            "condition share: then the experiment, and not a library, has a problem. The limits "
            "are keys of <code>quality</code> in the configuration."
        ),
        "plot_type": "html",
        "data": f"<p>{badges}</p>{notes}{table}",
    }


def read_fates(overview: Overview) -> Section:
    """Show what became of every read; the bars sum to the reads in."""
    told = {sample: overview.summaries[sample] for sample in _measured(overview)}
    with_umis = any(UMI_DUPLICATE in summary["fates"] for summary in told.values())
    shown = ALL_FATES if with_umis else FATES
    data = {
        sample: {
            "kept": sum(summary["classes"].values()),
            **{fate: summary["fates"].get(fate, 0) for fate in shown},
        }
        for sample, summary in told.items()
    }
    return bars(
        "read_fate",
        "What became of the reads",
        "Every read has one fate, so a bar is as long as the reads in the FASTQ files. Look for a "
        "large blue part. Many adapter dimers mean little RNA in the sample; many reads without an "
        "adapter mean that the protocol is another one, or that the reads were trimmed before. "
        "Doubt a library whose bar looks unlike its batch.",
        data,
        FATE_TITLES,
        "Reads",
    )


def rna_classes(overview: Overview) -> Section:
    """Show what the kept reads are; the bars sum to the reads kept."""
    table = overview.class_counts
    table = table.set_index("sample") if "sample" in table.columns else table
    classes = [name for name in table.columns if name not in NO_CLASSES]
    shown = [name for name in CLASS_TITLES if name in classes]
    shown += [name for name in classes if name not in CLASS_TITLES]
    data = {
        sample: {name: int(table.loc[sample, name]) for name in shown}
        for sample in _measured(overview)
        if sample in table.index
    }
    return bars(
        "rna_classes",
        "What the kept reads are",
        "Each kept read belongs to one class: the one it fits best, and where several fit equally "
        "well the first in a fixed order, miRNA before its imitators. Exosomes carry tRNA and Y "
        "RNA fragments, so these are composition and no fault. Much rRNA points to broken cells. "
        "Unexplained reads are as many as the references are few: a class that was not supplied "
        "cannot be seen.",
        data,
        CLASS_TITLES,
        "Kept reads",
    )


def insert_lengths(overview: Overview) -> Section:
    """Show how long the inserts are, in percent of the inserts of each library."""
    data = {}
    for sample in _measured(overview):
        lengths = overview.summaries[sample].get("insert_lengths", {})
        counts = [int(lengths.get(str(nt), 0)) for nt in SHOWN_LENGTHS]
        if total := sum(counts):
            # Pairs, since MultiQC would sort the names of an object as texts: 1, 10, 2.
            shares = (n / total * 100 for n in counts)
            data[sample] = [[nt, share] for nt, share in zip(SHOWN_LENGTHS, shares, strict=True)]
    groups = colours_of(_texts(overview, "peer_group").loc[list(data)])
    return plot(
        "insert_lengths",
        "How long the inserts are",
        "Lengths of the inserts between the adapters, from 10 nt. miRNAs make the peak at "
        "22 nt; tRNA and Y RNA fragments lie at 30 to 34 nt. A library without a peak at 22 nt has "
        "little miRNA, whatever its depth. Colours are protocol and batch, because gel cuts and "
        "beads shape this curve.",
        "linegraph",
        data,
        {
            "xlab": "Insert length (nt)",
            "ylab": "Share of the inserts",
            "ysuffix": "%",
            "tt_decimals": 1,
            "ymin": 0,
            "showlegend": False,
            "smooth_points": None,
            "colors": groups,
            "x_bands": [{"from": 20, "to": 25, "color": "#0072B2", "opacity": 0.1}],
        },
    )


def detection(overview: Overview) -> Section:
    """Show how many miRNAs each library detects at its depth."""
    quality = overview.quality
    data = points(
        quality,
        "mirna_reads",
        "mirnas_detected",
        _texts(overview, "status"),
        {
            PASS: COLOURS[0],
            WARN: COLOURS[1],
            FAIL: COLOURS[5],
        },
    )
    return plot(
        "mirnas_detected",
        "miRNAs detected, by depth",
        "Deeper libraries detect more miRNAs, along one curve per protocol. A library far below "
        "the curve holds few kinds of miRNA: little input, or one miRNA that takes most reads. "
        "Numbers of miRNAs of libraries of different depth cannot be compared.",
        "scatter",
        data,
        {
            "xlab": "Reads of mature miRNAs",
            "ylab": "miRNAs detected",
            "xlog": True,
            "ymin": 0,
            "tt_decimals": 0,
            "showlegend": True,
        },
    )


def blood_cells(overview: Overview) -> Section:
    """Show the haemolysis scores, or say that they cannot be given."""
    words = (
        "Red cells that break before the plasma is taken off fill it with their miRNAs (451a, "
        "486-5p, 16-5p …), which then look like markers. H1 compares miR-451a with miR-23a-3p, H2 "
        "the 20 miRNAs of haemolysed plasma (doi:10.3390/genes13071288) with all others. Both are "
        "robust scores within protocol and batch, because kits shift the raw values by more than "
        "haemolysis does. A library high on both axes is suspicious; one axis alone may be "
        "biology. Dashed lines are the limits of the warning. The scores see libraries that differ "
        "from their batch, and are blind where a "
        "whole batch is haemolysed."
    )
    data = points(
        overview.quality, "haemolysis_h1_z", "haemolysis_h2_z", _texts(overview, "peer_group")
    )
    if not data:
        return sentence(
            "haemolysis",
            "Haemolysis",
            words,
            "Not assessable: no protocol and batch has enough sound libraries for a score.",
        )
    pconfig = {
        "xlab": "H1: miR-451a against miR-23a-3p (robust z)",
        "ylab": "H2: 20-miRNA signature (robust z)",
        "tt_decimals": 2,
        "showlegend": True,
        **span(data),
        "x_lines": _warning_line(overview, "haemolysis_h1_z"),
        "y_lines": _warning_line(overview, "haemolysis_h2_z"),
    }
    return plot("haemolysis", "Haemolysis", words, "scatter", data, pconfig)


def principal_components(overview: Overview) -> Section:
    """Show the principal components, coloured by condition and by protocol and batch."""
    words = (
        "The two directions in which the used libraries differ most, from all miRNAs that pass the "
        "filter (TMM-normalised log2 CPM), chosen without looking at the condition. Switch between "
        "the colours: where libraries group by protocol or batch, the batch is stronger than the "
        "disease and must be in the design; where condition and batch show the same picture, the "
        "comparison cannot be trusted. Clear groups of conditions are not needed for markers to "
        "exist."
    )
    name, title = "principal_components", "Principal components"
    if overview.components.empty:
        reason = overview.explained.get("reason") or "there are no usable samples"
        return sentence(name, title, words, f"Not assessable: {reason}.")
    datasets, labels = [], []
    for label, column in (("Condition", "condition"), ("Protocol and batch", "peer_group")):
        groups = _texts(overview, column).loc[overview.components.index]
        datasets.append(points(overview.components, "pc1", "pc2", groups))
        labels.append({"name": label})
    first, second = overview.explained["explained"]
    pconfig = {
        "xlab": f"PC1 ({first:.1%} of the variance)",
        "ylab": f"PC2 ({second:.1%} of the variance)",
        "data_labels": labels,
        "tt_decimals": 2,
        "showlegend": True,
        "xsuffix": "",
        "ysuffix": "",
        **span(datasets[0]),
    }
    return plot(name, title, words, "scatter", datasets, pconfig)


def _warning_line(overview: Overview, metric: str) -> list[dict[str, Any]]:
    """Draw the limit above which a metric warns, if it has one."""
    limit = (overview.thresholds.get(metric) or {}).get("warn_above")
    return [] if limit is None else [{"value": limit, "color": GREY, "dash": "dash"}]


def _measured(overview: Overview) -> list[str]:
    """Name the libraries that could be read, in the order of the sheet."""
    readable = overview.quality.index[overview.quality["status"] != UNREADABLE]
    return [str(sample) for sample in readable if sample in overview.summaries]


def _texts(overview: Overview, column: str) -> pd.Series:
    """Find a column of texts in the quality table or the sheet."""
    table = overview.quality if column in overview.quality.columns else overview.sheet
    return table[column].reindex(overview.quality.index).fillna("").astype(str)

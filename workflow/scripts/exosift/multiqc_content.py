"""The sections of the MultiQC report, in our order and words, as custom content files.

MultiQC prints what it is given without escaping. So only sample names of the sheet's own alphabet
get there, and every other text of a user or a file is escaped here.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from exosift.errors import UserError
from exosift.files import write_json, write_text
from exosift.matrices import FATES
from exosift.samples import NAME

Section = dict[str, Any]

# Okabe and Ito's colours, which people with colour blindness tell apart; grey for the unexplained.
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#8C6D31", "#5F4B8B")
GREY = "#999999"
STATUS_BADGES = {
    "pass": "text-bg-success",
    "warn": "text-bg-warning",
    "fail": "text-bg-danger",
    "unreadable": "text-bg-dark",
}
FATE_TITLES = {
    "kept": ("Kept", "#0072B2"),
    "adapter_dimer": ("Adapter dimer", "#D55E00"),
    "no_adapter": ("No adapter found", "#CC79A7"),
    "too_short": ("Insert too short", "#E69F00"),
    "too_long": ("Insert too long", "#F0E442"),
    "low_quality": ("Low quality", "#8C6D31"),
    "low_complexity": ("Low complexity", "#5F4B8B"),
}
CLASS_TITLES = {
    "miRNA": ("miRNA (mature)", "#0072B2"),
    "miRNA_hairpin": ("miRNA hairpin, outside the mature", "#56B4E9"),
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
LONGEST_SHOWN = 50  # nt; longer inserts are not miRNA-like


@dataclass(frozen=True)
class Cohort:
    """All that the report shows.

    Attributes
    ----------
    sheet
        The sample sheet, indexed by sample; `condition` colours the principal components.
    quality
        `quality/samples.tsv`, indexed by sample.
    summaries, class_counts
        The trimming summaries and `class_counts.tsv` (indexed by sample); both empty in a run that
        starts from counts.
    components, explained
        `quality/pca.tsv`, indexed by sample, and `pca.json`.
    versions
        Versions of tools and libraries.
    """

    sheet: pd.DataFrame
    quality: pd.DataFrame
    components: pd.DataFrame
    explained: Mapping[str, Any]
    summaries: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    class_counts: pd.DataFrame = field(default_factory=pd.DataFrame)
    versions: Mapping[str, str] = field(default_factory=dict)


def write_multiqc_content(cohort: Cohort, folder: str | Path) -> list[Path]:
    """Write one custom content file per section.

    Parameters
    ----------
    cohort : Cohort
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
    for sample in cohort.quality.index:
        if not NAME.fullmatch(sample):
            raise UserError(f"The sample name {sample!r} cannot be shown in MultiQC. Rename it.")
    folder = Path(folder)
    for stale in folder.glob("*_mqc*"):
        stale.unlink()
    written = []
    for section in sections(cohort):
        path = folder / f"{section['id']}_mqc.json"
        write_json(section, path)
        written.append(path)
    if cohort.versions:
        versions = {"exosift": {escape(k): escape(v) for k, v in cohort.versions.items()}}
        write_text(yaml.safe_dump(versions), folder / "exosift_mqc_versions.yml")
    return written


def sections(cohort: Cohort) -> list[Section]:
    """Build the sections of the report in reading order, without those that have no data."""
    found = [general_statistics(cohort), statuses(cohort)]
    if cohort.summaries:
        found += [read_fates(cohort), insert_lengths(cohort), rna_classes(cohort)]
    found += [detection(cohort), blood_cells(cohort), principal_components(cohort)]
    return found


def general_statistics(cohort: Cohort) -> Section:
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
        "reads_in": _count("Reads", "Reads in the FASTQ files", "Greys"),
        "short_insert_share": _percent("Dimers, short", "Adapter dimers and short inserts", "Reds"),
        "kept_share": _percent("Kept", "Reads kept after trimming, of the reads in", "Greens"),
        "insert_20_25_share": _percent("20–25 nt", "Inserts as long as a miRNA", "Greens"),
        "mirna_reads": _count("miRNA reads", "Reads of mature miRNAs", "Blues"),
        "mirna_share": _percent("miRNA", "Mature miRNA, of the kept reads", "Blues"),
        "mirnas_detected": _count("miRNAs", "miRNAs detected", "Blues"),
        "top_mirna_share": _percent(
            "Top miRNA", "Share of the most abundant miRNA", "Oranges", hidden=True
        ),
        "rrna_share": _percent("rRNA", "rRNA, of the kept reads", "Reds", hidden=True),
        "q30_share": _percent("Q30", "Bases with a quality of 30 or more", "Greens", hidden=True),
        "adapter_share": _percent("Adapter", "Reads with the adapter", "Greens", hidden=True),
        "peer_correlation": _score(
            "Correlation", "Spearman, with the median of its protocol and batch", "Greens", 0, 1
        ),
        "haemolysis_h1_z": _score(
            "H1 z", "miR-451a / miR-23a-3p within protocol and batch", "Reds", 0, 5
        ),
        "haemolysis_h2_z": _score(
            "H2 z", "20-miRNA haemolysis signature within protocol and batch", "Reds", 0, 5
        ),
    }
    shown = {name: head for name, head in columns.items() if name in cohort.quality.columns}
    rows: dict[str, dict[str, Any]] = {}
    for sample, row in cohort.quality.iterrows():
        cells = {name: _cell(row[name], shown[name].get("suffix") == "%") for name in shown}
        rows[str(sample)] = {name: cell for name, cell in cells.items() if cell is not None}
    return {
        "id": "general_statistics",
        "plot_type": "generalstats",
        "headers": [{name: {**head, "namespace": "exosift"}} for name, head in shown.items()],
        "data": rows,
    }


def statuses(cohort: Cohort) -> Section:
    """Say which libraries are used, and of every other one why not."""
    quality = cohort.quality
    counted = quality["status"].value_counts()
    used = int(counted.get("pass", 0) + counted.get("warn", 0))
    badges = " ".join(
        f"{_badge(status)} {counted.get(status, 0)}&ensp;" for status in STATUS_BADGES
    )
    told = quality[quality["status"] != "pass"]
    order = {status: number for number, status in enumerate(("unreadable", "fail", "warn"))}
    told = told.sort_values("status", key=lambda statuses: statuses.map(order), kind="stable")
    rows = "".join(
        f"<tr><td>{escape(str(sample))}</td><td>{_badge(status)}</td><td>{_list(reason)}</td></tr>"
        for sample, status, reason in zip(told.index, told["status"], told["reason"], strict=True)
    )
    table = (
        "<div class='table-responsive'><table class='table table-sm'><thead><tr><th>Sample</th>"
        f"<th>Status</th><th>Why, worst first</th></tr></thead><tbody>{rows}</tbody></table></div>"
        if rows
        else "<p>Every library passes every limit.</p>"
    )
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
        "data": f"<p>{badges}</p>{table}",
    }


def read_fates(cohort: Cohort) -> Section:
    """Show what became of every read; the bars sum to the reads in."""
    data = {}
    for sample in _measured(cohort):
        fates = cohort.summaries[sample].get("fates", {})
        data[sample] = {fate: int(fates.get(fate, 0)) for fate in ("kept", *FATES)}
    return _bars(
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


def rna_classes(cohort: Cohort) -> Section:
    """Show what the kept reads are; the bars sum to the reads kept."""
    table = cohort.class_counts
    classes = [name for name in table.columns if name not in ("reads_in", *FATES)]
    shown = [name for name in CLASS_TITLES if name in classes]
    shown += [name for name in classes if name not in CLASS_TITLES]
    data = {
        sample: {name: int(table.loc[sample, name]) for name in shown}
        for sample in _measured(cohort)
        if sample in table.index
    }
    return _bars(
        "rna_classes",
        "What the kept reads are",
        "Each kept read belongs to one class: the one it fits best, and where several fit equally "
        "well the first in the order of the configuration's references. Exosomes carry tRNA and "
        "Y RNA fragments, so these are composition and no fault. Much rRNA points to broken cells. "
        "Unexplained reads are as many as the references are few: a class that was not supplied "
        "cannot be seen.",
        data,
        CLASS_TITLES,
        "Kept reads",
    )


def insert_lengths(cohort: Cohort) -> Section:
    """Show how long the inserts are, in percent of the inserts of each library."""
    data = {}
    for sample in _measured(cohort):
        lengths = cohort.summaries[sample].get("insert_lengths", {})
        counts = {int(nt): int(n) for nt, n in lengths.items() if int(nt) <= LONGEST_SHOWN}
        total = sum(counts.values())
        if total:
            data[sample] = {nt: counts.get(nt, 0) / total * 100 for nt in range(LONGEST_SHOWN + 1)}
    groups = _colours(_texts(cohort, "peer_group").loc[list(data)])
    return _plot(
        "insert_lengths",
        "How long the inserts are",
        "Lengths of the inserts between the adapters, adapter dimers at 0. miRNAs make the peak at "
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


def detection(cohort: Cohort) -> Section:
    """Show how many miRNAs each library detects at its depth."""
    quality = cohort.quality
    data = _points(
        quality,
        "mirna_reads",
        "mirnas_detected",
        _texts(cohort, "status"),
        {
            "pass": COLOURS[0],
            "warn": COLOURS[1],
            "fail": COLOURS[5],
        },
    )
    return _plot(
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
        },
    )


def blood_cells(cohort: Cohort) -> Section:
    """Show the haemolysis scores, or say that they cannot be given."""
    words = (
        "Red cells that break before the plasma is taken off fill it with their miRNAs (451a, "
        "486-5p, 16-5p …), which then look like markers. H1 compares miR-451a with miR-23a-3p, H2 "
        "the 20 miRNAs of haemolysed plasma (doi:10.3390/genes13071288) with all others. Both are "
        "robust scores within protocol and batch, because kits shift the raw values by more than "
        "haemolysis does. A library high on both axes is suspicious; one axis alone may be "
        "biology. These scores see libraries that differ from their batch, and are blind where a "
        "whole batch is haemolysed."
    )
    data = _points(
        cohort.quality, "haemolysis_h1_z", "haemolysis_h2_z", _texts(cohort, "peer_group")
    )
    if not data:
        return _sentence(
            "haemolysis",
            "Haemolysis",
            words,
            "Not assessable: no protocol and batch has enough sound libraries for a score.",
        )
    pconfig = {
        "xlab": "H1: miR-451a against miR-23a-3p (robust z)",
        "ylab": "H2: 20-miRNA signature (robust z)",
        "tt_decimals": 2,
        "x_lines": [{"value": 2.5, "color": GREY, "dash": "dash"}],
        "y_lines": [{"value": 2.5, "color": GREY, "dash": "dash"}],
    }
    return _plot("haemolysis", "Haemolysis", words, "scatter", data, pconfig)


def principal_components(cohort: Cohort) -> Section:
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
    if cohort.components.empty:
        reason = cohort.explained.get("reason") or "there are no usable samples"
        return _sentence(name, title, words, f"Not assessable: {reason}.")
    datasets, labels = [], []
    for label, column in (("Condition", "condition"), ("Protocol and batch", "peer_group")):
        groups = _texts(cohort, column).loc[cohort.components.index]
        datasets.append(_points(cohort.components, "pc1", "pc2", groups))
        labels.append({"name": label})
    first, second = cohort.explained["explained"]
    pconfig = {
        "xlab": f"PC1 ({first:.1%} of the variance)",
        "ylab": f"PC2 ({second:.1%} of the variance)",
        "data_labels": labels,
        "tt_decimals": 2,
    }
    return _plot(name, title, words, "scatter", datasets, pconfig)


def _measured(cohort: Cohort) -> list[str]:
    """Name the libraries that could be read, in the order of the sheet."""
    readable = cohort.quality.index[cohort.quality["status"] != "unreadable"]
    return [str(sample) for sample in readable if sample in cohort.summaries]


def _texts(cohort: Cohort, column: str) -> pd.Series:
    """Find a column of texts in the quality table or the sheet."""
    table = cohort.quality if column in cohort.quality.columns else cohort.sheet
    return table[column].reindex(cohort.quality.index).fillna("").astype(str)


def _points(
    table: pd.DataFrame,
    x: str,
    y: str,
    groups: pd.Series,
    colours: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Turn two columns into the points of a scatter plot; a missing value is no point."""
    known = table[[x, y]].astype(float).dropna()
    colours = colours or _palette(groups.loc[known.index])
    return {
        str(sample): {
            "x": float(row[x]),
            "y": float(row[y]),
            "group": escape(groups[sample]) or "none",
            "color": colours.get(groups[sample], GREY),
        }
        for sample, row in known.iterrows()
    }


def _palette(groups: pd.Series) -> dict[str, str]:
    """Give each group a colour, the same at every run; beyond the palette all are grey."""
    names = sorted(set(groups))
    return dict(zip(names, [*COLOURS, *[GREY] * len(names)], strict=False))


def _colours(groups: pd.Series) -> dict[str, str]:
    palette = _palette(groups)
    return {str(sample): palette[group] for sample, group in groups.items()}


def _bars(
    name: str,
    title: str,
    words: str,
    data: dict[str, dict[str, int]],
    titles: Mapping[str, tuple[str, str]],
    unit: str,
) -> Section:
    pconfig = {"ylab": unit, "cpswitch_c_active": False, "tt_decimals": 0, "sort_samples": False}
    section = _plot(name, title, words, "bargraph", data, pconfig)
    shown = dict.fromkeys(key for row in data.values() for key in row)
    section["categories"] = {
        key: dict(zip(("name", "color"), titles.get(key, (escape(key), GREY)), strict=True))
        for key in shown
    }
    return section


def _plot(
    name: str, title: str, words: str, kind: str, data: Any, pconfig: Mapping[str, Any]
) -> Section:
    """Make the section of a plot, or the sentence that there is nothing to plot."""
    if not data:
        return _sentence(name, title, words, "Nothing to show: no library could be read.")
    return {
        "id": name,
        "section_name": title,
        "description": words,
        "plot_type": kind,
        "pconfig": {"id": f"{name}_plot", "title": f"exosift: {title}", **pconfig},
        "data": data,
    }


def _sentence(name: str, title: str, words: str, sentence: str) -> Section:
    return {
        "id": name,
        "section_name": title,
        "description": words,
        "plot_type": "html",
        "data": f"<p><em>{escape(sentence)}</em></p>",
    }


def _badge(status: str) -> str:
    kind = STATUS_BADGES.get(status, "text-bg-dark")
    return f"<span class='badge {kind}'>{escape(status)}</span>"


def _list(reason: str) -> str:
    """Set each sentence of a reason on its own line."""
    return "<br>".join(escape(sentence) for sentence in reason.split("; "))


def _cell(value: Any, is_share: bool) -> Any:
    """Turn a value into a table cell; None is an empty one."""
    if isinstance(value, str):
        return escape(value)
    if pd.isna(value) or math.isinf(value):
        return None
    return float(value) * (100 if is_share else 1)


def _count(title: str, description: str, scale: str) -> dict[str, Any]:
    return {
        "title": title,
        "description": description,
        "format": "{:,.0f}",
        "scale": scale,
        "min": 0,
    }


def _percent(title: str, description: str, scale: str, hidden: bool = False) -> dict[str, Any]:
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


def _score(title: str, description: str, scale: str, low: float, high: float) -> dict[str, Any]:
    return {
        "title": title,
        "description": description,
        "format": "{:,.2f}",
        "min": low,
        "max": high,
        "scale": scale,
    }

"""The shapes that MultiQC's custom content knows: plots, bars, points, sentences.

MultiQC prints what it is given without escaping, so texts of users and files are escaped here.
"""

from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

import pandas as pd

from exosift.library_status import FAIL, PASS, UNREADABLE, WARN

Section = dict[str, Any]

# Okabe and Ito's colours, which people with colour blindness tell apart; grey for the unexplained.
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#8C6D31", "#5F4B8B")
GREY = "#999999"
STATUS_BADGES = {
    PASS: "text-bg-success",
    WARN: "text-bg-warning",
    FAIL: "text-bg-danger",
    UNREADABLE: "text-bg-dark",
}


def points(
    table: pd.DataFrame,
    x: str,
    y: str,
    groups: pd.Series,
    colours: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Turn two columns into the points of a scatter plot; a missing value is no point.

    Returns
    -------
    dict
        Per sample `x`, `y`, its group (escaped) and the group's colour.
    """
    known = table[[x, y]].astype(float).dropna()
    colours = colours or palette(groups.loc[known.index])
    return {
        str(sample): {
            "x": float(row[x]),
            "y": float(row[y]),
            "group": escape(groups[sample]) or "none",
            "color": colours.get(groups[sample], GREY),
        }
        for sample, row in known.iterrows()
    }


def palette(groups: pd.Series) -> dict[str, str]:
    """Give each group a colour, the same at every run; beyond the palette all are grey."""
    names = sorted(set(groups))
    return dict(zip(names, [*COLOURS, *[GREY] * len(names)], strict=False))


def colours_of(groups: pd.Series) -> dict[str, str]:
    """Give each sample the colour of its group."""
    colours = palette(groups)
    return {str(sample): colours[group] for sample, group in groups.items()}


def bars(
    name: str,
    title: str,
    words: str,
    data: dict[str, dict[str, int]],
    titles: Mapping[str, tuple[str, str]],
    unit: str,
) -> Section:
    """Make a section of stacked bars, one per sample, in percent or (by a switch) in numbers."""
    pconfig = {"ylab": unit, "cpswitch_c_active": False, "tt_decimals": 0, "sort_samples": False}
    return _with_categories(plot(name, title, words, "bargraph", data, pconfig), data, titles)


def shares(
    name: str,
    title: str,
    words: str,
    data: dict[str, dict[str, float]],
    titles: Mapping[str, tuple[str, str]],
    unit: str,
) -> Section:
    """Make a section of stacked bars, one per sample, of percentages that sum to 100."""
    pconfig = {"ylab": unit, "cpswitch": False, "ymax": 100, "ysuffix": "%"}
    pconfig |= {"tt_decimals": 1, "sort_samples": False}
    return _with_categories(plot(name, title, words, "bargraph", data, pconfig), data, titles)


def _with_categories(
    section: Section,
    data: Mapping[str, Mapping[str, float]],
    titles: Mapping[str, tuple[str, str]],
) -> Section:
    shown = dict.fromkeys(key for row in data.values() for key in row)
    section["categories"] = {
        key: dict(zip(("name", "color"), titles.get(key, (escape(key), GREY)), strict=True))
        for key in shown
    }
    return section


def span(data: Mapping[str, Mapping[str, Any]]) -> dict[str, float]:
    """Set the axes of a scatter plot so wide that no point lies on their edge."""
    limits = {}
    for axis in ("x", "y"):
        values = [point[axis] for point in data.values()]
        margin = 0.06 * (max(values) - min(values)) or 1.0
        limits[f"{axis}min"], limits[f"{axis}max"] = min(values) - margin, max(values) + margin
    return limits


def plot(
    name: str, title: str, words: str, kind: str, data: Any, pconfig: Mapping[str, Any]
) -> Section:
    """Make the section of a plot, or the sentence that there is nothing to plot."""
    if not data:
        return sentence(name, title, words, "Nothing to show: no library could be read.")
    return {
        "id": name,
        "section_name": title,
        "description": words,
        "plot_type": kind,
        "pconfig": {"id": f"{name}_plot", "title": title, **pconfig},
        "data": data,
    }


def sentence(name: str, title: str, words: str, text: str) -> Section:
    """Make a section that holds a sentence in place of a plot."""
    return {
        "id": name,
        "section_name": title,
        "description": words,
        "plot_type": "html",
        "data": f"<p><em>{escape(text)}</em></p>",
    }


def badge(status: str) -> str:
    """Colour a status."""
    kind = STATUS_BADGES.get(status, "text-bg-dark")
    return f"<span class='badge {kind}'>{escape(status)}</span>"


def lines(texts: Iterable[str]) -> str:
    """Set each text on its own line."""
    return "<br>".join(escape(text) for text in texts)

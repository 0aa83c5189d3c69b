"""Figures on the libraries: what became of the reads, depth, components, blood cells."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from exosift.library_metrics import share
from exosift.matrices import ALL_FATES, NO_CLASSES
from exosift.multiqc_content import CLASS_TITLES, FATE_TITLES
from exosift.reports.blood import Comparison
from exosift.reports.drawing import Canvas, Figure, Key, Scale, log_scale, scale, spread
from exosift.reports.evidence import Outcome, Run
from exosift.reports.markers import Markers
from exosift.reports.wording import probability
from exosift.reports.wording import share as percent


def composition(run: Run, outcome: Outcome) -> list[Figure]:
    """Draw read fates and RNA classes of all readable libraries of a contrast, one bar each."""
    if run.class_counts is None:
        return []
    arms = [(arm, outcome.arm(arm, used=False)) for arm in ("case", "control")]
    rows = run.class_counts
    arms = [
        (arm, [s for s in names if s in rows.index and rows.at[s, "reads_in"] > 0])
        for arm, names in arms
    ]
    if not any(names for _, names in arms):
        return []
    classes = [name for name in rows.columns if name not in NO_CLASSES]
    kept = rows[classes].sum(axis=1)
    fates = rows[[name for name in ALL_FATES if name in rows]].assign(kept=kept)
    fates = fates[["kept", *[name for name in fates if name != "kept"]]]
    order = [name for name in CLASS_TITLES if name in classes]
    order += [name for name in classes if name not in order]
    return [
        _bars(
            "Read fate",
            "Every read of a library has one fate; each bar is one library and sums to all of its "
            "reads. Libraries that could not be read are not drawn.",
            fates.div(rows["reads_in"].where(rows["reads_in"] > 0), axis=0),
            arms,
            outcome,
            FATE_TITLES,
        ),
        _bars(
            "RNA classes",
            "Share of each class among the kept reads of a library. The classes compete for each "
            "insert; of several that fit equally well the first in a fixed order takes it, miRNA "
            "before its imitators.",
            rows[order].div(kept.where(kept > 0), axis=0),
            arms,
            outcome,
            CLASS_TITLES,
        ),
    ]


def _bars(
    title: str,
    caption: str,
    shares: pd.DataFrame,
    arms: Sequence[tuple[str, list[str]]],
    outcome: Outcome,
    titles: Mapping[str, tuple[str, str]],
) -> Figure:
    number = sum(len(names) for _, names in arms)
    step = min(24.0, max(4.0, 930 / max(number, 1)))
    gap, left, top, height = 14.0, 52.0, 8.0, 190.0
    canvas = Canvas(left + step * number + gap + 8, top + height + 34, f"{title} per library")
    y = Scale(0, 1, top + height, top, ((0, "0%"), (0.5, "50%"), (1, "100%")))
    for value, words in y.ticks:
        canvas.line(left, y(value), canvas.width - 8, y(value), "grid")
        canvas.text(left - 7, y(value) + 4, words, "tick", "end")
    paths: dict[str, list[str]] = {name: [] for name in shares.columns}
    covers: list[tuple[float, str]] = []
    x = left
    for arm, names in arms:
        start = x
        for sample in sorted(names):
            base = 0.0
            for name in shares.columns:
                part = shares.at[sample, name]
                if not part > 0.0005:
                    continue
                high, low = y(base + part), y(base)
                paths[name].append(
                    f"M{x:.1f} {high:.1f}h{step - 1:.1f}v{low - high:.1f}h-{step - 1:.1f}z"
                )
                base += part
            covers.append((x, _told(sample, shares.loc[sample], titles)))
            x += step
        if names:
            name = outcome.case if arm == "case" else outcome.control
            canvas.line(start, top + height + 7, x - 1, top + height + 7, f"rule {arm}")
            canvas.text(
                (start + x - 1) / 2, top + height + 23, f"{name} ({len(names)})", "tick", "middle"
            )
        x += gap
    for name, found in paths.items():
        if found:
            canvas.add('<path fill="{fill}" d="{d}"/>', fill=_fill(name, titles), d="".join(found))
    for at, words in covers:
        canvas.rectangle(at, top, step - 1, height, "cover", words)
    keys = tuple(
        Key("square", f"class-{name}", titles.get(name, (name, ""))[0])
        for name, found in paths.items()
        if found
    )
    return Figure(canvas.svg(fixed=True), title, caption, keys, wide=True)


def _fill(name: str, titles: Mapping[str, tuple[str, str]]) -> str:
    colour = titles.get(name, ("", "#888888"))[1]
    return "currentColor" if colour == "#000000" else colour


def fills() -> dict[str, str]:
    """Name the colours of fates and classes, for the keys of the legends."""
    return {f"class-{name}": _fill(name, t) for t in (FATE_TITLES, CLASS_TITLES) for name in t}


def _told(sample: str, shares: pd.Series, titles: Mapping[str, tuple[str, str]]) -> str:
    parts = [
        f"{titles.get(str(name), (name, ''))[0]} {percent(value)}"
        for name, value in shares.items()
        if value >= 0.005
    ]
    return f"{sample}: {', '.join(parts)}"


def depth(run: Run, outcome: Outcome, markers: Markers) -> Figure | None:
    """Draw how many miRNAs each library detects at its depth; those left out are crosses."""
    rows = run.quality.reindex([m["sample"] for m in outcome.record["samples"]])
    rows = rows[(rows["mirna_reads"] > 0) & rows["mirnas_detected"].notna()]
    if rows.empty:
        return None
    canvas = Canvas(460, 350, "miRNA reads against miRNAs detected, one mark per library")
    reads = rows["mirna_reads"].astype(float)
    x = log_scale(reads, 62, 432)
    y = scale(rows["mirnas_detected"].astype(float), 300, 12, include=(0,))
    reading = run.config["quality"]["detection_reads"]
    canvas.axes(x, y, "miRNA reads (logarithmic)", f"miRNAs with at least {reading} reads")
    arms = _arms(outcome)
    for sample, n in rows["mirnas_detected"].astype(float).items():
        arm, used = arms[str(sample)]
        words = f"{sample}: {reads[sample]:,.0f} miRNA reads, {n:.0f} miRNAs"
        words = words if used else f"{words}; left out"
        at = x(np.log10(reads[sample])), y(n)
        if used:
            canvas.mark(*at, markers.shape(str(sample)), f"mark {arm}", words)
        else:
            canvas.mark(*at, "cross", f"stroke {arm}", words)
    keys = [*_arm_keys(outcome), *markers.keys()]
    if not all(used for _, used in arms.values()):
        keys.append(Key("cross", "stroke other", "left out"))
    caption = "Shallow libraries miss rare miRNAs; the arms should overlap along the axis of depth."
    return Figure(canvas.svg(), "Depth and detection", caption, tuple(keys))


def components(run: Run, outcome: Outcome, markers: Markers) -> Figure | None:
    """Draw the principal components of the usable libraries; this contrast in colour."""
    rows = run.components.sort_index()  # what is drawn last is on top, whatever the sheet
    if rows.empty:
        return None
    canvas = Canvas(460, 350, "Principal components of the usable libraries")
    x = scale(rows["pc1"], 62, 448)
    y = scale(rows["pc2"], 300, 12)
    first, second = [f"{part:.0%}" for part in run.explained["explained"]][:2]
    canvas.axes(x, y, f"PC1 ({first} of the variance)", f"PC2 ({second})")
    arms = _arms(outcome)
    others = [str(sample) for sample in rows.index if str(sample) not in arms]
    for sample in others:
        canvas.mark(x(rows.at[sample, "pc1"]), y(rows.at[sample, "pc2"]), "dot", "faint", sample)
    for sample in rows.index:
        if str(sample) in arms:
            arm, used = arms[str(sample)]
            at = x(rows.at[sample, "pc1"]), y(rows.at[sample, "pc2"])
            words = f"{sample}, {outcome.case if arm == 'case' else outcome.control}"
            canvas.mark(*at, markers.shape(str(sample)), f"mark {arm}", words, hollow=not used)
    keys = [*_arm_keys(outcome), *markers.keys()]
    if any(not arms[str(sample)][1] for sample in rows.index if str(sample) in arms):
        keys.append(Key("circle", "mark other", "not in the contrast", hollow=True))
    if others:
        keys.append(Key("dot", "faint", "other libraries of the run"))
    caption = (
        f"TMM-normalised log₂ CPM of the {run.explained['mirnas']} expressed miRNAs, chosen "
        "without the condition."
    )
    if markers.told_by:
        caption += " A split by shape rather than by colour is a split by batch or kit."
    return Figure(canvas.svg(), "Principal components", caption, tuple(keys))


def blood_cells(comparisons: Sequence[Comparison], outcome: Outcome) -> Figure | None:
    """Draw the blood-cell indices by arm, side by side."""
    if not comparisons:
        return None
    width = 172.0
    canvas = Canvas(56 + width * len(comparisons), 300, "Blood-cell indices by arm")
    for at, one in enumerate(comparisons):
        left = 48 + at * width
        values = [*one.case, *one.control]
        y = scale(values, 232, 34, include=(0,) if one.within_peers else ())
        canvas.text(left + 2, 16, one.name, "label")
        for value, words in y.ticks:
            canvas.line(left, y(value), left + width - 44, y(value), "grid")
            canvas.text(left - 6, y(value) + 4, words, "tick", "end")
        for arm, middle in (("case", left + 36), ("control", left + 94)):
            arm_values = sorted(one.case if arm == "case" else one.control)
            heights = [y(v) for v in arm_values]
            distance = 6.5 if len(heights) <= 50 else 5.0
            for value, height, moved in zip(
                arm_values, heights, spread(heights, distance, 26), strict=True
            ):
                canvas.mark(middle + moved, height, "circle", f"mark small {arm}", f"{value:.2f}")
            mid = y(float(np.median(arm_values)))
            canvas.line(middle - 24, mid, middle + 24, mid, "median")
            canvas.text(middle, 251, _cut(outcome.brief(arm), 9), "tick", "middle")
        canvas.text(left + 64, 270, f"p = {probability(one.p)}", "tick", "middle")
        canvas.text(left + 64, 287, f"SMD {one.smd:.2f}", "tick", "middle")
    mark = "the change of a person" if comparisons[0].of_changes else "a library"
    caption = (
        f"Each mark is {mark}, the line the median of its arm; p by Wilcoxon's rank-sum test. "
        "Where peers allow it the index is a robust z within protocol and batch, since kits differ "
        "in it more than haemolysis does."
    )
    return Figure(canvas.svg(), "Blood cells by arm", caption, _arm_keys(outcome))


def class_table(run: Run, outcome: Outcome) -> list[tuple[str, str, str]]:
    """Tell the RNA classes in numbers: median share [range] of the kept reads in each arm."""
    if run.class_counts is None:
        return []
    rows = run.class_counts
    classes = [name for name in rows.columns if name not in NO_CLASSES]
    shares = rows[classes].apply(lambda row: row / share(row.sum(), 1), axis=1)
    told = []
    for name in classes:
        cells = []
        for arm in ("case", "control"):
            values = shares[name].reindex(outcome.arm(arm)).dropna()
            cells.append(
                f"{_percent(values.median())} [{_percent(values.min())}–{_percent(values.max())}]"
                if len(values)
                else "–"
            )
        told.append((CLASS_TITLES.get(name, (name, ""))[0], *cells))
    return told


def _percent(value: float) -> str:
    return f"{value:.1%}"


def _arms(outcome: Outcome) -> dict[str, tuple[str, bool]]:
    return {m["sample"]: (m["arm"], m["used"]) for m in outcome.record["samples"]}


def _arm_keys(outcome: Outcome) -> tuple[Key, ...]:
    return (
        Key("circle", "mark case", f"{outcome.case} (case)"),
        Key("circle", "mark control", f"{outcome.control} (control)"),
    )


def _cut(words: str, most: int) -> str:
    return words if len(words) <= most else f"{words[: most - 1]}…"

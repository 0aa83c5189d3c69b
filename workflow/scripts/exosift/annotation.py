"""Annotation: what each reference sequence is, and which matures lie on it, as arrays."""

import csv
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from exosift.errors import UserError
from exosift.kernel.layout import HAIRPIN_CLASS, MIRNA_CLASS, MRNA_CLASS

MIRNA = "miRNA"
HAIRPIN = "miRNA_hairpin"
TRNA = "tRNA"
GENOME = "genome"
UNMAPPED = "unmapped"

TIE_ORDER = (
    *("spike_in", MIRNA, TRNA, "Y_RNA", "snRNA", "snoRNA", "rRNA", "misc_RNA"),
    *(HAIRPIN, "mRNA", "vector"),
)
"""Who gets an insert that fits several classes equally well, first to last.

Spike-ins are ours, so they win. miRNA comes before the classes whose fragments imitate it, but
such reads are remembered as ambiguous, but for mRNA, in whose exons true miRNAs lie. A place on a
hairpin outside its matures comes late.
"""

assert TIE_ORDER[MIRNA_CLASS] == MIRNA
assert TIE_ORDER[HAIRPIN_CLASS] == HAIRPIN
assert TIE_ORDER[MRNA_CLASS] == "mRNA"

CLASSES = (*TIE_ORDER, GENOME, UNMAPPED)
"""All classes, in the order of the tables."""

NOWHERE = -1


@dataclass(frozen=True)
class Annotation:
    """What is known of the transcripts of an index, in its order.

    Attributes
    ----------
    names
        Names of the transcripts without their class.
    classes
        (transcripts,), uint8: number of the class in `TIE_ORDER`; hairpins count as miRNA.
    features
        (transcripts,), int32: what they are counted under, a number in `feature_names`.
    feature_names
        Names of all features, those of the transcripts and the matures.
    window_first, windows
        int32: the matures on transcript t are `windows[window_first[t]:window_first[t + 1]]`, each
        a feature, and its 0-based start and end.
    matures
        miRBase's name of the mature in each window.
    layouts
        (transcripts, 4), int32: length, start and end of the mature tRNA, and where its anticodon
        begins; `NOWHERE` where it is not known, or no tRNA.
    """

    names: list[str]
    classes: np.ndarray
    features: np.ndarray
    feature_names: list[str]
    window_first: np.ndarray
    windows: np.ndarray
    matures: list[str]
    layouts: np.ndarray


def read_annotation(transcripts: Path, windows: Path, names: Sequence[str]) -> Annotation:
    """Read the tables that belong to an index.

    Parameters
    ----------
    transcripts
        `references/transcripts.tsv`: name (`class|name`), class, length, feature, mature_start,
        mature_end, anticodon.
    windows
        `references/windows.tsv`: reference, mirna, start, end, mature.
    names
        Names of the transcripts in the order of the index.

    Raises
    ------
    UserError
        If tables and index are not of the same run.
    """
    with transcripts.open(newline="") as handle:
        rows = list(csv.DictReader(handle, delimiter="\t"))
    if [row["name"] for row in rows] != list(names):
        raise UserError(
            f"{transcripts} and the index are not of the same run: delete both and run again."
        )
    numbers: dict[str, int] = {}
    on_hairpin: dict[str, list[tuple[int, int, int]]] = defaultdict(list)
    mature_names: dict[str, list[str]] = defaultdict(list)
    with windows.open(newline="") as handle:
        for row in csv.DictReader(handle, delimiter="\t"):
            feature = numbers.setdefault(row["mirna"], len(numbers))
            on_hairpin[row["reference"]].append((feature, int(row["start"]), int(row["end"])))
            mature_names[row["reference"]].append(row["mature"])
    matures = list(numbers)
    # A feature of another class may have the name of a mature.
    others: dict[tuple[str, str], int] = {}
    features = [
        others.setdefault((row["class"], row["feature"]), len(matures) + len(others))
        for row in rows
    ]
    found = [on_hairpin[row["name"]] for row in rows]
    return Annotation(
        [row["name"].partition("|")[2] for row in rows],
        np.array([TIE_ORDER.index(row["class"]) for row in rows], np.uint8),
        np.array(features, np.int32),
        [*matures, *(name for _, name in others)],
        np.cumsum([0, *map(len, found)]).astype(np.int32),
        np.array([window for there in found for window in there], np.int32).reshape(-1, 3),
        [name for row in rows for name in mature_names[row["name"]]],
        np.array([_layout(row) for row in rows], np.int32).reshape(-1, 4),
    )


def _layout(row: dict[str, str]) -> tuple[int, ...]:
    cells = (row[name] for name in ("length", "mature_start", "mature_end", "anticodon"))
    return tuple(int(cell) if cell else NOWHERE for cell in cells)

"""Calling: what an insert is, from the places where it fits.

Every read is of one class. An insert whose best places lie in several classes goes to the first of
them in `TIE_ORDER`.
"""

from dataclasses import dataclass, replace

import numpy as np

from exosift.annotation import TIE_ORDER, TRNA, Annotation
from exosift.inserts import UniqueInserts, place_of
from exosift.kernel.layout import (
    CALLING_RULES,
    MIRNA_CLASS,
    MISMATCHED,
    NO_CLASS,
    OVERLAP,
    SHIFT_3P,
    SHIFT_5P,
    TAKE_MISMATCHED,
)
from exosift.matching import Hits, match
from exosift.settings.alignment import Alignment
from exosift.settings.quantification import IsomirRules
from exosift.transcriptome import Transcriptome
from exosift.trna_fragments import kind


@dataclass(frozen=True)
class Calls:
    """What the inserts of a library are.

    Attributes
    ----------
    winners
        (inserts,), uint8: number of the class of each insert, `NO_CLASS` if it has none.
    flags
        (inserts,), uint8: `AMBIGUOUS` (another class fits as well), `MISMATCHED`, `TAILED`.
    first, codes, hits
        The calls of insert i are `codes[first[i]:first[i + 1]]`, each packed as
        `exosift.kernel.calls` says; `hits` are the places behind them, one for each.
    """

    winners: np.ndarray
    flags: np.ndarray
    first: np.ndarray
    codes: np.ndarray
    hits: np.ndarray


def call(inserts: UniqueInserts, hits: Hits, annotation: Annotation, rules: IsomirRules) -> Calls:
    """Give each insert to one class, and say what it is to the features of that class.

    A place on a hairpin is an isomiR of a mature there if its ends are near the mature's; `rules`
    says how near. The template's end counts: a non-templated tail is no shift. Other places on a
    hairpin are of the class of hairpins.
    """
    numbers = np.zeros(CALLING_RULES, np.int64)
    numbers[SHIFT_5P], numbers[SHIFT_3P] = rules.shift_5p, rules.shift_3p
    numbers[OVERLAP], numbers[TAKE_MISMATCHED] = rules.overlap, rules.mismatched
    kinds = _kinds(hits, annotation)
    most = 1 + int(np.diff(annotation.window_first).max(initial=0))
    calls = Calls(
        np.full(len(inserts), NO_CLASS, np.uint8),
        np.zeros(len(inserts), np.uint8),
        np.zeros(len(inserts) + 1, np.int32),
        np.empty(most * len(hits.rows), np.int64),
        np.empty(most * len(hits.rows), np.int32),
    )
    number = inserts.kernel.call_inserts(
        place_of(inserts.words),
        len(inserts),
        place_of(hits.rows),
        len(hits.rows),
        place_of(hits.transcripts),
        place_of(hits.starts),
        *(place_of(part) for part in (annotation.classes, annotation.features)),
        *(place_of(part) for part in (annotation.window_first, annotation.windows)),
        place_of(kinds),
        place_of(numbers),
        *(place_of(part) for part in (calls.first, calls.codes, calls.hits)),
        *(place_of(part) for part in (calls.flags, calls.winners)),
    )
    return Calls(calls.winners, calls.flags, calls.first, calls.codes[:number], calls.hits[:number])


def without_antisense(
    inserts: UniqueInserts,
    calls: Calls,
    annotation: Annotation,
    transcriptome: Transcriptome,
    *,
    longest_tail: int = Alignment.longest_tail,
) -> Calls:
    """Take back what fits a miRNA with a changed base only, but the other strand exactly.

    The arms of a hairpin are nearly each other's complement, so an antisense read of one arm can
    fit the other with one mismatch. Such a read is no read of either: it counts for no class.
    """
    doubted = (calls.winners == MIRNA_CLASS) & (calls.flags & MISMATCHED > 0)
    numbers = np.flatnonzero(doubted)
    turned = UniqueInserts(inserts.words[numbers], inserts.kernel).other_strand()
    hits = match(turned, transcriptome, mismatches=0, longest_tail=longest_tail)
    hits = hits.chosen(annotation.classes[hits.transcripts] == MIRNA_CLASS)
    winners = calls.winners.copy()
    winners[numbers[np.diff(hits.first) > 0]] = NO_CLASS
    return replace(calls, winners=winners)


def _kinds(hits: Hits, annotation: Annotation) -> np.ndarray:
    """Say which part of a tRNA each hit is; 0 for other classes."""
    kinds = np.zeros(len(hits.rows), np.uint8)
    trna = np.flatnonzero(annotation.classes[hits.transcripts] == TIE_ORDER.index(TRNA))
    length, start, end, anticodon = annotation.layouts[hits.transcripts[trna]].T
    begin = hits.starts[trna]
    kinds[trna] = kind(begin, begin + hits.aligned[trna], length, anticodon, start, end)
    return kinds

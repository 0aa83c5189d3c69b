"""Matching: seek the places where each unique insert comes from.

Each unique insert is aligned once, against all transcript classes at the same time, so that the
classes compete for it: end to end, sense strand, all places of the best stratum, as
`bowtie -v 1 -a --best --strata --norc` finds them. Matures carry tails that no template explains,
so a mismatch among the last bases is read as the beginning of a tail and preferred to one in the
body of a sibling, and what stays unaligned is tried again without its last one to three bases.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from exosift.inserts import UniqueInserts, place_of
from exosift.kernel.layout import (
    EVERY_READING,
    HIT_ALIGNED,
    HIT_INSERT,
    HIT_MISMATCH,
    HIT_POSITION,
    HIT_WORDS,
    HITS,
    LONGEST_TAIL,
    MATCHING_RULES,
    MISMATCHES,
    SHORTEST_EXACT,
    SHORTEST_MISMATCHED,
    WORD_BASES,
)
from exosift.settings.alignment import Alignment
from exosift.transcriptome import Transcriptome

SHORTEST_WITH_TAIL = 16
"""Bases that must align exactly once a tail is taken off: shorter ones fit by chance."""

SHORTEST_WITH_BOTH = 18
"""The same with a mismatch: an 18-mer has 55 one-base neighbours, in 2e5 places of the index."""

HITS_AT_ONCE = 1 << 18


@dataclass(frozen=True)
class Hits:
    """All best alignments of a library's inserts, by insert and then by place.

    Attributes
    ----------
    rows
        (hits, 4), int32: number of the insert, place in the line of all transcripts, number of
        aligned bases (the rest is a non-templated tail), and place of the mismatch in the insert
        (-1 if there is none).
    first
        (inserts + 1,), int32: the hits of insert i are `rows[first[i]:first[i + 1]]`.
    transcripts, starts
        (hits,), int32: number of the transcript of each hit, and where on it the hit begins.
    """

    rows: np.ndarray
    first: np.ndarray
    transcripts: np.ndarray
    starts: np.ndarray

    def chosen(self, which: np.ndarray) -> "Hits":
        """Keep some of the hits, those where `which` is true."""
        kept = np.concatenate([[0], np.cumsum(which)])
        first = kept[self.first].astype(np.int32)
        return Hits(self.rows[which], first, self.transcripts[which], self.starts[which])

    @property
    def inserts(self) -> np.ndarray:
        """Number of the insert of each hit."""
        return self.rows[:, HIT_INSERT]

    @property
    def aligned(self) -> np.ndarray:
        """Number of bases that align, from the 5' end."""
        return self.rows[:, HIT_ALIGNED]

    @property
    def mismatches(self) -> np.ndarray:
        """Place of the mismatch in the insert, 0-based; -1 if there is none."""
        return self.rows[:, HIT_MISMATCH]


def match(
    inserts: UniqueInserts,
    transcriptome: Transcriptome,
    *,
    mismatches: int = Alignment.mismatches,
    longest_tail: int = Alignment.longest_tail,
    every_reading: bool = False,
) -> Hits:
    """Find where the unique inserts of a library come from.

    Parameters
    ----------
    inserts
        The unique inserts.
    transcriptome
        The indexed reference.
    mismatches
        Mismatches allowed, 0 or 1.
    longest_tail
        Longest non-templated 3' tail in nt.
    every_reading
        Whether all alignments are given, exact or with a tail, a mismatch or both, and not only the
        best. What shares reads by evidence weighs them.
    """
    rules = _rules(transcriptome, mismatches, longest_tail, every_reading)
    rows = np.concatenate(
        [
            np.empty((0, HIT_WORDS), np.int32),
            *_pieces(inserts, transcriptome, rules),
        ]
    )
    number = np.bincount(rows[:, HIT_INSERT], minlength=len(inserts))
    first = np.concatenate([[0], np.cumsum(number)]).astype(np.int32)
    transcripts = np.searchsorted(transcriptome.starts, rows[:, HIT_POSITION], "right") - 1
    starts = rows[:, HIT_POSITION] - transcriptome.starts[transcripts]
    return Hits(rows, first, transcripts.astype(np.int32), starts)


def _rules(
    transcriptome: Transcriptome, mismatches: int, longest_tail: int, every_reading: bool
) -> np.ndarray:
    """Write the settings as the numbers that the kernel reads."""
    rules = np.zeros(MATCHING_RULES, np.int64)
    rules[WORD_BASES] = transcriptome.word_bases
    rules[MISMATCHES] = mismatches
    rules[LONGEST_TAIL] = longest_tail
    rules[SHORTEST_EXACT] = SHORTEST_WITH_TAIL
    rules[SHORTEST_MISMATCHED] = SHORTEST_WITH_BOTH
    rules[EVERY_READING] = every_reading
    return rules


def _pieces(
    inserts: UniqueInserts, transcriptome: Transcriptome, rules: np.ndarray
) -> Iterator[np.ndarray]:
    """Match as many inserts at a time as hits find room."""
    reference = [
        place_of(getattr(transcriptome, name))
        for name in ("low", "high", "blocked", "offsets", "places")
    ]
    tally = np.zeros(1, np.int64)
    hits = np.empty((HITS_AT_ONCE, HIT_WORDS), np.int32)
    first = 0
    while first < len(inserts):
        stop = inserts.kernel.match_inserts(
            place_of(inserts.words),
            first,
            len(inserts),
            *reference,
            place_of(rules),
            place_of(hits),
            len(hits),
            place_of(tally),
        )
        if stop == first:  # the places of one insert alone need more room
            hits = np.empty((2 * len(hits), HIT_WORDS), np.int32)
        yield hits[: tally[HITS]].copy()
        first = stop

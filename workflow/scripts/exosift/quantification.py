"""Quantification: from the places of a library's inserts to its exact counts.

Every read is counted once, in one class. An insert whose best places lie in several classes goes to
the first of them in `TIE_ORDER`; one that fits several features of its class is shared between them
(see `ties`). Shares stay exact fractions; rounding is the matrix's business.
"""

import csv
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from pathlib import Path

import numpy as np

from exosift.annotation import CLASSES, MIRNA, TIE_ORDER, TRNA, Annotation
from exosift.files import replacing
from exosift.inserts import UniqueInserts, place_of
from exosift.kernel.layout import (
    AMBIGUOUS,
    CALLING_RULES,
    MISMATCHED,
    NO_CLASS,
    OVERLAP,
    SHIFT_3P,
    SHIFT_5P,
    TAILED,
    TAKE_MISMATCHED,
)
from exosift.matching import Hits
from exosift.ties import Isomir, Tie, estimate, shares
from exosift.trna_fragments import KINDS, kind

NUMBERS = ("reads", "inserts", "ambiguous", "shared", "mismatched", "tailed")
COLUMNS = ("class", "feature", "kind", *NUMBERS)


@dataclass(frozen=True)
class Rules:
    """How far an insert may differ from a mature miRNA and still be its isomiR.

    Attributes
    ----------
    shift_5p, shift_3p
        Bases by which the ends may lie off the mature's ends. The 5' end holds the seed and moves
        little; the 3' end is trimmed and extended.
    overlap
        Bases of the mature that the insert must cover.
    mismatched
        Whether inserts with a mismatch count.
    ties
        How an insert that fits several miRNAs is shared: by "evidence" or in "equal" parts.
    """

    shift_5p: int = 3
    shift_3p: int = 5
    overlap: int = 16
    mismatched: bool = True
    ties: str = "evidence"


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


def call(inserts: UniqueInserts, hits: Hits, annotation: Annotation, rules: Rules) -> Calls:
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


def _kinds(hits: Hits, annotation: Annotation) -> np.ndarray:
    """Say which part of a tRNA each hit is; 0 for other classes."""
    kinds = np.zeros(len(hits.rows), np.uint8)
    trna = np.flatnonzero(annotation.classes[hits.transcripts] == TIE_ORDER.index(TRNA))
    length, start, end, anticodon = annotation.layouts[hits.transcripts[trna]].T
    begin = hits.starts[trna]
    kinds[trna] = kind(begin, begin + hits.aligned[trna], length, anticodon, start, end)
    return kinds


@dataclass
class Group:
    """Inserts that are the same to the same features: which ones, and their reads."""

    rna: str
    codes: np.ndarray
    inserts: np.ndarray
    numbers: tuple[int, ...]


@dataclass
class Tally:
    """What one feature received in one library, in reads, exact."""

    reads: Fraction = Fraction(0)
    inserts: int = 0
    ambiguous: Fraction = Fraction(0)
    shared: Fraction = Fraction(0)
    mismatched: Fraction = Fraction(0)
    tailed: Fraction = Fraction(0)

    def add(self, share: Fraction | int, numbers: tuple[int, ...]) -> None:
        """Add a share of a group of inserts, whose numbers are in the order of `NUMBERS`."""
        reads, inserts, ambiguous, shared, mismatched, tailed = numbers
        self.reads += share * reads
        self.inserts += inserts
        self.ambiguous += share * ambiguous
        self.shared += share * shared
        self.mismatched += share * mismatched
        self.tailed += share * tailed


@dataclass
class Quantification:
    """The counts of one library.

    Parameters
    ----------
    inserts, hits, calls
        The unique inserts, their places, and what they are.
    annotation
        What the reference sequences are.
    ties
        "evidence" or "equal", as in `Rules`.
    """

    inserts: UniqueInserts
    hits: Hits
    calls: Calls
    annotation: Annotation
    ties: str = "evidence"
    _shares: dict[Tie, dict[str, Fraction]] = field(default_factory=dict)

    def classes(self) -> Counter[str]:
        """Count the reads of each class, and those that fit none as `""`."""
        reads = np.bincount(self.calls.winners, self.inserts.reads, NO_CLASS + 1)
        found = Counter({name: int(reads[number]) for number, name in enumerate(TIE_ORDER)})
        found[""] = int(reads[NO_CLASS])
        return found

    def unexplained(self) -> np.ndarray:
        """Numbers of the inserts that fit no class."""
        return np.flatnonzero(self.calls.winners == NO_CLASS)

    @cached_property
    def groups(self) -> list[Group]:
        """Gather the inserts with the same calls, in the order of the calls."""
        first, codes = self.calls.first, self.calls.codes
        sizes = np.diff(first)
        single = np.flatnonzero(sizes == 1)
        found, which = np.unique(codes[first[single]], return_inverse=True)
        groups = self._gathered(single, which, found[:, None])
        several = np.flatnonzero(sizes > 1)
        packed = codes.tobytes()
        numbers: dict[bytes, int] = {}
        which = np.fromiter(
            (
                numbers.setdefault(packed[8 * begin : 8 * end], len(numbers))
                for begin, end in zip(
                    first[several].tolist(), first[several + 1].tolist(), strict=True
                )
            ),
            np.int64,
            len(several),
        )
        groups += self._gathered(several, which, [np.frombuffer(one, np.int64) for one in numbers])
        return sorted(groups, key=lambda group: group.codes.tolist())

    def _gathered(
        self, inserts: np.ndarray, which: np.ndarray, codes: np.ndarray | list[np.ndarray]
    ) -> list[Group]:
        """Sum up the reads of groups of inserts; `which` says the group of each."""
        if not len(codes):
            return []
        reads = self.inserts.reads[inserts]
        flags = self.calls.flags[inserts]

        def summed(chosen: np.ndarray | int) -> list[int]:
            sums = np.bincount(which, reads * chosen, len(codes))
            return [int(one) for one in sums.tolist()]

        totals, members = summed(1), np.bincount(which, minlength=len(codes))
        kinds = [summed(flags & flag > 0) for flag in (AMBIGUOUS, MISMATCHED, TAILED)]
        order = np.argsort(which, kind="stable")
        parts = np.split(inserts[order], np.cumsum(members)[:-1])
        return [
            Group(
                TIE_ORDER[code[0] >> 56],
                code,
                part,
                (reads, int(number), one, reads if len(code) > 1 else 0, two, three),
            )
            for code, part, reads, number, one, two, three in zip(
                codes, parts, totals, members, *kinds, strict=True
            )
        ]

    def tie(self, codes: np.ndarray) -> Tie:
        """Read the calls of a miRNA as isomiRs."""
        return tuple(
            sorted(
                Isomir(self.feature(code), (code >> 8 & 255) - 128, (code & 255) - 128)
                for code in codes.tolist()
            )
        )

    def feature(self, code: int) -> str:
        """Name the feature of a call."""
        return self.annotation.feature_names[code >> 24 & 0xFFFFFFFF]

    @cached_property
    def estimated(self) -> dict[str, float]:
        """Reads of each miRNA as the ties are shared by; empty for equal shares."""
        if self.ties != "evidence":
            return {}
        alone: Counter[str] = Counter()
        tied: Counter[Tie] = Counter()
        for group in self.groups:
            if group.rna == MIRNA:
                tie = self.tie(group.codes)
                if len(tie) == 1:
                    alone[tie[0].mirna] += group.numbers[0]
                else:
                    tied[tie] += group.numbers[0]
        return estimate(tied, alone)

    def shares(self, tie: Tie) -> dict[str, Fraction]:
        """Share inserts between the miRNAs that they fit."""
        if tie not in self._shares:
            self._shares[tie] = shares(tie, self.estimated)
        return self._shares[tie]

    def tallies(self) -> Mapping[tuple[str, str, str], Tally]:
        """Add up what each class, feature and kind received."""
        tallies: dict[tuple[str, str, str], Tally] = defaultdict(Tally)
        for group in self.groups:
            if len(group.codes) == 1:
                code = int(group.codes[0])
                tallies[group.rna, self.feature(code), KINDS[code >> 16 & 255]].add(
                    1, group.numbers
                )
            elif group.rna == MIRNA:
                for mirna, share in self.shares(self.tie(group.codes)).items():
                    tallies[MIRNA, mirna, ""].add(share, group.numbers)
            else:
                share = Fraction(1, len(group.codes))
                for code in group.codes.tolist():
                    key = (group.rna, self.feature(code), KINDS[code >> 16 & 255])
                    tallies[key].add(share, group.numbers)
        return tallies


def write_counts(tallies: Mapping[tuple[str, str, str], Tally], path: Path) -> None:
    """Write the counts of a library, one row per class, feature and kind."""
    order = {name: number for number, name in enumerate(CLASSES)}
    with replacing(path) as part, part.open("w", newline="") as handle:
        writer = csv.writer(handle, delimiter="\t", lineterminator="\n")
        writer.writerow(COLUMNS)
        for key, tally in sorted(
            tallies.items(), key=lambda item: (order[item[0][0]], *item[0][1:])
        ):
            writer.writerow([*key, *(str(getattr(tally, name)) for name in NUMBERS)])

"""Quantification: from the places of a library's inserts to its exact counts.

Every read is counted once, in one class (see `calling`). An insert that fits several features of
its class is shared between them (see `sharing`). Shares stay exact; rounding is the matrix's
business.
"""

import csv
from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from pathlib import Path

import numpy as np

from exosift.annotation import MIRNA, TIE_ORDER, Annotation
from exosift.calling import Calls, call
from exosift.files import replacing
from exosift.inserts import UniqueInserts
from exosift.kernel.layout import (
    AMBIGUOUS,
    KIND_MISMATCH,
    KIND_TEMPLATE,
    MIRNA_CLASS,
    MISMATCHED,
    NO_CLASS,
    TAILED,
)
from exosift.matching import Hits, match
from exosift.settings.alignment import Alignment
from exosift.settings.quantification import IsomirRules
from exosift.sharing import UNIT, learn, share_by_evidence, share_equally
from exosift.transcriptome import Transcriptome
from exosift.trna_fragments import KINDS

DOUBTS = ("ambiguous", "shared", "mismatched", "tailed")
COLUMNS = ("class", "feature", "kind", "reads", "inserts", *DOUBTS)
"""Of the reads of a feature, `ambiguous` ones fit another class as well; `shared` ones fit several
features so well that none gets `CERTAIN` of them; the others have a mismatch or a tail."""

CERTAIN = 0.9


@dataclass(frozen=True)
class Groups:
    """Inserts that are the same to the same features.

    Attributes
    ----------
    members, ends
        Numbers of the inserts, group by group; those of group g end before `ends[g]`.
    codes, of
        Calls of all groups, and the number of the group of each.
    """

    members: np.ndarray
    ends: np.ndarray
    codes: np.ndarray
    of: np.ndarray

    def __len__(self) -> int:
        """Give the number of groups."""
        return len(self.ends)

    @cached_property
    def of_member(self) -> np.ndarray:
        """Number of the group of each member."""
        return np.repeat(np.arange(len(self)), np.diff(self.ends, prepend=0))

    def summed(self, amounts: np.ndarray) -> np.ndarray:
        """Sum up an amount of each insert over the members of each group, int64."""
        return np.bincount(self.of_member, amounts[self.members], len(self)).astype(np.int64)


def gather(inserts: np.ndarray, calls: Calls) -> Groups:
    """Gather inserts with the same calls, groups in the order of their calls.

    Parameters
    ----------
    inserts
        Numbers of the inserts that are to be gathered, each with at least one call.
    calls
        What they are.
    """
    begins, ends = calls.first[inserts].tolist(), calls.first[inserts + 1].tolist()
    packed = calls.codes.astype(">i8").tobytes()
    numbers: dict[bytes, int] = {}
    which = np.fromiter(
        (
            numbers.setdefault(packed[8 * begin : 8 * end], len(numbers))
            for begin, end in zip(begins, ends, strict=True)
        ),
        np.int64,
        len(inserts),
    )
    forms = sorted(numbers)  # as bytes, the first one uppermost, they sort as the calls do
    place = np.empty(len(forms), np.int64)
    place[[numbers[form] for form in forms]] = np.arange(len(forms))
    which = place[which]
    order = np.argsort(which, kind="stable")
    sizes = [len(form) // 8 for form in forms]
    return Groups(
        inserts[order],
        np.cumsum(np.bincount(which, minlength=len(forms))),
        np.frombuffer(b"".join(forms), ">i8").astype(np.int64),
        np.repeat(np.arange(len(forms)), sizes),
    )


@dataclass(frozen=True)
class Shares:
    """Groups of inserts, and how their reads are shared.

    Attributes
    ----------
    groups
        The groups.
    hits, calls
        Places and calls of the inserts. For miRNA these are all readings that can explain an
        insert, for other classes the best ones.
    numbers
        Numbers of the inserts in the library.
    parts
        Parts of `UNIT` of a group's reads that each of its calls gets.
    """

    groups: Groups
    hits: Hits
    calls: Calls
    numbers: np.ndarray
    parts: np.ndarray


class Quantification:
    """The counts of one library.

    Parameters
    ----------
    inserts, hits, calls
        The unique inserts, their best places, and what they are.
    annotation, transcriptome
        What the reference sequences are.
    rules
        What counts as an isomiR, and how ties are shared.
    mismatches, longest_tail
        As in the matching.
    """

    def __init__(
        self,
        inserts: UniqueInserts,
        hits: Hits,
        calls: Calls,
        annotation: Annotation,
        transcriptome: Transcriptome,
        rules: IsomirRules,
        *,
        mismatches: int = Alignment.mismatches,
        longest_tail: int = Alignment.longest_tail,
    ) -> None:
        self.inserts, self.hits, self.calls = inserts, hits, calls
        self.annotation, self.transcriptome, self.rules = annotation, transcriptome, rules
        self._matching = {"mismatches": mismatches, "longest_tail": longest_tail}

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
    def others(self) -> Shares:
        """Share the inserts of all classes but miRNA, in equal parts."""
        winners = self.calls.winners
        inserts = np.flatnonzero((winners != NO_CLASS) & (winners != MIRNA_CLASS))
        groups = gather(inserts, self.calls)
        parts = share_equally(groups.of, len(groups))
        return Shares(groups, self.hits, self.calls, np.arange(len(self.inserts)), parts)

    @cached_property
    def mirnas(self) -> Shares:
        """Share the inserts of miRNAs, by evidence or in equal parts between the best places."""
        numbers = np.flatnonzero(self.calls.winners == MIRNA_CLASS)
        if self.rules.ties == "equal":
            groups = gather(numbers, self.calls)
            parts = share_equally(groups.of, len(groups))
            return Shares(groups, self.hits, self.calls, np.arange(len(self.inserts)), parts)
        inserts = UniqueInserts(self.inserts.words[numbers], self.inserts.kernel)
        hits = match(inserts, self.transcriptome, every_reading=True, **self._matching)
        hits = hits.chosen(self.annotation.classes[hits.transcripts] == MIRNA_CLASS)
        calls = call(inserts, hits, self.annotation, self.rules)
        groups = gather(np.arange(len(inserts)), calls)
        reads = groups.summed(inserts.reads)
        alone = np.bincount(groups.of, minlength=len(groups))[groups.of] == 1
        habits = learn(groups.codes[alone], reads[groups.of[alone]])
        parts = share_by_evidence(groups.codes, groups.of, reads, habits.likelihood(groups.codes))
        return Shares(groups, hits, calls, numbers, parts)

    def feature(self, code: int) -> str:
        """Name the feature of a call."""
        return self.annotation.feature_names[code >> 24 & 0xFFFFFFFF]

    def rows(self) -> list[tuple[str, ...]]:
        """Make the rows of the table of counts."""
        return [*self._mirna_rows(), *self._other_rows()]

    def _mirna_rows(self) -> list[tuple[str, ...]]:
        shares = self.mirnas
        groups, codes = shares.groups, shares.groups.codes
        kinds = codes >> 16 & 255
        largest = np.zeros(len(groups), np.int64)
        np.maximum.at(largest, groups.of, shares.parts)
        return self._rows(
            shares,
            codes >> 24,
            {
                "shared": (largest < CERTAIN * UNIT)[groups.of],
                "mismatched": kinds >= KIND_MISMATCH,
                "tailed": (kinds != KIND_TEMPLATE) & (kinds != KIND_MISMATCH),
            },
        )

    def _other_rows(self) -> list[tuple[str, ...]]:
        shares = self.others
        several = np.bincount(shares.groups.of, minlength=len(shares.groups)) > 1
        return self._rows(
            shares,
            shares.groups.codes >> 16,
            {"shared": several[shares.groups.of], "mismatched": MISMATCHED, "tailed": TAILED},
        )

    def _rows(
        self, shares: Shares, keys: np.ndarray, doubts: dict[str, np.ndarray | int]
    ) -> list[tuple[str, ...]]:
        """Add up what each feature received; `doubts` are calls, or flags of inserts."""
        groups, parts = shares.groups, shares.parts
        taken = parts > 0
        reads = self.inserts.reads[shares.numbers]
        flags = self.calls.flags[shares.numbers]
        found, row = np.unique(keys, return_inverse=True)

        def added(amounts: np.ndarray) -> np.ndarray:
            sums = np.zeros(len(found), np.int64)
            np.add.at(sums, row, amounts)
            return sums

        units = parts * groups.summed(reads)[groups.of]
        members = np.diff(groups.ends, prepend=0)
        flagged = {
            "ambiguous": parts * groups.summed(reads * (flags & AMBIGUOUS > 0))[groups.of]
        } | {
            name: parts * groups.summed(reads * (flags & doubt > 0))[groups.of]
            if isinstance(doubt, int)
            else units * doubt
            for name, doubt in doubts.items()
        }
        sums = {name: added(amounts).tolist() for name, amounts in flagged.items()}
        totals, inserts = added(units), added(members[groups.of] * taken)
        codes = np.zeros(len(found), np.int64)
        codes[row] = groups.codes
        return [
            (
                TIE_ORDER[code >> 56],
                self.feature(code),
                "" if TIE_ORDER[code >> 56] == MIRNA else KINDS[code >> 16 & 255],
                exact(total),
                str(number),
                *(exact(sums[name][place]) for name in DOUBTS),
            )
            for place, (code, total, number) in enumerate(
                zip(codes.tolist(), totals.tolist(), inserts.tolist(), strict=True)
            )
            if total
        ]


def exact(units: int) -> str:
    """Write millionths of reads as reads.

    Examples
    --------
    >>> exact(3_500_000), exact(7_000_000)
    ('7/2', '7')
    """
    return str(Fraction(units, UNIT))


def write_counts(library: Quantification, path: Path) -> None:
    """Write the counts of a library, one row per class, feature and kind."""
    order = {name: number for number, name in enumerate(TIE_ORDER)}
    rows = sorted(library.rows(), key=lambda row: (order[row[0]], row[1], row[2]))
    with replacing(path) as part, part.open("w", newline="") as handle:
        writer = csv.writer(handle, delimiter="\t", lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(rows)

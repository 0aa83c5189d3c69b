"""Quantification: from the alignments of one library to its exact counts.

Every read is counted once, in one class. An insert whose best alignments lie in several classes
goes to the first of them in `TIE_ORDER`; one that fits several features of its class is shared
between them (see `ties`). Shares stay exact fractions; rounding is the matrix's business.
"""

import csv
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import pysam

from exosift.alignment import count_of, rank_of
from exosift.errors import UserError
from exosift.files import read_json, replacing, write_json
from exosift.ties import Isomir, Tie, closest, estimate, shares

MIRNA = "miRNA"
HAIRPIN = "miRNA_hairpin"
GENOME = "genome"
UNMAPPED = "unmapped"

TIE_ORDER = (
    *("spike_in", MIRNA, "tRNA", "Y_RNA", "snRNA", "snoRNA", "rRNA", "misc_RNA"),
    *(HAIRPIN, "mRNA", "vector"),
)
"""Who gets an insert that fits several classes equally well, first to last.

Spike-ins are ours, so they win. miRNA comes before the classes whose fragments imitate it, but
such reads are remembered as ambiguous. A place on a hairpin outside its matures comes late.
"""

CLASSES = (*TIE_ORDER, GENOME, UNMAPPED)
"""All classes, in the order of the tables."""

COLUMNS = ("class", "feature", "reads", "inserts", "ambiguous", "mismatched", "tailed")


@dataclass(frozen=True)
class Window:
    """Where a mature miRNA lies on its hairpin, 0-based and half-open."""

    mirna: str
    start: int
    end: int


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


@dataclass
class Tally:
    """What one feature received in one library, in reads, exact."""

    reads: Fraction = Fraction(0)
    inserts: int = 0
    ambiguous: Fraction = Fraction(0)
    mismatched: Fraction = Fraction(0)
    tailed: Fraction = Fraction(0)

    def add(self, share: Fraction, inserts: "Inserts") -> None:
        """Add a share of some inserts to this feature."""
        self.reads += share * inserts.reads
        self.inserts += inserts.number
        self.ambiguous += share * inserts.ambiguous
        self.mismatched += share * inserts.mismatched
        self.tailed += share * inserts.tailed


@dataclass
class Inserts:
    """Inserts that fit the same features: their number, and their reads in all and of each kind."""

    number: int = 0
    reads: int = 0
    ambiguous: int = 0
    mismatched: int = 0
    tailed: int = 0

    def add(self, reads: int, ambiguous: bool, mismatched: bool, tailed: bool) -> None:
        """Add an insert."""
        self.number += 1
        self.reads += reads
        self.ambiguous += reads * ambiguous
        self.mismatched += reads * mismatched
        self.tailed += reads * tailed


@dataclass(frozen=True)
class Place:
    """One alignment, read as biology: a class, and what the insert is to its features."""

    rna: str
    isomirs: tuple[Isomir, ...]


def read_windows(path: Path) -> dict[str, list[Window]]:
    """Read where the matures lie: reference name to its windows.

    Parameters
    ----------
    path
        Tab-separated `reference`, `mirna`, `start`, `end`.
    """
    windows: dict[str, list[Window]] = defaultdict(list)
    with path.open(newline="") as handle:
        for row in csv.DictReader(handle, delimiter="\t"):
            window = Window(row["mirna"], int(row["start"]), int(row["end"]))
            windows[row["reference"]].append(window)
    return dict(windows)


def matures_at(windows: Iterable[Window], start: int, end: int, rules: Rules) -> list[Isomir]:
    """Name the matures whose isomiR an alignment from `start` to `end` is.

    `end` is where the template ends: a non-templated tail does not count as a shift.

    Examples
    --------
    >>> let7 = [Window("hsa-let-7a-5p", 5, 27)]
    >>> matures_at(let7, 5, 28, Rules())
    [Isomir(mirna='hsa-let-7a-5p', shift_5p=0, shift_3p=1)]
    >>> matures_at(let7, 9, 28, Rules())
    []
    """
    return [
        Isomir(window.mirna, abs(start - window.start), abs(end - window.end))
        for window in windows
        if abs(start - window.start) <= rules.shift_5p
        and abs(end - window.end) <= rules.shift_3p
        and min(end, window.end) - max(start, window.start) >= rules.overlap
    ]


class Quantifier:
    """Turn the alignments of inserts into places, and places into counts.

    Parameters
    ----------
    references
        Names of the BAM's references, `class|name`, in the order of its header.
    windows
        Where the matures lie on the references.
    rules
        What counts as an isomiR.
    """

    def __init__(
        self, references: Iterable[str], windows: Mapping[str, list[Window]], rules: Rules
    ) -> None:
        self._references = [reference.partition("|")[::2] for reference in references]
        self._windows = [windows.get(reference, []) for reference in references]
        self._rules = rules
        self._found: dict[tuple[str, Tie], Inserts] = defaultdict(Inserts)
        self.classes: Counter[str] = Counter()

    def place(self, record: pysam.AlignedSegment) -> Place:
        """Read one alignment as a class and its features."""
        rna, name = self._references[record.reference_id]
        if rna == MIRNA:
            windows = self._windows[record.reference_id]
            end = record.reference_end or record.reference_start
            matures = matures_at(windows, record.reference_start, end, self._rules)
            if matures and (self._rules.mismatched or not record.get_tag("NM")):
                return Place(MIRNA, tuple(matures))
            rna = HAIRPIN
        return Place(rna, (Isomir(name, 0, 0),))

    def count(self, reads: int, places: list[Place], mismatched: bool, tailed: bool) -> str:
        """Give an insert's reads to one class, and remember what they fit in it.

        Parameters
        ----------
        reads
            How often the insert was sequenced.
        places
            Its alignments, all of the best stratum.
        mismatched, tailed
            Whether they have a mismatch, and whether a 3' tail was taken off.

        Returns
        -------
        The class that got them.
        """
        rivals = {place.rna for place in places}
        winner = min(rivals, key=TIE_ORDER.index)
        fits = closest(one for place in places if place.rna == winner for one in place.isomirs)
        ambiguous = len(fits) > 1 or bool(rivals - {winner, HAIRPIN})
        self._found[winner, fits].add(reads, ambiguous, mismatched, tailed)
        self.classes[winner] += reads
        return winner

    def tallies(self) -> dict[tuple[str, str], Tally]:
        """Share what fits several features, and add up what each feature received."""
        found = sorted(self._found.items())
        reads: dict[str, float] = {}
        if self._rules.ties == "evidence":
            mirnas = [(fits, inserts) for (rna, fits), inserts in found if rna == MIRNA]
            alone: Counter[str] = Counter()
            for fits, inserts in mirnas:
                if len(fits) == 1:
                    alone[fits[0].mirna] += inserts.reads
            tied = {fits: inserts.reads for fits, inserts in mirnas if len(fits) > 1}
            reads = estimate(tied, alone)
        tallies: dict[tuple[str, str], Tally] = defaultdict(Tally)
        for (rna, fits), inserts in found:
            known = reads if rna == MIRNA else {}
            for feature, share in shares(fits, known).items():
                tallies[rna, feature].add(share, inserts)
        return tallies


def quantify(
    bam: Path,
    summary: Path,
    windows: Path,
    counts: Path,
    totals: Path,
    *,
    genome_bam: Path | None = None,
    rules: Rules | None = None,
) -> None:
    """Count one library.

    Parameters
    ----------
    bam
        Sorted alignments to the transcript classes, unaligned inserts included.
    summary
        What trimming wrote about the library (reads in, their fates).
    windows
        Where the matures lie on the hairpins.
    counts
        Where the table goes: class, feature, reads (exact, such as `7/2`), unique inserts, and how
        many of the reads are ambiguous, mismatched or tailed.
    totals
        Where the JSON with the reads per fate and class goes.
    genome_bam
        Alignments of the rest to a genome, if there is one.

    Raises
    ------
    UserError
        If the reads do not add up: files of different runs were mixed.
    """
    told = read_json(summary)
    in_genome = _in_genome(genome_bam) if genome_bam else frozenset()
    with pysam.AlignmentFile(bam) as alignments:
        where = read_windows(windows)
        quantifier = Quantifier(alignments.references, where, rules or Rules())
        for insert, records in _by_insert(alignments):
            reads = count_of(insert)
            if records[0].is_unmapped:
                rank = rank_of(insert)
                quantifier.classes[GENOME if rank in in_genome else UNMAPPED] += reads
                continue
            first = records[0]
            quantifier.count(
                reads,
                [quantifier.place(record) for record in records],
                mismatched=bool(first.get_tag("NM")),
                tailed=first.query_alignment_length < first.query_length,
            )
    classes = {name: quantifier.classes[name] for name in CLASSES if name != GENOME or genome_bam}
    _check_conservation(told, classes)
    _write_counts(quantifier.tallies(), counts)
    write_json(
        {
            **{key: told[key] for key in ("sample", "status", "reason", "reads_in")},
            "fates": {name: reads for name, reads in told["fates"].items() if name != "kept"},
            "classes": classes,
        },
        totals,
    )


def _by_insert(
    alignments: pysam.AlignmentFile,
) -> Iterator[tuple[str, list[pysam.AlignedSegment]]]:
    """Gather the alignments of each insert; the BAM is sorted by place, not by insert."""
    waiting: dict[str, list[pysam.AlignedSegment]] = {}
    for record in alignments.fetch(until_eof=True):
        name = record.query_name or ""
        if record.is_unmapped or record.get_tag("NH") == 1:
            yield name, [record]
            continue
        gathered = waiting.setdefault(name, [])
        gathered.append(record)
        if len(gathered) == record.get_tag("NH"):
            yield name, waiting.pop(name)
    if waiting:
        raise UserError(
            f"The alignments of {len(waiting)} inserts are incomplete, such as {min(waiting)}. "
            "Delete the BAM file and run again."
        )


def _in_genome(bam: Path) -> frozenset[int]:
    with pysam.AlignmentFile(bam) as alignments:
        return frozenset(
            rank_of(record.query_name or "")
            for record in alignments.fetch(until_eof=True)
            if not record.is_unmapped
        )


def _check_conservation(told: Mapping[str, Any], classes: Mapping[str, int]) -> None:
    """Compare reads in with the sum of their fates and classes: the promise of this package."""
    discarded = sum(reads for name, reads in told["fates"].items() if name != "kept")
    counted = sum(classes.values())
    line = (
        f"{told['sample']}: {told['reads_in']} reads in = {discarded} discarded + {counted} "
        f"in classes"
    )
    if told["reads_in"] != discarded + counted:
        raise UserError(
            f"{line} does not add up. The BAM file and the trimming summary are not of the same "
            "run: delete both and run again."
        )
    print(line)


def _write_counts(tallies: Mapping[tuple[str, str], Tally], path: Path) -> None:
    order = {name: number for number, name in enumerate(CLASSES)}
    with replacing(path) as part, part.open("w", newline="") as handle:
        writer = csv.writer(handle, delimiter="\t", lineterminator="\n")
        writer.writerow(COLUMNS)
        for (rna, feature), tally in sorted(
            tallies.items(), key=lambda item: (order[item[0][0]], item[0][1])
        ):
            numbers = (tally.reads, tally.inserts, tally.ambiguous, tally.mismatched, tally.tailed)
            writer.writerow([rna, feature, *map(str, numbers)])

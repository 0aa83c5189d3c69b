"""Alignment: seek the place where each unique insert comes from.

Each unique insert is aligned once, against all transcript classes at the same time, so that the
classes compete for it: bowtie 1, end to end, sense strand, all hits of the best stratum. What
stays unaligned is tried again without its last one to three bases, since matures carry tails that
no template explains. What no transcript explains may then be sought in a genome.
"""

import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Any

import pysam

from exosift.errors import MachineError
from exosift.files import replacing

SHORTEST_EXACT = 16
"""Bases that must align exactly once a tail is taken off: shorter ones fit by chance."""

SHORTEST_MISMATCHED = 18
"""The same with a mismatch: an 18-mer has 55 one-base neighbours, in 2e5 places of the index."""

GENOME_HITS = 10
"""Places of the genome that are written per insert; repeats have thousands."""


@dataclass(frozen=True)
class Hit:
    """One alignment of one insert.

    Attributes
    ----------
    insert
        Name of the insert, `{rank}_x{count}`.
    sequence
        The whole insert, 5' to 3', as sequenced.
    reference, start
        Index of the reference in the BAM header, and the 0-based leftmost position; -1 if the
        insert is unaligned.
    aligned
        Number of bases that align, from the 5' end; the rest is a non-templated tail.
    mismatches, md
        Number of mismatches, and where they are (SAM's MD).
    reverse
        Whether the insert aligns to the reverse strand (genome only).
    """

    insert: str
    sequence: str
    reference: int = -1
    start: int = -1
    aligned: int = 0
    mismatches: int = 0
    md: str = ""
    reverse: bool = False

    @property
    def tail(self) -> int:
        """Length of the non-templated 3' tail in bases."""
        return len(self.sequence) - self.aligned


def insert_name(rank: int, count: int) -> str:
    """Name a unique insert after its rank in the library and its number of reads."""
    return f"{rank}_x{count}"


def rank_of(insert: str) -> int:
    """Read the rank back from an insert's name."""
    return int(insert.partition("_x")[0])


def count_of(insert: str) -> int:
    """Read the number of reads back from an insert's name."""
    return int(insert.partition("_x")[2])


def align(
    inserts: Path,
    index: Path,
    bam: Path,
    *,
    sample: str,
    mismatches: int = 1,
    longest_tail: int = 3,
) -> None:
    """Align the unique inserts of a library to the transcript classes, sense strand only.

    Parameters
    ----------
    inserts
        FASTA (gzip) of unique inserts, named `{rank}_x{count}`.
    index
        Prefix of the bowtie index.
    bam
        Where the sorted BAM goes; its index gets the same name and `.bai`. Unaligned inserts are
        kept in it, non-templated tails are soft-clipped, `NH` counts the hits of an insert.
    mismatches
        Mismatches allowed, 0 to 3 (`bowtie -v`).
    longest_tail
        Longest non-templated 3' tail in bases that is tried on unaligned inserts.

    Raises
    ------
    MachineError
        If bowtie is missing or fails.
    """
    options = ["-v", str(mismatches), "-a", "--best", "--strata", "--norc"]
    with tempfile.TemporaryDirectory(dir=_folder_of(bam), prefix=".alignment-") as scratch:
        unsorted = Path(scratch) / "hits.bam"
        shortened = Path(scratch) / "shortened.fa"
        unexplained: dict[str, str] = {}
        with BowtieRun(options, index, inserts) as run:
            header = _header(run.header, sample)
            with pysam.AlignmentFile(unsorted, "wb0", header=header) as out:
                for insert, hits in run.hits():
                    if hits[0].reference < 0:
                        unexplained[insert] = hits[0].sequence
                    else:
                        _write(out, prefer_tails(hits, longest_tail))
                tailed = _tailed_hits(unexplained, shortened, options, index, longest_tail)
                for insert, sequence in unexplained.items():
                    _write(out, tailed.get(insert) or [Hit(insert, sequence)])
        _sort(unsorted, bam)


def align_to_genome(bam: Path, index: Path, genome_bam: Path, *, sample: str) -> None:
    """Align the inserts that no transcript class explains to a genome, both strands.

    Parameters
    ----------
    bam
        What `align` made.
    index
        Prefix of the genome's bowtie index.
    genome_bam
        Where the sorted BAM goes. It holds at most ten places per insert.
    """
    options = ["-v", "1", "-k", str(GENOME_HITS), "--best", "--strata"]
    with tempfile.TemporaryDirectory(dir=_folder_of(genome_bam), prefix=".alignment-") as scratch:
        unexplained = Path(scratch) / "unexplained.fa"
        with pysam.AlignmentFile(bam) as alignments, unexplained.open("w") as fasta:
            for record in alignments.fetch(until_eof=True):
                if record.is_unmapped:
                    fasta.write(f">{record.query_name}\n{record.query_sequence}\n")
        unsorted = Path(scratch) / "hits.bam"
        with (
            BowtieRun(options, index, unexplained) as run,
            pysam.AlignmentFile(unsorted, "wb0", header=_header(run.header, sample)) as out,
        ):
            for _, hits in run.hits():
                _write(out, hits)
        _sort(unsorted, genome_bam)


def prefer_tails(hits: list[Hit], longest_tail: int) -> list[Hit]:
    """Read a mismatch at the 3' end as a non-templated tail, and prefer it to one in the body.

    Tails are some ten times as frequent as base errors and variants together, so an insert that
    ties between a sibling with a tail and another one with a changed base belongs to the first.

    Parameters
    ----------
    hits
        All hits of one insert, of one stratum.
    longest_tail
        Bases at the 3' end in which a mismatch is read as the beginning of a tail.

    Examples
    --------
    >>> hit = Hit("1_x9", "TGAGGTAGTAGGTTGTATAGTTC", 0, 5, 23, 1, "22A0")
    >>> (hit,) = prefer_tails([hit], 3)
    >>> hit.tail, hit.mismatches, hit.md
    (1, 0, '22')
    """
    if longest_tail == 0 or hits[0].mismatches != 1:
        return hits
    read = [_tail_read(hit, longest_tail) for hit in hits]
    fewest = min(hit.mismatches for hit in read)
    return [hit for hit in read if hit.mismatches == fewest]


def _tail_read(hit: Hit, longest_tail: int) -> Hit:
    """Read the single mismatch of a hit as the beginning of a tail if it is near the 3' end."""
    before = int(hit.md.split(hit.md.lstrip("0123456789")[0])[0])
    if hit.reverse or before < max(SHORTEST_EXACT, hit.aligned - longest_tail):
        return hit
    return replace(hit, aligned=before, mismatches=0, md=str(before))


class BowtieRun:
    """A running bowtie whose hits are read as they come.

    One thread: with more the order of the hits changes from run to run, and `--reorder` of bowtie
    1.3.1 prints no alignments at all together with `-S`.
    """

    def __init__(self, options: list[str], index: Path, inserts: Path) -> None:
        self._command = ["bowtie", *options, "-f", "-S", "-x", str(index), str(inserts)]

    def __enter__(self) -> "BowtieRun":
        """Start bowtie and read the header of its output."""
        self._complaints = tempfile.TemporaryFile("w+")
        try:
            self._process = subprocess.Popen(
                self._command, stdout=subprocess.PIPE, stderr=self._complaints
            )
        except FileNotFoundError:
            raise MachineError(
                "bowtie is not on the PATH. Install bowtie 1.3 (Debian: apt-get install bowtie; "
                "conda: bowtie from bioconda)."
            ) from None
        try:
            self._sam = pysam.AlignmentFile(self._process.stdout, "r")  # type: ignore[arg-type]
        except (ValueError, OSError):
            self._finish()
            raise MachineError("bowtie ended without a result.") from None
        self.header: dict[str, Any] = self._sam.header.to_dict()
        return self

    def hits(self) -> Iterator[tuple[str, list[Hit]]]:
        """Walk over the inserts, each with its hits in the order of the references."""
        for insert, records in groupby(self._sam.fetch(until_eof=True), attrgetter("query_name")):
            hits = [_hit(record) for record in records]
            yield insert, sorted(hits, key=lambda hit: (hit.reference, hit.start, hit.reverse))

    def __exit__(self, kind: object, *_: object) -> None:
        """Wait for the end, and complain if bowtie did."""
        if kind is None:
            self._finish()
        else:
            self._process.kill()
            self._process.wait()
        self._complaints.close()

    def _finish(self) -> None:
        self._process.wait()
        if self._process.returncode:
            self._complaints.seek(0)
            said = self._complaints.read().strip().splitlines()
            raise MachineError(
                f"bowtie stopped with status {self._process.returncode}: "
                f"{' '.join(said[-3:]) or 'it said nothing'}"
            )


def _hit(record: pysam.AlignedSegment) -> Hit:
    sequence = record.get_forward_sequence() or ""
    name = record.query_name or ""
    if record.is_unmapped:
        return Hit(name, sequence)
    return Hit(
        name,
        sequence,
        record.reference_id,
        record.reference_start,
        len(sequence),
        int(record.get_tag("NM")),
        str(record.get_tag("MD")),
        record.is_reverse,
    )


def _tailed_hits(
    unexplained: dict[str, str], shortened: Path, options: list[str], index: Path, longest: int
) -> dict[str, list[Hit]]:
    """Align inserts without their last bases: fewest mismatches first, then the shortest tail."""
    with shortened.open("w") as fasta:
        for insert, sequence in unexplained.items():
            for tail in range(1, longest + 1):
                if len(sequence) - tail >= SHORTEST_EXACT:
                    fasta.write(f">{insert}_t{tail}\n{sequence[:-tail]}\n")
    if shortened.stat().st_size == 0:
        return {}
    best: dict[str, list[Hit]] = {}
    with BowtieRun(options, index, shortened) as run:
        for name, hits in run.hits():
            insert, _, _ = name.rpartition("_t")
            first = hits[0]
            if first.reference < 0 or (first.mismatches and first.aligned < SHORTEST_MISMATCHED):
                continue
            whole = unexplained[insert]
            tail = len(whole) - first.aligned
            rival = best.get(insert)
            if rival is None or (first.mismatches, tail) < (rival[0].mismatches, rival[0].tail):
                best[insert] = [
                    Hit(insert, whole, h.reference, h.start, h.aligned, h.mismatches, h.md)
                    for h in hits
                ]
    return best


def _write(out: pysam.AlignmentFile, hits: list[Hit]) -> None:
    for number, hit in enumerate(hits):
        record = pysam.AlignedSegment(out.header)
        record.query_name = hit.insert
        sequence = hit.sequence
        if hit.reverse:
            sequence = sequence.translate(COMPLEMENT)[::-1]
        record.query_sequence = sequence
        if hit.reference < 0:
            record.flag = pysam.FUNMAP
        else:
            record.flag = (pysam.FSECONDARY if number else 0) | (
                pysam.FREVERSE if hit.reverse else 0
            )
            record.reference_id = hit.reference
            record.reference_start = hit.start
            record.mapping_quality = 255 if len(hits) == 1 else 0
            record.cigartuples = _cigar(hit)
            record.set_tags([("NH", len(hits)), ("NM", hit.mismatches), ("MD", hit.md)])
        out.write(record)


COMPLEMENT = str.maketrans("ACGTN", "TGCAN")


def _cigar(hit: Hit) -> list[tuple[int, int]]:
    matched = (pysam.CMATCH, hit.aligned)
    return [matched, (pysam.CSOFT_CLIP, hit.tail)] if hit.tail else [matched]


def _header(header: dict[str, Any], sample: str) -> dict[str, Any]:
    """Take the references of bowtie's header and leave its command line, which holds paths."""
    version = next((line.get("VN", "") for line in header.get("PG", ())), "")
    return {
        "HD": {"VN": "1.6", "SO": "unsorted"},
        "SQ": header["SQ"],
        "RG": [{"ID": sample, "SM": sample}],
        "PG": [{"ID": "bowtie", "PN": "bowtie", "VN": version}],
    }


def _sort(unsorted: Path, bam: Path) -> None:
    with replacing(bam) as part, replacing(index_of(bam)) as part_index:
        pysam.sort("--no-PG", "-o", str(part), "-O", "bam", str(unsorted))
        pysam.index(str(part), str(part_index))


def index_of(bam: Path) -> Path:
    """Name the index of a BAM file."""
    return bam.with_name(bam.name + ".bai")


def _folder_of(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.parent


def bowtie_version() -> str:
    """Ask bowtie for its version.

    Raises
    ------
    MachineError
        If bowtie is not on the PATH.
    """
    try:
        said = subprocess.run(["bowtie", "--version"], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise MachineError("bowtie is not on the PATH. Install bowtie 1.3.") from None
    return said.stdout.split("version", 1)[-1].split()[0] if "version" in said.stdout else ""

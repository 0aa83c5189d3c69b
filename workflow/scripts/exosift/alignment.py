"""Alignment: seek the place where each unique insert comes from.

Each unique insert is aligned once, against all transcript classes at the same time, so that the
classes compete for it: bowtie 1, end to end, sense strand, all hits of the best stratum. What
stays unaligned is tried again without its last one to three bases, since matures carry tails that
no template explains. What no transcript explains may then be sought in a genome.
"""

import subprocess
import tempfile
from collections.abc import Iterator
from itertools import chain, groupby
from operator import attrgetter, itemgetter
from pathlib import Path
from typing import NamedTuple

import pysam

from exosift.errors import MachineError
from exosift.files import replacing

SHORTEST_EXACT = 16
"""Bases that must align exactly once a tail is taken off: shorter ones fit by chance."""

SHORTEST_MISMATCHED = 18
"""The same with a mismatch: an 18-mer has 55 one-base neighbours, in 2e5 places of the index."""

GENOME_HITS = 10
"""Places of the genome that are written per insert; repeats have thousands."""


class Hit(NamedTuple):
    """One alignment of one insert.

    Attributes
    ----------
    insert
        Name of the insert, `{rank}_x{count}`.
    sequence
        The whole insert, 5' to 3', as sequenced.
    reference, start
        Name of the reference and the 0-based leftmost position; "" and -1 if it is unaligned.
    aligned
        Number of bases that align, from the 5' end; the rest is a non-templated tail.
    mismatches, md
        Number of mismatches, and where they are (SAM's MD).
    reverse
        Whether the insert aligns to the reverse strand (genome only).
    """

    insert: str
    sequence: str
    reference: str = ""
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
        unsorted = Path(scratch) / "hits.sam"
        shortened = Path(scratch) / "shortened.fa"
        unexplained: dict[str, str] = {}
        with BowtieRun(options, index, inserts) as run, unsorted.open("w") as out:
            out.writelines(_header(run.header, sample))
            for insert, hits in run.hits():
                if not hits[0].reference:
                    unexplained[insert] = hits[0].sequence
                else:
                    out.writelines(sam_lines(prefer_tails(hits, longest_tail)))
            tailed = _tailed_hits(unexplained, shortened, options, index, longest_tail)
            for insert, sequence in unexplained.items():
                out.writelines(sam_lines(tailed.get(insert) or [Hit(insert, sequence)]))
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
        unsorted = Path(scratch) / "hits.sam"
        with BowtieRun(options, index, unexplained) as run, unsorted.open("w") as out:
            out.writelines(_header(run.header, sample))
            for _, hits in run.hits():
                out.writelines(sam_lines(hits))
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
    >>> hit = Hit("1_x9", "TGAGGTAGTAGGTTGTATAGTTC", "miRNA|hsa-let-7a-1", 5, 23, 1, "22A0")
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
    return hit._replace(aligned=before, mismatches=0, md=str(before))


class BowtieRun:
    """A running bowtie whose hits are read as they come.

    Its SAM is read and written as text: an object for each record would take longer than bowtie.

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
                self._command, stdout=subprocess.PIPE, stderr=self._complaints, text=True
            )
        except FileNotFoundError:
            self._complaints.close()
            raise MachineError(
                "bowtie is not on the PATH. Install bowtie 1.3 (Debian: apt-get install bowtie; "
                "conda: bowtie from bioconda)."
            ) from None
        assert self._process.stdout is not None
        self._lines = self._process.stdout
        self.header: list[str] = []
        self._first = ""
        for line in self._lines:
            if not line.startswith("@"):
                self._first = line
                break
            self.header.append(line)
        if not self.header:
            self._finish()
            raise MachineError("bowtie ended without a result.")
        return self

    def hits(self) -> Iterator[tuple[str, list[Hit]]]:
        """Walk over the inserts, each with its hits sorted by reference and place."""
        lines = chain([self._first], self._lines) if self._first else self._lines
        records = map(_hit, lines)
        for insert, group in groupby(records, key=itemgetter(0)):
            hits = list(group)
            if len(hits) > 1:
                hits.sort(key=_place)
            yield insert, hits

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


_place = attrgetter("reference", "start", "reverse")


def _hit(line: str) -> Hit:
    """Read a line of bowtie's SAM."""
    name, flag, reference, position, _, _, _, _, _, sequence, _, *tags = line.split("\t")
    if flag == "4":
        return Hit(name, sequence)
    # bowtie's tags come in one order: XA, MD, NM, and sometimes XM.
    reverse = flag == "16"
    return Hit(
        name,
        _reverse_complement(sequence) if reverse else sequence,
        reference,
        int(position) - 1,
        len(sequence),
        int(tags[2].removeprefix("NM:i:")),
        tags[1].removeprefix("MD:Z:"),
        reverse,
    )


def _reverse_complement(sequence: str) -> str:
    return sequence.translate(COMPLEMENT)[::-1]


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
    with BowtieRun([*options, "--no-unal"], index, shortened) as run:
        for name, hits in run.hits():
            insert, _, _ = name.rpartition("_t")
            first = hits[0]
            if first.mismatches and first.aligned < SHORTEST_MISMATCHED:
                continue
            whole = unexplained[insert]
            tail = len(whole) - first.aligned
            rival = best.get(insert)
            if rival is None or (first.mismatches, tail) < (rival[0].mismatches, rival[0].tail):
                best[insert] = [hit._replace(insert=insert, sequence=whole) for hit in hits]
    return best


COMPLEMENT = str.maketrans("ACGTN", "TGCAN")

UNALIGNED = 4
REVERSE = 16
SECONDARY = 256
"""Flags of SAM."""


def sam_lines(hits: list[Hit]) -> Iterator[str]:
    """Write the hits of one insert as lines of SAM, the first one as primary."""
    for number, hit in enumerate(hits):
        if not hit.reference:
            yield f"{hit.insert}\t{UNALIGNED}\t*\t0\t0\t*\t*\t0\t0\t{hit.sequence}\t*\n"
            continue
        flag = SECONDARY * (number > 0) + REVERSE * hit.reverse
        quality = 255 if len(hits) == 1 else 0
        cigar = f"{hit.aligned}M{hit.tail}S" if hit.tail else f"{hit.aligned}M"
        sequence = _reverse_complement(hit.sequence) if hit.reverse else hit.sequence
        yield (
            f"{hit.insert}\t{flag}\t{hit.reference}\t{hit.start + 1}\t{quality}\t{cigar}\t*\t0\t0"
            f"\t{sequence}\t*\tNH:i:{len(hits)}\tNM:i:{hit.mismatches}\tMD:Z:{hit.md}\n"
        )


def _header(header: list[str], sample: str) -> Iterator[str]:
    """Take the references of bowtie's header and leave its command line, which holds paths."""
    yield "@HD\tVN:1.6\tSO:unsorted\n"
    yield from (line for line in header if line.startswith("@SQ"))
    yield f"@RG\tID:{sample}\tSM:{sample}\n"
    bowtie = next((line for line in header if line.startswith("@PG")), "")
    version = next((f for f in bowtie.split("\t") if f.startswith("VN:")), "VN:")
    yield f"@PG\tID:bowtie\tPN:bowtie\t{version.strip()}\n"


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

"""The genome: where inserts that no transcript class explains may come from.

bowtie 1, both strands, at most one mismatch, at most ten places per insert.
"""

import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from itertools import chain, groupby
from operator import attrgetter, itemgetter
from pathlib import Path
from typing import NamedTuple

import pysam

from exosift.bam import index_of
from exosift.errors import MachineError
from exosift.files import replacing

PLACES = 10
"""Places of the genome that are written per insert; repeats have thousands."""

COMPLEMENT = str.maketrans("ACGTN", "TGCAN")

UNALIGNED = 4
REVERSE = 16
SECONDARY = 256
"""Flags of SAM."""


class Hit(NamedTuple):
    """One alignment of one insert.

    Attributes
    ----------
    insert
        Name of the insert, `{rank}_x{reads}`.
    sequence
        The insert, 5' to 3', as sequenced.
    reference, start
        Name of the reference and the 0-based leftmost position; "" and -1 if it is unaligned.
    mismatches, md
        Number of mismatches, and where they are (SAM's MD).
    reverse
        Whether the insert aligns to the reverse strand.
    """

    insert: str
    sequence: str
    reference: str = ""
    start: int = -1
    mismatches: int = 0
    md: str = ""
    reverse: bool = False


def align_to_genome(
    inserts: Iterable[tuple[str, str]], index: Path, bam: Path, *, sample: str
) -> set[str]:
    """Align inserts to a genome, both strands.

    Parameters
    ----------
    inserts
        Names and sequences.
    index
        Prefix of the genome's bowtie index.
    bam
        Where the sorted BAM goes, with its index beside it; unaligned inserts are in it, too.
    sample
        Name of the library.

    Returns
    -------
    Names of the inserts that align.

    Raises
    ------
    MachineError
        If bowtie is missing or fails.
    """
    options = ["-v", "1", "-k", str(PLACES), "--best", "--strata"]
    bam.parent.mkdir(parents=True, exist_ok=True)
    found = set()
    with tempfile.TemporaryDirectory(dir=bam.parent, prefix=".alignment-") as scratch:
        fasta = Path(scratch) / "inserts.fa"
        with fasta.open("w") as lines:
            lines.writelines(f">{name}\n{sequence}\n" for name, sequence in inserts)
        unsorted = Path(scratch) / "hits.sam"
        with BowtieRun(options, index, fasta) as run, unsorted.open("w") as out:
            out.writelines(_header(run.header, sample))
            for insert, hits in run.hits():
                out.writelines(sam_lines(hits))
                if hits[0].reference:
                    found.add(insert)
        _sort(unsorted, bam)
    return found


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
        int(tags[2].removeprefix("NM:i:")),
        tags[1].removeprefix("MD:Z:"),
        reverse,
    )


def _reverse_complement(sequence: str) -> str:
    return sequence.translate(COMPLEMENT)[::-1]


def sam_lines(hits: list[Hit]) -> Iterator[str]:
    """Write the hits of one insert as lines of SAM, the first one as primary."""
    for number, hit in enumerate(hits):
        if not hit.reference:
            yield f"{hit.insert}\t{UNALIGNED}\t*\t0\t0\t*\t*\t0\t0\t{hit.sequence}\t*\n"
            continue
        flag = SECONDARY * (number > 0) + REVERSE * hit.reverse
        quality = 255 if len(hits) == 1 else 0
        sequence = _reverse_complement(hit.sequence) if hit.reverse else hit.sequence
        yield (
            f"{hit.insert}\t{flag}\t{hit.reference}\t{hit.start + 1}\t{quality}"
            f"\t{len(sequence)}M\t*\t0\t0\t{sequence}\t*\tNH:i:{len(hits)}\tNM:i:{hit.mismatches}\tMD:Z:{hit.md}\n"
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

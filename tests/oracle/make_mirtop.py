"""Make mirtop.tsv: what mirtop says of isomiRs of hsa-miR-21-5p.

Run with the Python of an environment of its own that holds mirtop 0.4.30 and pysam:

    python -m venv venv && venv/bin/pip install mirtop==0.4.30 pysam pandas pybedtools biopython six
    PATH=venv/bin:$PATH venv/bin/python tests/oracle/make_mirtop.py
"""

import gzip
import subprocess
import tempfile
from pathlib import Path

import pysam

HERE = Path(__file__).resolve().parent
RESOURCES = HERE.parent.parent / "resources"
HAIRPIN = "hsa-mir-21"
START, END = 7, 29
LEAST = 16
"""Bases of the mature that its isomiRs hold."""


def main() -> None:
    """Let mirtop type the isomiRs, and write its words."""
    hairpin = sequence_of(HAIRPIN)
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        (folder / "hsa.gff3").write_bytes(
            gzip.decompress((RESOURCES / "mirbase.gff3.gz").read_bytes())
        )
        write_bam(hairpin, folder / "isomirs.bam")
        # mirtop takes the file of this name for the sorted one, and so needs no samtools.
        (folder / "isomirs.bam").rename(folder / "isomirs_sort.bam")
        (folder / "isomirs.bam").touch()
        words = ["mirtop", "gff", "--sps", "hsa", "--hairpin", str(RESOURCES / "hairpins.fa")]
        words += ["--gtf", str(folder / "hsa.gff3"), "-o", made, str(folder / "isomirs.bam")]
        subprocess.run(words, check=True)
        rows = read(folder / "isomirs.gff")
    text = "\n".join("\t".join(row) for row in [("read", "uid", "variant", "cigar"), *rows])
    (HERE / "mirtop.tsv").write_text(text + "\n")


def sequence_of(name: str) -> str:
    """Read a hairpin."""
    for record in (RESOURCES / "hairpins.fa").read_text().split(">"):
        if record.startswith(f"{name} "):
            return "".join(record.split("\n")[1:])
    raise ValueError(name)


def isomirs(hairpin: str) -> dict[str, int]:
    """Give the reads, and where on the hairpin they begin: all ends, changed bases and tails."""
    reads = {
        hairpin[begin:end]: begin
        for begin in range(START - 3, START + 4)
        for end in range(END - 5, END + 6)
        if min(end, END) - max(begin, START) >= LEAST
    }
    mature = hairpin[START:END]
    for place, base in enumerate(mature):
        other = "CGTA"["ACGT".index(base)]
        reads[mature[:place] + other + mature[place + 1 :]] = START
    for end in range(END - 4, END + 4):
        for tail in ("A", "C", "G", "T", "AA", "TG", "CT", "TTT", "GCA"):
            reads[hairpin[START:end] + tail] = START
    return reads


def write_bam(hairpin: str, path: Path) -> None:
    """Align the reads to the hairpin without gaps."""
    header = pysam.AlignmentHeader.from_references([HAIRPIN], [len(hairpin)])
    with pysam.AlignmentFile(str(path), "wb", header=header) as bam:
        for number, (read, begin) in enumerate(isomirs(hairpin).items(), 1):
            record = pysam.AlignedSegment(header)
            record.query_name = f"{number}_x{number}"
            record.query_sequence = read
            record.reference_id, record.reference_start = 0, begin
            record.cigartuples = [(pysam.CMATCH, len(read))]
            bam.write(record)


def read(gff: Path) -> list[tuple[str, ...]]:
    """Read mirtop's words from its file."""
    rows = []
    for line in gff.read_text().splitlines():
        if not line.startswith("#"):
            cells = line.split("\t")[8].split(";")
            told = dict(cell.split() for cell in cells if cell.strip())
            rows.append((told["Read"], told["UID"], told["Variant"], told["Cigar"]))
    return sorted(rows)


if __name__ == "__main__":
    main()

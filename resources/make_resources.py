"""Make the shipped tables from the packages and facts that they come from.

Usage: make_resources.py OPTIMIR MIMSEQ UNIVEC SPIKES SMALL_NCRNA RDNA

OPTIMIR      folder `optimir/resources` of the Debian package optimir 1.2-1
MIMSEQ       folder `mimseq/data/hg38-eColitK` of the PyPI package mimseq 1.3.11
UNIVEC       UniVec_Core of the Debian package ncbi-data, by `blastdbcmd -entry all`
SPIKES       the spike-in sequences of exRNAQC, comma-separated
SMALL_NCRNA  small RNA genes of Ensembl, named `{gene}_{biotype}`
RDNA         GL000220.1, the contig of the human genome with a 45S rDNA unit

Writes the files beside this script and their checksums into references.tsv.
"""

import csv
import gzip
import hashlib
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

HERE = Path(__file__).parent

# Genes of the small ncRNA file whose fragments imitate miRNAs of exosomes: name, class.
GENES = {
    "ENSG00000274452_snRNA": ("U2|ENSG00000274452", "snRNA"),
    "ENSG00000201098_misc_RNA": ("RNY1|ENSG00000201098", "Y_RNA"),
    "ENSG00000202354_misc_RNA": ("RNY3|ENSG00000202354", "Y_RNA"),
    "ENSG00000252316_misc_RNA": ("RNY4|ENSG00000252316", "Y_RNA"),
    "ENSG00000199352_rRNA": ("5S|ENSG00000199352", "rRNA"),
}

# The transcribed unit on GL000220.1, 0-based and half-open, and its 5.8S rRNA.
UNIT = (105423, 118780)
RRNA_5_8S = (112023, 112180)
FLANK = 40


def fasta(path: Path) -> Iterator[tuple[str, str]]:
    """Walk over the records of a FASTA file: heading and sequence in DNA letters."""
    heading, parts = "", []
    with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as lines:
        for line in lines:
            if line.startswith(">"):
                if heading:
                    yield heading, "".join(parts)
                heading, parts = line[1:].strip(), []
            else:
                parts.append(line.strip().upper().replace("U", "T"))
    yield heading, "".join(parts)


def write_fasta(name: str, records: Iterable[tuple[str, str]]) -> None:
    """Write records, one line per sequence, sorted by heading."""
    text = "".join(f">{heading}\n{sequence}\n" for heading, sequence in sorted(records))
    write(name, text)


def write(name: str, text: str) -> None:
    """Write a file; one that ends with .gz is compressed without a time stamp."""
    data = text.encode()
    (HERE / name).write_bytes(gzip.compress(data, mtime=0) if name.endswith(".gz") else data)


def tRNA_name(heading: str) -> str:  # noqa: N802
    """Shorten `Homo_sapiens_tRNA-Glu-TTC-14-1 (...)` to `tRNA-Glu-TTC-14-1`."""
    return heading.split()[0].removeprefix("Homo_sapiens_")


def mt_tRNA_name(heading: str) -> str:  # noqa: N802
    """Turn `mtdbD00000534|Homo_sapiens|9606|Ala|TGC` into `mt-tRNA-Ala-TGC|mtdbD00000534`."""
    accession, _, _, amino_acid, anticodon = heading.split("|")
    return f"mt-tRNA-{amino_acid}-{anticodon}|{accession}"


def rrna_fragments(unit: str, offset: int, matures: Iterable[str]) -> list[tuple[str, str]]:
    """Cut the stretches of the rDNA unit that hold the sequence of a mature, with flanks."""
    spans: list[list[int]] = []
    for mature in set(matures):
        at = unit.find(mature)
        while at >= 0:
            spans.append([max(0, at - FLANK), min(len(unit), at + len(mature) + FLANK)])
            at = unit.find(mature, at + 1)
    joined: list[list[int]] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1][1] = max(joined[-1][1], end)
        else:
            joined.append([start, end])
    return [
        (f"45S|GL000220.1:{offset + start + 1}-{offset + end}", unit[start:end])
        for start, end in joined
    ]


def main(optimir: Path, mimseq: Path, univec: Path, spikes: Path, genes: Path, rdna: Path) -> None:
    """Make all files."""
    matures = dict(fasta(optimir / "fasta" / "hsa_matures_miRBase_v22.fa"))
    write_fasta("matures.fa", matures.items())
    write_fasta("hairpins.fa", fasta(optimir / "fasta" / "hsa_hairpins_miRBase_v22.fa"))
    for release, name in (("miRBase_v22", "mirbase"), ("miRgeneDB_v2", "mirgenedb")):
        coordinates = (optimir / "coordinates" / f"hsa_{release}.gff3").read_text()
        write(f"{name}.gff3.gz", coordinates)
    nuclear = fasta(mimseq / "hg38-tRNAs-all.fa")
    mitochondrial = fasta(mimseq / "hg38-mitotRNAs.fa")
    write_fasta(
        "trnas.fa",
        [
            *((tRNA_name(heading), s) for heading, s in nuclear if "Escherichia" not in heading),
            *((mt_tRNA_name(heading), sequence) for heading, sequence in mitochondrial),
        ],
    )
    write_fasta("univec_core.fa.gz", fasta(univec))
    rows = csv.DictReader(spikes.read_text(encoding="utf-8-sig").splitlines())
    write_fasta("spike_ins.fa", ((row["spikeID"], row["sequence"]) for row in rows))
    found = dict(fasta(genes))
    by_class: dict[str, list[tuple[str, str]]] = {"snRNA": [], "Y_RNA": [], "rRNA": []}
    for gene, (name, rna) in GENES.items():
        by_class[rna].append((name, found[gene]))
    (_, contig), *_ = fasta(rdna)
    start, end = RRNA_5_8S
    by_class["rRNA"].append((f"5.8S|GL000220.1:{start + 1}-{end}", contig[start:end]))
    by_class["rRNA"] += rrna_fragments(contig[slice(*UNIT)], UNIT[0], matures.values())
    for rna, records in by_class.items():
        write_fasta(f"{rna.lower()}.fa", records)
    write_checksums()


def write_checksums() -> None:
    """Bring the checksums in references.tsv up to date."""
    path = HERE / "references.tsv"
    with path.open(newline="") as handle:
        rows = list(csv.DictReader(handle, delimiter="\t"))
    for row in rows:
        if row["file"]:
            row["sha256"] = hashlib.sha256((HERE / row["file"]).read_bytes()).hexdigest()
    with path.open("w", newline="") as handle:
        writer = csv.DictWriter(handle, list(rows[0]), delimiter="\t", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    if len(sys.argv) == 2 and sys.argv[1] == "--checksums":
        write_checksums()
    elif len(sys.argv) != 7:
        sys.exit(__doc__)
    else:
        main(*map(Path, sys.argv[1:]))

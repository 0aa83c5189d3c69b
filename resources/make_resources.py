"""Make the shipped tables from the packages and facts that they come from.

Usage: make_resources.py OPTIMIR MIMSEQ UNIVEC SPIKES SMALL_NCRNA RDNA
       make_resources.py --checksums

OPTIMIR      folder `optimir/resources` of the Debian package optimir 1.2-1
MIMSEQ       folder `mimseq/data/hg38-eColitK` of the PyPI package mimseq 1.3.11
UNIVEC       UniVec_Core of the Debian package ncbi-data, by `blastdbcmd -entry all`
SPIKES       the spike-in sequences of exRNAQC, comma-separated
SMALL_NCRNA  small RNA genes of Ensembl, named `{gene}_{biotype}`
RDNA         GL000220.1, the contig of the human genome with a 45S rDNA unit

Writes the files beside this script, knowledge/artefacts.tsv, and the checksums of references.tsv.
`--checksums` does the last alone. Needs the package exosift.
"""

import csv
import gzip
import hashlib
import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from exosift.biotypes import class_in_heading
from exosift.features import Feature, merge_matures
from exosift.fragments import Match, fragment_matches
from exosift.references import Transcript, mature_trna, read_fasta, safe_reference

HERE = Path(__file__).parent

# Genes of the small ncRNA file whose fragments imitate miRNAs of exosomes: name, class.
GENES = {
    "ENSG00000274452_snRNA": ("U2|ENSG00000274452", "snRNA"),
    "ENSG00000278774_snRNA": ("U2|ENSG00000278774", "snRNA"),
    "ENSG00000222328_snRNA": ("U2|ENSG00000222328", "snRNA"),
    "ENSG00000201098_misc_RNA": ("RNY1|ENSG00000201098", "Y_RNA"),
    "ENSG00000202354_misc_RNA": ("RNY3|ENSG00000202354", "Y_RNA"),
    "ENSG00000252316_misc_RNA": ("RNY4|ENSG00000252316", "Y_RNA"),
    "ENSG00000199352_rRNA": ("5S|ENSG00000199352", "rRNA"),
}
MITOCHONDRIAL_16S = "ENSG00000210082_Mt_rRNA"

# The transcribed unit on GL000220.1, 0-based and half-open, and its 5.8S rRNA.
UNIT = (105423, 118780)
RRNA_5_8S = (112023, 112180)
FLANK = 40

TRNASCAN_ID = re.compile(r"tRNAscan-SE ID: ([^)]+)\)")
Intron = tuple[int, int]


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


def introns(table: Path) -> dict[str, Intron]:
    """Read where the introns of tRNA genes lie, 0-based and half-open on the gene.

    Parameters
    ----------
    table
        What tRNAscan-SE wrote: chromosome, number, begin, end, type, anticodon, begin and end of
        the intron (0 if none). On the reverse strand begin is larger than end.
    """
    found = {}
    for line in table.read_text().splitlines():
        chromosome, number, begin, _, _, _, first, last, *_ = line.split("\t")
        if first.isdigit() and int(first):
            place = sorted(abs(int(edge) - int(begin)) for edge in (first, last))
            found[f"{chromosome.strip()}.trna{number.strip()}"] = (place[0], place[1] + 1)
    return found


def spliced(heading: str, gene: str, known: dict[str, Intron]) -> str:
    """Take the intron out of a tRNA gene."""
    identifier = TRNASCAN_ID.search(heading)
    start, end = known.get(identifier[1], (0, 0)) if identifier else (0, 0)
    return gene[:start] + gene[end:]


def stretches(name: str, text: str, offset: int, features: Sequence[Feature]) -> list[Transcript]:
    """Cut the stretches of an RNA that a miRNA fits with at most one mismatch, with flanks."""
    fitting = {match.mirna for match in fragment_matches(features, [Transcript("", name, text)])}
    spans: list[list[int]] = []
    for mirna in (feature.sequence for feature in features if feature.name in fitting):
        for at in range(len(text) - len(mirna) + 1):
            if sum(a != b for a, b in zip(mirna, text[at : at + len(mirna)], strict=True)) <= 1:
                spans.append([max(0, at - FLANK), min(len(text), at + len(mirna) + FLANK)])
    joined: list[list[int]] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1][1] = max(joined[-1][1], end)
        else:
            joined.append([start, end])
    return [
        Transcript("rRNA", f"{name}:{offset + start + 1}-{offset + end}", text[start:end])
        for start, end in joined
    ]


ORIGINS = {
    "snRNA": "U2 snRNA",
    "Y_RNA": "Y RNA",
    "rRNA": "5S rRNA",
    "Mt_rRNA": "mitochondrial 16S rRNA",
    "snoRNA": "a snoRNA or scaRNA",
    "45S": "45S pre-rRNA",
    "rDNA": "the spacer of the rDNA",
}
SHORT = 17
"""nt up to which a match with a mismatch may be chance."""

STRONGER = ("flag", "doubt")


def artefact(match: Match, feature: Feature, dropped: bool) -> dict[str, str]:
    """Put a match into a row of artefacts.tsv.

    `doubt`: the whole miRNA fits another RNA. `flag`: only a part of it does, or it fits a snoRNA,
    which may truly be cut into a miRNA, or with a mismatch a spacer that is hardly transcribed.
    """
    gene, _, accession = match.reference.rpartition("|")
    origin = ORIGINS.get(match.rna) or gene or accession
    of_it = f"{match.length} of its {len(feature.sequence)} nt fit"
    fit = of_it if match.kind == "substring" else f"all its {match.length} nt fit"
    mismatch = " with one mismatch" if match.kind == "one_mismatch" else ""
    weak = (
        match.kind == "substring"
        or match.rna == "snoRNA"
        or (match.rna == "rDNA" and match.kind == "one_mismatch")
    )
    return {
        "mirna": ";".join(feature.names),
        "origin": origin,
        "evidence": f"{fit} {origin}{mismatch}{'; miRBase 22 has dropped it' if dropped else ''}",
        "identifier": accession.partition("_")[0] if accession.startswith("ENS") else accession,
        "action": "flag" if weak else "doubt",
    }


def artefacts(
    features: Sequence[Feature],
    older: Sequence[Feature],
    genes: dict[str, str],
    contig: str,
    trnas: Sequence[Transcript],
) -> list[dict[str, str]]:
    """Find the best match of each miRNA in other RNAs; of miRNAs that miRBase 22 dropped, too."""
    start, end = UNIT
    others = [
        Transcript("45S", f"GL000220.1:{start + 1}-{end}", contig[start:end]),
        Transcript("rDNA", "GL000220.1", contig),
        *(Transcript("snoRNA", h, s) for h, s in genes.items() if class_in_heading(h) == "snoRNA"),
        *(Transcript(GENES[gene][1], gene, genes[gene]) for gene in GENES),
        Transcript("Mt_rRNA", MITOCHONDRIAL_16S, genes[MITOCHONDRIAL_16S]),
        *trnas,
    ]
    current = {name for feature in features for name in feature.names}
    dropped = [feature for feature in older if not current & set(feature.names)]
    by_name = {feature.name: feature for feature in [*features, *dropped]}
    rows: dict[str, dict[str, str]] = {}
    for match in fragment_matches(list(by_name.values()), others):
        if match.kind == "one_mismatch" and match.length <= SHORT:
            continue
        feature = by_name[match.mirna]
        row = artefact(match, feature, feature in dropped)
        # Of several matches the best is told, but one that casts doubt before one that does not.
        if match.mirna not in rows or (rows[match.mirna]["action"], row["action"]) == STRONGER:
            rows[match.mirna] = row
    return list(rows.values())


def write_rows(name: str, rows: Sequence[dict[str, str]]) -> None:
    """Write a table, tab-separated."""
    with (HERE / name).open("w", newline="") as handle:
        writer = csv.DictWriter(handle, list(rows[0]), delimiter="\t", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def main(optimir: Path, mimseq: Path, univec: Path, spikes: Path, genes: Path, rdna: Path) -> None:
    """Make all files."""
    matures = list(read_fasta(optimir / "fasta" / "hsa_matures_miRBase_v22.fa"))
    write_fasta("matures.fa", matures)
    write_fasta("hairpins.fa", read_fasta(optimir / "fasta" / "hsa_hairpins_miRBase_v22.fa"))
    for release, name in (("miRBase_v22", "mirbase"), ("miRgeneDB_v2", "mirgenedb")):
        coordinates = (optimir / "coordinates" / f"hsa_{release}.gff3").read_text()
        write(f"{name}.gff3.gz", coordinates)
    known = introns(mimseq / "hg38-tRNAs-detailed.out")
    nuclear = read_fasta(mimseq / "hg38-tRNAs-all.fa")
    mitochondrial = read_fasta(mimseq / "hg38-mitotRNAs.fa")
    trnas = [
        *((tRNA_name(h), spliced(h, s, known)) for h, s in nuclear if "Escherichia" not in h),
        *((mt_tRNA_name(h), s) for h, s in mitochondrial),
    ]
    write_fasta("trnas.fa", trnas)
    vectors = ((heading.removeprefix("gnl|uv|"), one) for heading, one in read_fasta(univec))
    write_fasta("univec_core.fa.gz", vectors)
    rows = csv.DictReader(spikes.read_text(encoding="utf-8-sig").splitlines())
    write_fasta("spike_ins.fa", ((row["spikeID"], row["sequence"]) for row in rows))

    found = dict(read_fasta(genes))
    ((_, contig),) = read_fasta(rdna)
    features = merge_matures(matures)
    by_class: dict[str, list[tuple[str, str]]] = {"snRNA": [], "Y_RNA": [], "rRNA": []}
    for gene, (name, rna) in GENES.items():
        by_class[rna].append((name, found[gene]))
    start, end = RRNA_5_8S
    by_class["rRNA"].append((f"5.8S|GL000220.1:{start + 1}-{end}", contig[start:end]))
    fragments = [
        *stretches("45S|GL000220.1", contig[slice(*UNIT)], UNIT[0], features),
        *stretches("mt-16S-rRNA|ENSG00000210082", found[MITOCHONDRIAL_16S], 0, features),
    ]
    by_class["rRNA"] += [(fragment.name, fragment.sequence) for fragment in fragments]
    for rna, records in by_class.items():
        write_fasta(f"{rna.lower()}.fa", records)

    older = merge_matures(read_fasta(optimir / "fasta" / "hsa_matures_miRBase_v21.fa"))
    mature_trnas = [
        Transcript("tRNA", safe_reference(name), mature_trna(name, gene)) for name, gene in trnas
    ]
    found_artefacts = artefacts(features, older, found, contig, mature_trnas)
    write_rows("knowledge/artefacts.tsv", found_artefacts)
    write_checksums()


def write_checksums() -> None:
    """Bring the checksums of the shipped files in references.tsv up to date."""
    path = HERE / "references.tsv"
    with path.open(newline="") as handle:
        rows = list(csv.DictReader(handle, delimiter="\t"))
    for row in rows:
        if row["shipped"] == "shipped":
            row["sha256"] = hashlib.sha256((HERE / row["file"]).read_bytes()).hexdigest()
    write_rows("references.tsv", rows)


if __name__ == "__main__":
    if sys.argv[1:] == ["--checksums"]:
        write_checksums()
    elif len(sys.argv) != 7:
        sys.exit(__doc__)
    else:
        main(*map(Path, sys.argv[1:]))

"""Biotypes: which class and gene a record is of, by what its heading in a public file says."""

import re
from collections.abc import Mapping

MIRNA = "miRNA"

CLASSES: Mapping[str, str] = {
    **dict.fromkeys(("miRNA", "pre_miRNA"), MIRNA),
    **dict.fromkeys(("tRNA", "Mt_tRNA"), "tRNA"),
    "Y_RNA": "Y_RNA",
    "snRNA": "snRNA",
    **dict.fromkeys(("snoRNA", "scaRNA"), "snoRNA"),
    **dict.fromkeys(("rRNA", "Mt_rRNA", "rRNA_pseudogene"), "rRNA"),
    **dict.fromkeys(("misc_RNA", "vault_RNA", "vaultRNA", "scRNA", "sRNA", "ribozyme"), "misc_RNA"),
    "protein_coding": "mRNA",
}
"""Biotypes of Ensembl and GENCODE, and the class that each belongs to."""

# Names first: the biotype of a Y RNA gene is misc_RNA.
NAMES = (
    (MIRNA, re.compile(r"MIMAT\d{7}|\bhsa-(?:let|mir|miR)-")),
    ("Y_RNA", re.compile(r"\bRNY\d|\bY_RNA\b")),
    ("tRNA", re.compile(r"\b(?:mt-)?t(?:RNA|RX)-|\.trna\d+")),
)
BIOTYPE = re.compile(
    r"transcript_biotype:(?P<ensembl>\w+)"
    r"|\|(?P<gencode>\w+)\|?$"
    r"|ENS[GT]\d{11}(?:\.\d+)?_(?P<suffix>\w+)$"
)
"""Where Ensembl's FASTA files, those of GENCODE, and names such as `ENSG00000274452_snRNA` tell."""


def class_in_heading(heading: str) -> str:
    """Tell the class that a FASTA heading names.

    Returns
    -------
    The class, the biotype if it belongs to no class of ours (such as `lncRNA`), or "" if the
    heading says nothing.

    Examples
    --------
    >>> class_in_heading("ENST00000363217.1 ncrna gene_biotype:rRNA transcript_biotype:rRNA")
    'rRNA'
    >>> class_in_heading("ENSG00000274452_snRNA")
    'snRNA'
    >>> class_in_heading("my_favourite_RNA some words")
    ''
    """
    for rna, words in NAMES:
        if words.search(heading):
            return rna
    for found in BIOTYPE.finditer(heading):
        biotype = found[found.lastgroup or 0]
        if found.lastgroup == "ensembl" or biotype in CLASSES or "RNA" in biotype:
            return CLASSES.get(biotype, biotype)
    return ""


ISODECODER = re.compile(r"(?:n?mt-|MT-)?t(?:RNA|RX)-[A-Za-z]+\d?-[A-Z]{3}(?:-\d+)?(?=-\d+\b|\W|$)")
"""GtRNAdb's names without the number of the copy, and ours of mitochondrial tRNAs."""

MITOTRNADB = re.compile(r"mtdbD\d+\|[^|]*\|\d+\|(?P<amino_acid>\w+)\|(?P<anticodon>\w{3})$")
ENSEMBL_SYMBOL = re.compile(r"\bgene_symbol:(\S+)")
GENCODE_FIELDS = 9
GENCODE_GENE = 5


def feature_in_heading(heading: str) -> str:
    """Tell what a record is counted under: its isodecoder or its gene, if the heading names one.

    Copies of a gene share their reads evenly and say nothing apart, so they are one feature.

    Returns
    -------
    GtRNAdb's isodecoder, the gene's symbol of Ensembl or GENCODE, what stands before the identifier
    in our own names, otherwise the name of the record.

    Examples
    --------
    >>> feature_in_heading("Homo_sapiens_tRNA-Gly-GCC-2-1 (tRNAscan-SE ID: chr1.trna2)")
    'tRNA-Gly-GCC-2'
    >>> feature_in_heading("mt-tRNA-Leu1-TAG|mtdbD00000545")
    'mt-tRNA-Leu1-TAG'
    >>> feature_in_heading("ENST00000365668.1 ncrna gene_biotype:misc_RNA gene_symbol:RNY1P5")
    'RNY1P5'
    >>> feature_in_heading("ENST1.1|ENSG1.1|-|-|RNU2-2P-201|RNU2-2P|191|snRNA|")
    'RNU2-2P'
    >>> feature_in_heading("U2|ENSG00000274452")
    'U2'
    >>> feature_in_heading("ENSG00000274452_snRNA")
    'ENSG00000274452_snRNA'
    """
    name = heading.split()[0]
    if found := ISODECODER.search(name):
        return found[0]
    if found := MITOTRNADB.search(name):
        return f"mt-tRNA-{found['amino_acid']}-{found['anticodon']}"
    if found := ENSEMBL_SYMBOL.search(heading):
        return found[1]
    parts = name.split("|")
    if len(parts) == GENCODE_FIELDS:
        return parts[GENCODE_GENE]
    return parts[0] if len(parts) == 2 else name

"""Biotypes: which class of RNA a record is, by what its heading in a public file says."""

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

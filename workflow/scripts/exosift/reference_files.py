"""Files of references: which are shipped, where the others lie, and which can be fetched."""

import csv
from collections.abc import Mapping
from pathlib import Path

from exosift import RESOURCES

FETCHED = "resources/fetched"
"""Where references go that the workflow fetches."""

HAIRPINS = "miRNA"
"""The class that always takes part; the configuration does not name it."""

SHIPPED: Mapping[str, str] = {
    "spike_in": "spike_ins.fa",
    "miRNA": "hairpins.fa",
    "tRNA": "trnas.fa",
    "Y_RNA": "y_rna.fa",
    "snRNA": "snrna.fa",
    "rRNA": "rrna.fa",
    "vector": "univec_core.fa.gz",
}
"""The shipped file of each class that has one."""

References = Mapping[str, str | Mapping[str, str]]
"""Section `references` of the configuration."""


def reference_file(rna: str, given: str | Mapping[str, str]) -> str:
    """Tell which FASTA file serves a class; "" if none does."""
    if given == "none":
        return ""
    if given == "shipped":
        return str(RESOURCES / SHIPPED[rna])
    if given == "fetch" or not isinstance(given, str):
        return f"{FETCHED}/{rna}.fa.gz"
    return given


def reference_files(given: References) -> dict[str, str]:
    """Give the FASTA file of each transcript class that takes part, the hairpins first."""
    files = {rna: reference_file(rna, given[rna]) for rna in given if rna != "genome"}
    hairpins = reference_file(HAIRPINS, "shipped")
    return {HAIRPINS: hairpins, **{rna: path for rna, path in files.items() if path}}


def own_files(given: References) -> list[str]:
    """List the files of transcript classes that are not shipped: the user's, and fetched ones."""
    files = reference_files({rna: kind for rna, kind in given.items() if kind != "shipped"})
    return [path for rna, path in files.items() if rna != HAIRPINS]


def addresses(registry: Path) -> dict[str, dict[str, str]]:
    """Read from resources/references.tsv which classes have a public address.

    Returns
    -------
    Class to its `url` and `sha256`.
    """
    with registry.open(newline="", encoding="utf-8") as handle:
        rows = [row for row in csv.DictReader(handle, delimiter="\t") if row["url"]]
    return {row["class"]: {"url": row["url"], "sha256": row["sha256"]} for row in rows}

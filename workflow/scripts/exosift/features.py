"""Features: the mature miRNAs that are counted, and where they lie on the hairpins."""

import csv
import gzip
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from exosift.errors import UserError
from exosift.files import replacing
from exosift.references import Transcript, read_fasta

STEM = re.compile(r"(hsa-(?:miR|let)-)(.+)")


@dataclass(frozen=True)
class Feature:
    """One or several matures of identical sequence.

    Attributes
    ----------
    name
        Such as `hsa-miR-199a-3p/199b-3p`.
    names, accessions
        miRBase's names and MIMAT accessions, in the same order.
    sequence
        In DNA letters.
    mirgenedb
        Names in MirGeneDB of the genes that it comes from, if any.
    """

    name: str
    names: tuple[str, ...]
    accessions: tuple[str, ...]
    sequence: str
    mirgenedb: tuple[str, ...] = ()


@dataclass(frozen=True)
class Location:
    """Where a feature lies on a hairpin, 0-based and half-open."""

    reference: str
    mirna: str
    start: int
    end: int


def merged_name(names: Sequence[str]) -> str:
    """Name a feature after its matures: the first in full, then the rest without `hsa-miR-`.

    Examples
    --------
    >>> merged_name(["hsa-miR-199b-3p", "hsa-miR-199a-3p"])
    'hsa-miR-199a-3p/199b-3p'
    """
    first, *others = sorted(names, key=natural)
    stem = STEM.fullmatch(first)
    prefix = stem[1] if stem else ""
    return "/".join([first, *(name.removeprefix(prefix) for name in others)])


def natural(name: str) -> list[tuple[int, str]]:
    """Sort key that puts miR-9 before miR-10."""
    return [(int(part), "") if part.isdigit() else (0, part) for part in re.split(r"(\d+)", name)]


def merge_matures(
    matures: Iterable[tuple[str, str]], mirgenedb: Mapping[str, str] | None = None
) -> list[Feature]:
    """Join matures of identical sequence to features.

    Parameters
    ----------
    matures
        FASTA records of miRBase: `name accession ...` and sequence.
    mirgenedb
        MirGeneDB's name of each MIMAT accession that is in it.

    Returns
    -------
    Features in natural order of their names.
    """
    by_sequence: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for heading, sequence in matures:
        name, accession, *_ = heading.split()
        by_sequence[sequence].append((name, accession))
    known = mirgenedb or {}
    features = []
    for sequence, members in by_sequence.items():
        members.sort(key=lambda member: natural(member[0]))
        names = tuple(name for name, _ in members)
        accessions = tuple(accession for _, accession in members)
        genes = tuple(dict.fromkeys(known[one] for one in accessions if one in known))
        features.append(Feature(merged_name(names), names, accessions, sequence, genes))
    return sorted(features, key=lambda feature: natural(feature.name))


def locate(features: Iterable[Feature], hairpins: Iterable[Transcript]) -> list[Location]:
    """Find every place of every feature on the hairpins.

    Raises
    ------
    UserError
        If a mature lies on no hairpin: the two files are of different releases.
    """
    places = list(hairpins)
    locations = []
    lost = []
    for feature in features:
        found = [
            Location(hairpin.label, feature.name, start, start + len(feature.sequence))
            for hairpin in places
            for start in _starts(hairpin.sequence, feature.sequence)
        ]
        if not found:
            lost.append(feature.name)
        locations += found
    if lost:
        raise UserError(
            f"{len(lost)} matures lie on no hairpin, such as {lost[0]}: the files of matures and "
            "hairpins are of different releases."
        )
    return sorted(locations, key=lambda place: (place.reference, place.start, place.mirna))


def _starts(text: str, word: str) -> list[int]:
    starts = []
    at = text.find(word)
    while at >= 0:
        starts.append(at)
        at = text.find(word, at + 1)
    return starts


def mirgenedb_names(coordinates: Path) -> dict[str, str]:
    """Read which matures of miRBase belong to genes of MirGeneDB.

    MirGeneDB names the accession of miRBase as the alias of each mature; names are never compared.

    Parameters
    ----------
    coordinates
        MirGeneDB's GFF3 file, gzip.

    Returns
    -------
    MIMAT accession to MirGeneDB's name, such as `Hsa-Let-7-P2a1_5p`; `*` marks the passenger.
    """
    names: dict[str, list[str]] = defaultdict(list)
    with gzip.open(coordinates, "rt", encoding="utf-8") as lines:
        for line in lines:
            fields = line.rstrip("\n").split("\t")
            if len(fields) == 9 and fields[2] == "miRNA":
                attributes = dict(pair.split("=", 1) for pair in fields[8].split(";") if pair)
                names[attributes.get("Alias", "")].append(attributes["ID"])
    names.pop("", None)
    return {accession: "/".join(dict.fromkeys(found)) for accession, found in names.items()}


def read_features(matures: Path, mirgenedb: Path) -> list[Feature]:
    """Read the features from the shipped files."""
    return merge_matures(read_fasta(matures), mirgenedb_names(mirgenedb))


def write_features(
    features: Iterable[Feature], locations: Sequence[Location], table: Path, windows: Path
) -> None:
    """Write `features.tsv` and `windows.tsv`."""
    hairpins: dict[str, list[str]] = defaultdict(list)
    for place in locations:
        hairpins[place.mirna].append(place.reference.partition("|")[2])
    with replacing(table) as part, part.open("w", newline="") as handle:
        writer = csv.writer(handle, delimiter="\t", lineterminator="\n")
        writer.writerow(["mirna", "names", "accessions", "sequence", "hairpins", "mirgenedb"])
        for feature in features:
            groups = (
                feature.names,
                feature.accessions,
                (feature.sequence,),
                sorted(set(hairpins[feature.name]), key=natural),
                feature.mirgenedb,
            )
            writer.writerow([feature.name, *(";".join(group) for group in groups)])
    with replacing(windows) as part, part.open("w", newline="") as handle:
        writer = csv.writer(handle, delimiter="\t", lineterminator="\n")
        writer.writerow(["reference", "mirna", "start", "end"])
        writer.writerows([p.reference, p.mirna, p.start, p.end] for p in locations)

"""Knowledge: what is published about miRNAs of vesicles, and the sets that call for doubt.

Facts with identifiers, never evidence that a miRNA of this cohort is real. Shipped in
`resources/knowledge/`.
"""

import csv
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from exosift.errors import UserError

IDENTIFIER = re.compile(r"10\.\d{4,9}/\S+|PMID:\d+|PMC\d+")
ACCESSION = re.compile(r"ENSG\d{11}|GL\d{6}\.\d|mtdbD\d{8}|tRNA-\w{3}-\w{3}-\d+-\d+")
"""Genes of Ensembl, contigs of GenBank, tRNA genes of mitotRNAdb and GtRNAdb."""

ARTEFACTS: Mapping[str, str] = {"doubt": "fragment_derived", "flag": "fragment_suspect"}
"""The set that each action of artefacts.tsv stands for; only the first makes a call doubtful."""

THEMES: Mapping[str, str] = {
    "tumour_promotion": "Tumour promotion: growth, invasion, metastasis",
    "immune_modulation": "Immune modulation",
    "angiogenesis_permeability": "Angiogenesis and vessel permeability",
    "drug_resistance": "Drug resistance and response",
    "diagnosis": "Diagnosis",
    "monitoring_prognosis": "Monitoring and prognosis",
    "therapy": "Therapeutic use",
}
"""What vesicles do in cancer: the themes that every report speaks to."""

SITES: Mapping[str, str] = {
    **dict.fromkeys(("glioblastoma", "glioma", "gbm", "brain"), "brain"),
    **dict.fromkeys(("nsclc", "sclc", "luad", "lusc", "lung"), "lung"),
    **dict.fromkeys(("crc", "colon", "rectal", "colorectal"), "colorectal"),
    **dict.fromkeys(("pdac", "paad", "pancreas", "pancreatic"), "pancreatic"),
    **dict.fromkeys(("hcc", "hepatocellular", "liver"), "liver"),
    **dict.fromkeys(("stomach", "gastric"), "gastric"),
    **dict.fromkeys(("ovary", "ovarian"), "ovarian"),
    **dict.fromkeys(("prad", "prostate"), "prostate"),
    **dict.fromkeys(("skcm", "melanoma"), "melanoma"),
    **dict.fromkeys(("brca", "breast"), "breast"),
}
"""Words for cancers, and the site under which the roles are filed."""


@dataclass(frozen=True)
class Flag:
    """A reason to doubt a miRNA: the set it belongs to, what was seen, and where."""

    set: str
    evidence: str
    identifier: str


@dataclass(frozen=True)
class Role:
    """A published role of a miRNA in vesicles: one claim of one paper.

    Attributes
    ----------
    mirna, arm_stated
        The name as the paper gives it, and whether it says the arm ("yes"); else it is the name of
        a precursor.
    cancer, theme
        The site, and one of `THEMES`.
    direction
        `up` or `down` in vesicles of patients, else `na`.
    role, biofluid_or_model
        What was reported in a few words, and in what it was seen.
    pmid, doi, pmcid, year, first_author
        The paper; `na` where it was not seen.
    verified, caution
        How much of the paper was read, and what to mind.
    """

    mirna: str
    arm_stated: str
    cancer: str
    theme: str
    direction: str
    role: str
    biofluid_or_model: str
    pmid: str
    doi: str
    pmcid: str
    year: str
    first_author: str
    verified: str
    caution: str

    @property
    def identifiers(self) -> tuple[str, ...]:
        """Name the paper, such as `PMID 27548915` and `doi:10.1038/ncb3399`."""
        given = (("PMID ", self.pmid), ("doi:", self.doi), ("", self.pmcid))
        return tuple(f"{prefix}{value}" for prefix, value in given if value not in ("", "na"))


def read_flags(folder: Path) -> dict[str, list[Flag]]:
    """Read the reasons to doubt each mature: the published sets, then the artefacts.

    Raises
    ------
    UserError
        If a row has no identifier, or cites a paper that was retracted.
    """
    retracted = _retracted(folder)
    flags: dict[str, list[Flag]] = defaultdict(list)
    for row in _rows(folder / "flag_sets.tsv"):
        cited = _cited(row)
        if not cited:
            raise UserError(f"flag_sets.tsv: {row['mirna']} in {row['set']} has no identifier.")
        if retracted & cited:
            raise UserError(f"flag_sets.tsv: {row['mirna']} cites a retracted paper.")
        flags[row["mirna"]].append(Flag(row["set"], row["evidence"], row["identifier"]))
    for row in _rows(folder / "artefacts.tsv"):
        if not ACCESSION.search(row["identifier"]):
            raise UserError(f"artefacts.tsv: {row['mirna']} has no accession.")
        flag = Flag(ARTEFACTS[row["action"]], row["evidence"], row["identifier"])
        for mirna in row["mirna"].split(";"):
            flags[mirna].append(flag)
    flags.pop("na", None)
    return dict(flags)


def _retracted(folder: Path) -> set[str]:
    """Read what must not be cited: retracted papers and those under an expression of concern."""
    return {found for row in _rows(folder / "retracted.tsv") for found in _cited(row)}


def _cited(row: Mapping[str, str]) -> set[str]:
    """Read the identifiers of a row; letters of a DOI count alike in either case."""
    return {found.lower() for found in IDENTIFIER.findall(row["identifier"].replace(";", " "))}


def flags_of(features: Mapping[str, Iterable[str]], folder: Path) -> dict[str, list[Flag]]:
    """Find the reasons to doubt each feature.

    Parameters
    ----------
    features
        Feature name to the names of its matures; a feature is flagged if one of them is.
    folder
        `resources/knowledge`.

    Raises
    ------
    UserError
        If a row has no identifier.
    """
    by_name = read_flags(folder)
    found = {
        feature: list(dict.fromkeys(flag for name in names for flag in by_name.get(name, ())))
        for feature, names in features.items()
    }
    return {feature: flags for feature, flags in found.items() if flags}


def site_of(cancer: str) -> str:
    """Tell under which site the roles of a cancer are filed; "" if it is none that we know.

    Examples
    --------
    >>> site_of("lung_adenocarcinoma")
    'lung'
    >>> site_of("sarcoma")
    ''
    """
    words = re.split(r"[^a-z]+", cancer.lower())
    return next((SITES[word] for word in words if word in SITES), "")


def read_roles(folder: Path) -> list[Role]:
    """Read the published roles.

    Raises
    ------
    UserError
        If a row has no identifier, or cites a paper that was retracted.
    """
    retracted = _retracted(folder)
    names = [field.name for field in fields(Role)]
    roles = []
    for row in _rows(folder / "ev_mirna_roles.tsv"):
        role = Role(**{name: row[name] for name in names})
        if not role.identifiers:
            raise UserError(f"ev_mirna_roles.tsv: {role.mirna} ({role.role}) is uncited.")
        if {f"pmid:{role.pmid}", role.doi.lower(), role.pmcid.lower()} & retracted:
            paper = " ".join(role.identifiers)
            raise UserError(f"ev_mirna_roles.tsv: {role.mirna} cites {paper}, which was retracted.")
        roles.append(role)
    return roles


def roles_of_features(
    features: Mapping[str, Iterable[str]], roles: Iterable[Role], folder: Path
) -> dict[str, list[Role]]:
    """Find the roles of each feature, in the order of the themes.

    A precursor's name stands for each of its matures, since the paper does not say which; such
    roles keep `arm_stated` = "no".

    Parameters
    ----------
    features
        Feature name to the names of its matures.
    roles
        What `read_roles` gave.
    folder
        `resources/knowledge`.
    """
    arms = {
        row["name_in_table"]: row["mirbase_v22_mature_candidates"].split(";")
        for row in _rows(folder / "name_map.tsv")
    }
    by_name: dict[str, list[Role]] = defaultdict(list)
    order = list(THEMES)
    for role in sorted(roles, key=lambda role: (order.index(role.theme), role.cancer, role.year)):
        for name in [role.mirna] if role.arm_stated == "yes" else arms.get(role.mirna, []):
            by_name[name].append(role)
    found = {
        feature: list(dict.fromkeys(role for name in names for role in by_name.get(name, ())))
        for feature, names in features.items()
    }
    return {feature: listed for feature, listed in found.items() if listed}


def of_cancer(roles: Iterable[Role], cancer: str) -> list[Role]:
    """Keep the roles in one cancer; none if it is a cancer without any."""
    site = site_of(cancer)
    return [role for role in roles if site and role.cancer == site]


@dataclass(frozen=True)
class Published:
    """A miRNA that papers report in vesicles of patients with one cancer, in one direction."""

    mirna: str
    direction: str
    papers: tuple[str, ...]


def published_markers(roles: Mapping[str, Iterable[Role]]) -> list[Published]:
    """List the miRNAs of a cancer whose direction in patients is published and not disputed.

    Parameters
    ----------
    roles
        Feature name to its published roles in this cancer.

    Returns
    -------
    Those with most papers first, then by name.
    """
    found = []
    for mirna, told in roles.items():
        papers: dict[str, set[str]] = {"up": set(), "down": set()}
        for role in told:
            if role.direction in papers:
                papers[role.direction].add(role.identifiers[0])
        way = max(papers, key=lambda one: len(papers[one]))
        if len(papers["up"]) != len(papers["down"]):
            found.append(Published(mirna, way, tuple(sorted(papers[way]))))
    return sorted(found, key=lambda one: (-len(one.papers), one.mirna))


def roles_in_words(roles: Iterable[Role]) -> str:
    """Put roles into one cell of a table: theme, role and identifier."""
    return "; ".join(
        f"{role.theme.replace('_', ' ')}: {role.role} ({role.identifiers[0]})" for role in roles
    )


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as handle:
        return list(csv.DictReader(handle, delimiter="\t"))

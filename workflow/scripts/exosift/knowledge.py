"""Knowledge: what is published about miRNAs of vesicles, and the sets that call for doubt.

Facts with identifiers, never evidence that a miRNA of this cohort is real. Shipped in
`resources/knowledge/`.
"""

import csv
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from exosift.errors import UserError

IDENTIFIER = re.compile(r"10\.\d{4,9}/\S+|PMID:\d+|PMC\d+")

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

ARM_NOT_STATED = "the paper names the precursor, not the arm"


@dataclass(frozen=True)
class Flag:
    """A reason to doubt a miRNA: the set it belongs to, what was seen, and where."""

    set: str
    evidence: str
    identifier: str


@dataclass(frozen=True)
class Role:
    """A published role of a miRNA in vesicles.

    Attributes
    ----------
    theme
        One of `THEMES`.
    role
        What was reported, in a few words.
    setting
        Biofluid or model in which it was seen.
    identifiers
        Such as `PMID 27548915`, `doi:10.1038/ncb3399`.
    verified
        How much of the paper was read.
    caution
        What to mind; "" if nothing.
    direction
        `up` or `down` in vesicles of patients, or "".
    """

    mirna: str
    cancer: str
    theme: str
    role: str
    setting: str
    identifiers: tuple[str, ...]
    year: str
    verified: str
    caution: str
    direction: str


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
    by_name: dict[str, list[Flag]] = defaultdict(list)
    for row in _rows(folder / "flag_sets.tsv"):
        if not IDENTIFIER.search(row["identifier"]):
            raise UserError(f"flag_sets.tsv: {row['mirna']} in {row['set']} has no identifier.")
        by_name[row["mirna"]].append(Flag(row["set"], row["evidence"], row["identifier"]))
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

    Precursor-level names stand once for each mature that they can mean, with a caution.

    Raises
    ------
    UserError
        If a row has no identifier, or cites a paper that was retracted.
    """
    arms = {
        row["name_in_table"]: row["mirbase_v22_mature_candidates"].split(";")
        for row in _rows(folder / "name_map.tsv")
    }
    retracted = " ".join(row["identifier"] for row in _rows(folder / "retracted.tsv"))
    roles = []
    for row in _rows(folder / "ev_mirna_roles.tsv"):
        identifiers = _identifiers(row)
        if not identifiers:
            raise UserError(f"ev_mirna_roles.tsv: {row['mirna']} ({row['role']}) is uncited.")
        if row["doi"] != "na" and row["doi"] in retracted:
            raise UserError(f"ev_mirna_roles.tsv: {row['doi']} was retracted.")
        stated = row["arm_stated"] == "yes"
        cautions = [] if row["caution"] == "none noted" else [row["caution"]]
        for mirna in [row["mirna"]] if stated else arms.get(row["mirna"], []):
            roles.append(
                Role(
                    mirna=mirna,
                    cancer=row["cancer"],
                    theme=row["theme"],
                    role=row["role"],
                    setting=_said(row["biofluid_or_model"]),
                    identifiers=identifiers,
                    year=row["year"],
                    verified=row["verified"],
                    caution="; ".join([*cautions, *([] if stated else [ARM_NOT_STATED])]),
                    direction=_said(row["direction"]),
                )
            )
    return roles


def roles_of(names: Iterable[str], roles: Sequence[Role], cancer: str = "") -> list[Role]:
    """List the roles of a feature, in the order of the themes.

    Parameters
    ----------
    names
        Names of the feature's matures.
    roles
        What `read_roles` gave.
    cancer
        Only roles in this cancer; "" for all.
    """
    wanted = set(names)
    site = site_of(cancer) if cancer else ""
    order = list(THEMES)
    found = [
        role
        for role in roles
        if role.mirna in wanted and (not cancer or (role.cancer == site and site))
    ]
    return sorted(found, key=lambda role: (order.index(role.theme), role.cancer, role.year))


def roles_in_words(roles: Iterable[Role]) -> str:
    """Put roles into one cell of a table: theme, role and identifier."""
    return "; ".join(
        f"{role.cancer}, {role.theme.replace('_', ' ')}: {role.role} ({role.identifiers[0]})"
        for role in roles
    )


def _said(cell: str) -> str:
    """Give a cell, or "" where the paper did not show it."""
    return "" if cell == "na" else cell


def _identifiers(row: Mapping[str, str]) -> tuple[str, ...]:
    given = (("PMID ", row["pmid"]), ("doi:", row["doi"]), ("", row["pmcid"]))
    return tuple(f"{prefix}{value}" for prefix, value in given if _said(value))


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as handle:
        return list(csv.DictReader(handle, delimiter="\t"))

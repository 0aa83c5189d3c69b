"""Caveats: reasons to doubt a miRNA that no criterion weighs, or that a criterion alone cannot say.

Knowledge about the miRNA (MirGeneDB, sets of blood cells and artefacts), what explains its effect,
and reads that were counted for two miRNAs. Sentences are made in `exosift.sentences.caveats`.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from exosift.antisense import COUNTED_TWICE
from exosift.confounding.covariates import BLOOD
from exosift.confounding.weighing import ALL_BLOOD, EXPLAINS, MATCHED, UNCLEAR
from exosift.consensus import SIZE_FACTOR, sizes_differ
from exosift.findings import Caveat, rounded
from exosift.knowledge import Flag

CONFOUNDED, UNCLEAR_ADJUSTED, IN_PAIRS = "confounded", "unclear_adjusted", "confounded_in_pairs"
METHODS = ("edger", "limma")
CODES = {EXPLAINS: CONFOUNDED, UNCLEAR: UNCLEAR_ADJUSTED}
BLOOD_CELLS = frozenset(("haemolysis_signature", "red_cell", "platelet", "leukocyte"))
"""Caveats that say that blood cells hold much of a miRNA."""


def annotation_caveats(
    row: Mapping[str, Any], flags: Sequence[Flag], ambiguous_share: float
) -> list[Caveat]:
    """Return why a miRNA may not be one, or may not come from the vesicles of a tumour.

    Parameters
    ----------
    row
        Its annotation: `accessions` and `mirgenedb`, "" where there is none.
    flags
        The sets that it belongs to.
    ambiguous_share
        Largest share of its reads that may fit another RNA as well without a caveat.
    """
    found = []
    if not row["accessions"]:
        found.append(Caveat("no_annotation"))
    elif not row["mirgenedb"]:
        found.append(Caveat("not_in_mirgenedb"))
    share = row["ambiguous_share"]
    if share > ambiguous_share:
        found.append(Caveat("ambiguous_reads", {"share": rounded(share)}))
    for flag in flags:
        facts = {"evidence": flag.evidence, "identifier": flag.identifier}
        found.append(Caveat(flag.set, facts, artefact=flag.set == "fragment_derived"))
    return found


def engine_caveats(table: pd.DataFrame, factor: float = SIZE_FACTOR) -> dict[str, list[Caveat]]:
    """Return a caveat for each miRNA whose effect edgeR and limma give another size.

    Parameters
    ----------
    table
        `differential_expression/{contrast}.tsv`.
    factor
        Smallest ratio of both fold changes that counts.
    """
    if table.empty:
        return {}
    names = [f"{method}_{name}" for method in METHODS for name in ("log2fc", "ci_low", "ci_high")]
    return {
        str(row["mirna"]): [
            Caveat("engines_differ_in_size", {name: rounded(row[name]) for name in names})
        ]
        for row in table[sizes_differ(table, factor)].to_dict("records")
    }


def confounding_caveats(
    covariates: pd.DataFrame, mirnas: pd.DataFrame, record: Mapping[str, Any]
) -> dict[str, list[Caveat]]:
    """Return by miRNA what explains its effect, and how much of it.

    Parameters
    ----------
    covariates, mirnas, record
        What `weigh_confounders` returned.
    """
    found: dict[str, list[Caveat]] = {}
    rows = covariates[covariates["explains"].isin(CODES)]
    for mirna, own in rows.groupby("mirna", sort=False):
        whole_blood = (own["covariate"] == ALL_BLOOD).any()
        shown = own[~own["covariate"].isin(BLOOD.values())] if whole_blood else own
        found[str(mirna)] = [_confounded(row) for row in shown.to_dict("records")]
    pairs = record["pairs"]
    matched = [MATCHED in str(cell).split(";") for cell in mirnas["explained_by"]]
    for row in mirnas[matched].to_dict("records"):
        facts = {
            "pairs": pairs["pairs"],
            "matched_on": list(pairs["matched_on"]),
            "log2fc": rounded(row["matched_log2fc"]),
            "low": rounded(row["matched_ci_low"]),
            "high": rounded(row["matched_ci_high"]),
            "attenuation": rounded(row["matched_attenuation"]),
        }
        found.setdefault(str(row["mirna"]), []).append(Caveat(IN_PAIRS, facts))
    return found


def _confounded(row: Mapping[str, Any]) -> Caveat:
    facts: dict[str, Any] = {
        "covariate": str(row["covariate"]),
        "attenuation": rounded(row["attenuation"]),
        "without": rounded(row["log2fc_without"]),
    }
    if pd.notna(row["q_with"]):
        facts |= {
            "with": rounded(row["log2fc_with"]),
            "low": rounded(row["ci_low_with"]),
            "high": rounded(row["ci_high_with"]),
            "q": rounded(row["q_with"]),
        }
    return Caveat(CODES[row["explains"]], facts)


def explained_beside_blood(mirnas: pd.DataFrame) -> dict[str, dict[str, list[str]]]:
    """Return by miRNA the covariates other than blood cells that explain it or leave it unclear.

    The tests adjust for blood cells themselves, so their criterion reads that result.

    Parameters
    ----------
    mirnas
        `confounding/{contrast}/mirnas.tsv`.
    """
    blood = {*BLOOD.values(), ALL_BLOOD}
    found: dict[str, dict[str, list[str]]] = {}
    for column in ("explained_by", "unclear_with"):
        for mirna, cell in zip(mirnas["mirna"], mirnas[column], strict=True):
            names = [one for one in str(cell).split(";") if one and one not in blood]
            if names:
                found.setdefault(str(mirna), {})[column] = names
    return found


def antisense_caveats(table: pd.DataFrame) -> dict[str, list[Caveat]]:
    """Return a caveat for both miRNAs of each suspect pair.

    Parameters
    ----------
    table
        `counts/antisense_partners.tsv`; see `antisense.screen`.
    """
    found: dict[str, list[Caveat]] = defaultdict(list)
    for row in table[table["verdict"] != ""].to_dict("records"):
        names = (row["mirna"], row["partner"])
        for name, other in (names, names[::-1]):
            facts: dict[str, Any] = {"partner": str(other)}
            if row["verdict"] == COUNTED_TWICE:
                facts |= {
                    "share": rounded(float(row["alike_share"])),
                    "libraries": int(row["samples"]),
                }
            else:
                mine = int(row["mirna_reads" if name == row["mirna"] else "partner_reads"])
                both = int(row["mirna_reads"]) + int(row["partner_reads"])
                facts |= {"reads": mine, "partner_reads": both - mine}
            found[str(name)].append(Caveat(str(row["verdict"]), facts))
    return dict(found)

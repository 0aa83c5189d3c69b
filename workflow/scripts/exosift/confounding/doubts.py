"""What explains a miRNA, in sentences for the candidates."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from exosift.candidates import Doubt
from exosift.confounding.covariates import BLOOD, DEPTH, MIRNA_SHARE
from exosift.confounding.weighing import ALL_BLOOD, EXPLAINS, MATCHED, UNCLEAR
from exosift.text import joined

CONFOUNDED, FAINT = "confounded", "unclear_adjusted"
FLAGS = {EXPLAINS: CONFOUNDED, UNCLEAR: FAINT}

WORDS = {
    DEPTH: "sequencing depth",
    MIRNA_SHARE: "the share of miRNA in the library",
    BLOOD["h1"]: "haemolysis (miR-451a over miR-23a-3p)",
    BLOOD["h2"]: "haemolysis (20 miRNAs)",
    BLOOD["platelet"]: "platelets",
    ALL_BLOOD: "blood cells (haemolysis and platelets)",
    MATCHED: "age and sex, by matching",
    "storage_time": "storage time",
}


def in_words(covariate: str) -> str:
    """Name a covariate as a sentence does; a column of the sheet keeps its name."""
    return WORDS.get(covariate, covariate)


def confounding_doubts(
    covariates: pd.DataFrame, mirnas: pd.DataFrame, record: Mapping[str, Any]
) -> dict[str, list[Doubt]]:
    """Say of each miRNA that something else explains what that is, and how much it takes.

    Parameters
    ----------
    covariates, mirnas, record
        What `weigh_confounders` gave.
    """
    found: dict[str, list[Doubt]] = {}
    rows = covariates[covariates["explains"].isin(FLAGS)]
    for mirna, own in rows.groupby("mirna", sort=False):
        whole_blood = (own["covariate"] == ALL_BLOOD).any()
        told = own[~own["covariate"].isin(BLOOD.values())] if whole_blood else own
        found[str(mirna)] = [
            Doubt(FLAGS[row["explains"]], _sentence(row)) for row in told.to_dict("records")
        ]
    pairs = record["pairs"]
    for row in mirnas[_holds(mirnas, MATCHED)].to_dict("records"):
        text = (
            f"Among {pairs['pairs']} pairs of like {' and '.join(pairs['matched_on'])} its log2 "
            f"fold change is {row['matched_log2fc']:+.2f} ({row['matched_ci_low']:+.2f} to "
            f"{row['matched_ci_high']:+.2f}), {_taken(row['matched_attenuation'])}."
        )
        found.setdefault(str(row["mirna"]), []).append(Doubt(CONFOUNDED, text))
    return found


def explained_in_words(mirnas: pd.DataFrame) -> dict[str, list[str]]:
    """Say by miRNA what it does not stand against but blood cells, which the tests weigh."""
    blood = {*BLOOD.values(), ALL_BLOOD}
    found: dict[str, list[str]] = {}
    for column, words in (("explained_by", "explained by"), ("unclear_with", "unclear beside")):
        for mirna, cell in zip(mirnas["mirna"], mirnas[column], strict=True):
            names = [in_words(one) for one in str(cell).split(";") if one and one not in blood]
            if names:
                found.setdefault(str(mirna), []).append(f"{words} {joined(names)}")
    return found


def _holds(mirnas: pd.DataFrame, name: str) -> list[bool]:
    return [name in str(cell).split(";") for cell in mirnas["explained_by"]]


def _sentence(row: Mapping[str, Any]) -> str:
    name = in_words(str(row["covariate"]))
    if row["explains"] == UNCLEAR:
        return (
            f"With {name} in the model it is no longer significant (q = {row['q_with']:.2g}), "
            f"though most of the effect stays: log2 fold change {row['log2fc_without']:+.2f} "
            f"without it, {row['log2fc_with']:+.2f} ({row['ci_low_with']:+.2f} to "
            f"{row['ci_high_with']:+.2f}) with it."
        )
    if pd.isna(row["q_with"]):
        return f"Holding {name} constant {_takes(row['attenuation'])} of its effect."
    return (
        f"Holding {name} constant {_takes(row['attenuation'])} of its effect: log2 fold change "
        f"{row['log2fc_without']:+.2f} without it, {row['log2fc_with']:+.2f} "
        f"({row['ci_low_with']:+.2f} to {row['ci_high_with']:+.2f}; q = {row['q_with']:.2g}) with "
        "it in the model."
    )


def _takes(share: float) -> str:
    return "takes all and turns the rest" if share > 1 else f"takes {share:.0%}"


def _taken(share: float) -> str:
    return "the other way round" if share > 1 else f"{share:.0%} less than among all people"

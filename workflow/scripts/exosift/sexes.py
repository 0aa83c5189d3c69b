"""Cancers that only one sex has: their controls must be of that sex."""

import re
from collections.abc import Collection

import pandas as pd

from exosift.findings import SEVERITY, Exclusion, Warning

CANCERS = {
    "male": (
        *("prostate", "prostatic", "testicular", "testis", "seminoma", "penile", "penis"),
        *("prad", "pca", "crpc", "mcrpc", "hspc", "mhspc", "tgct", "nsgct"),
    ),
    "female": (
        *("ovarian", "ovary", "cervical", "cervix", "uterine", "uterus", "endometrial"),
        *("endometrium", "vulvar", "vulva", "vaginal", "vagina", "fallopian", "choriocarcinoma"),
        *("ovca", "eoc", "hgsoc", "hgsc", "lgsoc", "ucec", "ucs", "cesc"),
    ),
}
"""Words in the name of a cancer, and short names, by the sex that has it."""

WORDS = {
    "male": frozenset(("male", "m", "man", "men", "boy")),
    "female": frozenset(("female", "f", "w", "woman", "women", "girl")),
}
"""How sheets write a sex, in lower case."""


def sex_of_cancer(cancer: str) -> str:
    """Tell which sex has a cancer: `male`, `female`, or "" if both do.

    Examples
    --------
    >>> sex_of_cancer("Prostate_cancer")
    'male'
    >>> sex_of_cancer("OvarianCancer"), sex_of_cancer("mCRPC")
    ('female', 'male')
    >>> sex_of_cancer("lung")
    ''
    """
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", cancer)
    words = {word for name in (cancer, apart) for word in re.split(r"[^a-z]+", name.lower())}
    return next((sex for sex, names in CANCERS.items() if words & set(names)), "")


def sex_of_cell(cell: str) -> str:
    """Read a cell of the column `sex`: `male`, `female`, or "" if it says neither."""
    return next((sex for sex, words in WORDS.items() if cell.strip().lower() in words), "")


def other_sex(
    sheet: pd.DataFrame, sex: str, cancer: str, cases: Collection[str] = ()
) -> tuple[dict[str, Exclusion], list[Warning]]:
    """Return the libraries that are not of the sex that has the cancer.

    Parameters
    ----------
    sheet : DataFrame of str
        The libraries of the contrast.
    sex
        The sex that has the cancer.
    cancer
        Its name, for the reasons.
    cases
        Who has it: where their sex is not told it is known all the same.

    Returns
    -------
    The exclusion by library, and a warning where the sheet does not tell the sex of anybody.
    """
    if "sex" not in sheet or not sheet["sex"].map(sex_of_cell).any():
        written = sorted(set(sheet["sex"]) - {""})[:3] if "sex" in sheet else []
        facts = {"cancer": cancer, "sex": sex, "written": written, "remedy": "record_sex"}
        return {}, [Warning("sex_not_recorded", facts, SEVERITY["warn"])]
    found = sheet["sex"].map(sex_of_cell)
    return {
        str(name): Exclusion(
            "other_sex", {"cell": str(sheet.at[name, "sex"]), "cancer": cancer, "sex": sex}
        )
        for name in sheet.index[found != sex]
        if sheet.at[name, "sex"] or name not in cases
    }, []

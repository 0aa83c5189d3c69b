"""What part of a library's miRNA reads is a mature as annotated, and what part an isomiR."""

import math
from functools import cache
from pathlib import Path

from exosift.library_tables import read_isomirs

KINDS = ("canonical", "3p", "tailed", "5p", "snv")
"""Kinds of isomiRs, each read being of one: of several changes the one that stands last here.

`canonical` is the mature itself; `3p` a templated 3' end that is shorter or longer; `tailed` a
non-templated tail; `5p` another 5' end, hence another seed; `snv` a changed base, which errors of
the sequencer make as well.
"""

ISOMIR_METRICS = tuple(f"isomir_{kind}_share" for kind in KINDS)

_WORDS = {"NA": "canonical", "iso_3p": "3p", "iso_add3p": "tailed", "iso_5p": "5p"}


@cache
def kind(variant: str) -> str:
    """Sum up a variant in the words of mirGFF3 by its weightiest change.

    Examples
    --------
    >>> kind("iso_3p:-1,iso_5p:+1"), kind("iso_add3p:2"), kind("iso_3p:+1,iso_snv_seed")
    ('5p', 'tailed', 'snv')
    """
    kinds = [_WORDS.get(word.partition(":")[0], "snv") for word in variant.split(",")]
    return max(kinds, key=KINDS.index)


def isomir_shares(path: str | Path) -> dict[str, float]:
    """Tell the shares of the kinds of isomiRs of a library.

    Parameters
    ----------
    path
        `isomirs/{sample}.tsv`.

    Returns
    -------
    dict
        One value per name in `ISOMIR_METRICS`, of the library's miRNA reads; NaN where it has none.

    Raises
    ------
    UserError
        If the table has other columns.
    """
    numbers, shares = read_isomirs(Path(path), _NumbersOfKinds())
    totals = [int(shares[numbers == at].sum()) for at in range(len(KINDS))]
    whole = sum(totals)
    return {
        metric: total / whole if whole else math.nan
        for metric, total in zip(ISOMIR_METRICS, totals, strict=True)
    }


class _NumbersOfKinds(dict[str, int]):
    """Gives the number of its kind to each row of a table of isomiRs."""

    def __missing__(self, name: str) -> int:
        _, variant, _ = name.split("\t")
        return KINDS.index(kind(variant))

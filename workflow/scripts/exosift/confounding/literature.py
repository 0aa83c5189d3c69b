"""Whether what differs here is what has been published, and whether it goes the same way."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from exosift.knowledge import Role, published_markers

BIAS = (
    "The literature is no judge: of 79 published circulating miRNAs of solid tumours 58% are "
    "abundant in blood cells (doi:10.1158/1940-6207.CAPR-11-0370), so that a cohort of blood-cell "
    "miRNAs agrees with it, too."
)

COLUMNS = ("published", "papers", "agrees")


def compare_with_literature(
    effects: pd.Series,
    significant: pd.Series,
    roles: Mapping[str, Sequence[Role]],
    *,
    directed: bool = True,
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Hold a contrast against the published roles of its cancer.

    Enrichment is a hypergeometric test in which the background is what was tested: miRNAs that
    vesicles do not hold enough of could not have been found.

    Parameters
    ----------
    effects, significant
        log2 fold change of each tested miRNA, and whether it differs in both engines.
    roles
        Published roles in this cancer by miRNA.
    directed
        Whether the effects are of the disease, so that published directions apply to them.

    Returns
    -------
    The columns of `COLUMNS`, indexed by miRNA, and a record: how many are `tested`, `published`,
    `significant` and `both`, how many of both are `expected` by chance with the `p` of as many or
    more; of the published directions how many are `assessed` and `agree`, with the `sign_p` of so
    many or more by chance; the significant `agreements` and `disagreements`; `bias`.
    """
    told = {mirna: list(roles.get(str(mirna), ())) for mirna in effects.index}
    ways = {one.mirna: one for one in published_markers(told)}
    table = pd.DataFrame("", index=effects.index, columns=list(COLUMNS))
    for mirna, claims in told.items():
        if not claims:
            continue
        way = ways[mirna].direction if mirna in ways else _undirected(claims)
        papers = ways[mirna].papers if mirna in ways else [one.identifiers[0] for one in claims]
        table.loc[mirna, ["published", "papers"]] = way, "; ".join(dict.fromkeys(papers))
        if directed and mirna in ways and effects[mirna] != 0 and not np.isnan(effects[mirna]):
            same = (way == "up") == bool(effects[mirna] > 0)
            table.loc[mirna, "agrees"] = "yes" if same else "no"
    known = table["published"] != ""
    counted = [
        len(table),
        int(known.sum()),
        int(significant.sum()),
        int((known & significant).sum()),
    ]
    tested, published, hits, both = counted
    assessed, agree = int((table["agrees"] != "").sum()), int((table["agrees"] == "yes").sum())
    possible = published > 0 and hits > 0
    return table, {
        "tested": tested,
        "published": published,
        "significant": hits,
        "both": both,
        "expected": round(hits * published / tested, 4) if possible else None,
        "p": _rounded(stats.hypergeom.sf(both - 1, tested, published, hits)) if possible else None,
        "assessed": assessed,
        "agree": agree,
        "sign_p": _rounded(stats.binom.sf(agree - 1, assessed, 0.5)) if assessed else None,
        "agreements": sorted(table.index[significant & (table["agrees"] == "yes")]),
        "disagreements": sorted(table.index[significant & (table["agrees"] == "no")]),
        "bias": BIAS,
    }


def _undirected(claims: Sequence[Role]) -> str:
    return "disputed" if {"up", "down"} <= {one.direction for one in claims} else "no direction"


def _rounded(p: float) -> float:
    return float(f"{p:.6g}")

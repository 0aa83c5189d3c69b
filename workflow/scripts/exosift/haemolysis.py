"""Blood cells in the sample: red-cell and platelet miRNAs beside those of the library's peers.

Sequencing counts have no absolute cut for haemolysis: log2(miR-451a / miR-23a-3p) of one plasma
pool is 0.5 with random-end kits and 7.1 with another, so the qPCR rule "dCq > 7" would call one kit
clean and the other lysed. All indices are therefore judged within protocol and batch.
"""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from exosift.peers import expressed, log_cpm, robust_z

RED_CELL = "hsa-miR-451a"
REFERENCE = "hsa-miR-23a-3p"

# The signature of haemolysed plasma in sequencing data: Smith et al. 2022, Genes 13:1288,
# doi:10.3390/genes13071288 (DraculR).
SIGNATURE = (
    "hsa-miR-106b-3p",
    "hsa-miR-140-3p",
    "hsa-miR-142-5p",
    "hsa-miR-532-5p",
    "hsa-miR-17-5p",
    "hsa-miR-19b-3p",
    "hsa-miR-30c-5p",
    "hsa-miR-324-5p",
    "hsa-miR-192-5p",
    "hsa-miR-660-5p",
    "hsa-miR-186-5p",
    "hsa-miR-425-5p",
    "hsa-miR-25-3p",
    "hsa-miR-363-3p",
    "hsa-miR-183-5p",
    "hsa-miR-451a",
    "hsa-miR-182-5p",
    "hsa-miR-191-5p",
    "hsa-miR-194-5p",
    "hsa-miR-20b-5p",
)
# miRNAs of plasma that come from platelets, as reviewed in doi:10.3390/ijms21103477.
PLATELET = (
    "hsa-miR-223-3p",
    "hsa-miR-126-3p",
    "hsa-miR-24-3p",
    "hsa-miR-197-3p",
    "hsa-miR-191-5p",
)
LEAST_MEMBERS = 5  # expressed members of the signature, below which its mean means nothing

METRICS = (
    "haemolysis_h1",
    "haemolysis_h1_z",
    "haemolysis_h2",
    "haemolysis_h2_z",
    "platelet_share",
    "platelet_z",
)


def features_of(names: Iterable[str], index: pd.Index) -> list[str]:
    """Find the rows of a count table that hold these miRNAs, in the order of the table.

    A merged feature such as `hsa-miR-199a-3p/199b-3p` holds each of its names.
    """
    wanted = set(names)
    return [feature for feature in index if wanted & set(_members(feature))]


def h1(counts: pd.DataFrame) -> pd.Series:
    """Compare the red-cell miRNA with its stable partner: log2((CPM 451a + 1) / (CPM 23a-3p + 1)).

    NaN where the table lacks either miRNA and in libraries with reads of neither.
    """
    levels = log_cpm(counts)
    red, reference = (features_of([name], counts.index) for name in (RED_CELL, REFERENCE))
    if not red or not reference:
        return pd.Series(np.nan, index=counts.columns, dtype=float)
    difference = levels.loc[red[0]] - levels.loc[reference[0]]
    return difference.where(counts.loc[[red[0], reference[0]]].sum() > 0)


def h2(counts: pd.DataFrame, background: pd.Index, without: Iterable[str] = ()) -> pd.Series:
    """Compare the haemolysis signature with the other expressed miRNAs.

    Parameters
    ----------
    counts : DataFrame
        Reads, miRNA x sample.
    background : Index
        The expressed miRNAs of the cohort; members of the signature count only if they are there.
    without : iterable of str
        miRNAs to leave out of both sides, such as the one under test.

    Returns
    -------
    Series
        Mean log2 CPM of the signature minus mean log2 CPM of the other expressed miRNAs; NaN with
        fewer than 5 members or without reads.
    """
    used = background.difference(features_of(without, background), sort=False)
    members = features_of(SIGNATURE, used)
    others = used.difference(members, sort=False)
    if len(members) < LEAST_MEMBERS or len(others) == 0:
        return pd.Series(np.nan, index=counts.columns, dtype=float)
    levels = log_cpm(counts)
    return (levels.loc[members].mean() - levels.loc[others].mean()).where(counts.sum() > 0)


def platelet_share(counts: pd.DataFrame) -> pd.Series:
    """Give the share of platelet miRNAs among the miRNA reads of each library."""
    totals = counts.sum()
    found = features_of(PLATELET, counts.index)
    return counts.loc[found].sum() / totals.where(totals > 0) if found else totals * np.nan


def blood_cell_indices(
    counts: pd.DataFrame, groups: pd.Series, detection_reads: int, min_libraries: int
) -> pd.DataFrame:
    """Measure red cells and platelets in each library and compare it with its peers.

    Parameters
    ----------
    counts : DataFrame
        Reads, miRNA x sample; sound libraries only, since the others would move the medians.
    groups : Series
        The peer group of each sample.
    detection_reads, min_libraries : int
        When a miRNA counts as detected; how many peers a z-score needs.

    Returns
    -------
    DataFrame
        One row per sample, the columns of `METRICS`.
    """
    indices = pd.DataFrame(index=counts.columns, columns=list(METRICS), dtype=float)
    if counts.empty:
        return indices
    own = groups.reindex(counts.columns)
    indices["haemolysis_h1"] = h1(counts)
    indices["haemolysis_h2"] = h2(counts, expressed(counts, detection_reads))
    indices["platelet_share"] = platelet_share(counts)
    # Shares are skewed; their logarithm is near enough to symmetric for a median and a MAD.
    platelet_level = np.log2(indices["platelet_share"] * 1e6 + 1)
    for name, values in (
        ("haemolysis_h1_z", indices["haemolysis_h1"]),
        ("haemolysis_h2_z", indices["haemolysis_h2"]),
        ("platelet_z", platelet_level),
    ):
        indices[name] = robust_z(values, own, min_libraries)
    return indices


def _members(feature: str) -> list[str]:
    """Spell out the names in a merged feature: hsa-miR-199a-3p/199b-3p holds two."""
    first, *others = feature.split("/")
    stem = first[: first.find("-", len("hsa-")) + 1]
    return [first, *(name if name.startswith("hsa-") else stem + name for name in others)]

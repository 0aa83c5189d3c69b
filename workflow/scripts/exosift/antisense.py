"""Antisense: miRNAs that are reverse complements of each other, and counts that ignore the strand.

A pipeline that ignores the strand counts the reads of one partner for the other as well:
miR-3184-3p shows up wherever miR-423-5p is abundant. Here no antisense read is counted; a matrix
that somebody else made has to show that it was made so.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from exosift.features import Feature, natural
from exosift.table_files import write_run_table

COMPLEMENT = str.maketrans("ACGT", "TGCA")

PARTNER_COLUMNS = ("mirna", "partner", "overlap", "perfect")
COLUMNS = (
    *(*PARTNER_COLUMNS, "mirna_reads", "partner_reads"),
    *("weaker_share", "samples", "alike_share", "verdict"),
)

COUNTED_TWICE, BOTH_STRANDS = "counted_twice", "both_strands"
VERDICTS = (COUNTED_TWICE, BOTH_STRANDS)
"""Rows of two miRNAs that are alike; antisense partners of which both have many reads."""

READS = 20
"""Reads of the stronger of two rows from which on a sample tells whether they are alike."""

SAMPLES, PARTNER_SAMPLES = 5, 3
"""Such samples that it takes; fewer for antisense partners, which are suspect before any count."""

ALIKE, ALIKE_SHARE = 0.02, 0.9
"""Rows are alike if they differ by at most 2% in nine of ten samples.

Between samples of several people two real miRNAs differ by more than that.
"""

BOTH_SHARE, BOTH_READS, BOTH_OVERLAP = 0.1, 100, 18
"""Both partners have many reads: the weaker a tenth of the stronger, the stronger a hundred.

In public matrices of pipelines that know the strand miR-3184-3p, miR-103b and miR-3529-3p have at
most 0.023 of their partners' reads, in those of others at least one of them has 0.14 to 1.17.
Partners that share fewer than 18 nt are passed over: reads of one hardly fit the other.
"""

LISTED = 12
"""Pairs that a sentence names."""


@dataclass(frozen=True)
class Partners:
    """Two miRNAs of which one is the reverse complement of the other, in part.

    Attributes
    ----------
    mirna, partner
        The features, in natural order of their names.
    overlap
        The longest stretch that is complementary without a mismatch, nt.
    perfect
        Whether it is the whole of the shorter one.
    """

    mirna: str
    partner: str
    overlap: int
    perfect: bool


def antisense_partners(features: Iterable[Feature], overlap: int = 16) -> list[Partners]:
    """Find all pairs of miRNAs that share a stretch on opposite strands.

    Parameters
    ----------
    features
        The miRNAs.
    overlap
        nt that the two must share.

    Returns
    -------
    Each pair once, in natural order.
    """
    sequence_of = {feature.name: feature.sequence for feature in features}
    words: dict[str, set[str]] = defaultdict(set)
    for name, sequence in sequence_of.items():
        for at in range(len(sequence) - overlap + 1):
            words[sequence[at : at + overlap]].add(name)
    shared: dict[tuple[str, str], int] = {}
    for name, sequence in sequence_of.items():
        antisense = sequence.translate(COMPLEMENT)[::-1]
        for at in range(len(antisense) - overlap + 1):
            for other in words.get(antisense[at : at + overlap], set()) - {name}:
                length = next(
                    size
                    for size in range(len(antisense) - at, overlap - 1, -1)
                    if antisense[at : at + size] in sequence_of[other]
                )
                first, second = sorted((name, other), key=natural)
                shared[first, second] = max(shared.get((first, second), 0), length)
    return [
        Partners(*pair, length, length == min(len(sequence_of[name]) for name in pair))
        for pair, length in sorted(
            shared.items(), key=lambda item: [natural(name) for name in item[0]]
        )
    ]


def write_partners(partners: Iterable[Partners], table: Path) -> None:
    """Write `references/antisense_partners.tsv`: `PARTNER_COLUMNS`."""
    rows = [(one.mirna, one.partner, one.overlap, _word(one.perfect)) for one in partners]
    found = pd.DataFrame(rows, columns=[*PARTNER_COLUMNS])
    write_run_table("reference_antisense", found, table)


def _word(yes: bool) -> str:
    return "yes" if yes else "no"


def screen(counts: pd.DataFrame, partners: pd.DataFrame, any_pair: bool = False) -> pd.DataFrame:
    """Hold the rows of antisense partners side by side, and those of any pair if wanted.

    Parameters
    ----------
    counts
        Whole reads, miRNA x sample; rows that are missing have none.
    partners
        `references/antisense_partners.tsv`.
    any_pair
        Whether other pairs of rows that are alike are looked for as well, as in a matrix whose
        making is not known. Rows whose sums differ by more than a tenth are passed over.

    Returns
    -------
    `COLUMNS`, one row per pair of which one has reads: the antisense partners, then the others (no
    `overlap`). `weaker_share` is the reads of the weaker by those of the stronger, `samples` those
    in which the stronger has `READS`, `alike_share` the share of them in which both agree.
    """
    pairs = list(zip(partners["mirna"], partners["partner"], strict=True))
    listed = list(dict.fromkeys(name for pair in pairs for name in pair))
    rows = counts.reindex(listed, fill_value=0).astype("int64")
    first, second = (rows.loc[[pair[at] for pair in pairs]].to_numpy() for at in (0, 1))
    table = partners.reset_index(drop=True).assign(**_evidence(first, second))
    both = (
        (table["weaker_share"] >= BOTH_SHARE)
        & (_stronger(table) >= BOTH_READS)
        & (table["overlap"] >= BOTH_OVERLAP)
    )
    alike = _alike(table["samples"], table["alike_share"], PARTNER_SAMPLES)
    table["verdict"] = np.select([alike, both], VERDICTS, "")
    table = table[_stronger(table) > 0].astype({"overlap": "Int64"})
    if any_pair:
        table = pd.concat([table, _other_pairs(counts, set(map(frozenset, pairs)))])
    return table[[*COLUMNS]].reset_index(drop=True)


def _other_pairs(counts: pd.DataFrame, known: Collection[frozenset[str]]) -> pd.DataFrame:
    """Find pairs of rows that are alike, but for those that are known."""
    values = counts.to_numpy()
    sums = values.sum(axis=1)
    rows = np.flatnonzero((values >= READS).sum(axis=1) >= SAMPLES)
    rows = rows[np.argsort(sums[rows], kind="stable")]
    ends = np.searchsorted(sums[rows], sums[rows] * 1.1, side="right")
    found = []
    for at, row in enumerate(rows):
        others = rows[at + 1 : ends[at]]
        samples, share = _agreement(values[row], values[others])
        for other in others[_alike(samples, share, SAMPLES)]:
            one, two = sorted((int(row), int(other)))
            if frozenset((counts.index[one], counts.index[two])) not in known:
                found.append((one, two))
    first, second = ([pair[at] for pair in sorted(found)] for at in (0, 1))
    return pd.DataFrame(
        {
            "mirna": counts.index[first],
            "partner": counts.index[second],
            "overlap": pd.array([None] * len(first), "Int64"),
            "perfect": _word(False),
            **_evidence(values[first], values[second]),
            "verdict": COUNTED_TWICE,
        }
    )


def _evidence(first: np.ndarray, second: np.ndarray) -> dict[str, np.ndarray]:
    """Compare pairs of rows; see `screen`."""
    one, other = first.sum(axis=1), second.sum(axis=1)
    stronger = np.maximum(one, other)
    samples, share = _agreement(first, second)
    return {
        "mirna_reads": one,
        "partner_reads": other,
        "weaker_share": np.minimum(one, other) / np.where(stronger > 0, stronger, np.nan),
        "samples": samples,
        "alike_share": share,
    }


def _agreement(first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Count the samples that tell of each pair of rows, and in which share of them both agree."""
    larger = np.maximum(first, second)
    telling = larger >= READS
    agreeing = telling & (np.abs(first - second) <= ALIKE * larger)
    samples = telling.sum(axis=1)
    return samples, agreeing.sum(axis=1) / np.where(samples > 0, samples, np.nan)


def _alike(samples: Any, share: Any, fewest: int) -> Any:
    return (samples >= fewest) & (share >= ALIKE_SHARE)


def _stronger(table: pd.DataFrame) -> pd.Series:
    return table[["mirna_reads", "partner_reads"]].max(axis=1)


def screen_notes(table: pd.DataFrame) -> list[str]:
    """Tell in sentences what a screen found; none if it found nothing.

    Single partners may well both be real, as the two arms of a hairpin are; that most of the
    perfect ones are is not credible.
    """
    antisense, twice = table["overlap"].notna(), table["verdict"] == COUNTED_TWICE
    both = table["verdict"] == BOTH_STRANDS
    perfect = table[(table["perfect"] == _word(True)) & (_stronger(table) >= BOTH_READS)]
    bad = int(perfect["verdict"].isin(VERDICTS).sum())
    notes = []
    if bad >= 2 and 2 * bad > len(perfect):
        notes.append(
            f"WARNING: {bad} of {len(perfect)} pairs of perfect antisense partners have reads on "
            "both strands: the strand was ignored when this was counted. Believe neither of a pair."
        )
    for chosen, what in (
        (antisense & twice, "antisense partners have the same counts, so reads count twice"),
        (antisense & both, "antisense partners both have many reads; one may be the other's ghost"),
        (~antisense & twice, "other miRNAs have the same counts, so reads count twice"),
    ):
        if chosen.any():
            notes.append(f"WARNING: {chosen.sum()} pairs of {what}: {_named(table[chosen])}.")
    return notes


def _named(pairs: pd.DataFrame) -> str:
    """Name pairs, those with most reads first."""
    order = _stronger(pairs).sort_values(ascending=False, kind="stable").index
    names = [f"{row.mirna} and {row.partner}" for row in pairs.loc[order].itertuples()]
    more = f"; {len(names) - LISTED} more" if len(names) > LISTED else ""
    return "; ".join(names[:LISTED]) + more

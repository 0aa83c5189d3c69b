"""Two synthetic pools of known ratios, sequenced in three laboratories (Giraldez 2018)."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from exosift import differential_expression as de
from exosift.contrasts import Contrast

from tests.planted import LEAN, called

POOLS = Contrast("pools", "pools", "SynthA", "SynthB")
STRAND = 16
"""Bases that two sequences share on opposite strands, from which on their reads are confounded."""
OPPOSITE = str.maketrans("ACGT", "TGCA")


@dataclass(frozen=True)
class Pools:
    """What was sequenced, and what was put in.

    Attributes
    ----------
    counts : DataFrame of int, shape (sequences, libraries)
    ratio
        log2 of A to B, by sequence.
    unmistakable
        Whether the pool does not hold the other strand of a sequence as well. The authors counted
        reads of both strands, so that such a pair shares its reads.
    sheet
        Laboratory, kit and pool of each library.
    """

    counts: pd.DataFrame
    ratio: pd.Series
    unmistakable: pd.Series
    sheet: pd.DataFrame

    @classmethod
    def read(cls, folder: Path) -> "Pools":
        """Read `../shared/data/truth`."""
        counts = pd.read_csv(folder / "ratiometric_pools_counts.tsv.gz", sep="\t", index_col=0)
        amounts = counts.index.str.extract(r"\|([\d.]+)x\|([\d.]+)x$").astype(float).to_numpy()
        ratio = pd.Series(np.log2(amounts[:, 0] / amounts[:, 1]), index=counts.index).dropna()
        truth = pd.read_csv(folder / "ratiometric_pools_truth.tsv", sep="\t")
        paired = opposite_strands(dict(zip(truth["ratio.seqID"], truth["sequence"], strict=True)))
        names = ratio.index.str.split("|").str[0].str.split(";").str[-1]
        sheet = pd.read_csv(
            folder / "ratiometric_pools_samples.tsv", sep="\t", dtype=str, keep_default_na=False
        ).set_index("FileBaseName")
        unmistakable = pd.Series(~names.isin(paired), index=ratio.index)
        sheet = sheet.assign(condition=sheet["pool.ID"])
        return cls(counts.loc[ratio.index], ratio, unmistakable, sheet)


def opposite_strands(sequences: dict[str, str]) -> set[str]:
    """Name the sequences that hold a piece of another one's reverse complement."""
    pieces: dict[str, set[str]] = {}
    for name, sequence in sequences.items():
        for at in range(len(sequence) - STRAND + 1):
            pieces.setdefault(sequence[at : at + STRAND], set()).add(name)
    found: set[str] = set()
    for name, sequence in sequences.items():
        other = sequence[::-1].translate(OPPOSITE)
        for at in range(len(other) - STRAND + 1):
            partners = pieces.get(other[at : at + STRAND], set()) - {name}
            found |= {name, *partners} if partners else set()
    return found


def recovered(pools: Pools) -> Iterator[dict[str, object]]:
    """Yield for each laboratory and kit how well the ratios are recovered.

    False discovery is counted among sequences of equal amounts; `equal` of them were tested, and
    `equal_called` were called different.
    """
    for (lab, kit), part in pools.sheet.groupby(["Lab", "lib.method.detail"]):
        result = de.test_contrast(pools.counts, part[["condition"]], POOLS, limits=LEAN)
        table = result.table.set_index("mirna")
        known, effect = pools.ratio[table.index], table["edger_log2fc"]
        error, clear = effect - known, pools.unmistakable[table.index]
        calls = called(result.table)
        large, equal = known.abs() >= 1, known == 0
        yield {
            "laboratory": lab,
            "kit": kit,
            "libraries": len(part),
            "tested": len(table),
            "pearson": np.corrcoef(effect, known)[0, 1],
            "slope": np.polyfit(known, effect, 1)[0],
            "rmse": np.sqrt((error**2).mean()),
            "rmse_one_strand": np.sqrt((error[clear] ** 2).mean()),
            "power": (calls & large).sum() / large.sum(),
            "false": (calls & equal).sum() / max(int(calls.sum()), 1),
            "equal": int(equal.sum()),
            "equal_called": int((calls & equal).sum()),
            "sign": (np.sign(effect) == np.sign(known))[calls & ~equal].mean(),
        }

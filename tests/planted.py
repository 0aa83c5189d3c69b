"""Real counts with planted differences: noise that nobody made up, and truth all the same."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from exosift import differential_expression as de
from exosift.contrasts import Contrast

QUESTION = Contrast("planted", "planted", "case", "control")
WITHIN_BATCHES = Contrast("planted", "planted", "case", "control", ("batch",))
LEAN = de.Limits(de.TestRules(permutations=0, deseq2=False), min_libraries=1_000_000)
"""The engines alone, without what stands beside them."""


def planted(
    counts: pd.DataFrame,
    per_arm: int,
    seed: int,
    share: float = 0.1,
    batches: pd.Series | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame, pd.Series]:
    """Draw libraries of one kind into two arms at random, and thin some miRNAs in one of them.

    A miRNA that shall be higher in one arm loses reads at random (binomially) in the other, so that
    what is left is as real as before. |log2 fold change| is between 0.8 and 2.

    Parameters
    ----------
    counts
        Integers of libraries that do not differ by condition.
    share
        Of the miRNAs, how many differ.
    batches
        Of the libraries: those drawn are dealt to the arms within them, and the sheet names them.

    Returns
    -------
    The counts, the sheet and the true log2 fold changes.
    """
    rng = np.random.default_rng([per_arm, seed])
    names = rng.choice(counts.columns, 2 * per_arm, replace=False)
    if batches is not None:
        names = batches[names].sort_values(kind="stable").index
        names = names[::2].append(names[1::2])
    case = np.arange(2 * per_arm) < per_arm
    truth = pd.Series(0.0, index=counts.index)
    at = rng.choice(len(truth), round(share * len(truth)), replace=False)
    truth.iloc[at] = rng.choice([-1, 1], len(at)) * rng.uniform(0.8, 2, len(at))
    keep = np.where(
        (truth.to_numpy()[:, None] > 0) ^ case[None, :], 2 ** -truth.abs().to_numpy()[:, None], 1.0
    )
    keep[truth.to_numpy() == 0] = 1.0
    thinned = rng.binomial(counts[names].to_numpy(), keep)
    columns = [f"s{place:03}" for place in rng.permutation(2 * per_arm)]
    sheet = pd.DataFrame(
        {"condition": np.where(case, "case", "control")}, index=pd.Index(columns, name="sample")
    )
    if batches is not None:
        sheet["batch"] = batches[names].to_numpy()
    return pd.DataFrame(thinned, index=counts.index, columns=columns), sheet.sort_index(), truth


def called(table: pd.DataFrame, q: float = 0.05) -> pd.Series:
    """Tell which miRNAs both engines call, with the same sign; indexed by miRNA."""
    table = table.set_index("mirna")
    same = np.sign(table["edger_log2fc"]) == np.sign(table["limma_log2fc"])
    return (table["edger_q"] <= q) & (table["limma_q"] <= q) & same


def outcomes(
    counts: pd.DataFrame,
    per_arm: int,
    repeats: int,
    share: float = 0.1,
    batches: pd.Series | None = None,
) -> Iterator[dict[str, float]]:
    """Test planted cohorts: false discoveries, power, coverage and small p-values of each."""
    question = QUESTION if batches is None else WITHIN_BATCHES
    for seed in range(repeats):
        thinned, sheet, truth = planted(counts, per_arm, seed, share, batches)
        table = de.test_contrast(thinned, sheet, question, limits=LEAN).table
        tested = table.set_index("mirna")
        known = truth[tested.index]
        real = known != 0
        found = {"consensus": called(table)}
        found |= {engine: tested[f"{engine}_q"] <= 0.05 for engine in ("edger", "limma")}
        row = {"tested": float(len(tested))}
        for name, calls in found.items():
            row[f"{name}_fdr"] = (calls & ~real).sum() / max(int(calls.sum()), 1)
            row[f"{name}_power"] = (calls & real).sum() / max(int(real.sum()), 1)
        for engine in ("edger", "limma"):
            low, high = tested[f"{engine}_ci_low"], tested[f"{engine}_ci_high"]
            row[f"{engine}_coverage"] = ((low <= known) & (known <= high)).mean()
            row[f"{engine}_small"] = (tested.loc[~real, f"{engine}_p"] < 0.05).mean()
        row["calls"] = float(found["consensus"].sum())
        yield row

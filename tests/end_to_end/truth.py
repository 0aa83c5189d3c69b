"""Compare results of the workflow with the truth of a simulated cohort."""

from dataclasses import dataclass

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Recovery:
    """How well planted differences were found, over all contrasts given.

    Attributes
    ----------
    planted, recovered
        Differences that had to be found, and those that were called with the right sign.
    calls, false_calls
        All calls, and those of a miRNA for which nothing is planted or the other sign.
    missed, wrong
        `contrast: miRNA` of those that were not found, and of the false calls.
    """

    planted: int
    recovered: int
    calls: int
    false_calls: int
    missed: tuple[str, ...]
    wrong: tuple[str, ...]

    @property
    def power(self) -> float:
        """The share of planted differences that were recovered."""
        return self.recovered / self.planted

    @property
    def false_share(self) -> float:
        """The share of calls that are false."""
        return self.false_calls / max(1, self.calls)


def recovery(
    tables: dict[str, pd.DataFrame],
    fold_changes: pd.DataFrame,
    *,
    max_q: float = 0.05,
    min_log2fc: float = 0.58,
    planted_log2fc: float = 1.0,
    planted_reads: float = 20.0,
) -> Recovery:
    """Judge differential expression tables by the planted fold changes.

    A call is a miRNA with q of both engines at most `max_q` and |log2 fold change| (edgeR) at
    least `min_log2fc`. Features that merge several names count as the one that the truth names.

    Parameters
    ----------
    tables
        For each condition of the cases its table with `mirna`, `edger_log2fc`, `edger_q`,
        `limma_q`.
    fold_changes
        `truth/fold_changes.tsv`.
    planted_log2fc, planted_reads
        Which planted differences had to be found: |log2 fold change|, and mean true reads.
    """
    due, found, calls = [], [], []
    true_calls = set()
    for condition, table in tables.items():
        planted = fold_changes[fold_changes["condition"] == condition].set_index("mirna")
        called = table[
            (table["edger_q"] <= max_q)
            & (table["limma_q"] <= max_q)
            & (table["edger_log2fc"].abs() >= min_log2fc)
        ]
        right = set()
        for feature, log2fc in zip(called["mirna"], called["edger_log2fc"], strict=True):
            calls.append(f"{condition}: {feature}")
            for name in names_of(feature):
                if name in planted.index and planted.at[name, "log2fc"] * log2fc > 0:
                    right.add(name)
                    true_calls.add(f"{condition}: {feature}")
        strong = planted[
            (planted["log2fc"].abs() >= planted_log2fc) & (planted["mean_reads"] >= planted_reads)
        ]
        due += [f"{condition}: {name}" for name in strong.index]
        found += [f"{condition}: {name}" for name in strong.index if name in right]
    wrong = [call for call in calls if call not in true_calls]
    return Recovery(
        planted=len(due),
        recovered=len(found),
        calls=len(calls),
        false_calls=len(wrong),
        missed=tuple(name for name in due if name not in found),
        wrong=tuple(wrong),
    )


@dataclass(frozen=True)
class CountAgreement:
    """How well counted reads agree with emitted ones, over all samples and features.

    Attributes
    ----------
    true_reads
        miRNA reads that the simulator emitted.
    recovered
        Share of them that was counted for the right feature.
    surplus
        Reads counted for a feature beyond its truth, as a share of the true reads.
    mean_relative_error
        Over cells with 10 true reads or more.
    """

    true_reads: int
    recovered: float
    surplus: float
    mean_relative_error: float


def count_agreement(
    counts: pd.DataFrame, truth: pd.DataFrame, features: pd.DataFrame
) -> CountAgreement:
    """Compare a count matrix with `truth/counts.tsv`; names of one sequence are one feature.

    Parameters
    ----------
    counts
        Counted reads, features by samples; a feature may hold several names.
    truth
        Emitted reads, mature names by samples. Only the samples of `counts` are compared.
    features
        `counts/features.tsv`: the features (`mirna`) with their `sequence`. A true miRNA that is
        in none of them was not counted.
    """
    sequence_of = {
        name: sequence
        for feature, sequence in zip(features["mirna"], features["sequence"], strict=True)
        for name in names_of(feature)
    }
    counted, emitted = (
        table.groupby([sequence_of.get(names_of(name)[0], name) for name in table.index]).sum()
        for table in (counts, truth[list(counts.columns)])
    )
    rows = counted.index.union(emitted.index)
    found = counted.reindex(rows, fill_value=0).to_numpy(dtype=float)
    true = emitted.reindex(rows, fill_value=0).to_numpy(dtype=float)
    enough = true >= 10
    return CountAgreement(
        true_reads=int(true.sum()),
        recovered=float(np.minimum(found, true).sum() / true.sum()),
        surplus=float(np.maximum(found - true, 0).sum() / true.sum()),
        mean_relative_error=float((np.abs(found - true)[enough] / true[enough]).mean()),
    )


def names_of(feature: str) -> list[str]:
    """Name the matures of a feature: `hsa-miR-199a-3p/199b-3p` is two."""
    first, *others = feature.split("/")
    stem = "hsa-miR-" if first.startswith("hsa-miR-") else "hsa-"
    return [first, *(name if name.startswith("hsa-") else stem + name for name in others)]

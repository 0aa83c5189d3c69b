"""What the tests of contrasts find of planted and of known differences, and how long they take.

Usage: python tests/benchmarks/contrasts.py [REPEATS]

REPEATS (default 200) cohorts for each size of arm. Real counts come from ../shared/data, which a
checkout need not have; what needs them is then left out, with that reason.

1. Plasma vesicles of 100 people with one disease (GSE71008), drawn into two arms at random, with a
   tenth of the miRNAs thinned in one arm: realised false discovery and power at a nominal 5%. Once
   more with the arms dealt within the days on which the libraries were made, and the day in the
   model.
2. The same without any thinning: calls and small p-values where there is nothing to find.
3. Two synthetic pools with known ratios (Giraldez 2018), by laboratory and kit: correlation, slope,
   error (of all, and of those whose other strand is not in the pool), power at two-fold and beyond,
   false discovery among equal amounts.
4. Seconds of one contrast with all that stands beside the engines, by size.
"""

import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY))

from exosift import differential_expression as de  # noqa: E402
from exosift.contrasts import Contrast  # noqa: E402

from tests.known_ratios import Pools, recovered  # noqa: E402
from tests.planted import outcomes  # noqa: E402

SHARED = REPOSITORY.parent / "shared" / "data"
ARMS = (8, 15, 25)


def one_disease() -> tuple[pd.DataFrame, pd.Series]:
    """Read the counts of the 100 colorectal libraries of GSE71008, and the days of 99 of them."""
    folder = SHARED / "counts"
    sheet = pd.read_csv(folder / "GSE71008_samples.tsv", sep="\t", dtype=str).set_index("sample")
    counts = pd.read_csv(
        folder / "GSE71008_CRC_vs_NC_hsa_miRNA_counts.tsv.gz", sep="\t", index_col=0
    )
    counts = counts[
        [name for name in counts if sheet.at[name, "CancerType"].startswith("Colorectal")]
    ]
    return counts, sheet.loc[counts.columns, "library_prep_day"].dropna()


def show(columns: tuple[str, ...], rows: list[tuple[object, ...]]) -> None:
    """Print a table."""
    print(pd.DataFrame(rows, columns=list(columns)).to_string(index=False), flush=True)


def planted_differences(counts: pd.DataFrame, repeats: int, days: pd.Series | None = None) -> None:
    """Print realised false discovery and power."""
    rows: list[tuple[object, ...]] = []
    for per_arm in ARMS:
        found = pd.DataFrame(outcomes(counts, per_arm, repeats, batches=days))
        for name in ("consensus", "edger", "limma"):
            fdr, power = found[f"{name}_fdr"], found[f"{name}_power"]
            error = fdr.std() / np.sqrt(repeats)
            cover = found[f"{name}_coverage"].mean() if name != "consensus" else np.nan
            rows.append(
                (per_arm, name, *(f"{x:.3f}" for x in (fdr.mean(), error, power.mean(), cover)))
            )
    show(("per arm", "called by", "false discovery", "its error", "power", "95% holds"), rows)


def nothing_to_find(counts: pd.DataFrame, repeats: int) -> None:
    """Print calls and small p-values on random labels."""
    rows: list[tuple[object, ...]] = []
    for per_arm in ARMS:
        found = pd.DataFrame(outcomes(counts, per_arm, repeats, share=0.0))
        small = [f"{found[f'{engine}_small'].mean():.3f}" for engine in ("edger", "limma")]
        rows.append(
            (per_arm, f"{(found['calls'] > 0).mean():.3f}", found["calls"].median(), *small)
        )
    show(("per arm", "any call", "median calls", "edgeR p<.05", "limma p<.05"), rows)


def known_ratios() -> None:
    """Print how the ratios of the pools are recovered, by laboratory and kit."""
    rows = pd.DataFrame(recovered(Pools.read(SHARED / "truth")))
    numbers = rows.select_dtypes(float)
    rows[numbers.columns] = numbers.map("{:.3f}".format)
    show(tuple(rows.columns), [tuple(row) for row in rows.to_numpy()])
    print("median", *(f"{name} {value:.3f}" for name, value in numbers.median().items()))


def seconds() -> None:
    """Print how long one contrast takes."""
    rows: list[tuple[object, ...]] = []
    rng = np.random.default_rng(1)
    for libraries, mirnas in ((150, 421), (300, 1000), (1000, 2600)):
        level = rng.lognormal(5, 2, (mirnas, 1))
        counts = pd.DataFrame(
            rng.negative_binomial(5, 5 / (5 + level), (mirnas, libraries)),
            index=[f"hsa-miR-{at}-5p" for at in range(mirnas)],
            columns=[f"s{at:04}" for at in range(libraries)],
        )
        sheet = pd.DataFrame(
            {
                "condition": ["a", "b"] * (libraries // 2),
                "batch": [str(at // 4 % 6) for at in range(libraries)],
                "age": [str(age) for age in rng.integers(40, 80, libraries)],
            },
            index=counts.columns,
        )
        contrast = Contrast("q", "q", "a", "b", ("batch", "age"))
        start, used = time.perf_counter(), time.process_time()
        tested = de.test_contrast(counts, sheet, contrast).record["filter"]["tested"]
        spent = (time.perf_counter() - start, time.process_time() - used)
        rows.append((libraries, mirnas, tested, *(f"{seconds:.1f}" for seconds in spent)))
    show(("libraries", "miRNAs", "tested", "seconds", "of CPU"), rows)


def main() -> None:
    """Print all tables."""
    repeats = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    de.warm_up()
    if SHARED.is_dir():
        counts, days = one_disease()
        print(f"Planted differences, {repeats} cohorts each")
        planted_differences(counts, repeats)
        print(f"Planted differences within days, {repeats} cohorts each")
        planted_differences(counts[days.index], repeats, days)
        print(f"Nothing to find, {repeats} cohorts each")
        nothing_to_find(counts, repeats)
        print("Known ratios")
        known_ratios()
    else:
        print(f"Left out, since there is no {SHARED.name} beside the checkout: real counts.")
    print("One contrast with everything")
    seconds()


if __name__ == "__main__":
    main()

"""Make the small cohort that R and exosift both test: `python tests/oracle/make_counts.py`.

120 miRNAs, 24 libraries in two unbalanced batches, ages, and 12 planted differences. Negative
binomial counts with a dispersion that falls with abundance, as small RNA libraries have it.
"""

from pathlib import Path

import numpy as np
import pandas as pd

HERE = Path(__file__).parent
SEED = 20


def main() -> None:
    rng = np.random.default_rng(SEED)
    mirnas = [f"miR-{number:03}" for number in range(1, 121)]
    names = [f"s{number:02}" for number in range(1, 25)]
    case = np.arange(24) % 2 == 0
    batch = np.where(np.arange(24) < 10, "1", "2")
    age = rng.integers(35, 80, 24)

    abundance = rng.lognormal(4.5, 2.0, 120)
    log2_effect = np.zeros(120)
    log2_effect[rng.choice(120, 12, replace=False)] = rng.choice([-1, 1], 12) * rng.uniform(
        1, 2, 12
    )
    batch_effect = rng.normal(0, 0.5, 120)
    age_effect = rng.normal(0, 0.01, 120)
    log2_level = (
        np.log2(abundance)[:, None]
        + np.outer(log2_effect, case)
        + np.outer(batch_effect, batch == "2")
        + np.outer(age_effect, age - age.mean())
    )
    level = 2**log2_level
    depth = rng.uniform(60_000, 200_000, 24)
    mean = level / level.sum(axis=0) * depth
    dispersion = (0.05 + 2 / (mean + 2)) * rng.chisquare(20, (120, 1)) / 20
    counts = rng.poisson(rng.gamma(1 / dispersion, mean * dispersion))

    pd.DataFrame(counts, index=pd.Index(mirnas, name="mirna"), columns=names).to_csv(
        HERE / "counts.tsv", sep="\t", lineterminator="\n"
    )
    pd.DataFrame(
        {"condition": np.where(case, "tumour", "healthy"), "batch": batch, "age": age},
        index=pd.Index(names, name="sample"),
    ).to_csv(HERE / "samples.tsv", sep="\t", lineterminator="\n")


if __name__ == "__main__":
    main()

"""How often the checks of the data speak of honest cohorts, and how often they see another kit.

Usage: python tests/benchmarks/data_checks.py [REPEATS]

REPEATS (default 40) cohorts of each kind, fewer of some; about ten minutes of CPU. Real counts
come from ../shared/data; without them the script ends with that reason. Tables are in Markdown.
`batch`, `protocol`, `biofluid` and `isolation` are recorded, so that the checks speak for
themselves; the last column is the share of cohorts that any of the first three warns of, which are
capped where one of the four is not recorded.

Honest:
1. 100 people with one disease (GSE71008) dealt into two arms at random; nothing differs, or a tenth
   or three tenths of the miRNAs are thinned in one arm by a factor of 1.7 to 4.
2. Colorectal cancer against controls in GSE71008: all of it, and arms drawn from it.
3. The contrasts of `tests/all_designs.py`, with strong effects, with and without the batch in the
   model.

Made in another way, and nobody wrote it down:
4. One synthetic pool (Giraldez 2018) made with two kits, or in two laboratories with one kit.
5. Libraries of one day, or one batch of RNA isolation, of GSE71008 against those of another.
6. Random arms of GSE71008, one of which is moved as a kit would: every miRNA, or a random third,
   by a factor that is log-normal.
"""

import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY), str(REPOSITORY / "workflow" / "scripts")]

from exosift.contrasts import Contrast  # noqa: E402
from exosift.design.after_tests import SUSPICIOUS, weigh_data  # noqa: E402
from exosift.design.gate import judge  # noqa: E402
from exosift.differential_expression.engines import edger, limma  # noqa: E402
from exosift.findings import Check  # noqa: E402
from exosift.normalisation import (  # noqa: E402
    effective_sizes,
    filter_by_expression,
    log_cpm,
    tmm_factors,
)
from exosift.settings.design import GateRules  # noqa: E402

from tests import all_designs  # noqa: E402
from tests.known_ratios import Pools  # noqa: E402
from tests.planted import QUESTION, planted  # noqa: E402

SHARED = REPOSITORY.parent / "shared" / "data"
COUNTS = "GSE71008_CRC_vs_NC_hsa_miRNA_counts.tsv.gz"
RECORDED = {"protocol": "truseq", "biofluid": "plasma", "isolation": "SEC"}
CHECKS = (*SUSPICIOUS, "p_values")
ARMS = Contrast("arms", "arms", "a", "b")
FEWEST = 6  # libraries of a day or a batch that stands as an arm

Cohort = tuple[str, pd.DataFrame, pd.DataFrame, Contrast]
"""The kind of a cohort, its counts, its sheet and the question."""


def checks_of(counts: pd.DataFrame, sheet: pd.DataFrame, contrast: Contrast) -> dict[str, Check]:
    """Test a contrast by both engines alone, and give the checks of its data."""
    sheet = sheet.assign(**{column: RECORDED[column] for column in RECORDED if column not in sheet})
    judgement = judge(sheet, contrast)
    assert judgement.design is not None, judgement.sentences
    pooled = judgement.cohort.pool(counts)
    kept = pooled[filter_by_expression(pooled, contrast.kind.groups_to_filter(judgement.cohort))]
    factors, matrix = tmm_factors(kept), judgement.design.matrix
    tests = [
        edger(kept, factors, matrix)[0].columns("edger", kept.index),
        limma(kept, effective_sizes(kept, factors), matrix).columns("limma", kept.index),
    ]
    judged = weigh_data(
        *(judgement, log_cpm(kept, factors).to_numpy(), tests[0].join(tests[1]), sheet, contrast),
        excluded={},
        summaries=None,
        rules=GateRules(),
    )
    return {check.code: check for check in judged.checks}


def read_cohort() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read the counts of GSE71008 and the sheet of its libraries."""
    folder = SHARED / "counts"
    counts = pd.read_csv(folder / COUNTS, sep="\t", index_col=0)
    sheet = pd.read_csv(
        folder / "GSE71008_samples.tsv", sep="\t", dtype=str, keep_default_na=False
    ).set_index("sample")
    sheet = sheet.loc[counts.columns]
    condition = np.where(sheet["CancerType"].str.startswith("Colorectal"), "a", "b")
    return counts, sheet.assign(condition=condition)


def splits(counts: pd.DataFrame, repeats: int) -> Iterator[Cohort]:
    """Deal people with one disease into two arms, and thin some miRNAs."""
    for per_arm in (8, 15, 25, 50):
        for share in (0.0, 0.1, 0.3):
            kind = f"random arms of {per_arm}, {share:.0%} differ"
            for seed in range(repeats if share < 0.3 else max(repeats // 3, 1)):
                thinned, sheet, _ = planted(counts, per_arm, seed, share)
                yield kind, thinned, sheet.assign(batch="1"), QUESTION


def disease(counts: pd.DataFrame, sheet: pd.DataFrame, repeats: int) -> Iterator[Cohort]:
    """Compare cancer with controls."""
    named = sheet[["condition"]].assign(batch=sheet["rna_isolation_batch"])
    yield "colorectal cancer, 100 and 50", counts, named, ARMS
    within = replace(ARMS, covariates=("batch",))
    yield "colorectal cancer, 100 and 50, batch in the model", counts, named, within
    rng = np.random.default_rng(1)
    for per_arm in (10, 20, 40):
        for _ in range(repeats):
            names = [
                name
                for arm in ("a", "b")
                for name in rng.choice(sheet.index[sheet["condition"] == arm], per_arm, False)
            ]
            kind = f"colorectal cancer, {per_arm} per arm"
            yield kind, counts[names], named.loc[names], ARMS


def strong_effects() -> Iterator[Cohort]:
    """Give the contrasts of the cohort of all designs that can be fitted."""
    sheet = all_designs.make_sheet(apart=all_designs.REFUSED)
    counts = all_designs.draw(sheet, all_designs.mirna_names(REPOSITORY))
    for name, row in all_designs.CONTRASTS.drop(index=all_designs.REFUSED).iterrows():
        subset = dict([row["subset"].split("=")]) if row["subset"] else {}
        contrast = Contrast(
            *(str(name), row["cancer"], row["case"], row["control"]),
            covariates=tuple(filter(None, row["covariates"].split(","))),
            column=row["column"] or "condition",
            design=row["design"] or "groups",
            levels=tuple(filter(None, row["levels"].split(","))),
            subset=subset,
        )
        yield "all designs, strong effects", counts, sheet, contrast
        if "batch" in contrast.covariates:
            left = tuple(one for one in contrast.covariates if one != "batch")
            less = replace(contrast, covariates=left)
            yield "all designs, batch not in the model", counts, sheet, less


def pools() -> Iterator[Cohort]:
    """Compare libraries of one pool that were made in two ways."""
    read = Pools.read(SHARED / "truth")
    groups = read.sheet.groupby(["pool.ID", "Lab", "lib.method.simple", "lib.method.detail"]).groups
    for one, other in combinations(groups, 2):
        if one[0] != other[0] or one[1:3] == other[1:3]:
            continue
        kind = "one pool, two laboratories" if one[2] == other[2] else "one pool, two kits"
        yield kind, *_as_arms(read.counts, groups[one], groups[other])


def days(counts: pd.DataFrame, sheet: pd.DataFrame) -> Iterator[Cohort]:
    """Compare libraries of two days, or of two batches of isolation."""
    columns = {"library_prep_day": "two days", "rna_isolation_batch": "two batches of isolation"}
    for column, kind in columns.items():
        groups = sheet[sheet[column] != ""].groupby(column).groups
        large = [names for names in groups.values() if len(names) >= FEWEST]
        for one, other in combinations(large, 2):
            yield kind, *_as_arms(counts, one, other)


def _as_arms(
    counts: pd.DataFrame, one: pd.Index, other: pd.Index
) -> tuple[pd.DataFrame, pd.DataFrame, Contrast]:
    names = [*one, *other]
    arms = pd.DataFrame({"condition": ["a"] * len(one) + ["b"] * len(other)}, index=names)
    return counts[names], arms.assign(batch="1"), ARMS


def moved(counts: pd.DataFrame, repeats: int) -> Iterator[Cohort]:
    """Move one of two random arms as another kit would."""
    for spread, share in ((0.3, 1.0), (0.5, 1.0), (1.0, 1 / 3), (2.0, 1 / 3), (1.0, 1.0), (2.0, 1)):
        which = "every miRNA" if share == 1 else "a third of the miRNAs"
        for per_arm in (8, 15, 25):
            for seed in range(max(repeats // 5, 1)):
                drawn, sheet, _ = planted(counts, per_arm, seed, 0.0)
                rng = np.random.default_rng([seed, 7])
                bias = np.where(
                    rng.random(len(drawn)) < share, rng.normal(0, spread, len(drawn)), 0
                )
                cases = list(sheet.index[sheet["condition"] == "case"])
                own = drawn[cases].to_numpy() * 2.0 ** bias[:, None]
                own *= drawn[cases].sum().to_numpy() / own.sum(axis=0)
                drawn[cases] = np.floor(own + rng.random(own.shape)).astype(int)
                kind = f"{which} by log2 of SD {spread:g}"
                yield kind, drawn, sheet.assign(batch="1"), QUESTION


def show(title: str, cohorts: Iterator[Cohort]) -> None:
    """Print how often each check warns or caps, by kind of cohort."""
    found: dict[str, list[dict[str, Check]]] = {}
    for kind, counts, sheet, contrast in cohorts:
        found.setdefault(kind, []).append(checks_of(counts, sheet, contrast))
    print(f"\n{title}\n\n| cohort | n |", " | ".join(c.replace("_", " ") for c in CHECKS), end="")
    print(" | any cap | any warning |\n|---|--:|" + "--:|" * (len(CHECKS) + 2))
    for kind, several in found.items():
        cells = []
        for code in CHECKS:
            outcomes = [checks[code].outcome for checks in several]
            cells.append(f"{_share(outcomes, 'warn')} / {_share(outcomes, 'cap')}")
        capped = np.mean([any(c[code].outcome == "cap" for code in SUSPICIOUS) for c in several])
        told = np.mean([any(c[code].outcome != "fit" for code in SUSPICIOUS) for c in several])
        print(f"| {kind} | {len(several)} |", " | ".join(cells), f"| {capped:.0%} | {told:.0%} |")
    sys.stdout.flush()


def _share(outcomes: list[str], wanted: str) -> str:
    return f"{np.mean([outcome == wanted for outcome in outcomes]):.0%}"


def main() -> None:
    """Print all tables."""
    repeats = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    if not SHARED.is_dir():
        sys.exit(f"There is no {SHARED.name} beside the checkout, which holds the real counts.")
    print("Share of cohorts that are warned of / capped.")
    counts, sheet = read_cohort()
    cancer = counts[sheet.index[sheet["condition"] == "a"]]
    show("Honest: random arms of one disease", splits(cancer, repeats))
    show("Honest: a disease", disease(counts, sheet, repeats // 2))
    show("Honest: strong effects", strong_effects())
    show("Not honest: one pool made in two ways", pools())
    show("Not honest: days and batches as arms", days(counts, sheet))
    show("Not honest: one arm moved", moved(cancer, repeats))


if __name__ == "__main__":
    main()

"""One cohort for every design: a count matrix and its sheets, with effects that are known.

Each planted miRNA answers one question and is silent on others, so that a run can be held against
what it must find and against what it must not.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import yaml
from exosift.haemolysis import PLATELET, RED_CELL, REFERENCE, SIGNATURE
from exosift.references import read_fasta

from tests.panel_cohort import make_counts

SEED = 29
MIRNAS = 170
DEEPER = 1.5
"""log2 of the depth over that of `make_counts`, so that libraries pass with default limits."""

SPECIFIC, SHARED, PAN = "hsa-miR-205-5p", "hsa-miR-21-5p", "hsa-miR-141-3p"
DISCORDANT, IN_COLON = "hsa-miR-200c-3p", "hsa-miR-122-5p"
INFLAMED = "hsa-miR-146a-5p"
STAGED, SPREADING = "hsa-miR-10b-5p", "hsa-miR-210-3p"
AFTER, RESPONDING, RESISTANT = "hsa-miR-34a-5p", "hsa-miR-375-3p", "hsa-miR-221-3p"
IN_MELANOMA, MOODY = "hsa-miR-211-5p", "hsa-miR-125b-5p"
LOST = "hsa-miR-145-5p"
MELANOMA = ("melanoma", "treated")
"""Before treatment and after."""

PLANTED: dict[str, Callable[[pd.Series], float]] = {
    # In lung cancer alone.
    SPECIFIC: lambda one: 2.5 * (one["condition"] == "lung"),
    # In two of the three cancers.
    SHARED: lambda one: 2.0 * (one["condition"] in ("lung", "colon")),
    # In all of them.
    PAN: lambda one: 2.0 * (one["condition"] in ("lung", "colon", *MELANOMA)),
    # Up in one cancer, down in another.
    DISCORDANT: lambda one: {"lung": 2.0, "colon": -2.0}.get(one["condition"], 0.0),
    IN_COLON: lambda one: 2.0 * (one["condition"] == "colon"),
    LOST: lambda one: -2.0 * (one["condition"] == "lung"),
    # In lung cancer and as much in benign disease of the lung.
    INFLAMED: lambda one: 2.0 * (one["condition"] in ("lung", "benign")),
    # 0.7 for each stage, and nothing else.
    STAGED: lambda one: 0.7 * (1 + STAGES.index(one["stage"])) if one["stage"] else 0.0,
    # Where the cancer has spread.
    SPREADING: lambda one: 2.0 * (one["spread"] == "metastatic"),
    # After treatment, whoever responds; only if the cancer responds; before it and after it.
    AFTER: lambda one: 2.0 * (one["timepoint"] == "after"),
    RESPONDING: lambda one: -2.5 * (one["timepoint"] == "after" and one["response"] == "responder"),
    RESISTANT: lambda one: 2.0 * (one["response"] == "resistant"),
    IN_MELANOMA: lambda one: 2.0 * (one["condition"] in MELANOMA),
    # One centre finds the opposite of the others.
    MOODY: lambda one: (
        {"A": 2.0, "B": -2.0, "C": 2.0}[one["centre"]] * (one["condition"] in MELANOMA)
    ),
}
"""log2 of the planted factor of a library, by its cells."""

STAGES = ("I", "II", "III", "IV")
STAGE_OF = ("I", "II", "III", "IV", "I", "II", "III", "I", "IV", "I")
"""Of every ten people with lung cancer; they fall into all centres and batches."""

CENTRES = ("A", "B", "C")
GROUPS = {"healthy": 30, "lung": 30, "colon": 21, "melanoma": 30, "benign": 12, "brain": 10}
TWICE = 3
"""Healthy people of whom there are two libraries."""
TREATED = 24
"""People with melanoma of whom there is a library after treatment as well."""
FULLER = 1.0
"""log2 of how much more miRNA a volume of plasma holds in lung cancer; shares do not tell it."""
BESIDE = {"healthy": 16, "lung": 16, "colon": 14}
"""Another cohort, made by the same laboratories."""

_COLUMNS = (
    *("contrast", "cancer", "case", "control", "covariates"),
    *("column", "design", "levels", "subset"),
)
_ROWS = (
    ("lung", "lung", "lung", "healthy", "batch,age,sex", "", "", "", ""),
    ("colon", "colorectal", "colon", "healthy", "batch,age,sex", "", "", "", ""),
    *(
        (f"melanoma_{c}", "melanoma", "melanoma", "healthy", "batch", "", "", "", f"centre={c}")
        for c in CENTRES
    ),
    ("lung_rest", "lung", "lung", "", "batch", "", "one_vs_rest", "colon,melanoma", ""),
    ("stages", "lung", "lung", "healthy", "batch", "stage", "trend", ",".join(STAGES), ""),
    ("treatment", "melanoma", "after", "before", "", "timepoint", "paired", "", ""),
    (
        *("resistance", "melanoma", "resistant", "responder", "batch,age", "response", "", ""),
        "timepoint=before",
    ),
    ("change", "melanoma", "responder", "resistant", "", "response", "change", "before,after", ""),
    ("brain", "brain", "brain", "healthy", "batch,age", "", "", "", ""),
)
CONTRASTS = pd.DataFrame(list(_ROWS), columns=list(_COLUMNS)).set_index("contrast")
REFUSED = "brain"
"""All its cases are one batch."""

SETTINGS = {
    "counts": "matrix.tsv",
    "spike_in_counts": "spike_ins.tsv",
    "validation": {"counts": "others.tsv", "samples": "others_samples.tsv"},
    "design": {"quality_repeats": 1},
    "differential_expression": {
        **{"permutations": 10, "edger_permutations": 1, "deseq2": False},
        "equal_volume": True,
    },
    "panel": {
        **{"outer_folds": 3, "inner_folds": 3, "repeats": 1, "penalties": 3},
        **{"permutations": 19, "null_draws": 20, "stability_halves": 20, "bootstraps": 200},
    },
}
"""Repeats and permutations are turned down; no limit of quality is."""


def make_sheet(groups: dict[str, int] = GROUPS, *, apart: str = "") -> pd.DataFrame:
    """Put people into centres and batches; those of `apart` into a batch of their own."""
    rng = np.random.default_rng([SEED, len(groups)])
    rows = []
    for condition, people in groups.items():
        for at in range(people):
            stage = STAGE_OF[at % len(STAGE_OF)] if condition == "lung" else ""
            row = {
                "condition": condition,
                "subject": f"{condition}-{at + 1:02}",
                "centre": CENTRES[at % 3],
                "batch": "B9" if condition == apart else f"B{1 + at // 3 % 2}",
                "biofluid": "plasma",
                "protocol": "truseq",
                "isolation": "SEC",
                "age": str(rng.integers(40, 80)),
                "sex": str(rng.choice(["female", "male"])),
                "stage": stage,
                "spread": "metastatic" if stage in STAGES[2:] else "localised" if stage else "",
                "timepoint": "",
                "response": "",
            }
            rows.append(row)
            if condition == "healthy" and at < TWICE:
                rows.append(row)
            if condition == "melanoma":
                row |= {"timepoint": "before", "response": ("responder", "resistant")[at // 6 % 2]}
                if at < TREATED:
                    rows.append(row | {"condition": "treated", "timepoint": "after"})
    table = pd.DataFrame(rows)
    # No result may follow from where a library stands in the sheet.
    table = table.iloc[rng.permutation(len(table))]
    return table.set_index(pd.Index([f"S{at + 1:03}" for at in range(len(table))], name="sample"))


def mirna_names(repository: Path) -> list[str]:
    """Name the planted miRNAs, those of blood cells, and others in the order of the reference."""
    blood = (RED_CELL, REFERENCE, "hsa-miR-486-5p", *SIGNATURE, *PLATELET)
    headings = [heading for heading, _ in read_fasta(repository / "resources" / "matures.fa")]
    others = [heading.split()[0] for heading in headings][::14]
    return list(dict.fromkeys([*PLANTED, *blood, *others]))[:MIRNAS]


def planted_in(sheet: pd.DataFrame) -> pd.DataFrame:
    """Give the planted log2 factors, libraries x miRNAs."""
    return pd.DataFrame(
        {
            mirna: [float(rule(row)) for _, row in sheet.iterrows()]
            for mirna, rule in PLANTED.items()
        },
        index=sheet.index,
    )


def draw(sheet: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """Draw counts, miRNAs x libraries: people differ, batches differ, and what is planted does."""
    rng = np.random.default_rng(SEED)
    own = pd.DataFrame(DEEPER, index=sheet.index, columns=names)
    for column, spread in (("subject", 0.3), ("batch", 0.4), ("centre", 0.3)):
        cells = pd.factorize(sheet[column], sort=True)
        own += rng.normal(0, spread, (len(cells[1]), len(names)))[cells[0]]
    planted = planted_in(sheet)
    own[planted.columns] += planted
    nobody = np.zeros(len(sheet), dtype=bool)
    counts = make_counts(rng, nobody, len(names), own=own.to_numpy())
    return pd.DataFrame(counts.to_numpy().T, pd.Index(names, name="mirna"), sheet.index)


def draw_spike_ins(sheet: pd.DataFrame, counts: pd.DataFrame) -> pd.DataFrame:
    """Draw reads of spike-ins, of which each sample got the same: the more else, the fewer."""
    rng = np.random.default_rng([SEED, 1])
    amounts = 2.0 ** np.arange(-4, 4)
    share = (
        0.05 * 2 ** -(FULLER * (sheet["condition"] == "lung")) * rng.lognormal(0, 0.1, len(sheet))
    )
    expected = np.outer(amounts / amounts.sum(), counts[sheet.index].sum() * share)
    names = [f"spike-{at + 1}" for at in range(len(amounts))]
    return pd.DataFrame(rng.poisson(expected), pd.Index(names, name="spike"), sheet.index)


def write_study(folder: Path, repository: Path) -> None:
    """Write configuration, sheets and matrices of the cohort and of the other one."""
    config = folder / "config"
    config.mkdir(parents=True)
    sheet, others = make_sheet(apart=REFUSED), make_sheet(BESIDE).rename("O{}".format)
    others["subject"] = "other-" + others["subject"]
    counts = draw(pd.concat([sheet, others]), mirna_names(repository))
    sheet.to_csv(config / "samples.tsv", sep="\t")
    others.to_csv(folder / "others_samples.tsv", sep="\t")
    counts[sheet.index].to_csv(folder / "matrix.tsv", sep="\t")
    draw_spike_ins(sheet, counts).to_csv(folder / "spike_ins.tsv", sep="\t")
    counts[others.index].to_csv(folder / "others.tsv", sep="\t")
    CONTRASTS.to_csv(config / "contrasts.tsv", sep="\t")
    (config / "config.yaml").write_text(yaml.safe_dump(SETTINGS))

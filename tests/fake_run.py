"""A small seeded run for the tests of the reports: made up libraries, real rooms before them."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from exosift.candidates import Knowledge, call_candidates
from exosift.caveats import confounding_caveats, explained_beside_blood
from exosift.config import complete
from exosift.confounding import weigh_confounders
from exosift.contrasts import Contrast
from exosift.differential_expression import Limits, TestRules
from exosift.differential_expression import test_contrast as run_contrast
from exosift.isomir_kinds import ISOMIR_METRICS
from exosift.knowledge import flags_of, of_cancer, read_roles, roles_in_words, roles_of_features
from exosift.matrices import FATES
from exosift.pca import cohort_components
from exosift.power import add_power, summarise
from exosift.quality import assess, exclusions
from exosift.reports import Outcome, Run
from exosift.settings.candidates import CallRules

KNOWLEDGE = Path(__file__).resolve().parents[1] / "resources" / "knowledge"
CLASSES = ("spike_in", "miRNA", "tRNA", "Y_RNA", "snRNA", "rRNA", "vector", "unmapped")
NAMES = (
    *("hsa-miR-21-5p", "hsa-miR-451a", "hsa-miR-23a-3p", "hsa-miR-486-5p", "hsa-let-7a-5p"),
    *("hsa-miR-1246", "hsa-miR-122-5p", "hsa-miR-16-5p", "hsa-miR-223-3p", "hsa-miR-126-3p"),
    *("hsa-miR-24-3p", "hsa-miR-191-5p", "hsa-miR-106b-3p", "hsa-miR-140-3p", "hsa-miR-17-5p"),
    *("hsa-miR-19b-3p", "hsa-miR-30c-5p", "hsa-miR-192-5p", "hsa-miR-425-5p", "hsa-miR-25-3p"),
    *("hsa-miR-182-5p", "hsa-miR-125a-5p", "hsa-miR-10b-5p", "hsa-miR-199a-3p/199b-3p"),
)
ISOMIRS = dict(zip(ISOMIR_METRICS, (0.41, 0.33, 0.12, 0.08, 0.06), strict=True))
PROTOCOL_CALL = {
    **dict.fromkeys(("declared", "called"), "truseq"),
    **{"confidence": "high", "kits": ["truseq", "lexogen"], "contradiction": ""},
}
LOWERED = {
    "mirna_reads": {"fail_below": 3000, "warn_below": 5000},
    "mirnas_detected": {"fail_below": 30, "warn_below": 40},
    "transcriptome_reads": {"fail_below": 4000, "warn_below": 6000},
}


@dataclass
class Plan:
    """What kind of cohort to make up."""

    per_arm: int = 16
    mirnas: int = 160
    changed: int = 14
    seed: int = 7
    confounded: bool = False
    unreadable: int = 1
    shallow: int = 1
    case: str = "colorectal"
    covariates: tuple[str, ...] = ("batch", "sex", "age")
    from_counts: bool = False
    notice: str = "A made-up cohort."
    cells: dict[str, str] = field(default_factory=dict)


@dataclass
class Made:
    """A run and what came of its contrast."""

    run: Run
    outcome: Outcome


def fake_run(plan: Plan | None = None) -> Made:
    """Make up a cohort and send it through quality, tests and candidates."""
    plan = plan or Plan()
    rng = np.random.default_rng(plan.seed)
    sheet = _sheet(plan, rng)
    counts = _counts(plan, sheet, rng)
    class_counts, summaries = _reads(counts, rng)
    lost = list(sheet.index[: plan.unreadable])
    for name in lost:
        summaries[name] |= {"status": "failed", "reason": "record 1042 is cut short"}
        counts[name] = 0
        class_counts.loc[name] = 0
    config = complete(_config(plan))
    if plan.from_counts:
        quality = assess(sheet, None, counts, None, config["quality"])
    else:
        isomirs = dict.fromkeys(sheet.index, ISOMIRS)
        quality = assess(sheet, summaries, counts, class_counts, config["quality"], isomirs)
    components, explained = cohort_components(counts, quality)
    contrast = Contrast(f"{plan.case}_vs_healthy", plan.case, plan.case, "healthy", plan.covariates)
    names = {str(mirna): [str(mirna).split("/")[0]] for mirna in counts.index}
    published = read_roles(KNOWLEDGE)
    roles = roles_of_features(names, published, KNOWLEDGE)
    limits = Limits(TestRules(permutations=5, edger_permutations=1, deseq2=False))
    result = run_contrast(counts, sheet, contrast, exclusions(quality), limits=limits)
    flags, features = flags_of(names, KNOWLEDGE), _features(counts)
    weighed = weigh_confounders(
        *(result.table, result.record, counts, sheet, quality, contrast, exclusions(quality)),
        {mirna: of_cancer(found, plan.case) for mirna, found in roles.items()},
    )
    words = {mirna: roles_in_words(of_cancer(own, plan.case)) for mirna, own in roles.items()}
    found = call_candidates(
        *(result.table, result.record, counts, contrast, Knowledge(features, flags, words)),
        confounding_caveats(weighed.covariates, weighed.mirnas, weighed.record),
        explained_beside_blood(weighed.mirnas),
    )
    candidates = add_power(found.table, result.table, result.record, CallRules().q)
    run = Run(
        config=config,
        sheet=sheet,
        quality=quality,
        counts=counts,
        components=components,
        explained=explained,
        class_counts=None if plan.from_counts else class_counts,
        versions={"exosift": "0.1.0", "bowtie": "1.3.1", "edgepython": "0.5", "pylimma": "0.2"},
        power=_power(contrast.name, candidates, result),
        roles=roles,
        published=published,
    )
    outcome = Outcome(
        *(contrast, result.record, result.table, candidates, found.to_dict()),
        confounding=weighed.record,
        covariates=weighed.covariates,
        weighed=weighed.mirnas,
    )
    return Made(run, outcome)


def _power(name: str, candidates: pd.DataFrame, result: Any) -> pd.DataFrame:
    given = ({name: one} for one in (candidates, result.table, result.record))
    return summarise(*given, CallRules().q, CallRules().log2_fold_change)


def _config(plan: Plan) -> dict[str, Any]:
    config: dict[str, Any] = {"notice": plan.notice, "quality": LOWERED}
    return config | ({"counts": "matrix.tsv"} if plan.from_counts else {})


def _sheet(plan: Plan, rng: np.random.Generator) -> pd.DataFrame:
    rows = []
    for at in range(2 * plan.per_arm):
        case = at % 2 == 0
        batch = ("B1" if case else "B2") if plan.confounded else f"B{1 + at // 2 % 2}"
        rows.append(
            {
                "sample": f"EV{at + 1:03}",
                "fastq": f"simulated/fastq/EV{at + 1:03}.fastq.gz",
                "condition": plan.case if case else "healthy",
                "subject": f"P{at + 1:03}",
                "biofluid": "plasma",
                "isolation": "SEC",
                "protocol": ("truseq", "nextflex_v3")[at // 4 % 2],
                "batch": batch,
                "age": str(int(rng.normal(64 if case else 60, 8))),
                "sex": ("male", "female")[int(rng.integers(2))],
                "stage": str(rng.choice(["I", "II", "III", "IV"])) if case else "",
            }
            | plan.cells
        )
    return pd.DataFrame(rows).set_index("sample")


def _counts(plan: Plan, sheet: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    names = [*NAMES, *(f"hsa-miR-{900 + at}-5p" for at in range(plan.mirnas - len(NAMES)))]
    level = np.sort(rng.gamma(0.45, 1.0, len(names)))[::-1] + 0.004
    level = level[rng.permutation(len(names))]
    depth = rng.uniform(14000, 30000, len(sheet))
    depth[-plan.shallow :] = 900 if plan.shallow else depth[-1:]
    expected = np.outer(level / level.sum(), depth)
    case = (sheet["condition"] == plan.case).to_numpy()
    changed = rng.choice(np.flatnonzero(level > np.median(level)), plan.changed, replace=False)
    for at in changed:
        expected[at, case] *= 2.0 ** (rng.choice([-1, 1]) * rng.uniform(1.2, 2.4))
    size = 4.0
    counts = rng.negative_binomial(size, size / (size + expected))
    return pd.DataFrame(counts, index=pd.Index(names, name="mirna"), columns=sheet.index)


def _reads(
    counts: pd.DataFrame, rng: np.random.Generator
) -> tuple[pd.DataFrame, dict[str, dict[str, Any]]]:
    rows, summaries = {}, {}
    for name in counts:
        mirna = int(counts[name].sum())
        others = rng.multinomial(int(mirna * 0.9) + 50, [0.01, 0.4, 0.2, 0.04, 0.15, 0.02, 0.18])
        classes = dict(zip(("spike_in", *CLASSES[2:]), others.tolist(), strict=True))
        classes |= {"miRNA": mirna}
        kept = sum(classes.values())
        fates = dict(
            zip(
                FATES,
                rng.multinomial(int(kept * 0.4), [0.4, 0.1, 0.35, 0.1, 0.04, 0.01]).tolist(),
                strict=True,
            )
        )
        rows[name] = {
            "reads_in": kept + sum(fates.values()),
            **fates,
            **{one: classes[one] for one in CLASSES},
        }
        summaries[name] = {
            "sample": name,
            "status": "ok",
            "reason": "",
            "protocol": "truseq",
            "protocol_call": PROTOCOL_CALL,
            "reads_in": rows[name]["reads_in"],
            "fates": fates,
            "classes": classes,
            "insert_lengths": {"22": kept},
            "q30_share": 0.93,
        }
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis("sample")
    return table, summaries


def _features(counts: pd.DataFrame) -> pd.DataFrame:
    known = [name if at % 4 else "" for at, name in enumerate(counts.index)]
    return pd.DataFrame(
        {
            "mirgenedb": [name.replace("hsa-miR-", "Hsa-Mir-") for name in known],
            "accessions": [f"MIMAT{at:07}" for at in range(len(counts))],
            "ambiguous_share": [0.3 if at % 23 == 5 else 0.01 for at in range(len(counts))],
        },
        index=counts.index,
    )


def write_pages(folder: Path, made: Made) -> tuple[str, str]:
    """Write both pages of a run and read them back: the cancer's, and the front page."""
    from exosift.reports import build_index, build_report

    cancer = made.outcome.contrast.cancer
    build_report(made.run, cancer, [made.outcome], folder / f"{cancer}.html")
    build_index(made.run, [made.outcome], folder / "index.html")
    return (folder / f"{cancer}.html").read_text(), (folder / "index.html").read_text()

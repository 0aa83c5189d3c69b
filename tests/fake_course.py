"""Small seeded cohorts of designs beyond two arms, sent through the real rooms as counts."""

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
from exosift.candidates import Knowledge, call_candidates
from exosift.config import complete
from exosift.contrasts import Contrast
from exosift.differential_expression import Limits, TestRules
from exosift.differential_expression import test_contrast as run_contrast
from exosift.knowledge import flags_of
from exosift.pca import cohort_components
from exosift.power import add_power
from exosift.quality import assess, exclusions
from exosift.reports import Outcome, Run
from exosift.settings.candidates import CallRules

from tests.fake_run import KNOWLEDGE, LOWERED, NAMES, Made, Plan, fake_run

PLANTED = "hsa-miR-192-5p"
"""Goes with the question of every design here, 3 in log2."""

TO_CONTROLS = "hsa-miR-425-5p"
"""Of the trend: as high at every stage, and low in the controls."""

CONTRASTS = {
    "trend": Contrast(
        *("stages", "lung", "lung", "healthy", (), "stage", "trend", ("I", "II", "III"))
    ),
    "within": Contrast(*("stages", "lung", "lung", "", (), "stage", "trend", ("I", "II", "III"))),
    "paired": Contrast("surgery", "lung", "after", "before", (), "timepoint", "paired"),
    "change": Contrast(
        *("drug", "lung", "yes", "no", (), "response", "change", ("before", "after"))
    ),
    "one_vs_rest": Contrast("lung_only", "lung", "lung", "", (), "condition", "one_vs_rest"),
    "baseline": Contrast(
        *("resistance", "lung", "yes", "no", (), "response"), subset={"timepoint": "before"}
    ),
}


def fake_course(design: str, people: int = 12, *, effect: float = 3.0) -> Made:
    """Make up a cohort for a design: `people` on each level or in each arm."""
    sheet, step = _sheet(design, people)
    counts = _counts(sheet, step, effect, np.random.default_rng(11))
    contrast = CONTRASTS[design]
    config = complete({"counts": "matrix.tsv", "quality": LOWERED})
    quality = assess(sheet, None, counts, None, config["quality"])
    components, explained = cohort_components(counts, quality)
    rules = TestRules(permutations=5, edger_permutations=0, deseq2=False)
    result = run_contrast(counts, sheet, contrast, exclusions(quality), limits=Limits(rules))
    names = {str(mirna): [str(mirna)] for mirna in counts.index}
    flags = flags_of(names, KNOWLEDGE)
    features = pd.DataFrame(
        {"mirgenedb": "", "accessions": "", "ambiguous_share": 0.0}, index=counts.index
    )
    knowledge = Knowledge(features, flags, {})
    found = call_candidates(result.table, result.record, counts, contrast, knowledge)
    candidates = add_power(found.table, result.table, result.record, CallRules().q)
    run = replace(
        _elsewhere(),
        config=config,
        sheet=sheet,
        quality=quality,
        counts=counts,
        components=components,
        explained=explained,
        power=pd.DataFrame(),
    )
    return Made(run, Outcome(contrast, result.record, result.table, candidates, found.to_dict()))


@cache
def _elsewhere() -> Run:
    """Take what is published, and versions, from another made-up run."""
    return fake_run(Plan(per_arm=4, from_counts=True)).run


def _sheet(design: str, people: int) -> tuple[pd.DataFrame, np.ndarray]:
    """Give the sheet, and how much of the planted effect each library has."""
    rows: list[dict[str, str]] = []
    steps: list[float] = []
    groups = {
        "trend": [("healthy", ""), ("lung", "I"), ("lung", "II"), ("lung", "III")],
        "within": [("lung", "I"), ("lung", "II"), ("lung", "III")],
        "one_vs_rest": [("lung", "I"), ("healthy", ""), ("brain", "I")],
    }
    if design in groups:
        for at, (condition, stage) in enumerate(groups[design]):
            for _ in range(people):
                rows.append({"condition": condition, "stage": stage})
                steps.append(at / 2 if design != "one_vs_rest" else float(at == 0))
    else:
        arms = ["yes"] if design == "paired" else ["yes", "no"]
        for arm in arms:
            for _ in range(people):
                subject = f"P{len(rows) // 2 + 1:02}"
                for time in ("before", "after"):
                    cells = {"subject": subject, "timepoint": time, "response": arm}
                    rows.append({"condition": "lung", **cells})
                    changed = arm == "yes" and (time == "after" or design == "baseline")
                    steps.append(float(changed))
    sheet = pd.DataFrame(rows).fillna("")
    sheet.index = pd.Index([f"L{at + 1:03}" for at in range(len(sheet))], name="sample")
    for column, value in (("subject", ""), ("batch", "B"), ("biofluid", "plasma")):
        if column not in sheet:
            sheet[column] = value
    if not sheet["subject"].any():
        sheet["subject"] = [f"P{at + 1:02}" for at in range(len(sheet))]
    sheet["batch"] = ["B1" if int(s[1:]) % 2 else "B2" for s in sheet["subject"]]
    return sheet, np.array(steps)


def _counts(
    sheet: pd.DataFrame, step: np.ndarray, effect: float, rng: np.random.Generator
) -> pd.DataFrame:
    names = [*NAMES, *(f"hsa-miR-{900 + at}-5p" for at in range(60))]
    level = rng.gamma(0.8, 1.0, len(names)) + 0.2
    expected = np.outer(level / level.sum(), rng.uniform(60_000, 90_000, len(sheet)))
    of_people = {s: rng.normal(0, 0.3, len(names)) for s in sorted(set(sheet["subject"]))}
    expected *= np.exp(np.column_stack([of_people[s] for s in sheet["subject"]]))
    expected[names.index(PLANTED)] *= 2.0 ** (effect * step)
    ill = (sheet["condition"] == "lung").to_numpy()
    expected[np.ix_([names.index(TO_CONTROLS)], ill)] *= 2.0**effect
    size = 12.0
    counts = rng.negative_binomial(size, size / (size + expected))
    return pd.DataFrame(counts, index=pd.Index(names, name="mirna"), columns=sheet.index)

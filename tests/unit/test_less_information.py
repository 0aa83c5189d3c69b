"""Less information never gives a better verdict: batches, names and kits that nobody recorded."""

from pathlib import Path

import numpy as np
import pandas as pd
from exosift import differential_expression as de
from exosift.candidates import Candidates, Knowledge, call_candidates
from exosift.contrasts import Contrast
from exosift.haemolysis import PLATELET, RED_CELL, REFERENCE, SIGNATURE
from exosift.knowledge import Flag

from tests.known_ratios import Pools
from tests.planted import LEAN

PER_ARM = 16
PLANTED = 8


def cohort(
    batch_effect: float = 0.0, confounded: bool = False
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Draw counts with planted differences, and a second batch that moves half of the miRNAs."""
    rng = np.random.default_rng(5)
    names = list(dict.fromkeys([RED_CELL, REFERENCE, *SIGNATURE, *PLATELET]))
    names = [f"hsa-miR-{9000 + at}-5p" for at in range(120)] + names
    case = np.arange(2 * PER_ARM) % 2 == 0
    second = case if confounded else np.arange(2 * PER_ARM) // 2 % 2 == 0
    level = np.log2(rng.lognormal(6, 1, len(names)))[:, None] + np.zeros(2 * PER_ARM)
    level[:PLANTED] += 1.5 * case
    level += batch_effect * rng.normal(size=(len(names), 1)) * second
    level += rng.normal(0, 0.4, level.shape)
    samples = [f"s{at:02}" for at in range(2 * PER_ARM)]
    sheet = pd.DataFrame(
        {
            "condition": np.where(case, "tumour", "healthy"),
            "batch": np.where(second, "2", "1"),
            **dict.fromkeys(("biofluid", "isolation", "protocol"), "same"),
        },
        index=pd.Index(samples, name="sample"),
    )
    return pd.DataFrame(rng.poisson(2**level), index=names, columns=samples), sheet


def candidates(counts: pd.DataFrame, sheet: pd.DataFrame, *covariates: str) -> Candidates:
    question = Contrast("q", "lung", "tumour", "healthy", covariates)
    result = de.test_contrast(counts, sheet, question, limits=LEAN)
    flags: dict[str, list[Flag]] = {}
    knowledge = Knowledge(pd.DataFrame(index=counts.index), flags, {})
    return call_candidates(result.table, result.record, counts, question, knowledge)


def test_an_honest_cohort_with_recorded_batches_has_its_candidates() -> None:
    found = candidates(*cohort(batch_effect=0.5), "batch")
    assert found.verdict.code == "candidates"
    called = set(found.table.loc[found.table["call"] == "candidate", "mirna"])
    assert len(called & {f"hsa-miR-{9000 + at}-5p" for at in range(PLANTED)}) >= PLANTED - 1


def test_a_refused_cohort_has_no_candidates_without_the_column_that_refused_it() -> None:
    counts, sheet = cohort(batch_effect=1.5, confounded=True)
    assert candidates(counts, sheet, "batch").verdict.code == "refused"
    assert candidates(counts, sheet).verdict.code == "refused"
    found = candidates(counts, sheet.drop(columns="batch"))
    assert found.verdict.differ > 31
    assert found.verdict.candidates == 0
    assert found.verdict.code in ("not_recorded", "weak_design")


def test_an_unrecorded_batch_alone_allows_no_candidate_and_one_value_for_all_does() -> None:
    counts, sheet = cohort()
    found = candidates(counts, sheet.drop(columns="batch"))
    assert (found.verdict.code, found.verdict.candidates) == ("not_recorded", 0)
    assert found.verdict.differ >= PLANTED - 1
    assert candidates(counts, sheet.assign(batch="1")).verdict.code == "candidates"


def test_names_that_are_not_understood_allow_no_candidate() -> None:
    counts, sheet = cohort()
    strange = counts.rename(index=lambda name: f"x{name.removeprefix('hsa-miR-')}")
    found = candidates(strange, sheet, "batch")
    assert found.verdict.differ >= PLANTED - 1
    assert found.verdict.candidates == 0
    differing = found.table[found.table["call"] != "not_significant"]
    assert (differing["criterion_confounders"] == "not assessed").all()


def test_one_pool_made_with_two_kits_has_no_candidates(shared_data: Path) -> None:
    """Regression: 281 candidates of 409, and no check that spoke against the test."""
    pools = Pools.read(shared_data / "truth")
    one = pools.sheet[(pools.sheet["Lab"] == "Lab1") & (pools.sheet["condition"] == "SynthA")]
    kits = one["lib.method.detail"]
    chosen = one[kits.isin(["TruSeq", "NEBNext"])]
    counts = pools.counts[chosen.index]
    # Four libraries of each kit are doubled with Poisson noise, for ten in each arm.
    rng = np.random.default_rng(1)
    copies = {f"{name}_{at}": rng.poisson(counts[name]) for name in counts for at in range(3)}
    more = pd.DataFrame(copies, index=counts.index)
    arm = {f"{name}_{at}": kit for name, kit in kits.items() for at in range(3)}
    sheet = pd.DataFrame(
        {
            "condition": ["tumour" if arm[name] == "TruSeq" else "healthy" for name in more],
            "batch": "1",
            "biofluid": "synthetic",
            "isolation": "none",
        },
        index=pd.Index(more.columns, name="sample"),
    )
    found = candidates(more, sheet)
    assert found.verdict.differ > 100
    assert (found.verdict.code, found.verdict.candidates) == ("weak_design", 0)

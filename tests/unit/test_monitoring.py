from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from exosift import differential_expression as de
from exosift.contrasts import Contrast

PAIRS, MIRNAS = 12, 60
LEAN = de.Limits(de.TestRules(permutations=0, deseq2=False))
PAIRED = Contrast("q", "lung", "after", "before", column="timepoint", design="paired")


def cohort(replicates: int = 1) -> tuple[pd.DataFrame, pd.DataFrame]:
    """People before and after, who differ by 1.0 (log2) and in measurement by 0.2; m00 falls."""
    rng = np.random.default_rng(5)
    rows, columns = [], []
    base = rng.normal(9, 1, MIRNAS)
    for person in range(PAIRS):
        own = base + rng.normal(0, 1.0, MIRNAS)
        for time in ("before", "after"):
            change = np.where(np.arange(MIRNAS) == 0, -2.0 * (time == "after"), 0.0)
            for _ in range(replicates):
                rows.append((f"p{person:02}", time, "lung"))
                columns.append(rng.poisson(2 ** (own + change + rng.normal(0, 0.2, MIRNAS))))
    names = [f"s{at:02}" for at in range(len(rows))]
    sheet = pd.DataFrame(rows, columns=["subject", "timepoint", "condition"], index=names)
    counts = np.column_stack(columns)
    return pd.DataFrame(counts, index=[f"m{at:02}" for at in range(MIRNAS)], columns=names), sheet


def test_without_replicates_the_bound_is_that_of_different_people() -> None:
    counts, sheet = cohort()
    result = de.test_contrast(counts, sheet, PAIRED, limits=LEAN)
    assert result.record["verdict"] == "fitted"
    assert result.record["reference_change"] == {
        "source": "controls",
        "degrees_of_freedom": PAIRS - 1,
    }
    table = result.table.set_index("mirna")
    spread = np.log2(table["rcv_high"]) / 2.77
    assert spread.median() == pytest.approx(1.0, abs=0.15)
    np.testing.assert_allclose(table["rcv_low"] * table["rcv_high"], 1)
    assert table.loc["m00", "edger_log2fc"] == pytest.approx(-2, abs=0.2)
    assert table["changed_share"].drop("m00").max() < 0.1


def test_replicates_give_the_spread_of_the_measurement() -> None:
    counts, sheet = cohort(replicates=2)
    result = de.test_contrast(counts, sheet, PAIRED, limits=LEAN)
    assert result.record["n_case"] == PAIRS
    assert result.record["reference_change"] == {
        "source": "replicates",
        "degrees_of_freedom": 2 * PAIRS,
    }
    table = result.table.set_index("mirna")
    spread = np.log2(table["rcv_high"]) / 2.77
    assert spread.median() == pytest.approx(0.2, abs=0.04)
    assert table.loc["m00", "changed_share"] == 1
    assert table["changed_share"].drop("m00").mean() < 0.05


@pytest.mark.parametrize("column", ["side", "visit", "ev_fraction"])
def test_libraries_that_any_column_tells_apart_are_no_replicates(column: str) -> None:
    """Before and after by another name: their difference is the answer, and no error of it."""
    counts, sheet = cohort()
    sheet = sheet.rename(columns={"timepoint": column})
    result = de.test_contrast(counts, sheet, replace(PAIRED, column=column), limits=LEAN)
    assert result.record["reference_change"]["source"] == "controls"


def test_the_number_of_a_replicate_does_not_tell_it_apart() -> None:
    counts, sheet = cohort(replicates=2)
    sheet["replicate"] = ["1", "2"] * (len(sheet) // 2)
    sheet["fastq"] = [f"{name}.fastq.gz" for name in sheet.index]
    result = de.test_contrast(counts, sheet, PAIRED, limits=LEAN)
    assert result.record["reference_change"]["source"] == "replicates"


def test_a_change_counts_the_cases_that_exceed_the_bound() -> None:
    counts, sheet = cohort(replicates=2)
    sheet["response"] = ["yes" if int(one[1:]) < 6 else "no" for one in sheet["subject"]]
    stable = sheet.index[(sheet["response"] == "no") & (sheet["timepoint"] == "after")]
    counts.loc["m00", stable] *= 4
    change = Contrast(
        *("q", "lung", "yes", "no"),
        column="response",
        design="change",
        levels=("before", "after"),
    )
    result = de.test_contrast(counts, sheet, change, limits=LEAN)
    table = result.table.set_index("mirna")
    assert result.table.loc[0, "mirna"] == "m00"
    assert table.loc["m00", "edger_log2fc"] == pytest.approx(-2, abs=0.3)
    assert table.loc["m00", "changed_share"] == 1
    assert (result.record["n_case"], result.record["n_control"]) == (6, 6)

"""Both engines against edgeR and limma in R, on tables that `make_r_tables.R` made."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from exosift import differential_expression as de
from exosift.contrasts import Contrast
from exosift.normalisation import filter_by_expression

HERE = Path(__file__).parent


def read(name: str) -> pd.DataFrame:
    return pd.read_csv(HERE / name, sep="\t", index_col=0)


@pytest.fixture(scope="module")
def result() -> de.Result:
    sheet = pd.read_csv(HERE / "samples.tsv", sep="\t", index_col=0, dtype=str)
    contrast = Contrast("tumour", "tumour", "tumour", "healthy", ("batch", "age"))
    return de.test_contrast(read("counts.tsv"), sheet, contrast)


@pytest.fixture(scope="module")
def table(result: de.Result) -> pd.DataFrame:
    return result.table.set_index("mirna")


def test_the_stored_tables_belong_to_these_counts() -> None:
    counts = read("counts.tsv")
    case = (pd.read_csv(HERE / "samples.tsv", sep="\t")["condition"] == "tumour").to_numpy()
    kept = counts.index[filter_by_expression(counts, case)]
    assert list(kept) == list(read("r_edger.tsv").index)
    assert 0 < len(kept) < len(counts)


def test_tmm_factors_are_those_of_r(result: de.Result) -> None:
    ours = pd.Series(result.record["normalisation"]["factors"])
    np.testing.assert_allclose(ours, read("r_tmm.tsv")["factor"][ours.index], atol=1e-6)


@pytest.mark.parametrize(
    ("engine", "stored", "q"),
    [("edger", "r_edger.tsv", "FDR"), ("limma", "r_limma.tsv", "adj.P.Val")],
)
def test_effects_and_calls_are_those_of_r(
    table: pd.DataFrame, engine: str, stored: str, q: str
) -> None:
    theirs = read(stored)
    ours = table.loc[theirs.index]
    assert np.abs(ours[f"{engine}_log2fc"] - theirs["logFC"]).max() <= 0.05
    called = set(theirs.index[theirs[q] < 0.05])
    assert len(called) >= 8
    assert set(ours.index[ours[f"{engine}_q"] < 0.05]) == called


def test_p_values_are_those_of_r(table: pd.DataFrame) -> None:
    edger, limma = read("r_edger.tsv"), read("r_limma.tsv")
    assert np.abs(table["edger_p"] - edger["PValue"][table.index]).max() < 0.02
    assert np.abs(table["limma_p"] - limma["P.Value"][table.index]).max() < 1e-6


def test_limma_intervals_are_those_of_r(table: pd.DataFrame) -> None:
    theirs = read("r_limma.tsv").loc[table.index]
    np.testing.assert_allclose(table["limma_ci_low"], theirs["CI.L"], atol=1e-5)
    np.testing.assert_allclose(table["limma_ci_high"], theirs["CI.R"], atol=1e-5)


def test_edger_intervals_follow_from_the_f_of_r(table: pd.DataFrame) -> None:
    from scipy import stats

    theirs = read("r_edger.tsv").loc[table.index]
    clear = theirs["PValue"] < 0.5  # nearer to 1 the quotient is one of small numbers
    half = stats.t.ppf(0.975, theirs["df_total"]) * theirs["logFC"].abs() / np.sqrt(theirs["F"])
    ours = (table["edger_ci_high"] - table["edger_ci_low"]) / 2
    assert clear.sum() > 30
    np.testing.assert_allclose(ours[clear], half[clear], rtol=0.06)


def test_pydeseq2_is_near_deseq2(table: pd.DataFrame) -> None:
    theirs = read("r_deseq2.tsv")
    ours = table.loc[theirs.index]
    assert np.abs(ours["deseq2_log2fc"] - theirs["log2FoldChange"]).max() <= 0.05
    assert np.abs(ours["deseq2_p"] - theirs["pvalue"]).max() < 0.05
    called = set(theirs.index[theirs["padj"] < 0.05])
    assert len(called) >= 8
    assert set(ours.index[ours["deseq2_q"] < 0.05]) == called


def test_the_test_of_larger_effects_is_that_of_r(table: pd.DataFrame) -> None:
    theirs = read("r_treat.tsv")
    assert np.abs(table.loc[theirs.index, "treat_p"] - theirs["P.Value"]).max() < 1e-6

"""How large an effect is along a trend: from its first level to its last, in every room."""

import numpy as np
import pandas as pd
import pytest
from exosift import differential_expression as de
from exosift.candidates import Knowledge, call_candidates
from exosift.contrast_data import span_of
from exosift.contrasts import Contrast
from exosift.power import add_power, summarise
from exosift.settings.candidates import CallRules

from tests.planted import LEAN

TREND = Contrast(
    *("t", "tumour", "tumour", "healthy"),
    column="stage",
    design="trend",
    levels=("I", "II", "III", "IV"),
)
STEEP, FLAT = "miR-00", "miR-01"


@pytest.fixture(scope="module")
def trend():
    """Two miRNAs that rise by stage, one of them by more than a factor of 1.5 in all."""
    rng = np.random.default_rng(3)
    stage = np.repeat(np.arange(5), 16)
    level = np.repeat(rng.lognormal(6.5, 1, 60)[:, None], len(stage), axis=1)
    level[0] *= 2 ** (0.3 * stage)
    level[1] *= 2 ** (0.09 * stage)
    counts = pd.DataFrame(
        rng.poisson(level * rng.gamma(100, 1 / 100, level.shape)),
        index=[f"miR-{at:02}" for at in range(60)],
        columns=[f"s{at:02}" for at in range(len(stage))],
    )
    sheet = pd.DataFrame(
        {
            "condition": np.where(stage > 0, "tumour", "healthy"),
            "stage": np.array(["", "I", "II", "III", "IV"])[stage],
        },
        index=pd.Index(counts.columns, name="sample"),
    )
    return counts, de.test_contrast(counts, sheet, TREND, limits=LEAN)


def test_an_effect_per_level_counts_from_end_to_end(trend):
    counts, result = trend
    known = pd.DataFrame(
        {"mirgenedb": "Hsa", "accessions": "MIMAT1", "ambiguous_share": 0.0}, index=counts.index
    )
    found = call_candidates(result.table, result.record, counts, TREND, Knowledge(known, {}, {}))
    called, graded = found.table, found.table.set_index("mirna")
    assert span_of(result.record) == 4
    assert 0.2 < graded.at[STEEP, "log2fc"] < 0.58
    assert graded.at[STEEP, "criterion_effect"] == "met"
    flat = graded.loc[FLAT]
    assert (flat["call"], flat["criterion_effect"]) == ("not_called", "not met")
    words = f" per level, {4 * flat['log2fc']:+.2f} from the first to the last"
    assert f"log2 fold change (edgeR) is {flat['log2fc']:+.2f}{words}" in flat["criteria_reasons"]
    power = add_power(called, result.table, result.record)
    limit = CallRules().log2_fold_change
    row = summarise(*({"t": one} for one in (power, result.table, result.record)), 0.05, limit)
    within = (4 * power["detectable_log2fc"] <= limit).mean()
    assert row["share_within_call"].tolist() == [pytest.approx(within)]


def test_any_other_effect_counts_once():
    assert span_of({"design": "change", "levels": ["before", "after"]}) == 1

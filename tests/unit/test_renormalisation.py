import numpy as np
import pandas as pd
import pytest
from exosift import differential_expression as de
from exosift.contrasts import Contrast
from exosift.differential_expression.engines import limma
from exosift.differential_expression.normalisations import renormalised, robustness, spike_in_test
from exosift.normalisation import (
    centred_log_ratios,
    effective_sizes,
    median_ratio_sizes,
    tmm_factors,
    upper_quartile_sizes,
)

from tests.planted import LEAN, called

ARM = 20
DESIGN = np.column_stack([np.ones(2 * ARM), [1.0] * ARM + [0.0] * ARM])


def shifted(factor: float, seed: int = 1, mirnas: int = 175) -> pd.DataFrame:
    """Counts of equal depth in which one abundant miRNA is higher in the cases, and no other."""
    rng = np.random.default_rng(seed)
    share = rng.lognormal(0, 1.5, mirnas)
    share[0] = 0.1 * share[1:].sum()
    level = np.repeat(share[:, None], 2 * ARM, axis=1) * rng.gamma(8, 1 / 8, (mirnas, 2 * ARM))
    level[0, :ARM] *= factor
    level = level / level.sum(axis=0) * 300_000
    names = ["hsa-miR-486-5p", *(f"hsa-miR-{9000 + at}-5p" for at in range(mirnas - 1))]
    return pd.DataFrame(rng.poisson(level), index=names, columns=[f"s{a:02}" for a in range(40)])


def test_one_miRNA_that_rises_pushes_down_no_other() -> None:  # noqa: N802, it is its name
    """All but CPM hold: median of ratios, quartiles, TMM; log-ratios to the geometric mean, too."""
    counts = shifted(8)
    tests = renormalised(counts, DESIGN)
    assert list(tests) == ["median_ratio", "upper_quartile", "clr", "tmm_without_blood"]
    tests["tmm"] = limma(counts, effective_sizes(counts, tmm_factors(counts)), DESIGN)
    for name, test in tests.items():
        assert test.q[0] < 0.05, name
        assert (test.q[1:] < 0.05).sum() <= 1, name
    by_share = limma(counts, effective_sizes(counts), DESIGN)
    assert (by_share.q[1:] < 0.05).sum() > 20


def test_what_one_mirna_does_to_the_others_is_not_called() -> None:
    """At most one false call in a cohort where miR-486-5p alone is eight times higher."""
    case = np.where(DESIGN[:, 1] == 1, "tumour", "healthy")
    contrast = Contrast("one", "tumour", "tumour", "healthy")
    false = []
    for seed in range(5):
        counts = shifted(8, seed)
        sheet = pd.DataFrame({"condition": case}, index=counts.columns)
        calls = called(de.test_contrast(counts, sheet, contrast, limits=LEAN).table)
        assert calls["hsa-miR-486-5p"]
        false.append(int(calls.sum()) - 1)
    assert np.mean(false) <= 1


def test_normalisations_that_agree_are_counted() -> None:
    counts = shifted(8)
    primary = limma(counts, effective_sizes(counts, tmm_factors(counts)), DESIGN)
    others = renormalised(counts, DESIGN)
    table = robustness(primary, primary.effect, others, counts.index, 0.1)
    assert table.loc["hsa-miR-486-5p", "normalisations"] == 5
    turned = robustness(primary, -primary.effect, others, counts.index, 0.1)
    assert turned.loc["hsa-miR-486-5p", "normalisations"] == 0
    del others["tmm_without_blood"]
    fewer = robustness(primary, primary.effect, others, counts.index, 0.1)
    assert fewer.loc["hsa-miR-486-5p", "normalisations"] == 4
    assert fewer["tmm_without_blood_q"].isna().all()


def test_sizes_follow_the_depth() -> None:
    rng = np.random.default_rng(2)
    level = rng.lognormal(6, 1, 80)
    depth = np.array([1.0, 2.0, 4.0, 0.5])
    counts = pd.DataFrame(np.round(np.outer(level, depth)).astype(int), columns=list("abcd"))
    for sizes in (median_ratio_sizes(counts), upper_quartile_sizes(counts)):
        np.testing.assert_allclose(sizes / sizes["a"], depth, rtol=0.02)
        assert np.log(sizes).mean() == pytest.approx(np.log(counts.sum()).mean())
    ratios = centred_log_ratios(counts)
    np.testing.assert_allclose(ratios.mean(axis=0), 0, atol=1e-12)
    assert ratios.std(axis=1).max() < 0.05


def spikes(counts: pd.DataFrame, kinds: int = 6) -> pd.DataFrame:
    """The same amount in every library: a library of twice the RNA has half their share."""
    values = np.full((kinds, counts.shape[1]), 400)
    return pd.DataFrame(values, index=[f"spike{at}" for at in range(kinds)], columns=counts.columns)


def test_spike_ins_see_amounts_where_tmm_sees_shares() -> None:
    counts = shifted(1)
    counts.iloc[:, :ARM] *= 2  # twice as much of everything
    rules = {"equal_volume": True, "fewest": 5, "fewest_reads": 1000}
    test, record = spike_in_test(counts, spikes(counts), DESIGN, **rules)
    assert record["used"]
    assert test is not None
    assert np.median(test.effect) == pytest.approx(1, abs=0.1)
    by_share = limma(counts, effective_sizes(counts, tmm_factors(counts)), DESIGN)
    assert np.median(by_share.effect) == pytest.approx(0, abs=0.1)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"equal_volume": False}, "equal_volume"),
        ({"fewest": 9}, "shows 6 spike-ins and 2400 reads"),
        ({"fewest_reads": 9000}, "it takes 5 and 9000"),
    ],
)
def test_spike_ins_that_cannot_carry_sizes_say_why(change: dict[str, int], words: str) -> None:
    counts = shifted(1)
    rules = {"equal_volume": True, "fewest": 5, "fewest_reads": 1000, **change}
    test, record = spike_in_test(counts, spikes(counts), DESIGN, **rules)  # type: ignore[arg-type]
    assert test is None
    assert not record["used"]
    assert words in record["reason"]
    assert "per volume" in record["meaning"]

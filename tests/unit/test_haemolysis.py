import numpy as np
import pandas as pd
import pytest
from exosift import haemolysis


def cohort(samples=20, seed=4):
    rng = np.random.default_rng(seed)
    names = [
        *haemolysis.SIGNATURE,
        "hsa-miR-23a-3p",
        *(name for name in haemolysis.PLATELET if name not in haemolysis.SIGNATURE),
        *(f"hsa-miR-{2000 + i}-3p" for i in range(60)),
    ]
    levels = rng.uniform(100, 3000, (len(names), 1)) * rng.lognormal(0, 0.2, (len(names), samples))
    return pd.DataFrame(
        rng.poisson(levels), index=names, columns=[f"S{i:02d}" for i in range(samples)]
    )


def one_group(counts):
    return pd.Series("truseq / 1", index=counts.columns)


def test_h1_is_the_ratio_of_two_mirnas_in_cpm():
    counts = pd.DataFrame({"S": [80, 20, 999_900]}, index=["hsa-miR-451a", "hsa-miR-23a-3p", "x"])
    assert haemolysis.h1(counts)["S"] == pytest.approx(np.log2(81 / 21))


def test_h1_is_not_assessable_without_reads_of_either():
    counts = pd.DataFrame({"S": [0, 0, 9]}, index=["hsa-miR-451a", "hsa-miR-23a-3p", "x"])
    assert haemolysis.h1(counts).isna().all()
    assert haemolysis.h1(counts.loc[["x"]]).isna().all()


def test_a_haemolysed_library_stands_out_in_both_indices():
    counts = cohort()
    red = counts.index.isin(haemolysis.SIGNATURE)
    counts.loc[red, "S05"] *= 6
    indices = haemolysis.blood_cell_indices(counts, one_group(counts), 5, 8)
    assert list(indices.columns) == list(haemolysis.METRICS)
    assert indices.loc["S05", "haemolysis_h1_z"] > 3.5
    assert indices.loc["S05", "haemolysis_h2_z"] > 3.5
    assert (indices.drop("S05")["haemolysis_h2_z"] < 3.5).all()


def test_a_kit_effect_is_no_haemolysis():
    counts = cohort()
    second = counts.columns[10:]
    counts.loc["hsa-miR-451a", second] *= 90  # 6.5 log2, as between 4N and NEBNext kits
    groups = one_group(counts)
    groups[second] = "nebnext / 1"
    indices = haemolysis.blood_cell_indices(counts, groups, 5, 8)
    assert indices["haemolysis_h1"][second].min() > indices["haemolysis_h1"].drop(second).max() + 4
    assert indices["haemolysis_h1_z"].abs().max() < 3.5


def test_the_mirna_under_test_is_left_out_of_its_own_index():
    counts = cohort()
    changed = counts.copy()
    changed.loc["hsa-miR-451a"] *= np.arange(1, 21)
    background = counts.index
    with_it = haemolysis.h2(changed, background)
    without = haemolysis.h2(changed, background, without=["hsa-miR-451a"])
    # CPM is relative, so a rising miRNA lowers all others alike and their difference stays.
    untouched = haemolysis.h2(counts, background, without=["hsa-miR-451a"])
    assert np.corrcoef(without, untouched)[0, 1] > 0.999
    assert np.corrcoef(with_it, untouched)[0, 1] < 0.9


def test_a_merged_feature_holds_each_of_its_names():
    index = pd.Index(["hsa-miR-199a-3p/199b-3p", "hsa-let-7a-5p", "hsa-miR-1-3p/hsa-miR-2-3p"])
    assert haemolysis.features_of(["hsa-miR-199b-3p"], index) == [index[0]]
    assert haemolysis.features_of(["hsa-miR-2-3p"], index) == [index[2]]
    assert haemolysis.features_of(["hsa-miR-199-3p"], index) == []


@pytest.mark.parametrize("shape", [(0, 0), (0, 3), (90, 0), (90, 1)])
def test_small_tables_are_no_crash(shape):
    counts = cohort().iloc[: shape[0], : shape[1]]
    indices = haemolysis.blood_cell_indices(counts, one_group(counts), 5, 8)
    assert list(indices.index) == list(counts.columns)
    assert indices.filter(like="_z").isna().all().all()


def test_h2_ranks_libraries_as_the_published_metric_does(shared_data):
    folder = shared_data / "counts"
    counts = pd.read_csv(folder / "draculR_GSE105052_counts.tsv.gz", sep="\t", index_col=0)
    published = pd.read_csv(folder / "draculR_expected_haemolysis_GSE105052.csv", index_col=0)
    indices = haemolysis.blood_cell_indices(counts, one_group(counts), 5, 8)
    theirs = published["distributionDifference"].reindex(counts.columns)
    assert indices["haemolysis_h2"].corr(theirs, method="spearman") > 0.85

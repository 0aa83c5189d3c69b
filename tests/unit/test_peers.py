import numpy as np
import pandas as pd
import pytest
from exosift import peers


def cohort(samples=12, mirnas=120, depth=100_000, seed=1):
    """Draw the counts of unrelated people: log-normal levels, then Poisson counts."""
    rng = np.random.default_rng(seed)
    levels = rng.lognormal(0, 1.5, size=(mirnas, 1)) * rng.lognormal(0, 0.4, (mirnas, samples))
    counts = rng.poisson(levels / levels.sum(axis=0) * depth)
    return pd.DataFrame(
        counts,
        index=[f"hsa-miR-{1000 + i}-5p" for i in range(mirnas)],
        columns=[f"S{i:02d}" for i in range(samples)],
    )


def test_reads_tell_the_kit_where_the_sheet_leaves_it_to_them():
    sheet = pd.DataFrame({"protocol": ["truseq", "auto", "", "auto"]}, index=[*"abcd"])
    found = pd.Series({"a": "neb", "b": "neb", "c": "qiaseq"})
    assert peers.with_kits(sheet, found)["protocol"].tolist() == ["truseq", "neb", "qiaseq", ""]
    without = sheet.drop(columns="protocol").assign(batch="1")
    assert peers.with_kits(without, found)["protocol"].tolist() == ["neb", "neb", "qiaseq", ""]
    assert peers.with_kits(without, found * 0) is without


def test_z_is_within_a_group_only():
    values = pd.Series([*range(8), *range(1000, 1008)], dtype=float)
    groups = pd.Series(["one"] * 8 + ["other"] * 8)
    z = peers.robust_z(values, groups, min_libraries=8)
    assert z[:8].tolist() == pytest.approx(z[8:].tolist())
    assert z[7] == pytest.approx((7 - 3.5) / (1.4826 * 2))


def test_z_needs_enough_libraries_and_some_spread():
    assert (
        peers.robust_z(pd.Series(range(7), dtype=float), pd.Series("a", range(7)), 8).isna().all()
    )
    values = pd.Series([1.0] * 8 + [5.0])
    assert peers.robust_z(values, pd.Series("a", values.index), 8).isna().all()


def test_a_missing_value_has_no_z_and_does_not_count():
    values = pd.Series([*range(8), np.nan], dtype=float)
    z = peers.robust_z(values, pd.Series("a", values.index), 8)
    assert z[:8].notna().all()
    assert np.isnan(z[8])


def test_groups_are_protocol_and_batch_and_trimming_knows_the_protocol_best():
    sheet = pd.DataFrame(
        {"protocol": ["auto", "nextflex"], "batch": ["1", "2"]}, index=["A", "B"], dtype=str
    )
    assert peers.peer_groups(sheet, {"A": "truseq", "Z": "x"}).to_dict() == {
        "A": "truseq / 1",
        "B": "nextflex / 2",
    }
    assert len(set(peers.peer_groups(sheet[[]], {}))) == 1


def test_complexity_finds_the_library_that_is_poor_for_its_depth():
    rng = np.random.default_rng(3)
    depth = pd.Series(rng.integers(50_000, 2_000_000, 20).astype(float))
    detected = pd.Series(np.round(20 * depth**0.2 * rng.lognormal(0, 0.02, 20)))
    detected[4] = round(detected[4] * 0.6)
    z = peers.complexity_z(detected, depth, pd.Series("a", depth.index), 8)
    assert z.idxmin() == 4
    assert z[4] < -3
    assert z.drop(4).abs().max() < 2


def test_correlation_leaves_the_library_itself_out():
    counts = cohort()
    stranger = counts["S00"].sample(frac=1, random_state=2).to_numpy()
    counts["S00"] = stranger
    rho = peers.correlation_with_peers(counts, pd.Series("a", counts.columns), 5, 3)
    assert rho["S00"] < 0.3
    assert rho.drop("S00").min() > 0.9


@pytest.mark.parametrize("samples", [3, 4, 9, 10])
def test_the_median_of_the_others_is_that_of_the_table_without_one(samples):
    levels = np.random.default_rng(9).integers(0, 5, (40, samples)).astype(float)
    medians = peers._medians_of_others(levels)
    for i in range(samples):
        np.testing.assert_array_equal(
            medians[:, i], np.median(np.delete(levels, i, axis=1), axis=1)
        )


@pytest.mark.parametrize("depth", [20_000, 1_000_000])
def test_one_library_sequenced_twice_is_found_at_any_depth(depth):
    counts = cohort(depth=depth)
    half = np.random.default_rng(5).binomial(counts["S03"], 0.4)
    counts["S03"], counts["twin"] = counts["S03"] - half, half
    subjects = pd.Series(counts.columns, counts.columns)
    assert peers.twins(counts, subjects, 1.2) == {"S03": ["twin"], "twin": ["S03"]}


def test_libraries_of_one_subject_may_be_alike():
    counts = cohort()
    counts["again"] = counts["S01"]
    subjects = pd.Series(counts.columns, counts.columns)
    subjects["again"] = "S01"
    assert peers.twins(counts, subjects, 1.2) == {}


def test_two_samples_with_the_same_counts_are_twins():
    counts = cohort(samples=1)
    counts["copy"] = counts["S00"]
    subjects = pd.Series(counts.columns, counts.columns)
    assert set(peers.twins(counts, subjects, 1.2)) == {"S00", "copy"}


def test_unrelated_people_are_no_twins(shared_data):
    counts = pd.read_csv(
        shared_data / "counts" / "GSE71008_CRC_vs_NC_hsa_miRNA_counts.tsv.gz", sep="\t", index_col=0
    )
    subjects = pd.Series(counts.columns, counts.columns)
    assert peers.twins(counts, subjects, 1.2) == {}


@pytest.mark.parametrize("samples", [0, 1])
def test_too_few_libraries_for_a_twin(samples):
    counts = cohort(samples=2).iloc[:, :samples]
    assert peers.twins(counts, pd.Series(counts.columns, counts.columns), 1.2) == {}

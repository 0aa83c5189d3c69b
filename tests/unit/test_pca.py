import numpy as np
import pandas as pd
import pytest
from exosift.files import write_json
from exosift.pca import cohort_components, principal_components


def profiles(samples=10, mirnas=40, seed=2):
    rng = np.random.default_rng(seed)
    levels = rng.normal(8, 2, (mirnas, 1)) + rng.normal(0, 0.2, (mirnas, samples))
    names = [f"S{i}" for i in range(samples)]
    return pd.DataFrame(levels, index=[f"miR-{i}" for i in range(mirnas)], columns=names)


def test_the_largest_difference_is_the_first_component():
    table = profiles()
    table.loc[["miR-1", "miR-2", "miR-3"], ["S0", "S1", "S2", "S3"]] += 6
    scores, summary = principal_components(table)
    assert scores["pc1"][:4].min() > 0 > scores["pc1"][4:].max()
    assert summary["explained"][0] > 0.8 > summary["explained"][1]
    assert (summary["samples"], summary["mirnas"], summary["reason"]) == (10, 40, "")


def test_distances_are_kept_where_two_components_say_all():
    rng = np.random.default_rng(1)
    flat = pd.DataFrame(rng.normal(size=(30, 2)) @ rng.normal(size=(2, 6)), columns=list("abcdef"))
    scores, summary = principal_components(flat)
    assert sum(summary["explained"]) == pytest.approx(1)
    assert np.linalg.norm(scores.loc["a"] - scores.loc["f"]) == pytest.approx(
        np.linalg.norm(flat["a"] - flat["f"]), rel=1e-4
    )


def test_the_order_of_samples_and_mirnas_changes_nothing():
    table = profiles()
    scores, summary = principal_components(table)
    turned, again = principal_components(table.iloc[::-1, ::-1])
    pd.testing.assert_frame_equal(turned.loc[scores.index], scores, check_exact=True)
    assert again == summary


@pytest.mark.parametrize("samples", [0, 1, 2])
def test_too_few_samples_give_a_reason(samples, tmp_path):
    scores, summary = principal_components(profiles().iloc[:, :samples])
    assert scores.empty
    assert list(scores.columns) == ["pc1", "pc2"]
    assert "need 3" in summary["reason"]
    write_json(summary, tmp_path / "pca.json")


@pytest.mark.parametrize("table", [profiles() * 0, profiles().iloc[:0]])
def test_samples_that_do_not_differ_give_a_reason(table):
    scores, summary = principal_components(table)
    assert scores.empty
    assert "do not differ" in summary["reason"]


def cohort(samples=8):
    rng = np.random.default_rng(6)
    names = [f"S{i}" for i in range(samples)]
    levels = rng.lognormal(5, 1, (60, 1)) * rng.lognormal(0, 0.3, (60, samples))
    counts = pd.DataFrame(rng.poisson(levels), index=[f"miR-{i}" for i in range(60)], columns=names)
    quality = pd.DataFrame({"status": "pass", "reason": ""}, index=names)
    return counts, quality


def test_only_usable_samples_are_projected():
    counts, quality = cohort()
    quality.loc["S1"] = ["fail", "too few reads"]
    quality.loc["S2", "status"] = "warn"
    scores, summary = cohort_components(counts, quality)
    assert list(scores.index) == ["S0", "S2", "S3", "S4", "S5", "S6", "S7"]
    assert summary["samples"] == 7
    turned, again = cohort_components(counts.iloc[:, ::-1], quality[::-1])
    pd.testing.assert_frame_equal(turned.loc[scores.index], scores, check_exact=True)
    assert again == summary


@pytest.mark.parametrize("sound", [0, 1, 2])
def test_a_cohort_with_too_few_usable_samples_has_no_components(sound):
    counts, quality = cohort()
    quality.iloc[sound:, 0] = "fail"
    scores, summary = cohort_components(counts, quality)
    assert scores.empty
    assert summary["samples"] == sound
    assert "need 3" in summary["reason"]

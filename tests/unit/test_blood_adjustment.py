import numpy as np
import pandas as pd
import pytest
from exosift.differential_expression import blood
from exosift.haemolysis import SIGNATURE
from exosift.normalisation import effective_sizes, tmm_factors

ARM = 24
OTHERS = [f"hsa-miR-{9000 + at}-5p" for at in range(60)]
NAMES = [
    *SIGNATURE,
    "hsa-miR-23a-3p",
    "hsa-miR-486-5p",
    "hsa-miR-223-3p",
    "hsa-miR-126-3p",
    *OTHERS,
]
GROUPS = pd.Series("truseq / 1", index=[f"s{at:02}" for at in range(2 * ARM)])


def cohort(seed: int = 1, more_in_cases: float = 1.0) -> tuple[pd.DataFrame, np.ndarray]:
    """Haemolysis, more of it in the cases: miR-486-5p rises with it, miR-9000 by itself."""
    rng = np.random.default_rng(seed)
    case = np.arange(2 * ARM) < ARM
    haemolysis = rng.normal(0, 0.6, 2 * ARM) + more_in_cases * case
    red = np.array([name in SIGNATURE or name == "hsa-miR-486-5p" for name in NAMES])
    level = rng.normal(9, 1, len(NAMES))[:, None] + np.outer(red, haemolysis)
    level[NAMES.index("hsa-miR-9000-5p")] += 1.0 * case
    level += rng.normal(0, 0.25, level.shape)
    counts = rng.poisson(2**level)
    return pd.DataFrame(counts, index=NAMES, columns=list(GROUPS.index)), case


def adjust(
    counts: pd.DataFrame, case: np.ndarray, min_libraries: int = 8
) -> tuple[pd.DataFrame, dict[str, object]]:
    design = np.column_stack([np.ones(len(case)), case.astype(float)])
    sizes = effective_sizes(counts, tmm_factors(counts))
    indices = blood.blood_indices(counts, GROUPS, 5, min_libraries)
    own = {
        mirna: blood.blood_indices(counts, GROUPS, 5, min_libraries, mirna)
        for mirna in blood.members(counts.index)
    }
    return blood.adjusted(counts, sizes, design, indices, own)


def test_what_comes_from_haemolysis_goes_when_it_is_held_constant() -> None:
    counts, case = cohort()
    table, record = adjust(counts, case)
    assert record["indices"] == ["h1", "h2", "platelet"]
    assert table.loc["hsa-miR-486-5p", "attenuation"] > 0.5
    assert table.loc["hsa-miR-486-5p", "attenuation_h2"] > 0.5
    assert table.loc["hsa-miR-486-5p", "blood_p"] > 0.01
    assert abs(table.loc["hsa-miR-9000-5p", "attenuation"]) < 0.3
    assert table.loc["hsa-miR-9000-5p", "blood_q"] < 0.01
    low, high = table.loc["hsa-miR-9000-5p", ["blood_ci_low", "blood_ci_high"]]
    assert low < table.loc["hsa-miR-9000-5p", "blood_log2fc"] < high


def test_no_mirna_is_held_against_itself() -> None:
    counts, case = cohort()
    own = blood.blood_indices(counts, GROUPS, 5, 8, "hsa-miR-451a")
    assert own["h1"].isna().all()
    assert own["h2"].notna().all()
    without = counts.drop(index="hsa-miR-451a")
    pd.testing.assert_frame_equal(own, blood.blood_indices(without, GROUPS, 5, 8))
    table, _ = adjust(counts, case)
    assert np.isnan(table.loc["hsa-miR-451a", "attenuation_h1"])
    assert np.isfinite(table.loc["hsa-miR-451a", ["attenuation", "blood_p"]].astype(float)).all()


def test_a_miRNA_that_its_own_index_would_explain_keeps_its_effect() -> None:  # noqa: N802
    """One member of the signature differs for itself: with itself in the index it would shrink."""
    counts, case = cohort(more_in_cases=0)
    counts.loc["hsa-miR-182-5p", case] *= 16
    table, _ = adjust(counts, case)
    left_in = blood.blood_indices(counts, GROUPS, 5, 8)
    design = np.column_stack([np.ones(len(case)), case.astype(float)])
    sizes = effective_sizes(counts, tmm_factors(counts))
    naive, _ = blood.adjusted(counts, sizes, design, left_in, {})
    row = "hsa-miR-182-5p"
    assert abs(table.loc[row, "attenuation_h2"]) < 0.15
    assert naive.loc[row, "attenuation_h2"] > table.loc[row, "attenuation_h2"] + 0.02


def test_scores_need_peers() -> None:
    counts, case = cohort()
    table, record = adjust(counts, case, min_libraries=60)
    assert table.isna().all().all()
    assert record["indices"] == []
    assert record["reason"]


def test_the_arms_are_compared_in_each_index() -> None:
    counts, case = cohort()
    found = blood.compare_indices(blood.blood_indices(counts, GROUPS, 5, 8), case)
    assert found["h2"]["p"] < 0.001
    assert found["h2"]["difference"] > 1
    nothing = pd.DataFrame(np.nan, index=range(48), columns=list(blood.INDICES))
    assert blood.compare_indices(nothing, case)["h1"] == {"p": None, "difference": None}
    assert found.keys() == {"h1", "h2", "platelet"}
    assert found["platelet"]["p"] == pytest.approx(found["platelet"]["p"])

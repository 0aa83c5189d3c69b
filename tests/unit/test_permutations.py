from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import pytest
from exosift import differential_expression as de
from exosift.contrasts import Contrast
from exosift.design.gate import judge
from exosift.differential_expression import permutations
from exosift.differential_expression.engines import limma
from exosift.differential_expression.permutations import permutation_check, uniformity
from exosift.normalisation import effective_sizes, tmm_factors
from exosift.sentences.warnings import warning_sentence


def cohort(per_arm: int = 8, mirnas: int = 60, seed: int = 1) -> tuple[pd.DataFrame, pd.DataFrame]:
    rng = np.random.default_rng(seed)
    names = [f"s{at:02}" for at in range(2 * per_arm)]
    level = rng.lognormal(5, 1, (mirnas, 1))
    counts = rng.negative_binomial(5, 5 / (5 + level), (mirnas, 2 * per_arm))
    sheet = pd.DataFrame(
        {"condition": ["a", "b"] * per_arm, "batch": [str(at // 4) for at in range(2 * per_arm)]},
        index=pd.Index(names, name="sample"),
    )
    return pd.DataFrame(counts, index=[f"m{at:02}" for at in range(mirnas)], columns=names), sheet


def check(
    counts: pd.DataFrame,
    sheet: pd.DataFrame,
    contrast: Contrast,
    of_edger: int = 0,
) -> tuple[np.ndarray, dict[str, object]]:
    judged = judge(sheet, contrast)
    assert judged.design is not None
    factors = tmm_factors(counts)
    observed = limma(counts, effective_sizes(counts, factors), judged.design.matrix)
    return permutation_check(
        *(counts, factors, contrast, judged, observed, sheet),
        permutations=40,
        of_edger=of_edger,
        seed=3,
    )


def said(record: Mapping[str, Any], inflated: float = 0.075) -> str:
    """Return the sentences of the warning of small p-values; "" without one."""
    found = permutations.small_p_values(record, inflated)
    return " ".join(warning_sentence(one) for one in found)


def test_labels_without_meaning_keep_the_promise() -> None:
    counts, sheet = cohort()
    p, record = check(counts, sheet, Contrast("q", "x", "a", "b", ("batch",)))
    assert record["permutations"] == 40
    assert 0.6 < record["inflation"] < 1.4  # type: ignore[operator]
    assert said(record) == ""
    assert 0.01 < (p < 0.05).mean() < 0.12
    again, _ = check(counts, sheet, Contrast("q", "x", "a", "b", ("batch",)))
    np.testing.assert_array_equal(p, again)


def test_what_goes_together_with_a_batch_inflates_only_where_it_is_ignored() -> None:
    """Within batches permuted, without a batch in the model: the gate would have warned."""
    counts, sheet = cohort()
    _, record = check(counts, sheet, Contrast("q", "x", "a", "b", ("batch",)))
    assert said(record, 0.01).startswith(
        "The p-values are too small: labels permuted within batches give p below 0.05 in "
    )
    assert "edgeR" not in said(record, 0.01)


def test_both_engines_are_run_on_the_same_permutations() -> None:
    counts, sheet = cohort()
    question = Contrast("q", "x", "a", "b", ("batch",))
    _, record = check(counts, sheet, question, of_edger=8)
    told = record["edger"]
    assert isinstance(told, dict)
    assert (told["permutations"], told["mirnas"]) == (8, 60)
    assert 0.4 < told["inflation"] < 1.8
    assert check(counts, sheet, question)[1]["edger"]["permutations"] == 0  # type: ignore[index]
    strict = check(counts, sheet, question, of_edger=2)[1]
    assert "of limma" in said(strict, 0.001)
    assert "of edgeR" in said(strict, 0.001)


def test_edger_alone_is_said_to_be_held_back_by_limma() -> None:
    sound = {"permutations": 100, "small_share": 0.05, "inflation": 1.0}
    high = {"permutations": 10, "small_share": 0.1, "inflation": 2.0}
    assert said(sound | {"edger": sound}) == ""
    of_edger = said(sound | {"edger": high})
    assert "10.0% of edgeR (2.0 times too many)" in of_edger
    assert of_edger.endswith("a candidate needs limma too, whose p-values hold.")
    assert said(high | {"edger": high}).endswith("permutation_p instead.")


def test_what_edger_adds_does_not_depend_on_the_permutations_that_it_ran() -> None:
    """On miRNAs that move together each permutation has a share of its own, in both engines."""
    rng = np.random.default_rng(2)
    limma_shares = rng.beta(0.3, 4, 100).tolist()
    for first in (0, 30, 60):
        turned = [*limma_shares[first:], *limma_shares[:first]]
        told = permutations._small([share + 0.02 for share in turned[:10]], turned)
        assert told["small_share"] == pytest.approx(np.mean(limma_shares) + 0.02, abs=1e-6)
    assert permutations._small([0.0, 0.0], [0.3, 0.3, 0.0, 0.0])["small_share"] == 0


def test_a_part_of_many_mirnas_tells_the_same_of_edger(monkeypatch: pytest.MonkeyPatch) -> None:
    counts, sheet = cohort(mirnas=200)
    question = Contrast("q", "x", "a", "b", ("batch",))
    whole = check(counts, sheet, question, of_edger=4)[1]["edger"]
    monkeypatch.setattr(permutations, "MOST_PERMUTED", 100)
    part = check(counts, sheet, question, of_edger=4)[1]["edger"]
    assert isinstance(whole, dict)
    assert isinstance(part, dict)
    assert (whole["mirnas"], part["mirnas"]) == (200, 100)
    assert part["small_share"] == pytest.approx(whole["small_share"], abs=0.03)


def test_a_planted_difference_is_beyond_all_permutations() -> None:
    counts, sheet = cohort()
    counts.iloc[0, ::2] *= 16
    p, _ = check(counts, sheet, Contrast("q", "x", "a", "b", ("batch",)))
    assert p[0] == 1 / (1 + 40 * len(counts))


def test_pairs_are_permuted_within_themselves() -> None:
    counts, sheet = cohort()
    sheet["subject"] = [f"p{at // 2}" for at in range(len(sheet))]
    sheet = sheet.drop(columns="batch")
    paired = Contrast("q", "x", "a", "b", design="paired")
    p, record = check(counts, sheet, paired)
    assert record["permutations"] == 40
    assert np.isfinite(p).all()
    few, told = check(counts.iloc[:, :8], sheet.iloc[:8], paired)
    assert np.isnan(few).all()
    assert "Too few ways" in str(told["reason"])


def test_even_p_values_are_told_from_uneven_ones() -> None:
    rng = np.random.default_rng(1)
    assert uniformity(rng.random(500)) > 0.01
    assert uniformity(rng.random(500) ** 0.5) < 1e-4
    assert uniformity(np.array([0.01])) == 1


def test_no_permutations_are_asked_for() -> None:
    counts, sheet = cohort()
    limits = de.Limits(de.TestRules(permutations=0, deseq2=False))
    result = de.test_contrast(counts, sheet, Contrast("q", "x", "a", "b"), limits=limits)
    assert result.table["permutation_p"].isna().all()
    assert result.record["permutation"]["inflation"] is None

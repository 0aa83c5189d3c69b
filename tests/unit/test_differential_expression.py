from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from exosift import differential_expression as de
from exosift.contrasts import Contrast
from exosift.differential_expression.record import read_record
from exosift.errors import UserError
from exosift.files import write_json
from exosift.sentences.exclusions import exclusion_sentence
from exosift.sentences.reasons import reason_sentences
from exosift.sentences.warnings import warning_sentence

from tests.example_findings import example_exclusion, excluded, too_shallow
from tests.known_ratios import Pools, recovered
from tests.planted import outcomes

LEAN = de.Limits(de.TestRules(permutations=0, deseq2=False))
"""Only the engines, for tests that run many cohorts."""
BRIEF = de.Limits(de.TestRules(permutations=10, edger_permutations=2))
"""All that stands beside them as well."""


def simulate(
    seed: int, per_arm: int = 15, planted: int = 15, mirnas: int = 150, batch_effect: float = 0.0
) -> tuple[pd.DataFrame, pd.DataFrame, pd.Series]:
    """Negative binomial counts, the sheet, and the true log2 fold changes."""
    rng = np.random.default_rng(seed)
    n = 2 * per_arm
    names = [f"s{at:03}" for at in range(n)]
    case = np.arange(n) < per_arm
    batch = rng.random(n) < np.where(case, 0.7, 0.3)
    truth = pd.Series(0.0, index=[f"miR-{at:03}" for at in range(mirnas)])
    at = rng.choice(mirnas, planted, replace=False)
    truth.iloc[at] = rng.choice([-1, 1], planted) * rng.uniform(1, 2, planted)
    level = np.log2(rng.lognormal(5, 1.5, mirnas))[:, None] + np.outer(truth, case)
    level = level + np.outer(rng.normal(0, batch_effect, mirnas), batch)
    mean = 2**level * rng.lognormal(0, 0.3, n)
    dispersion = 0.1 + 1 / (mean + 5)
    counts = rng.poisson(rng.gamma(1 / dispersion, mean * dispersion))
    sheet = pd.DataFrame(
        {
            "condition": np.where(case, "tumour", "healthy"),
            "batch": np.where(batch, "b", "a"),
            "age": [str(age) for age in rng.integers(30, 80, n)],
        },
        index=pd.Index(names, name="sample"),
    )
    return pd.DataFrame(counts, index=truth.index, columns=names), sheet, truth


def question(*covariates: str) -> Contrast:
    return Contrast("tumour", "tumour", "tumour", "healthy", covariates)


def consensus(table: pd.DataFrame) -> pd.Series:
    table = table.set_index("mirna")
    same = np.sign(table["edger_log2fc"]) == np.sign(table["limma_log2fc"])
    return (table["edger_q"] <= 0.05) & (table["limma_q"] <= 0.05) & same


def false_and_found(calls: pd.Series, truth: pd.Series) -> tuple[float, float]:
    planted = truth[calls.index] != 0
    return (calls & ~planted).sum() / max(calls.sum(), 1), (calls & planted).sum() / planted.sum()


def test_planted_differences_are_found_and_few_others() -> None:
    outcomes = []
    for seed in range(5):
        counts, sheet, truth = simulate(seed, planted=30)
        calls = consensus(de.test_contrast(counts, sheet, question(), limits=LEAN).table)
        outcomes.append(false_and_found(calls, truth))
    false, found = np.mean(outcomes, axis=0)
    assert false <= 0.06  # nominal 5%, five cohorts
    assert found >= 0.7


def test_labels_without_meaning_give_no_calls_and_even_p_values() -> None:
    calls, small, covered = 0, [], []
    for seed in range(5):
        counts, sheet, _ = simulate(seed, per_arm=10, planted=0)
        table = de.test_contrast(counts, sheet, question("age"), limits=LEAN).table
        calls += int(consensus(table).sum())
        for engine in ("edger", "limma"):
            small.append((table[f"{engine}_p"] < 0.05).mean())
            low, high = table[f"{engine}_ci_low"], table[f"{engine}_ci_high"]
            covered.append(((low <= 0) & (high >= 0)).mean())
    assert calls <= 1
    assert 0.03 < np.mean(small) < 0.07
    assert np.mean(covered) == pytest.approx(1 - np.mean(small), abs=1e-9)


def test_intervals_hold_the_planted_effects() -> None:
    counts, sheet, truth = simulate(7, per_arm=20)
    table = de.test_contrast(counts, sheet, question(), limits=LEAN).table.set_index("mirna")
    for engine in ("edger", "limma"):
        low, high = table[f"{engine}_ci_low"], table[f"{engine}_ci_high"]
        inside = (low <= truth[table.index]) & (truth[table.index] <= high)
        assert 0.9 < inside.mean() <= 1


def test_a_listed_batch_is_taken_out() -> None:
    counts, sheet, truth = simulate(1, per_arm=20, batch_effect=1.5)
    naive = consensus(de.test_contrast(counts, sheet, question(), limits=LEAN).table)
    adjusted = consensus(de.test_contrast(counts, sheet, question("batch"), limits=LEAN).table)
    assert false_and_found(naive, truth)[0] > 0.15
    false, found = false_and_found(adjusted, truth)
    assert false <= 0.1
    assert found >= 0.7


@pytest.mark.parametrize("design", ["groups", "paired", "trend", "one_vs_rest", "change"])
def test_the_order_of_rows_and_columns_changes_nothing(design: str) -> None:
    counts, sheet, _ = simulate(3, per_arm=16)
    at = np.arange(len(sheet))
    sheet["stage"] = np.array(["", "I", "II", "III"])[at % 4]
    contrasts = {
        "groups": question("batch", "age"),
        "paired": Contrast("q", "tumour", "tumour", "healthy", design="paired"),
        "trend": Contrast(
            *("q", "tumour", "tumour", "healthy", ("batch",), "stage", "trend"),
            levels=("I", "II", "III"),
        ),
        "one_vs_rest": Contrast("q", "tumour", "II", "", ("batch",), "stage", "one_vs_rest"),
        "change": Contrast(
            *("q", "tumour", "tumour", "healthy", (), "condition", "change"),
            levels=("before", "after"),
        ),
    }
    if design == "trend":
        sheet.loc[sheet["condition"] == "healthy", "stage"] = ""
    if design == "change":
        sheet["subject"] = [f"p{one // 2:02}" for one in at]
        sheet["timepoint"] = np.array(["before", "after"])[at % 2]
    if design == "paired":
        sheet["subject"] = [f"p{one % 16:02}" for one in at]
    rng = np.random.default_rng(0)
    expected = de.test_contrast(counts, sheet, contrasts[design], limits=BRIEF)
    shuffled = de.test_contrast(
        counts.iloc[rng.permutation(len(counts)), rng.permutation(counts.shape[1])],
        sheet.iloc[rng.permutation(len(sheet))],
        contrasts[design],
        limits=BRIEF,
    )
    assert len(expected.table) > 100
    pd.testing.assert_frame_equal(expected.table, shuffled.table, check_exact=True)
    assert expected.record == shuffled.record


def test_the_number_of_threads_changes_nothing() -> None:
    import numba

    counts, sheet, _ = simulate(3)
    threads = numba.get_num_threads()
    expected = de.test_contrast(counts, sheet, question("batch"), limits=LEAN).table
    numba.set_num_threads(1)
    try:
        alone = de.test_contrast(counts, sheet, question("batch"), limits=LEAN).table
    finally:
        numba.set_num_threads(threads)
    pd.testing.assert_frame_equal(expected, alone, check_exact=True)


def test_the_record_says_what_was_done() -> None:
    counts, sheet, _ = simulate(3)
    sheet.loc["s004", "batch"] = ""
    counts = counts.drop(columns="s005")
    counts["s006"] = 0
    result = de.test_contrast(counts, sheet, question("batch"), too_shallow(["s007"]), limits=LEAN)
    record = result.record
    assert record["verdict"] == "fitted"
    assert excluded(record["samples"]) == {
        "s004": "batch is empty",
        "s005": "no counts",
        "s006": "no miRNA reads",
        "s007": exclusion_sentence(example_exclusion("outside_limit")),
    }
    assert (record["n_case"], record["n_control"]) == (11, 15)
    assert record["formula"] == "~ batch + age + condition"
    assert record["forced_covariates"] == ["age"]
    assert record["filter"] == {"tested": len(result.table), "of": 150}
    assert len(record["normalisation"]["factors"]) == 26
    assert list(result.table.columns) == list(de.COLUMNS)
    assert result.table["edger_p"].is_monotonic_increasing


@pytest.mark.parametrize(
    ("change", "verdict"),
    [
        ({"batch": ["b"] * 15 + ["a"] * 15}, "refused"),
        ({"condition": ["tumour"] * 2 + ["nevus"] * 13 + ["healthy"] * 15}, "too_few"),
    ],
)
def test_what_cannot_be_tested_has_a_header_only(
    change: dict[str, list[str]], verdict: str
) -> None:
    counts, sheet, _ = simulate(3)
    result = de.test_contrast(counts, sheet.assign(**change), question("batch"), limits=LEAN)
    assert result.record["verdict"] == verdict
    assert result.record["reasons"]
    assert result.table.empty
    assert list(result.table.columns) == list(de.COLUMNS)


def test_libraries_that_are_all_too_shallow_are_not_assessable() -> None:
    counts, sheet, _ = simulate(3)
    shallow = too_shallow(sheet.index)
    result = de.test_contrast(counts, sheet, question(), shallow, limits=LEAN)
    assert result.record["verdict"] == "not_assessable"
    thinned = de.test_contrast(counts // 500, sheet, question(), limits=LEAN)
    assert thinned.record["verdict"] == "not_assessable"
    assert "miRNAs have reads enough to be tested" in reason_sentences(thinned.record["reasons"])[0]
    assert thinned.record["filter"]["of"] == 150
    assert thinned.table.empty


def test_counts_that_spread_no_more_than_chance_are_recorded(tmp_path: Path) -> None:
    """The prior degrees of freedom are infinite then, which JSON cannot hold."""
    counts, sheet, _ = simulate(4, per_arm=6)
    mean = np.random.default_rng(4).lognormal(4, 1, (len(counts), 1))
    counts[:] = np.random.default_rng(5).poisson(np.broadcast_to(mean, counts.shape))
    result = de.test_contrast(counts, sheet, question(), limits=LEAN)
    assert result.record["dispersion"]["prior_degrees_of_freedom"] is None
    assert np.isfinite(result.table[list(de.COLUMNS[1:15])].to_numpy(dtype=float)).all()
    write_json(result.record, tmp_path / "record.json")


def test_a_mirna_of_one_arm_only_and_one_without_any_difference_have_finite_intervals() -> None:
    counts, sheet, _ = simulate(3)
    half = counts.shape[1] // 2
    counts.loc["only_in_cases"] = [40] * half + [0] * half
    counts.loc["the_same"] = 40
    table = de.test_contrast(counts, sheet, question(), limits=LEAN).table.set_index("mirna")
    intervals = table.filter(regex="^(edger|limma)_ci_")
    assert np.isfinite(intervals).all().all()
    only = table.loc["only_in_cases"]
    assert only["edger_ci_low"] > 0
    assert only["limma_ci_low"] > 0
    assert table.loc["the_same", "edger_ci_low"] < 0 < table.loc["the_same", "edger_ci_high"]
    assert table.loc["the_same", "edger_ci_high"] < 1


def test_an_interval_excludes_zero_where_p_is_small() -> None:
    counts, sheet, _ = simulate(5, per_arm=6)
    table = de.test_contrast(counts, sheet, question("age"), limits=LEAN).table
    for engine in ("edger", "limma"):
        excludes = (table[f"{engine}_ci_low"] > 0) | (table[f"{engine}_ci_high"] < 0)
        assert (excludes == (table[f"{engine}_p"] < 0.05)).all()


def test_a_record_survives_its_file(tmp_path: Path) -> None:
    counts, sheet, _ = simulate(3)
    sheet.loc["s004", "batch"] = ""
    record = de.test_contrast(counts, sheet, question("batch"), limits=LEAN).record
    assert record["blood"]["reason"]["code"] == "blood_mirnas_not_found"
    assert record["covariate_kinds"]["age"] == {"kind": "number", "levels": []}
    write_json(record, tmp_path / "q.json")
    assert read_record(tmp_path / "q.json").to_dict() == record
    for broken, field in (
        ({name: value for name, value in record.items() if name != "checks"}, "checks"),
        (record | {"warning": []}, "warning"),
        (record | {"n_case": "many"}, "n_case"),
    ):
        write_json(broken, tmp_path / "q.json")
        with pytest.raises(UserError, match=rf"q\.json is no record .*{field}: "):
            read_record(tmp_path / "q.json")


def test_a_deeper_arm_is_warned_of() -> None:
    counts, sheet, _ = simulate(3)
    counts.loc[:, sheet["condition"] == "tumour"] *= 4
    warnings = de.test_contrast(counts, sheet, question(), limits=LEAN).record["warnings"]
    assert any("The cases are sequenced" in warning_sentence(one) for one in warnings)


def test_after_warming_up_nothing_is_left_to_compile() -> None:
    import edgepython
    from exosift.panel import elasticnet
    from numba.core.registry import CPUDispatcher

    def compiled() -> int:
        modules = [m for m in vars(edgepython).values() if hasattr(m, "__file__")]
        modules.append(elasticnet)
        return sum(
            len(thing.signatures)
            for module in modules
            for thing in vars(module).values()
            if isinstance(thing, CPUDispatcher)
        )

    de.warm_up()
    before = compiled()
    assert before > 0
    counts, sheet, _ = simulate(3)
    quality = pd.DataFrame({"mirna_share": np.linspace(0.1, 0.5, len(sheet))}, index=sheet.index)
    de.test_contrast(counts, sheet, question("batch", "age"), limits=LEAN, quality=quality)
    assert compiled() == before


def test_colorectal_cancer_in_gse71008_shows_what_was_published(shared_data: Path) -> None:
    folder = shared_data / "counts"
    sheet = pd.read_csv(
        folder / "GSE71008_samples.tsv", sep="\t", dtype=str, keep_default_na=False
    ).set_index("sample")
    sheet = sheet.rename(columns={"Age": "age", "Sex": "sex", "CancerType": "condition"})
    counts = pd.read_csv(
        folder / "GSE71008_CRC_vs_NC_hsa_miRNA_counts.tsv.gz", sep="\t", index_col=0
    )
    contrast = Contrast(
        *("crc", "colorectal", "Colorectal Cancer", "Healthy Control"),
        covariates=("rna_isolation_batch", "age", "sex"),
    )
    result = de.test_contrast(counts, sheet, contrast, limits=LEAN)
    assert [
        (sample["sample"], exclusion_sentence(sample["exclusion"]))
        for sample in result.record["samples"]
        if not sample["used"]
    ] == [("s4S8", "rna_isolation_batch is empty")]
    table = result.table.set_index("mirna")
    for mirna in ("hsa-miR-125a-5p", "hsa-miR-1343-3p"):
        assert table.loc[mirna, "edger_ci_high"] < 0
        assert table.loc[mirna, "limma_ci_high"] < 0
        assert consensus(result.table)[mirna]


def test_thinned_real_counts_are_called_with_few_errors(shared_data: Path) -> None:
    """The small version of `tests/benchmarks/contrasts.py`."""
    folder = shared_data / "counts"
    sheet = pd.read_csv(folder / "GSE71008_samples.tsv", sep="\t", index_col=0)
    counts = pd.read_csv(
        folder / "GSE71008_CRC_vs_NC_hsa_miRNA_counts.tsv.gz", sep="\t", index_col=0
    )
    one_disease = counts.loc[:, sheet.loc[counts.columns, "CancerType"] == "Colorectal Cancer"]
    found = pd.DataFrame(outcomes(one_disease, 15, 20)).mean()
    assert found["consensus_fdr"] <= 0.05
    assert found["consensus_power"] >= 0.7


def test_known_ratios_are_recovered_in_each_laboratory_and_kit(shared_data: Path) -> None:
    found = pd.DataFrame(recovered(Pools.read(shared_data / "truth")))
    assert len(found) == 8
    assert (found["pearson"] >= 0.92).all()
    assert found["slope"].between(0.83, 1.0).all()
    assert (found["power"] >= 0.95).all()
    assert (found["false"] <= 0.1).all()
    assert (found["sign"] >= 0.95).all()
    assert found["rmse_one_strand"].median() <= 0.5
    # Three pairs of opposite strands, whose reads the authors put together, are half of the error.
    assert (found["rmse"] > found["rmse_one_strand"]).all()
    assert found["rmse"].median() <= 0.52


@pytest.fixture(scope="module")
def whole() -> de.Result:
    counts, sheet, _ = simulate(9, per_arm=30, mirnas=80)
    return de.test_contrast(counts, sheet, question("batch"))


def test_every_test_agrees_with_the_engines(whole: de.Result) -> None:
    table = whole.table
    called = (table["edger_q"] <= 0.001) & (table["limma_q"] <= 0.001)
    assert called.sum() >= 10
    for q in ("deseq2_q", "wilcoxon_q", "treat_q"):
        assert (table.loc[called, q] < 0.05).all(), q
    assert (table.loc[called, "normalisations"] == 5).all()
    assert (table["treat_p"] >= table["limma_p"]).all()
    assert (table.loc[called, "permutation_p"] < 0.01).all()
    gap = table["deseq2_log2fc"] - table["edger_log2fc"]
    assert gap.abs().max() < 0.3
    assert (np.sign(table["hedges_g"]) == np.sign(table["edger_log2fc"]))[called].all()
    assert whole.record["engines"]["deseq2"].startswith("pydeseq2 ")
    assert whole.record["normalisations"] == [
        *("tmm", "median_ratio", "upper_quartile", "clr", "tmm_without_blood")
    ]
    assert 0.8 < whole.record["permutation"]["inflation"] < 1.2
    assert "inflation" in whole.summary


def test_replicates_are_summed_before_the_test() -> None:
    counts, sheet, _ = simulate(3, per_arm=8)
    rng = np.random.default_rng(1)
    parts = counts.apply(lambda column: rng.binomial(column, 0.5))
    split = pd.concat([parts, (counts - parts).add_suffix("_b")], axis=1)
    people = pd.concat([sheet.assign(subject=sheet.index)] * 2)
    people.index = pd.Index([*sheet.index, *(f"{name}_b" for name in sheet.index)], name="sample")
    whole = de.test_contrast(counts, sheet, question("batch"), limits=LEAN)
    halves = de.test_contrast(split, people, question("batch"), limits=LEAN)
    pd.testing.assert_frame_equal(whole.table, halves.table, check_exact=True)
    assert (halves.record["n_case"], halves.record["n_control"]) == (8, 8)
    units = {s["sample"]: s["unit"] for s in halves.record["samples"]}
    assert units["s003_b"] == "s003"


def test_a_trend_is_found_with_and_without_controls() -> None:
    counts, sheet, _ = simulate(6, per_arm=24, planted=0)
    stage = np.tile([1, 2, 3, 4], 6)
    sheet["stage"] = [*("I", "II", "III", "IV") * 6, *[""] * 24]
    counts.iloc[:5, :24] = (counts.iloc[:5, :24] * 2.0 ** (0.6 * stage)).astype(int)
    trend = Contrast(
        *("t", "tumour", "tumour", "healthy"),
        column="stage",
        design="trend",
        levels=("I", "II", "III", "IV"),
    )
    result = de.test_contrast(counts, sheet, trend, limits=LEAN)
    table = result.table.set_index("mirna")
    planted = table.loc[counts.index[:5]]
    assert (planted["edger_log2fc"] - 0.6).abs().max() < 0.25
    assert (planted[["edger_q", "limma_q", "within_q"]] < 0.05).all().all()
    assert (planted[["jonckheere_p", "within_jonckheere_p"]] < 0.01).all().all()
    others = table.drop(counts.index[:5])
    assert (others["within_p"] < 0.05).mean() < 0.12
    assert (others["jonckheere_p"] < 0.05).mean() < 0.12
    assert result.record["levels"] == ["healthy", "I", "II", "III", "IV"]


def test_small_cohorts_have_no_order() -> None:
    counts, sheet, _ = simulate(3, per_arm=4)
    result = de.test_contrast(counts, sheet, question(), limits=LEAN)
    assert result.record["level"] == "tests"
    assert result.table["mirna"].is_monotonic_increasing


def test_many_contrasts_raise_q() -> None:
    names = ("a", "b")
    tables = {}
    for seed, name in enumerate(names):
        counts, sheet, _ = simulate(seed, per_arm=8, planted=10 * seed)
        tables[name] = de.test_contrast(counts, sheet, question(), limits=LEAN).table
    adjusted = de.adjust_over_contrasts(tables)
    both = np.concatenate([tables[name]["edger_p"] for name in names])
    from scipy.stats import false_discovery_control

    expected = false_discovery_control(both)
    found = np.concatenate([adjusted[name]["edger_q_global"] for name in names])
    np.testing.assert_allclose(found, expected)
    assert de.tests_of_run(list(tables.values())) == {"contrasts": 2, "tests": len(both)}
    empty = {"c": pd.DataFrame(columns=list(de.COLUMNS))}
    assert list(de.adjust_over_contrasts(empty)["c"].columns) == list(de.COLUMNS)
